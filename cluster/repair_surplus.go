package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// withdrawals are the chunks that this node may be about to remove: it has asked, or will ask, the homes whether they keep
// them. Nobody may count on a copy here from before it asks until it has decided to keep it. Why that is enough is told in
// doc.go.
type withdrawals struct {
	mu     sync.Mutex
	chunks map[string]map[int]bool // by table, then their numbers
}

// add withdraws a chunk, and reports whether it was not withdrawn already.
func (w *withdrawals) add(id string, chunk int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.chunks == nil {
		w.chunks = map[string]map[int]bool{}
	}
	if w.chunks[id] == nil {
		w.chunks[id] = map[int]bool{}
	}
	old := w.chunks[id][chunk]
	w.chunks[id][chunk] = true
	return !old
}

func (w *withdrawals) end(id string, chunk int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.chunks[id], chunk)
	if len(w.chunks[id]) == 0 {
		delete(w.chunks, id)
	}
}

// of returns those of a table.
func (w *withdrawals) of(id string) map[int]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.chunks[id])
}

// keeps tells which chunks of a table are here to stay, as far as this node knows: on stable storage, of which it is a home,
// and which it does not ask others about.
func (n *Node) keeps(id string) ([]byte, error) {
	leaving := n.withdrawn.of(id) // before looking what is here: see doc.go
	e, known := n.entry(id)
	if !known || e.Dropped {
		return nil, ErrNoTable
	}
	return n.bitsHere(id, func(c *content, bits []byte) {
		p := n.placements.of(id, n.Members(), e.Replicas)
		for i, chunk := range c.manifest.chunks {
			if leaving[chunk] || !p.isHome(n.id, chunk) {
				bits[i/8] &^= 1 << (i % 8)
			}
		}
	})
}

// errUnconfirmed says that surplus chunks stay until their homes have them.
var errUnconfirmed = errors.New("surplus chunks stay for now, because not all of their homes have them yet")

// remove removes the surplus chunks of a table that all their homes keep.
func (r *repairer) remove(t *repairing) error {
	n, m := r.node, t.content.manifest
	added := map[int]bool{} // others may be gone from the disk: a removal has failed
	for _, i := range t.surplus {
		added[i] = n.withdrawn.add(m.id, m.chunks[i])
	}
	confirmed, err := r.confirmed(t)
	removed := map[int]bool{}
	for _, i := range t.surplus {
		if confirmed[i] {
			removed[m.chunks[i]] = true
		} else if added[i] {
			n.withdrawn.end(m.id, m.chunks[i])
		}
	}
	if len(removed) > 0 {
		if err := r.shrink(t, removed); err != nil {
			return err // nobody may count on them, because they may be gone or not
		}
	}
	if err == nil && len(removed) < len(t.surplus) {
		err = fmt.Errorf("%w: %d of %d", errUnconfirmed, len(t.surplus)-len(removed), len(t.surplus))
	}
	return err
}

func (r *repairer) shrink(t *repairing, removed map[int]bool) error {
	n, id := r.node, t.ID()
	s := t.stored
	c, err := s.loadHere() // copies may have been added
	if err != nil {
		return err
	}
	v, err := n.place.shrink(id, c.values, removed)
	if err = also(err, c.release()); err != nil {
		return err
	}
	err = s.settle(v)
	for chunk := range removed {
		n.withdrawn.end(id, chunk)
	}
	r.note(func(p *Repair) { p.Removed += int64(len(removed)) })
	return err
}

// confirmed asks the homes of the surplus chunks, and returns which of these all their homes keep.
func (r *repairer) confirmed(t *repairing) (map[int]bool, error) {
	m := t.content.manifest
	bits := map[string][]byte{}
	for _, i := range t.surplus {
		for _, h := range t.placed.homes(m.chunks[i]) {
			bits[h.ID] = nil
		}
	}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(r.ctx)
	for _, home := range slices.Collect(maps.Keys(bits)) {
		g.Go(func() error {
			b, err := r.asked(ctx, home, m.id)
			mu.Lock()
			defer mu.Unlock()
			bits[home] = b
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	confirmed := map[int]bool{}
	for _, i := range t.surplus {
		homes := t.placed.homes(m.chunks[i])
		kept := 0
		for _, h := range homes {
			if b := bits[h.ID]; h.ID != r.node.id && i/8 < len(b) && b[i/8]>>(i%8)&1 == 1 {
				kept++
			}
		}
		confirmed[i] = kept == len(homes) && kept > 0
	}
	return confirmed, nil
}

// asked asks a home what it keeps of a table. One that does not answer, or knows nothing of it, keeps nothing.
func (r *repairer) asked(ctx context.Context, home, id string) ([]byte, error) {
	b, err := r.node.net.Call(ctx, home, kindKeep, []byte(id))
	for _, none := range []error{ErrNoTable, ErrNoValue, ErrUnavailable, ErrClosed} {
		if errors.Is(err, none) {
			return nil, nil
		}
	}
	return b, atNode(home, err)
}
