package cluster

import (
	"sync"
	"time"
)

// clearTime is how long a table whose values are stored waits for its entry in the catalogue: the node that loads it
// announces it at once, unless it dies.
const clearTime = time.Minute

// prepared is a table whose values are on stable storage here, but which is not in the catalogue.
type prepared struct {
	node  *Node
	timer *time.Timer

	mu     sync.Mutex
	stored *stored // nil once taken or dropped
}

// prepare keeps a table until its entry comes, or clearTime has passed.
func (n *Node) prepare(s *stored) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.tables == nil {
		return ErrClosed
	}
	p := &prepared{node: n, stored: s}
	p.timer = time.AfterFunc(clearTime, func() { _ = p.forget() }) // what it cannot remove, the next Open does
	n.prepared[s.id] = p
	return nil
}

// acquire returns the table with a reference to it, nil when it has been taken or dropped.
func (p *prepared) acquire() *stored {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stored == nil || !p.stored.acquire() {
		return nil
	}
	return p.stored
}

// take returns the table, for the catalogue, nil when it has been dropped.
func (p *prepared) take() *stored {
	p.timer.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stored
	p.stored = nil
	return s
}

// drop removes the values.
func (p *prepared) drop() error {
	s := p.take()
	if s == nil {
		return nil
	}
	err := s.release()
	p.node.place.remove(s.id)
	return err
}

// forget is drop for when nobody has come for the table.
func (p *prepared) forget() error {
	p.mu.Lock()
	s := p.stored
	p.mu.Unlock()
	if s == nil {
		return nil
	}
	p.node.mu.Lock()
	if p.node.prepared[s.id] == p {
		delete(p.node.prepared, s.id)
	}
	p.node.mu.Unlock()
	return p.drop()
}
