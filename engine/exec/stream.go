package exec

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/eau2db/eau2/engine/eval"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// filterSink keeps the rows for which cond is true.
type filterSink struct {
	cond plan.Expr
	down sink
}

func (f *filterSink) worker(w int) (sinkWorker, error) {
	down, err := f.down.worker(w)
	return &filterWorker{sinkWorker: down, cond: eval.New(f.cond)}, err
}

func (f *filterSink) finish(ctx context.Context) error { return f.down.finish(ctx) }

type filterWorker struct {
	sinkWorker // below
	cond       *eval.Evaluator
}

func (f *filterWorker) push(b *vector.Batch) error {
	sel, err := f.cond.Filter(b)
	if err != nil || len(sel) == 0 {
		return err
	}
	b.Select(sel)
	return f.sinkWorker.push(b)
}

// projectSink computes columns.
type projectSink struct {
	exprs []plan.Expr
	down  sink
}

func (p *projectSink) worker(w int) (sinkWorker, error) {
	down, err := p.down.worker(w)
	pw := &projectWorker{sinkWorker: down, exprs: make([]*eval.Evaluator, len(p.exprs)), from: make([]int, len(p.exprs)), cols: make([]*vector.Vec, len(p.exprs))}
	for i, e := range p.exprs {
		if c, ok := e.(*plan.Column); ok {
			pw.from[i] = c.Index
		} else {
			pw.exprs[i] = eval.New(e)
		}
	}
	return pw, err
}

func (p *projectSink) finish(ctx context.Context) error { return p.down.finish(ctx) }

type projectWorker struct {
	sinkWorker                   // below
	exprs      []*eval.Evaluator // nil for a plain column
	from       []int             // of a plain column
	out        vector.Batch
	cols       []*vector.Vec
}

func (p *projectWorker) push(b *vector.Batch) error {
	for i, e := range p.exprs {
		if e == nil {
			continue
		}
		v, err := e.Eval(b)
		if err != nil {
			return err
		}
		p.cols[i] = v
	}
	p.out.Project(b, p.cols, p.from)
	return p.sinkWorker.push(&p.out)
}

// countSink counts the morsels that pass, and notes when the sink below wants no more.
type countSink struct {
	sink
	morsels atomic.Uint64
	stopped atomic.Bool
}

func (c *countSink) worker(w int) (sinkWorker, error) {
	down, err := c.sink.worker(w)
	return &countWorker{sinkWorker: down, c: c}, err
}

type countWorker struct {
	sinkWorker // below
	c          *countSink
}

func (w *countWorker) push(b *vector.Batch) error { return w.c.note(w.sinkWorker.push(b)) }

func (w *countWorker) morselDone(seq uint64) error {
	w.c.morsels.Add(1)
	return w.c.note(w.sinkWorker.morselDone(seq))
}

func (c *countSink) note(err error) error {
	if errors.Is(err, errStop) {
		c.stopped.Store(true)
	}
	return err
}

// seqSink renumbers the morsels of one input of a union and leaves finishing to the union.
type seqSink struct {
	down    sink
	base    uint64
	workers []sinkWorker // of down, which is asked only once for each
}

func (u *seqSink) worker(w int) (sinkWorker, error) {
	if u.workers[w] == nil {
		down, err := u.down.worker(w)
		if err != nil {
			return nil, err
		}
		u.workers[w] = down
	}
	return &seqWorker{sinkWorker: u.workers[w], u: u}, nil
}

func (u *seqSink) finish(context.Context) error { return nil }

type seqWorker struct {
	sinkWorker // below
	u          *seqSink
}

func (s *seqWorker) push(b *vector.Batch) error {
	b.Seq += s.u.base
	return s.sinkWorker.push(b)
}

func (s *seqWorker) morselDone(seq uint64) error { return s.sinkWorker.morselDone(seq + s.u.base) }
