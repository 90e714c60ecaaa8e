package cluster

import (
	"container/list"
	"context"
	"sync"

	"github.com/eau2db/eau2/column"
)

// cache keeps the arrays that were used last, up to a number of bytes. What several need at once is fetched once.
type cache struct {
	limit int64

	mu   sync.Mutex
	used int64
	all  map[cacheKey]*cached
	last list.List // of *cached that are there, those used last in front
}

// cacheKey names an array: the content that its dictionary is of, and which it is.
type cacheKey struct {
	content uint64
	part    part
}

type cached struct {
	key   cacheKey
	ready chan struct{} // closed when it is there, or failed
	array *column.Array
	size  int64
	err   error
	at    *list.Element
}

func newCache(limit int64) *cache { return &cache{limit: limit, all: map[cacheKey]*cached{}} }

// get returns the array of a key, which fetch gets where it is not there, with its bytes.
func (c *cache) get(ctx context.Context, key cacheKey, fetch func() (*column.Array, int64, error)) (*column.Array, error) {
	for {
		c.mu.Lock()
		e, known := c.all[key]
		if !known {
			e = &cached{key: key, ready: make(chan struct{})}
			c.all[key] = e
		} else if e.at != nil {
			c.last.MoveToFront(e.at)
		}
		c.mu.Unlock()
		if !known {
			e.array, e.size, e.err = fetch()
			c.fetched(e)
			return e.array, e.err
		}
		select {
		case <-e.ready:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if e.err == nil {
			return e.array, nil
		}
		// Whoever fetched it may have been cancelled, which is no reason of ours.
	}
}

// fetched keeps what was fetched, and lets go of what was used longest ago.
func (c *cache) fetched(e *cached) {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(e.ready)
	if e.err != nil {
		delete(c.all, e.key)
		return
	}
	e.at = c.last.PushFront(e)
	c.used += e.size
	for c.used > c.limit {
		old := c.last.Remove(c.last.Back()).(*cached)
		delete(c.all, old.key)
		c.used -= old.size
	}
}
