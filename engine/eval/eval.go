package eval

import (
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// Evaluator evaluates one expression for one worker.
type Evaluator struct{ e plan.Expr }

// New prepares e.
func New(e plan.Expr) *Evaluator { return &Evaluator{e: e} }

// Eval returns the expression's value for every row of b. The vector is the evaluator's or the batch's own and holds until
// the next call of Eval or change of b.
func (ev *Evaluator) Eval(b *vector.Batch) (*vector.Vec, error) { panic("contract") }

// Filter evaluates a BOOL expression as a condition: it returns the rows of b for which it is true, ascending,
// in memory that holds until the next call.
func (ev *Evaluator) Filter(b *vector.Batch) ([]int32, error) { panic("contract") }

// Constant evaluates an expression without columns.
func Constant(e plan.Expr) (column.Value, error) { panic("contract") }
