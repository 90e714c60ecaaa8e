package cluster

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/column"
)

// repairDelay is how long the members must have been the same before chunks are copied: a node that is started again is
// back by then.
const repairDelay = 30 * time.Second

// repairer copies to this node the chunks that it is a home of, after nodes have come or gone.
type repairer struct {
	node  *Node
	delay time.Duration
	ctx   context.Context
	stop  context.CancelFunc
	done  chan struct{}
}

func (n *Node) startRepair(delay time.Duration) {
	r := &repairer{node: n, delay: delay, done: make(chan struct{})}
	r.ctx, r.stop = context.WithCancel(context.Background())
	n.repair = r
	go func() {
		defer close(r.done)
		r.run()
	}()
}

func (r *repairer) close() {
	r.stop()
	<-r.done
}

// run repairs when the members have changed and then been the same for a while, and again where that failed.
func (r *repairer) run() {
	for r.ctx.Err() == nil {
		changed := r.node.net.Changed()
		if !r.wait(changed, r.delay) {
			continue
		}
		if r.all() == nil {
			r.wait(changed, -1)
		}
	}
}

// wait reports whether the time has passed without a change. A negative time never passes.
func (r *repairer) wait(changed <-chan struct{}, d time.Duration) bool {
	var passed <-chan time.Time
	if d >= 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		passed = t.C
	}
	select {
	case <-passed:
		return true
	case <-changed:
	case <-r.ctx.Done():
	}
	return false
}

// all copies what this node lacks of all tables.
func (r *repairer) all() error {
	r.node.mu.RLock()
	entries := slices.Clone(r.node.catalogue.names.Entries())
	r.node.mu.RUnlock()
	var errs []error
	for _, e := range entries {
		if e.Dropped || r.ctx.Err() != nil {
			continue
		}
		if err := r.table(e); err != nil && !errors.Is(err, ErrNoTable) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// table copies what this node lacks of a table.
func (r *repairer) table(e Entry) error {
	n := r.node
	t, err := n.TableOf(r.ctx, e.ID)
	if err != nil {
		return err
	}
	defer t.Release()
	m := t.content.manifest
	members := n.Members()
	var lacks []int
	for i, chunk := range m.chunks {
		ranked := rank(members, chunkPlace(m.id, chunk))
		home := slices.ContainsFunc(ranked[:min(max(e.Replicas, 1), len(ranked))], func(h Member) bool { return h.ID == n.id })
		if home && !t.content.values.has(i) {
			lacks = append(lacks, i)
		}
	}
	if len(lacks) == 0 || len(m.fields) == 0 {
		return nil
	}
	return failTable("copy chunks of", t.name, r.copy(t, lacks))
}

// copyAtATime is how many chunks are fetched at a time.
const copyAtATime = 2

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
	if nothing {
		t.stored.settle(&content{manifest: &part, values: v})
	}
	if e, known := n.entry(m.id); !known || e.Dropped {
		n.place.remove(m.id)
	}
	return nil
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
	return s.writeFrames(m.chunks[i], sizes, all)
}
