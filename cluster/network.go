package cluster

import (
	"context"
	"errors"
)

// Member is a live node of the cluster.
type Member struct {
	ID     string
	Name   string // for people
	Addr   string // of its data plane, HOST:PORT
	Gossip string // where others join it, HOST:PORT
}

// ErrUnavailable says that a node could not be reached, or was lost in the middle.
var ErrUnavailable = errors.New("the node cannot be reached")

// Network is how a Node reaches the others: who they are, requests to them, and the catalogue that all share. It may be
// used by any number of goroutines. What a node's handler fails with comes back so that errors.Is finds the errors of
// this package; a node that is not there, or goes, gives ErrUnavailable.
type Network interface {
	// Self is this node.
	Self() Member
	// Members lists the live nodes by id, this one among them.
	Members() []Member
	// Changed is closed when the members have changed since it was asked for.
	Changed() <-chan struct{}
	// Call asks a node.
	Call(ctx context.Context, node, kind string, request []byte) (reply []byte, err error)
	// Fetch asks a node and gives f the blocks of its answer in order, which are f's to keep.
	Fetch(ctx context.Context, node, kind string, request []byte, f func(block []byte) error) error
	// Send opens a stream of blocks to a node. ctx ends it.
	Send(ctx context.Context, node, kind string, request []byte) (Outgoing, error)
	// Serve joins the others: h gets their requests, and what they put into the catalogue, from now on.
	Serve(ctx context.Context, h Handler) error
	// Announce returns when every live node has merged the entries.
	Announce(ctx context.Context, entries []Entry) error
	// Close leaves. It waits for the handlers that are running.
	Close() error
}

// Local is what a Network is told of its node.
type Local struct {
	ID         string
	Cluster    string                // id of the cluster that the node was last one of; "" for none
	SetCluster func(id string) error // keeps it for the next start
}

// Outgoing is a stream of blocks to a node. It is for one goroutine at a time.
type Outgoing interface {
	// Send sends a block, which may be used again when it returns.
	Send(block []byte) error
	// Finish ends the stream and returns the node's answer.
	Finish() (reply []byte, err error)
	// Abort breaks the stream: the node sees an error. After Finish it does nothing.
	Abort()
}

// Handler answers the requests of other nodes.
type Handler interface {
	Call(ctx context.Context, kind string, request []byte) ([]byte, error)
	// Fetch gives its answer to out, whose blocks are memory of Go's, not of a mapped file, and do not change any more.
	Fetch(ctx context.Context, kind string, request []byte, out func(block []byte) error) error
	// Receive takes a stream of blocks, of which next gives one after the other, then io.EOF. A block holds until the next.
	Receive(ctx context.Context, kind string, request []byte, next func() ([]byte, error)) (reply []byte, err error)
	// Merge takes entries of the catalogue, some of them perhaps known. When it returns nil they are kept for good.
	Merge(entries []Entry) error
	// Entries returns all that is known.
	Entries() []Entry
}
