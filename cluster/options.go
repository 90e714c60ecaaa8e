package cluster

import "github.com/eau2db/eau2/cluster/vfs"

// Options say where a Node keeps its values. The zero value is in memory.
type Options struct {
	Dir string // "" is in memory
	FS  vfs.FS // that Dir is in; nil is the operating system's

	// Replicas is how many nodes keep each chunk and value; 0 is 1. Where there are fewer nodes all of them do.
	Replicas int
}
