package plan

import (
	"slices"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/function"
)

// FlatMap gives, for each row of Input, a row for each value that Func makes of it: Input's columns, and behind them the value, called
// Name. Func sees all columns of Input. The rows keep their order.
type FlatMap struct {
	Input Node
	Func  *function.Flat
	Name  string
}

// Fields returns the input's columns and the new one.
func (n *FlatMap) Fields() []column.Field {
	return append(slices.Clone(n.Input.Fields()), column.Field{Name: n.Name, Type: n.Func.Result})
}

// Inputs returns the one input.
func (n *FlatMap) Inputs() []Node { return []Node{n.Input} }

// WithInputs returns a copy of n over in[0].
func (n *FlatMap) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// String names the function.
func (n *FlatMap) String() string { return "FlatMap " + n.Func.Name }
