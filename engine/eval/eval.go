package eval

import (
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// Evaluator evaluates one expression for one worker.
type Evaluator struct {
	e    plan.Expr
	root node
	sel  []int32
}

// New prepares e.
func New(e plan.Expr) *Evaluator { return &Evaluator{e: e, root: compile(e)} }

// Eval returns the expression's value for every row of b. The vector is the evaluator's or the batch's own and holds until
// the next call of Eval or change of b.
func (ev *Evaluator) Eval(b *vector.Batch) (*vector.Vec, error) { return ev.root.eval(b) }

// Filter evaluates a BOOL expression as a condition: it returns the rows of b for which it is true, ascending,
// in memory that holds until the next call.
func (ev *Evaluator) Filter(b *vector.Batch) ([]int32, error) {
	v, err := ev.root.eval(b)
	if err != nil {
		return nil, err
	}
	ev.sel = selectTrue(ev.sel, v)
	return ev.sel, nil
}

// Constant evaluates an expression without columns.
func Constant(e plan.Expr) (column.Value, error) {
	v, err := compile(e).eval(vector.NewBatch(1, nil))
	if err != nil {
		return column.Value{}, err
	}
	return v.Value(0), nil
}

// selectTrue returns the rows of a BOOL vector that are true, in the memory of sel.
func selectTrue(sel []int32, v *vector.Vec) []int32 {
	sel = grow(sel, len(v.Bool))
	n := 0
	for i, t := range v.Bool {
		sel[n] = int32(i)
		if t {
			n++
		}
	}
	sel = sel[:n]
	if v.Null != nil {
		n = 0
		for _, i := range sel {
			sel[n] = i
			if !v.Null[i] {
				n++
			}
		}
		sel = sel[:n]
	}
	return sel
}

// grow returns a slice of n undefined elements, in the memory of s where that is enough.
func grow[T any](s []T, n int) []T {
	if cap(s) >= n {
		return s[:n]
	}
	return make([]T, n, max(n, vector.Size))
}
