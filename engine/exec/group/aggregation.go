package group

import (
	"context"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// Aggregation runs one plan.Aggregate. Its rows come from Workers; after Finish its result is read by morsels.
type Aggregation struct {
	*program
	node    *plan.Aggregate
	budget  Budget
	used    atomic.Int64
	workers []*Worker
	homes   homes

	once    sync.Once // of layouts
	layouts [2]*layout
	active  []fold // the folds that the records have
	words   int    // of a record's state

	tableWords int // as the constants, smaller in tests
	hotRows    int64
	parts      []part
	readers    []*reader

	formOnce sync.Once
	form     *stateForm  // of state batches
	merging  atomic.Bool // state batches have been pushed
	partial  bool        // Read gives the state instead of results
}

// New prepares n for up to threads workers and readers. budget may be nil.
func New(n *plan.Aggregate, threads int, budget Budget) (*Aggregation, error) {
	p, err := compile(n, threads, budget)
	if err != nil {
		return nil, err
	}
	a := &Aggregation{program: p, node: n, budget: budget, homes: make(homes, len(p.exprs)), tableWords: tableWords, hotRows: hotMinRows}
	for w := range threads {
		a.workers = append(a.workers, a.newWorker(w))
	}
	a.readers = make([]*reader, threads)
	return a, nil
}

// Worker returns the part of the aggregation that worker w pushes to.
func (a *Aggregation) Worker(w int) *Worker { return a.workers[w] }

// arrange chooses the layouts, once, from statistics and what the first batch, whose keys w has loaded, shows.
func (a *Aggregation) arrange(w *Worker) {
	comps := make([]component, len(a.keys))
	for i, k := range a.keys {
		comps[i] = a.component(w.operands[k], k)
	}
	a.active = a.folds
	a.place()
	first := chooseLayout(comps, a.words, a.rows)
	if !first.dense && !a.useRows {
		a.active = a.folds[1:] // only dense records need the count, to tell which exist
		a.place()
		first.stride = first.words + a.words
	}
	if first.dense && first.slots > 1 {
		first.hotPlan = a.planHot(first.slots, a.hotRows)
	}
	a.layouts = [2]*layout{first, anyLayout(comps, a.words)}
}

func (a *Aggregation) place() {
	a.words = 0
	for _, f := range a.active {
		f.place(a.words)
		a.words += f.words()
	}
}

// component finds out the range of the key that o has loaded.
func (a *Aggregation) component(o *operand, k int) component {
	b := a.bounds[k]
	c := component{typ: o.typ, operand: k, nullable: !b.nonNull}
	switch c.typ {
	case column.Bool:
		c.span = 2
	case column.String:
		c.ids = &stringIDs{home: o.all.dict}
		c.span = maxStringID
		if c.ids.home != nil {
			c.span = uint64(c.ids.home.Len())
		}
	case column.Int:
		if b.ranged {
			c.lo, c.span = b.lo, uint64(b.hi-b.lo)+1
		} else {
			c.guess(o)
		}
	}
	return c
}

// guess takes a range around the values of the first batch.
func (c *component) guess(o *operand) {
	c.guessed = true
	c.lo, c.span = 0, 256
	o.compact()
	if o.some.n == 0 {
		return
	}
	var buf []int64
	lo, hi := extremes(o.some.ints(&buf))
	width := uint64(hi-lo) + 1
	c.lo, c.span = lo, width
	if width == 0 || width >= 1<<40 {
		c.span = 1 << 62 // hopeless: all that fits
		c.lo = -1 << 61
		return
	}
	c.grow(3*width + 32)
}

func extremes(v []int64) (lo, hi int64) {
	lo, hi = v[0], v[0]
	for _, x := range v {
		lo, hi = min(lo, x), max(hi, x)
	}
	return lo, hi
}

// Finish is called once, when all rows have been pushed. Then Morsels and Read may be called.
func (a *Aggregation) Finish(ctx context.Context) error {
	for i := 1; i < len(a.phases); i++ {
		if err := a.finishChild(ctx, i); err != nil {
			return err
		}
	}
	return a.divide(ctx)
}

// finishChild pushes the distinct tuples of phase i.
func (a *Aggregation) finishChild(ctx context.Context, i int) error {
	child := a.phases[i].child
	if err := child.Finish(ctx); err != nil {
		return err
	}
	defer child.Release()
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for w := range min(len(a.workers), child.Morsels()) {
		g.Go(func() error {
			worker := a.workers[w]
			worker.enter(i)
			for m := int(next.Add(1)) - 1; m < child.Morsels(); m = int(next.Add(1)) - 1 {
				err := child.Read(ctx, w, m, func(b *vector.Batch) error {
					b.Seq = uint64(m)
					return worker.Push(b)
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// Release gives back all memory. The aggregation is of no use then.
func (a *Aggregation) Release() {
	for i := 1; i < len(a.phases); i++ {
		a.phases[i].child.Release()
	}
	if n := a.used.Swap(0); n > 0 && a.budget != nil {
		a.budget.Shrink(n)
	}
	for _, w := range a.workers {
		w.pool.slabs.release()
		for _, g := range w.groups {
			if g != nil && g.parts != nil {
				g.parts.slabs.release()
			}
		}
	}
	a.workers, a.parts, a.readers = nil, nil, nil
}
