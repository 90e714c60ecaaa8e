package cluster

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/column"
)

// copyAtATime is how many chunks are fetched at a time.
const copyAtATime = 2

// copy copies chunks of a table from other nodes.
func (r *repairer) copy(t *Table, chunks []int) (err error) {
	n, m := r.node, t.content.manifest
	_, nothing := t.content.values.(*remoteValues)
	var s sink
	if nothing {
		s = n.place.begin(m.id)
	} else {
		s = n.place.grow(m.id, t.content.values)
	}
	defer func() {
		if err != nil {
			err = also(err, s.abort())
		}
	}()
	g, ctx := errgroup.WithContext(r.ctx)
	g.SetLimit(copyAtATime)
	for _, i := range chunks {
		g.Go(func() error { return r.chunk(ctx, m, i, s) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	dicts := make([]*column.Dict, len(m.fields))
	for col := range dicts {
		if dicts[col], err = t.Dict(r.ctx, col); err != nil {
			return err
		}
	}
	part := *m
	part.spread = true
	v, err := s.commit(&part, dicts)
	if err != nil {
		return err
	}
	return t.stored.settle(v)
}

// chunk fetches a chunk.
func (r *repairer) chunk(ctx context.Context, m *manifest, i int, s sink) error {
	var sizes []int64
	var all []byte
	for col := range m.fields {
		err := r.node.remote.value(ctx, m.id, part{chunk: m.chunks[i], col: col}, func(b []byte) error {
			if _, err := column.ReadFrame(b, column.KindArray); err != nil {
				return err
			}
			sizes = append(sizes, int64(len(b)))
			all = pad(append(all, b...))
			return nil
		})
		if err != nil {
			return err
		}
	}
	if err := s.writeFrames(m.chunks[i], sizes, all); err != nil {
		return err
	}
	r.note(func(p *Repair) {
		p.Copied++
		p.Bytes += int64(len(all))
		p.AllCopied++
		p.AllBytes += int64(len(all))
	})
	return nil
}
