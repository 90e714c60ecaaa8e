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
	Varies    Variation
}

// Variation says how the value of a function over the same arguments changes.
type Variation uint8

// The variations.
const (
	Never        Variation = iota // a pure function: may be folded, and computed once for equal arguments
	PerStatement                  // NOW(): the binder replaces the call by its value, once a statement
	PerRow                        // RAND(): computed anew for every row
)

// Overload is a Func for certain argument types.
type Overload struct {
	Args     []column.Type
	Optional int  // how many of the last arguments may be left out
	Variadic bool // the last argument may repeat
	AsText   bool // STRING arguments also take BOOL, INT and FLOAT, cast to STRING
	Result   column.Type
	// NullSafe overloads see NULL arguments and set out.Null themselves. For all others a row with a NULL argument
	// is NULL: the evaluator has set out.Null before Eval, whose value in such rows does not matter (but which must not
	// report an error because of them).
	NullSafe bool
	// Eval computes one vector. out has the result's type and length and, unless NullSafe, its nulls; all args
	// have that length too, constant ones with Const set and every slot filled. Eval may add nulls with out.SetNull. An
	// Eval may be called by any number of goroutines.
	Eval Kernel
	// Prepare, where there is no Eval, makes one that keeps state from vector to vector (a compiled pattern), for one
	// evaluator and one goroutine.
	Prepare func() Kernel
}

// Kernel computes a function over vectors; see Overload.Eval.
type Kernel func(args []*vector.Vec, out *vector.Vec) error

// Kernel returns Eval, or the kernel made by Prepare.
func (o *Overload) Kernel() Kernel {
	if o.Prepare != nil {
		return o.Prepare()
	}
	return o.Eval
}
