package exec

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// Distributor finds who runs the fragments of a plan.
type Distributor interface {
	// Units cuts a fragment into parts that run apart. Those of a fragment whose rows stream are each a run of the table's
	// rows, and come in their order.
	Units(ctx context.Context, n *plan.Remote) ([]Unit, error)
}

// Unit runs a part of a fragment, here or elsewhere and if need be again, and returns all it gives.
type Unit func(ctx context.Context) ([]Run, error)

// Run is rows of one Seq that wait to be read, by one goroutine and once.
type Run struct {
	Seq   uint64
	Rows  int
	Bytes int64 // of memory
	read  func(keep bool, push func(*vector.Batch) error) error
}

// Read pushes the rows. With keep the batches are push's to keep, or have to be detached.
func (r *Run) Read(keep bool, push func(*vector.Batch) error) error { return r.read(keep, push) }

// BatchRun is a Run of a batch that is the caller's.
func BatchRun(b *vector.Batch) Run {
	return Run{b.Seq, b.Len(), int64(batchBytes(b)), func(_ bool, push func(*vector.Batch) error) error { return push(b) }}
}

// WindowRun is a Run of the rows lo to lo+n of arrays.
func WindowRun(seq uint64, arrays []*column.Array, lo, n int) Run {
	r := Run{Seq: seq, Rows: n}
	for _, a := range arrays {
		r.Bytes += a.Size() * int64(n) / int64(max(a.N, 1))
	}
	r.read = func(keep bool, push func(*vector.Batch) error) error {
		b := &vector.Batch{}
		for hi := lo + n; lo < hi; lo += vector.Size {
			size := min(vector.Size, hi-lo)
			b.SetWindow(arrays, lo, size)
			if keep {
				b = loaded(b)
			}
			b.Seq = seq
			if err := push(b); err != nil {
				return err
			}
			if keep {
				b = &vector.Batch{}
			}
		}
		return nil
	}
	return r
}

// loaded returns b with all its columns loaded, for who keeps it.
func loaded(b *vector.Batch) *vector.Batch {
	cols := make([]*vector.Vec, b.Width())
	for i := range cols {
		cols[i] = b.Col(i)
	}
	return vector.NewBatch(b.Len(), cols)
}

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
	runs  []Run
	bytes int64
	err   error
}

func newRemoteSource(q *query, n *plan.Remote) (*remote, error) {
	units, err := q.opt.Remote.Units(q.ctx, n)
	if err != nil {
		return nil, err
	}
	_, top := n.Fragment.(*plan.Top)
	r := &remote{q: q, node: n, units: units, own: top && n.Shuffle() == nil, results: make([]chan unitResult, len(units))}
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
	if res.runs, res.err = unit(r.q.ctx); res.err != nil {
		return res
	}
	for _, run := range res.runs {
		res.bytes += run.Bytes
	}
	if err := r.q.opt.Memory.Grow(res.bytes, "the answer of a node"); err != nil {
		return unitResult{err: err}
	}
	return res
}

func (r *remote) read(ctx context.Context, _, m int, push func(*vector.Batch) error) error {
	lo, hi := m, m+1
	if r.own {
		lo, hi = 0, len(r.units)
	}
	var all []Run
	for u := lo; u < hi; u++ {
		res, err := r.unit(ctx, u)
		if err != nil {
			return err
		}
		defer r.q.opt.Memory.Shrink(res.bytes)
		all = append(all, res.runs...)
	}
	if r.own {
		slices.SortStableFunc(all, func(a, b Run) int { return cmp.Compare(a.Seq, b.Seq) })
	}
	_, state := r.node.Fragment.(*plan.Partial)
	for i := range all {
		if err := all[i].Read(!state, push); err != nil {
			return err
		}
		all[i] = Run{} // its memory is not needed any more
	}
	return nil
}

// unit waits for a unit.
func (r *remote) unit(ctx context.Context, u int) (unitResult, error) {
	r.start(u)
	var res unitResult
	select {
	case res = <-r.results[u]:
	case <-ctx.Done():
		return res, ctx.Err()
	}
	if res.err == nil && r.q.opt.Rows != nil {
		r.q.opt.Rows.Add(scanned(r.node.Scan(), u, len(r.units)))
	}
	return res, res.err
}

// scanned is about how many rows part m of n of a scan reads, for progress.
func scanned(n *plan.Scan, m, of int) int64 {
	rows := n.Table.Rows()
	return rows*int64(m+1)/int64(of) - rows*int64(m)/int64(of)
}

// Shuffled gives the rows that a Shuffle has for who runs the plan above it.
type Shuffled interface {
	// Next waits for more of them, and gives io.EOF after the last. Several goroutines call it.
	Next(ctx context.Context) ([]Run, error)
}

// shuffled is the source of a plan.Shuffle: each of its morsels is as many rows as a worker finds time for.
type shuffled struct {
	threads int
	rows    Shuffled
}

func (s shuffled) morsels() int { return s.threads }

func (s shuffled) read(ctx context.Context, _, _ int, push func(*vector.Batch) error) error {
	for {
		runs, err := s.rows.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, run := range runs {
			if err := run.Read(false, push); err != nil {
				return err
			}
		}
	}
}
