package exec

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// Distributor finds who runs the fragments of a plan.
type Distributor interface {
	// Units cuts a fragment into parts that run apart. Those of a fragment whose rows stream are each a run of the table's
	// rows, and come in their order.
	Units(ctx context.Context, n *plan.Remote) ([]Unit, error)
}

// Unit runs a part of a fragment, here or elsewhere and if need be again, and returns all it gives: batches that are the
// caller's.
type Unit func(ctx context.Context) ([]*vector.Batch, error)

// unitsAhead is how many units run at a time, or wait to be read.
const unitsAhead = 16

// remote is the source of a plan.Remote: a unit is a morsel. Units run ahead of those who read them, in order. Where the
// batches have a Seq of their own all units are one morsel, so that whoever reads it sees them in the order of the rows.
type remote struct {
	q     *query
	node  *plan.Remote
	units []Unit
	own   bool // the batches have a Seq of their own

	mu      sync.Mutex
	started int
	results []chan unitResult
}

type unitResult struct {
	batches []*vector.Batch
	bytes   int64
	err     error
}

func newRemoteSource(q *query, n *plan.Remote) (*remote, error) {
	units, err := q.opt.Remote.Units(q.ctx, n)
	if err != nil {
		return nil, err
	}
	_, top := n.Fragment.(*plan.Top)
	r := &remote{q: q, node: n, units: units, own: top, results: make([]chan unitResult, len(units))}
	for i := range r.results {
		r.results[i] = make(chan unitResult, 1)
	}
	return r, nil
}

func (r *remote) morsels() int {
	if r.own {
		return min(1, len(r.units))
	}
	return len(r.units)
}

func (r *remote) numbered() bool { return r.own }

// start starts the units up to m and some after it.
func (r *remote) start(m int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for ; r.started < min(m+unitsAhead, len(r.units)); r.started++ {
		unit, result := r.units[r.started], r.results[r.started]
		r.q.background.Go(func() { result <- r.run(unit) })
	}
}

func (r *remote) run(unit Unit) (res unitResult) {
	defer recovered(&res.err)
	if res.batches, res.err = unit(r.q.ctx); res.err != nil {
		return res
	}
	for _, b := range res.batches {
		res.bytes += int64(b.Len()*b.Width()*8 + textBytes(b))
	}
	if err := r.q.opt.Memory.Grow(res.bytes, "the answer of a node"); err != nil {
		return unitResult{err: err}
	}
	return res
}

func (r *remote) read(ctx context.Context, _, m int, push func(*vector.Batch) error) error {
	if !r.own {
		return r.readUnit(ctx, m, push)
	}
	var all []*vector.Batch
	for u := range r.units {
		if err := r.readUnit(ctx, u, func(b *vector.Batch) error { all = append(all, b); return nil }); err != nil {
			return err
		}
	}
	slices.SortStableFunc(all, func(a, b *vector.Batch) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, b := range all {
		if err := push(b); err != nil {
			return err
		}
	}
	return nil
}

func (r *remote) readUnit(ctx context.Context, m int, push func(*vector.Batch) error) error {
	r.start(m)
	var res unitResult
	select {
	case res = <-r.results[m]:
	case <-ctx.Done():
		return ctx.Err()
	}
	if res.err != nil {
		return res.err
	}
	defer r.q.opt.Memory.Shrink(res.bytes)
	if r.q.opt.Rows != nil && len(r.units) > 0 {
		r.q.opt.Rows.Add(scanned(r.node.Scan(), m, len(r.units)))
	}
	for _, b := range res.batches {
		if err := push(b); err != nil {
			return err
		}
	}
	return nil
}

// scanned is about how many rows part m of n of a scan reads, for progress.
func scanned(n *plan.Scan, m, of int) int64 {
	rows := n.Table.Rows()
	return rows*int64(m+1)/int64(of) - rows*int64(m)/int64(of)
}
