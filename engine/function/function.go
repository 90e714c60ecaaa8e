package function

import (
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// Func is a scalar function or operator.
type Func struct {
	Name      string // upper case, or the operator's sign
	Aliases   []string
	Class     string // operator, numeric, string, date, conditional
	Usage     string // SUBSTRING(s, from[, len])
	Doc       string // one line
	Overloads []Overload
}

// Overload is a Func for certain argument types.
type Overload struct {
	Args     []column.Type
	Optional int  // how many of the last arguments may be left out
	Variadic bool // the last argument may repeat
	Result   column.Type
	// NullSafe overloads see NULL arguments and set out.Null themselves. For all others a row with a NULL argument
	// is NULL: the evaluator has set out.Null before Eval, whose value in such rows does not matter (but which must not
	// report an error because of them).
	NullSafe bool
	// Eval computes one vector. out has the result's type and length and, unless NullSafe, its nulls; all args
	// have that length too, constant ones with Const set and every slot filled. Eval may add nulls with out.SetNull.
	Eval func(args []*vector.Vec, out *vector.Vec) error
}
