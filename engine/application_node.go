package engine

import (
	"context"
	"fmt"
)

// Node is the node that an Application runs on, as its Run and Recover see it. It may be used by any number of goroutines, and
// not after the run.
type Node struct {
	run    *run
	engine *Engine
	store  *Store
}

// Index returns which node this is: 0 to Size()-1, the same for the whole run.
func (n *Node) Index() int { return n.run.index }

// Size returns how many nodes the run began with.
func (n *Node) Size() int { return n.run.n }

// Name returns what people call a node; Name(n.Index()) is this one.
func (n *Node) Name(index int) string { return n.run.members[index].Name }

// ID returns the id of a node, which is the Home of keys and tables.
func (n *Node) ID(index int) string { return n.run.members[index].ID }

// Engine returns the node's engine, whose tables are those of all nodes. It is closed when the run has ended.
func (n *Node) Engine() *Engine { return n.engine }

// Store returns the values that all nodes share.
func (n *Node) Store() *Store { return n.store }

// Key returns a key whose home is this node.
func (n *Node) Key(name string) Key { return n.KeyAt(n.run.index, name) }

// KeyAt returns a key whose home is another node.
func (n *Node) KeyAt(index int, name string) Key {
	return Key{Name: name, Home: n.ID(index)}
}

// Alive returns the indexes of the nodes that have not died, this one among them.
func (n *Node) Alive() []int {
	n.run.mu.Lock()
	defer n.run.mu.Unlock()
	var alive []int
	for i := range n.run.peers {
		if !n.run.peers[i].lost {
			alive = append(alive, i)
		}
	}
	return alive
}

// Barrier waits until all living nodes have come to it. The n-th use of a name on one node meets the n-th use of it on the
// others. It ends early with ctx, with the run, and when a node has returned from Run without having come. The other
// nodes count this one as come even when its Barrier has ended early.
func (n *Node) Barrier(ctx context.Context, name string) error {
	r := n.run
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cause == nil {
		r.emit(event{Kind: eventArrive, Name: []byte(name)})
	}
	use := r.peers[r.index].arrived[name]
	for {
		if r.cause != nil {
			return fmt.Errorf("barrier %s: %w", name, r.cause)
		}
		missing := r.missing(name, use)
		if missing < 0 {
			return nil
		}
		who := fmt.Sprintf("node %s (index %d)", r.members[missing].Name, missing)
		if r.peers[missing].ended && r.peers[missing].arrived[name] < use {
			return fmt.Errorf("barrier %s: %s has ended without it", name, who)
		}
		if err := r.wait(ctx); err != nil && r.cause == nil {
			return fmt.Errorf("barrier %s, waiting for %s: %w", name, who, err)
		}
	}
}

// missing returns a living node that has not come to the use of a barrier, or has not recovered from a death; -1 when there is
// none. r.mu is held.
func (r *run) missing(name string, use int) int {
	for i := range r.peers {
		p := &r.peers[i]
		if !p.lost && (p.arrived[name] < use || !r.recovered(p)) {
			return i
		}
	}
	return -1
}

// wait waits for a change. r.mu is held, but not meanwhile.
func (r *run) wait(ctx context.Context) error {
	changed := r.changed
	r.mu.Unlock()
	defer r.mu.Lock()
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
