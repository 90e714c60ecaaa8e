package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// stored is a table as the node has it, shared by all who hold it. It counts them, the catalogue being the first;
// the last to release it closes its values.
type stored struct {
	id   string
	node *Node
	refs atomic.Int64

	mu      sync.Mutex // held while content is loaded
	content *content
}

// newStored returns a table with the catalogue's reference. Content that is nil is loaded when it is first needed.
func newStored(id string, n *Node, c *content) *stored {
	s := &stored{id: id, node: n, content: c}
	s.refs.Store(1)
	return s
}

// acquire adds a reference, unless the last one has gone.
func (s *stored) acquire() bool {
	for {
		refs := s.refs.Load()
		if refs == 0 {
			return false
		}
		if s.refs.CompareAndSwap(refs, refs+1) {
			return true
		}
	}
}

func (s *stored) release() error {
	if s.refs.Add(-1) > 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.content == nil {
		return nil
	}
	return s.content.release()
}

// load returns manifest and values, held, from other nodes where there is nothing of them here.
func (s *stored) load(ctx context.Context) (*content, error) {
	c, err := s.loadHere()
	if !errors.Is(err, ErrNoValue) || s.node.remote == nil {
		return c, err
	}
	if c, err = s.node.remote.content(ctx, s.id); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.content == nil {
		s.content = c
	}
	return s.content.hold(), nil
}

// settle makes what is here now the content. Who holds the one before keeps it.
func (s *stored) settle(v values) error {
	s.mu.Lock()
	old := s.content
	s.content = &content{manifest: old.manifest, values: v}
	s.mu.Unlock()
	return old.release()
}

// loadHere is load for what is here. ErrNoValue when nothing is.
func (s *stored) loadHere() (*content, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.content == nil {
		c, err := s.node.place.load(s.id)
		if errors.Is(err, ErrNoValue) && s.node.remote == nil {
			err = fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		if err != nil {
			return nil, err
		}
		s.content = c
	}
	return s.content.hold(), nil
}

// table makes a Table of a reference that the caller has, and gives it back when it cannot.
func (s *stored) table(ctx context.Context, name string) (*Table, error) {
	c, err := s.load(ctx)
	if err != nil {
		_ = s.release() // the error of loading says more
		return nil, err
	}
	return &Table{stored: s, content: c, name: name}, nil
}

// hold makes a Table with a reference of its own.
func (s *stored) hold(ctx context.Context, name string) (*Table, error) {
	if !s.acquire() {
		return nil, ErrClosed
	}
	return s.table(ctx, name)
}
