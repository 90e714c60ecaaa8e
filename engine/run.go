package engine

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/eval"
	"github.com/eau2db/eau2/engine/exec"
	"github.com/eau2db/eau2/engine/fragment"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/set"
	"github.com/eau2db/eau2/engine/vector"
)

// runPlan builds a plan, runs it and returns its rows.
func (e *Engine) runPlan(ctx context.Context, build func(*builder) (plan.Node, error)) (*Rows, error) {
	ctx, end, err := e.begin(ctx)
	if err != nil {
		return nil, err
	}
	tables := e.newTableSet()
	n, err := build(&builder{ctx: ctx, tables: tables})
	if err == nil {
		n, err = e.prepare(ctx, n)
	}
	if err != nil {
		tables.release()
		end()
		return nil, err
	}
	return e.start(ctx, n, tables, end), nil
}

// start runs a prepared plan. end is called when it has stopped, and tables are released when the Rows are closed.
func (e *Engine) start(ctx context.Context, n plan.Node, tables *tableSet, end func()) *Rows {
	o := e.execOptions(ctx)
	stop := e.report(ctx, n, &o)
	o.Done = func() { stop(); end() }
	return &Rows{
		fields: n.Fields(),
		stream: exec.Start(ctx, n, o),
		row:    -1,
		end:    tables.release,
		refine: func(err error) error { return refine(ctx, e.named(err)) },
	}
}

func (e *Engine) execOptions(ctx context.Context) exec.Options {
	return exec.Options{Threads: e.opt.Threads, Memory: memoryOf(ctx, e.memory), Remote: distributor{engine: e}}
}

type memoryKey struct{}

// withMemory returns a context whose statements take their memory from m.
func withMemory(ctx context.Context, m *exec.Memory) context.Context {
	return context.WithValue(ctx, memoryKey{}, m)
}

func memoryOf(ctx context.Context, otherwise *exec.Memory) *exec.Memory {
	if m, ok := ctx.Value(memoryKey{}).(*exec.Memory); ok {
		return m
	}
	return otherwise
}

// forEachBatch builds a plan and runs f over its batches on several workers.
func (e *Engine) forEachBatch(ctx context.Context, build func(*builder) (plan.Node, error), f func(w int, b *vector.Batch) error) error {
	ctx, end, err := e.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	tables := e.newTableSet()
	defer tables.release()
	n, err := build(&builder{ctx: ctx, tables: tables})
	if err != nil {
		return err
	}
	if n, err = e.prepare(ctx, n); err != nil {
		return err
	}
	return refine(ctx, e.named(exec.Each(ctx, n, e.execOptions(ctx), f)))
}

// prepare makes a bound plan ready to run: its subqueries are run and replaced by their results, constants are folded,
// and the rules applied.
func (e *Engine) prepare(ctx context.Context, n plan.Node) (plan.Node, error) {
	n, err := e.optimize(ctx, n)
	if err != nil {
		return nil, err
	}
	return e.distribute(n)
}

// optimize is prepare of a plan that is not cut.
func (e *Engine) optimize(ctx context.Context, n plan.Node) (plan.Node, error) {
	n, err := e.runSubqueries(ctx, n)
	if err != nil {
		return nil, err
	}
	return plan.Optimize(plan.Fold(n, eval.Constant)), nil
}

// distribute cuts what runs at the data of many nodes out of a plan.
func (e *Engine) distribute(n plan.Node) (plan.Node, error) {
	if len(e.node.Members()) < 2 {
		return n, nil
	}
	return fragment.Split(n, fragment.Options{Remote: elsewhere, Nodes: len(e.node.Members()), Always: e.shuffleAlways})
}

// elsewhere reports whether a scan may read what other nodes have.
func elsewhere(s *plan.Scan) bool {
	t, ok := s.Table.(*cluster.Table)
	return ok && t.Shared()
}

// runSubqueries replaces every subquery in the expressions of n by its result.
func (e *Engine) runSubqueries(ctx context.Context, n plan.Node) (plan.Node, error) {
	in := n.Inputs()
	done := make([]plan.Node, len(in))
	changed := false
	for i, c := range in {
		d, err := e.runSubqueries(ctx, c)
		if err != nil {
			return nil, err
		}
		done[i], changed = d, changed || d != c
	}
	if changed {
		n = n.WithInputs(done)
	}
	var failed error
	n = plan.MapExprs(n, func(x plan.Expr) plan.Expr {
		y, err := plan.Map(x, func(x plan.Expr) (plan.Expr, error) {
			if q, ok := x.(*plan.Subquery); ok {
				return e.runSubquery(ctx, q)
			}
			return x, nil
		})
		if err != nil {
			if failed == nil {
				failed = err
			}
			return x
		}
		return y
	})
	return n, failed
}

// runSubquery runs q and returns the constant expression it stands for.
func (e *Engine) runSubquery(ctx context.Context, q *plan.Subquery) (plan.Expr, error) {
	n := q.Plan
	switch q.Kind {
	case plan.Exists:
		n = &plan.Limit{Input: n, Limit: 1}
	case plan.Scalar:
		n = &plan.Limit{Input: n, Limit: 2}
	}
	n, err := e.prepare(ctx, n)
	if err != nil {
		return nil, err
	}
	o := e.execOptions(ctx)
	defer e.report(ctx, n, &o)()
	s := exec.Start(ctx, n, o)
	defer s.Close()
	var values []column.Value
	var numbers *set.Collector // of INTs to look up, in place of values
	if q.Kind == plan.InRows && q.X.Type() == column.Int {
		numbers = set.NewCollector(boundsOf(n))
	}
	hasNull := false
	for {
		b, err := s.Next()
		if b == nil {
			if err := eof(err); err != nil {
				return nil, err
			}
			break
		}
		if numbers != nil {
			collectColumn(numbers, b, 0)
			hasNull = hasNull || slices.Contains(b.Col(0).Null, true)
			continue
		}
		for i := range b.Len() {
			v := column.BoolValue(true)
			if b.Width() > 0 {
				v = b.Col(0).Value(i)
			}
			values = append(values, v)
		}
	}
	switch q.Kind {
	case plan.Exists:
		return &plan.Const{Value: column.BoolValue(len(values) > 0)}, nil
	case plan.Scalar:
		switch len(values) {
		case 0:
			return &plan.Const{Value: column.Null(q.T)}, nil
		case 1:
			return &plan.Const{Value: values[0]}, nil
		}
		return nil, fmt.Errorf("a subquery in place of a value gave more than one row; LIMIT 1 or an aggregate makes it one")
	}
	in := &plan.In{X: q.X, HasNull: hasNull}
	if numbers != nil {
		if s := set.Union(numbers); s.Len() > longList {
			in.Set = s
			return in, nil
		} else {
			for x := range s.All() {
				values = append(values, column.IntValue(x))
			}
		}
	}
	for _, v := range values {
		if v.Valid {
			in.List = append(in.List, v)
		} else {
			in.HasNull = true
		}
	}
	if len(in.List) == 0 && !in.HasNull {
		return &plan.Const{Value: column.BoolValue(false)}, nil // also where X is NULL
	}
	return in, nil
}

// longList is how many INTs a subquery may give for IN to have them as a list, which more rules know.
const longList = 1000

// report sends the progress of a query to who asked for it, until stop is called.
func (e *Engine) report(ctx context.Context, n plan.Node, o *exec.Options) (stop func()) {
	if ctx.Value(progressKey{}) == nil {
		return func() {}
	}
	progress := progressOf(ctx)
	total := scanRows(n)
	start := time.Now()
	o.Rows = &atomic.Int64{}
	tick := time.NewTicker(100 * time.Millisecond)
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		for {
			select {
			case <-tick.C:
				progress(Progress{Statement: "SELECT", Rows: o.Rows.Load(), TotalRows: total, Elapsed: time.Since(start)})
			case <-done:
				return
			}
		}
	}()
	return func() {
		tick.Stop()
		close(done)
		<-gone
	}
}

// scanRows counts the rows that the scans of n read.
func scanRows(n plan.Node) int64 {
	var rows int64
	if s, ok := n.(*plan.Scan); ok {
		rows = s.Table.Rows()
	}
	for _, in := range n.Inputs() {
		rows += scanRows(in)
	}
	return rows
}
