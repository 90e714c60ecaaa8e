package eval

import (
	"errors"
	"sync"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// Program is an expression to be evaluated by several workers, and what they share: the values that they have computed
// for the strings of dictionaries. It may be used by any number of goroutines.
type Program struct {
	e plan.Expr

	mu    sync.Mutex // of what follows
	dicts map[plan.Expr]*dictValues
	known map[plan.Expr]traits
}

// Prepare makes a Program of e.
func Prepare(e plan.Expr) *Program {
	return &Program{e: e, dicts: map[plan.Expr]*dictValues{}, known: map[plan.Expr]traits{}}
}

// New returns an Evaluator for one worker.
func (p *Program) New() *Evaluator { return &Evaluator{program: p} }

// Evaluator evaluates one expression for one worker.
type Evaluator struct {
	program *Program
	root    node      // made by the first Eval
	cond    condition // made by the first Filter or Count
}

// New prepares e for one worker. Workers that evaluate the same expression had better share a Program.
func New(e plan.Expr) *Evaluator { return Prepare(e).New() }

// Eval returns the expression's value for every row of b. The vector is the evaluator's or the batch's own and holds until
// the next call of Eval or change of b.
func (ev *Evaluator) Eval(b *vector.Batch) (*vector.Vec, error) {
	if ev.root == nil {
		ev.root = ev.program.compile(ev.program.e)
	}
	v, err := ev.root.eval(b)
	if err != nil {
		return nil, placed(err, b)
	}
	return v, nil
}

// Filter evaluates a BOOL expression as a condition: it returns the rows of b for which it is true, ascending,
// in memory that holds until the next call.
func (ev *Evaluator) Filter(b *vector.Batch) ([]int32, error) {
	rows, err := ev.condition().keep(b, nil)
	if err != nil {
		return nil, placed(err, b)
	}
	return rows, nil
}

// Count returns the number of rows that Filter would give, often without listing them.
func (ev *Evaluator) Count(b *vector.Batch) (int, error) {
	if c, ok := ev.condition().(counter); ok {
		n, err := c.count(b)
		return n, placed(err, b)
	}
	rows, err := ev.Filter(b)
	return len(rows), err
}

// placed tells an error of the user's code which rows it was called for.
func placed(err error, b *vector.Batch) error {
	var p *function.Panic
	if err != nil && errors.As(err, &p) && p.Place == (vector.Place{}) {
		p.Place = b.Place
	}
	return err
}

func (ev *Evaluator) condition() condition {
	if ev.cond == nil {
		ev.cond = ev.program.condition(ev.program.e, false)
	}
	return ev.cond
}

// Constant evaluates an expression without columns.
func Constant(e plan.Expr) (column.Value, error) {
	v, err := New(e).Eval(vector.NewBatch(1, nil))
	if err != nil {
		return column.Value{}, err
	}
	return v.Value(0), nil
}

// grow returns a slice of n undefined elements, in the memory of s where that is enough.
func grow[T any](s []T, n int) []T {
	if cap(s) >= n {
		return s[:n]
	}
	return make([]T, n, max(n, vector.Size))
}
