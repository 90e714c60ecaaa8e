package cluster

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Self is this node as the others see it.
func (n *Node) Self() Member {
	if n.net == nil {
		return Member{ID: n.id}
	}
	return n.net.Self()
}

// Replicas returns how many nodes are to keep each chunk of a table made here.
func (n *Node) Replicas() int { return n.replicas }

// Members lists the live nodes by id; in a cluster of one, the node itself.
func (n *Node) Members() []Member {
	if n.net == nil {
		return []Member{n.Self()}
	}
	return n.net.Members()
}

// Changed is closed when the members have changed since it was asked for; in a cluster of one it is nil.
func (n *Node) Changed() <-chan struct{} {
	if n.net == nil {
		return nil
	}
	return n.net.Changed()
}

// Holders returns for each chunk the live nodes that have it, this one first and then those that are its homes. A node that
// cannot be reached has none.
func (t *Table) Holders(ctx context.Context) ([][]Member, error) {
	n := t.stored.node
	members := n.Members()
	bits := make([][]byte, len(members))
	var g errgroup.Group
	for i, m := range members {
		g.Go(func() (err error) {
			if m.ID == n.id {
				bits[i] = haveBits(t.content)
				return nil
			}
			bits[i], err = n.net.Call(ctx, m.ID, kindHave, []byte(t.ID()))
			if errors.Is(err, ErrNoTable) || errors.Is(err, ErrNoValue) || errors.Is(err, ErrUnavailable) || errors.Is(err, ErrClosed) {
				return nil
			}
			return atNode(m.ID, err)
		})
	}
	if err := g.Wait(); err != nil {
		return nil, failTable("find", t.name, err)
	}
	have := map[string][]byte{}
	for i, m := range members {
		have[m.ID] = bits[i]
	}
	holders := make([][]Member, t.Chunks())
	for c := range holders {
		for _, m := range n.likely(t.ID(), t.content.manifest.chunks[c], members) {
			b := have[m.ID]
			switch {
			case c/8 >= len(b) || b[c/8]>>(c%8)&1 == 0:
			case m.ID == n.id:
				holders[c] = append([]Member{m}, holders[c]...)
			default:
				holders[c] = append(holders[c], m)
			}
		}
	}
	return holders, nil
}

// likely lists members with those first that are to have a chunk.
func (n *Node) likely(id string, chunk int, members []Member) []Member {
	e, _ := n.entry(id)
	homes := n.placements.of(id, members, e.Replicas).homes(chunk)
	for _, m := range rank(members, chunkPlace(id, chunk)) {
		if !slices.ContainsFunc(homes, func(h Member) bool { return h.ID == m.ID }) {
			homes = append(homes, m)
		}
	}
	return homes
}

// haveBits has a bit for each chunk that is here.
func haveBits(c *content) []byte {
	bits := make([]byte, (len(c.manifest.chunks)+7)/8)
	for i := range c.manifest.chunks {
		if c.values.has(i) {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	return bits
}
