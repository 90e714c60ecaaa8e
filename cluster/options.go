package cluster

import (
	"context"

	"github.com/eau2db/eau2/cluster/vfs"
)

// Options say where a Node keeps its values. The zero value is in memory.
type Options struct {
	Dir string // "" is in memory
	FS  vfs.FS // that Dir is in; nil is the operating system's

	Name string // of the node, for people

	// Join makes the node one of many, as Peers and Mesh do; nil is a cluster of one.
	Join func(context.Context, Local) (Network, error)
	// Replicas is how many nodes keep each chunk and value; 0 is 1. Where there are fewer nodes all of them do.
	Replicas int
}
