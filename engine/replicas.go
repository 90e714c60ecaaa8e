package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/eau2db/eau2/cluster"
)

// replicas are where the chunks of a table are, as far as a query has found out.
type replicas struct {
	self  string // id of this node
	table *cluster.Table

	mu      sync.Mutex
	holders [][]cluster.Member // of the chunks
	lost    map[string]error   // nodes that have failed, and how
	moved   map[string]int     // how often nodes did not have a chunk any more
}

// replicasOf asks the nodes what they have of a table.
func (e *Engine) replicasOf(ctx context.Context, t *cluster.Table) (*replicas, error) {
	holders, err := t.Holders(ctx)
	if err != nil {
		return nil, err
	}
	return &replicas{self: e.node.ID(), table: t, holders: holders, lost: map[string]error{}}, nil
}

// part is the chunks that a node is to read.
type part struct {
	node   cluster.Member
	chunks []int
}

// usable returns the nodes that have a chunk and have not failed.
func (r *replicas) usable(chunk int) ([]cluster.Member, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var nodes []cluster.Member
	for _, m := range r.holders[chunk] {
		if r.lost[m.ID] == nil {
			nodes = append(nodes, m)
		}
	}
	if len(nodes) > 0 {
		return nodes, nil
	}
	err := fmt.Errorf("read table %s: no live node has chunk %d", r.table.Name(), chunk)
	for _, m := range r.holders[chunk] {
		err = fmt.Errorf("%w; node %s: %w", err, nodeName(m), r.lost[m.ID])
	}
	return nil, err
}

// holder returns a node for a chunk: this one if it has it, else one after the other.
func (r *replicas) holder(chunk, turn int) (cluster.Member, error) {
	nodes, err := r.usable(chunk)
	switch {
	case err != nil:
		return cluster.Member{}, err
	case nodes[0].ID == r.self:
		return nodes[0], nil
	}
	return nodes[turn%len(nodes)], nil
}

// assign gives each chunk to the one of its nodes that has least to do.
func (r *replicas) assign(chunks []int) ([]part, error) {
	var parts []part
	rows := map[string]int{}
	for _, c := range chunks {
		nodes, err := r.usable(c)
		if err != nil {
			return nil, err
		}
		best := nodes[0]
		for _, m := range nodes[1:] {
			if rows[m.ID] < rows[best.ID] {
				best = m
			}
		}
		rows[best.ID] += r.table.ChunkRows(c)
		i := slices.IndexFunc(parts, func(p part) bool { return p.node.ID == best.ID })
		if i < 0 {
			i = len(parts)
			parts = append(parts, part{node: best})
		}
		parts[i].chunks = append(parts[i].chunks, c)
	}
	return parts, nil
}

// maxMoves is how often a node may say that it does not have a chunk any more.
const maxMoves = 3

// lose notes that a node has failed with err. Where it only has not the chunk any more, others are asked who has it.
func (r *replicas) lose(ctx context.Context, node cluster.Member, err error) error {
	r.mu.Lock()
	moved := errors.Is(err, cluster.ErrMoved) && r.moved[node.ID] < maxMoves
	if moved {
		if r.moved == nil {
			r.moved = map[string]int{}
		}
		r.moved[node.ID]++
	} else {
		r.lost[node.ID] = err
	}
	r.mu.Unlock()
	if !moved {
		return nil
	}
	holders, err := r.table.Holders(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.holders = holders
	return nil
}

// retriable reports whether another node may give what one could not: it was not to be reached, has lost the chunk or
// found it damaged, or does not answer as nodes do.
func retriable(err error) bool {
	for _, what := range []error{cluster.ErrUnavailable, cluster.ErrNoTable, cluster.ErrNoValue, cluster.ErrMoved, cluster.ErrCorrupt, cluster.ErrClosed, ErrClosed, errAnswer} {
		if errors.Is(err, what) {
			return true
		}
	}
	return false
}

// runPart runs a part at its node by try, and again at others when its node fails, and returns what the parts that it took gave.
func runPart[R any](ctx context.Context, r *replicas, p part, try func(context.Context, part) (R, error)) ([]R, error) {
	res, err := try(ctx, p)
	if err == nil {
		return []R{res}, nil
	}
	if ctx.Err() != nil || !retriable(err) {
		return nil, err
	}
	if err := r.lose(ctx, p.node, err); err != nil {
		return nil, err
	}
	parts, err := r.assign(p.chunks)
	if err != nil {
		return nil, err
	}
	var all []R
	for _, p := range parts {
		some, err := runPart(ctx, r, p, try)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}
