package exec

import (
	"context"
	"sync/atomic"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/eval"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// morselRows is how many rows of a chunk a worker takes at a time: enough to make taking them cheap, few enough that
// all workers end together.
const morselRows = 16 * vector.Size

// scan is the source of a plan.Scan.
type scan struct {
	node    *plan.Scan
	parts   []scanPart
	places  []uint64 // of the parts among all; nil when they are all
	workers []scanWorker
	rows    *atomic.Int64
}

type scanPart struct{ chunk, lo, n int }

type scanWorker struct {
	filter *eval.Evaluator
	batch  vector.Batch
	arrays []*column.Array
	chunk  int
}

func newScan(n *plan.Scan, threads int, rows *atomic.Int64) *scan {
	s := &scan{node: n, workers: make([]scanWorker, threads), rows: rows}
	add := func(c int) {
		for lo, rows := 0, n.Table.ChunkRows(c); lo < rows; lo += morselRows {
			s.parts = append(s.parts, scanPart{chunk: c, lo: lo, n: min(morselRows, rows-lo)})
		}
	}
	if n.Chunks != nil {
		for _, c := range n.Chunks {
			add(c)
		}
	} else {
		for c := range n.Table.Chunks() {
			add(c)
		}
	}
	return s
}

func (s *scan) morsels() int { return len(s.parts) }

func (s *scan) read(ctx context.Context, w, m int, push func(*vector.Batch) error) error {
	p, sw := s.parts[m], &s.workers[w]
	if err := sw.open(ctx, s.node, p.chunk); err != nil {
		return err
	}
	if s.rows != nil {
		defer s.rows.Add(int64(p.n))
	}
	stop := ctx.Err
	for lo := p.lo; lo < p.lo+p.n; lo += vector.Size {
		b := &sw.batch
		b.SetWindow(sw.arrays, lo, min(vector.Size, p.lo+p.n-lo))
		b.Stop, b.Place = stop, vector.Place{Table: s.node.Table.Name(), Chunk: p.chunk, Row: lo}
		if sw.filter != nil {
			sel, err := sw.filter.Filter(b)
			if err != nil {
				return err
			}
			if len(sel) == 0 {
				continue
			}
			b.Select(sel)
		}
		if err := push(b); err != nil {
			return err
		}
	}
	return nil
}

// open gets the arrays of a chunk, unless the worker has them already.
func (sw *scanWorker) open(ctx context.Context, n *plan.Scan, chunk int) error {
	if sw.arrays != nil && sw.chunk == chunk {
		return nil
	}
	if sw.arrays == nil {
		sw.arrays = make([]*column.Array, len(n.Cols))
		if n.Filter != nil {
			sw.filter = eval.New(n.Filter)
		}
	}
	for i, c := range n.Cols {
		a, err := n.Table.Column(ctx, chunk, c)
		if err != nil {
			return err
		}
		sw.arrays[i] = a
	}
	sw.chunk = chunk
	return nil
}

// values is the source of a plan.Values.
type values struct {
	fields []column.Field
	rows   [][]column.Value
}

func (v *values) morsels() int { return (len(v.rows) + vector.Size - 1) / vector.Size }

func (v *values) read(_ context.Context, _, m int, push func(*vector.Batch) error) error {
	rows := v.rows[m*vector.Size:]
	rows = rows[:min(vector.Size, len(rows))]
	cols := make([]*vector.Vec, len(v.fields))
	for c, f := range v.fields {
		cols[c] = vector.Make(f.Type, len(rows))
		for i, r := range rows {
			cols[c].Set(i, r[c])
		}
	}
	return push(vector.NewBatch(len(rows), cols))
}
