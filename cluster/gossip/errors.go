package gossip

import "errors"

// Errors of Start. What it returns says which seed they are about.
var (
	ErrNoSeed       = errors.New("no seed could be reached")
	ErrOtherCluster = errors.New("belongs to another cluster")
	ErrKey          = errors.New("wrong gossip key?") // memberlist cannot tell for sure
)

// Errors of a running Gossip.
var (
	ErrClosed     = errors.New("gossip is closed")
	ErrSuperseded = errors.New("another process has started with this node's id") // of [Gossip.Err]
)

// errMessage is for messages that are not as they were sent.
var errMessage = errors.New("garbled message")
