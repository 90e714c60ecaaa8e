package exec

import (
	"context"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/engine/eval"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// sorter is the breaker of a plan.Sort. Workers keep their rows as batches together with the vectors of the sort keys;
// finish turns the keys into words that compare as the keys do (see sortKeys) and sorts pairs of first word and row
// number. The rows are gathered in their new order only when they are read.
//
// With a limit every worker drops, from time to time, all but the first rows, and then filters what comes by the first
// key of the last of them.
type sorter struct {
	node    *plan.Sort
	keep    int64 // rows that can matter, negative for all
	threads int
	mem     *Memory
	workers []*sortWorker

	rows    sortedRows
	order   []sortEntry
	columns []sortedColumn
}

// newSort returns the breaker of n.
func newSort(n *plan.Sort, threads int, mem *Memory) *sorter {
	s := &sorter{node: n, keep: -1, threads: threads, mem: mem, workers: make([]*sortWorker, threads)}
	if n.Limit >= 0 {
		s.keep = n.Offset + min(n.Limit, math.MaxInt64-n.Offset)
	}
	return s
}

func (s *sorter) worker(w int) (sinkWorker, error) {
	sw := &sortWorker{s: s}
	for _, k := range s.node.Keys {
		sw.keys = append(sw.keys, eval.New(k.Expr))
	}
	s.workers[w] = sw
	return sw, nil
}

// sortWorker keeps the rows of one worker.
type sortWorker struct {
	s       *sorter
	keys    []*eval.Evaluator
	rows    sortedRows
	fresh   int // rows since the last trim
	limit   threshold
	memory  int64 // of rows
	rowSize int64 // about how many bytes a row takes
	lastSeq uint64
}

func (w *sortWorker) push(b *vector.Batch) error {
	if w.s.keep == 0 {
		return errStop
	}
	if w.limit.set {
		v, err := w.keys[0].Eval(b)
		if err != nil {
			return err
		}
		sel := w.limit.filter(v, w.s.node.Keys[0].Desc, len(w.keys) > 1)
		if len(sel) == 0 {
			return nil
		}
		b.Select(sel)
	}
	keys := make([]*vector.Vec, len(w.keys))
	for i, e := range w.keys {
		v, err := e.Eval(b)
		if err != nil {
			return err
		}
		keys[i] = v.Clone()
	}
	w.rowSize = int64(b.Width()+len(keys)) * 12
	n := int64(b.Len()) * w.rowSize
	if err := w.s.mem.Grow(n, "ORDER BY"); err != nil {
		return err
	}
	w.memory += n
	w.rows.add(b.Detach(), keys)
	w.fresh += b.Len()
	if w.s.keep > 0 && int64(w.fresh) >= max(w.s.keep, vector.Size) {
		w.trim()
	}
	return nil
}

func (w *sortWorker) morselDone(uint64) error { return nil }

// trim keeps only the rows that can still be among the first.
func (w *sortWorker) trim() {
	w.fresh = 0
	if int64(w.rows.n) <= w.s.keep {
		return
	}
	cmp := w.rows.comparer(w.s.node.Keys)
	order := cmp.entries()
	slices.SortFunc(order, cmp.compare)
	order = order[:w.s.keep]
	last := order[len(order)-1].row
	w.limit.setTo(w.rows.keys[last/sortStride][0], int(last%sortStride))
	w.rows = w.rows.pick(order)
	kept := int64(w.rows.n) * w.rowSize
	w.s.mem.Shrink(w.memory - kept)
	w.memory = kept
}

// finish brings the workers' rows into the order of the input, and sorts.
func (s *sorter) finish(ctx context.Context) error {
	for _, w := range s.workers {
		if w == nil {
			continue
		}
		if s.keep > 0 {
			w.trim()
		}
		s.rows.batches = append(s.rows.batches, w.rows.batches...)
		s.rows.keys = append(s.rows.keys, w.rows.keys...)
		s.rows.n += w.rows.n
	}
	s.rows.bySeq()
	n := int64(s.rows.n) * 32
	if err := s.mem.Grow(n, "ORDER BY"); err != nil {
		return err
	}
	defer s.mem.Shrink(n)
	c := s.rows.comparer(s.node.Keys)
	order, err := sortParallel(ctx, s.threads, c)
	if err != nil {
		return err
	}
	if s.keep >= 0 {
		order = order[:min(int64(len(order)), s.keep)]
		order = order[min(int64(len(order)), s.node.Offset):]
	}
	s.order, s.columns = order, s.rows.columns()
	return nil
}

func (s *sorter) morsels() int { return (len(s.order) + morselRows - 1) / morselRows }

func (s *sorter) read(_ context.Context, _, m int, push func(*vector.Batch) error) error {
	order := s.order[m*morselRows:]
	order = order[:min(morselRows, len(order))]
	for len(order) > 0 {
		k := min(vector.Size, len(order))
		cols := make([]*vector.Vec, len(s.columns))
		for i := range cols {
			cols[i] = s.columns[i].gather(order[:k])
		}
		if err := push(vector.NewBatch(k, cols)); err != nil {
			return err
		}
		order = order[k:]
	}
	return nil
}

func (s *sorter) release() {
	for _, w := range s.workers {
		if w != nil {
			s.mem.Shrink(w.memory)
		}
	}
}

// sortParallel sorts all rows of c by several goroutines: the rows are spread over buckets by the size of their first
// word, and each bucket is sorted by itself.
func sortParallel(ctx context.Context, threads int, c *comparer) ([]sortEntry, error) {
	all := c.entries()
	if len(all) < 1<<14 || threads == 1 {
		c.sort(all)
		return all, ctx.Err()
	}
	buckets, out := spread(all, threads)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(threads)
	for _, b := range buckets {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			c.sort(b)
			return nil
		})
	}
	return out, g.Wait()
}
