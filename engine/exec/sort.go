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

// sorter is the breaker of a plan.Sort. Workers keep their rows batch by batch, columns of a chunk as references into it
// (see sortedRows); finish turns the sort keys into words that compare as the keys do (see comparer) and sorts pairs of
// first word and row number. The rows are gathered in their new order only when they are read.
//
// With a limit every worker drops, from time to time, all but the first rows, and then filters what comes by the first
// key of the last of them.
type sorter struct {
	node    *plan.Sort
	keep    int64 // rows that can matter, negative for all
	threads int
	mem     *Memory
	workers []*sortWorker

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
	sw := &sortWorker{s: s, rows: sortedRows{by: s.node.Keys}, keys: make([]*eval.Evaluator, len(s.node.Keys))}
	for i, k := range s.node.Keys {
		if _, plain := k.Expr.(*plan.Column); !plain {
			sw.keys[i] = eval.New(k.Expr)
		}
	}
	s.workers[w] = sw
	return sw, nil
}

// sortWorker keeps the rows of one worker.
type sortWorker struct {
	s      *sorter
	keys   []*eval.Evaluator // nil for a plain column
	rows   sortedRows
	fresh  int // rows since the last trim
	limit  *threshold
	memory int64
}

func (w *sortWorker) push(b *vector.Batch) error {
	if w.s.keep == 0 {
		return errStop
	}
	if w.limit != nil {
		sel, err := w.limit.filter(b)
		if err != nil || len(sel) == 0 {
			return err
		}
		b.Select(sel)
	}
	keys := make([]*vector.Vec, len(w.keys))
	for i, e := range w.keys {
		if e == nil {
			continue
		}
		v, err := e.Eval(b)
		if err != nil {
			return err
		}
		keys[i] = v.Clone()
	}
	n := w.rows.add(b, keys)
	w.memory += n
	if err := w.s.mem.Grow(n, "ORDER BY"); err != nil {
		w.memory -= n
		return err
	}
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
	c := w.rows.comparer(1)
	order := c.entries(1)
	slices.SortFunc(order, c.compare)
	order = order[:w.s.keep]
	last := order[len(order)-1].row
	key := w.rows.key(int(last/sortStride), 0).Value(int(last % sortStride))
	w.limit = newThreshold(w.s.node.Keys, key)
	w.rows = w.rows.pick(order)
	kept := min(w.memory, w.rows.bytes())
	w.s.mem.Shrink(w.memory - kept)
	w.memory = kept
}

// collect brings the workers' rows into the order of the input.
func (s *sorter) collect() (sortedRows, error) {
	rows := sortedRows{by: s.node.Keys}
	for _, w := range s.workers {
		if w == nil {
			continue
		}
		if s.keep > 0 {
			w.trim()
		}
		rows.parts = append(rows.parts, w.rows.parts...)
		rows.n += w.rows.n
		w.rows = sortedRows{}
	}
	return rows, rows.number()
}

// finish sorts.
func (s *sorter) finish(ctx context.Context) error {
	rows, err := s.collect()
	if err != nil {
		return err
	}
	n := int64(rows.n) * 40
	if err := s.mem.Grow(n, "ORDER BY"); err != nil {
		return err
	}
	defer s.mem.Shrink(n)
	c := rows.comparer(s.threads)
	order, err := sortParallel(ctx, s.threads, c)
	if err != nil {
		return err
	}
	order = order[min(int64(len(order)), s.node.Offset):]
	if s.node.Limit >= 0 {
		order = order[:min(int64(len(order)), s.node.Limit)]
	}
	s.order, s.columns = order, rows.columns(c)
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
	all := c.entries(threads)
	if len(all) < 1<<14 || threads == 1 {
		c.sort(all, nil)
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
			at := len(out) - cap(b) // a bucket is a part of out: its place there
			c.sort(b, all[at:at+len(b)])
			return nil
		})
	}
	return out, g.Wait()
}
