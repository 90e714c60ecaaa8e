package cluster

import (
	"context"
	"sync/atomic"

	"github.com/eau2db/eau2/column"
)

// place is where a node keeps things: memory or a directory. What a method has returned without error is durable, as
// far as the place is.
type place interface {
	// begin starts to take the values of a new table.
	begin(id string) sink
	// grow starts to take further chunks of a table of which v is here. Its commit returns all that is here then; v stays as it
	// is, for who reads it.
	grow(id string, v values) sink
	// shrink removes chunks of a table of which v is here, and returns what is left; v stays as it is. After an error they may be
	// gone or not at the next Open.
	shrink(id string, v values, chunks map[int]bool) (values, error)
	// scratch returns where chunks can be kept that are of no table yet.
	scratch() Scratch
	// load opens a table that was there when the node was opened. ErrNoValue when none of its values is here.
	load(id string) (*content, error)
	// publish puts a table, whose sink has committed, into the catalogue, or notes what has changed of one that is there. A
	// dropped one is remembered as such.
	publish(e Entry) error
	// forget takes a table out of the catalogue without remembering it.
	forget(id string) error
	// remove removes the values of a table that is not in the catalogue. What it cannot remove now goes at the next Open.
	remove(id string)

	put(k Key, value []byte) error // ErrValueExists
	get(k Key) ([]byte, error)     // ErrNoValue
	delete(k Key) error            // ErrNoValue
	// keys returns the keys of the values, those that are copies too, whose names begin with prefix; also with an error about
	// values that cannot be read.
	keys(prefix string) ([]Key, error)

	// cluster returns the id of the cluster that the node is one of, "" for none.
	cluster() string
	setCluster(id string) error
	// peers returns what setPeers was given last, for as long as the place keeps it; nil for nothing.
	peers() []byte
	setPeers(b []byte) error

	close() error
}

// sink takes the values of one new table.
type sink interface {
	// write keeps the arrays of a chunk that is not empty. It may be called by several goroutines.
	write(chunk int, arrays []*column.Array) error
	// writeFrames is write for arrays that are bytes already: frames, one behind the other, each padded, with these lengths.
	writeFrames(chunk int, sizes []int64, frames []byte) error
	// commit keeps dictionaries and manifest, and gives the values back to be read.
	commit(m *manifest, dicts []*column.Dict) (values, error)
	// abort removes everything.
	abort() error
}

// values are those of one table. The methods may be called by any number of goroutines, close once after all others.
type values interface {
	// array returns the array of chunk i (in the order of the manifest) and column col. ErrNoValue where the table is
	// spread and another node has it.
	array(i, col int) (*column.Array, error)
	// has reports whether the arrays of chunk i are here.
	has(i int) bool
	dict(ctx context.Context, col int) (*column.Dict, error)
	// raw returns the bytes of a value, for other nodes. ErrNoValue where there is none.
	raw(p part) ([]byte, error)
	bytes() int64
	close() error
}

// content is what is read of a table before its columns. It counts its holders, apart from the one who made it; the last to
// release it closes the values.
type content struct {
	manifest *manifest
	values   values
	holders  atomic.Int64
	cached   atomic.Uint64 // what arrays of other nodes are cached under, because their dictionaries are those of the values
}

var contents atomic.Uint64

// cacheKey returns a key for a value that no other content has.
func (c *content) cacheKey(p part) cacheKey {
	if c.cached.Load() == 0 {
		c.cached.CompareAndSwap(0, contents.Add(1))
	}
	return cacheKey{c.cached.Load(), p}
}

// hold adds a holder. The caller makes sure that there is one still.
func (c *content) hold() *content {
	c.holders.Add(1)
	return c
}

func (c *content) release() error {
	if c.holders.Add(-1) >= 0 {
		return nil
	}
	return c.values.close()
}
