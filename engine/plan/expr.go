package plan

import (
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/set"
)

// Expr is a typed expression over the columns of its operator's input. Expressions are trees, never changed once
// made: rules make new ones.
type Expr interface {
	Type() column.Type
	String() string // as SQL, for EXPLAIN
}

// Column is column Index of the input.
type Column struct {
	Index int
	Name  string
	T     column.Type
}

// Const is a literal, a parameter's value or a folded expression.
type Const struct{ Value column.Value }

// Call applies a scalar function or operator. Args have exactly the overload's types.
type Call struct {
	Func     *function.Func
	Overload *function.Overload
	Args     []Expr
}

// Cast converts X to another type. BOOL, INT and FLOAT convert among each other (FLOAT to INT rounds half away from
// zero; out of range is an error), anything to STRING, and STRING to the others by its text, NULL where it is not one.
type Cast struct {
	X  Expr
	To column.Type
}

// Logic is AND or OR of two or more BOOL expressions, in three-valued logic, evaluated from left to right and only for
// the rows that are not decided yet.
type Logic struct {
	Or   bool
	Args []Expr
}

// Not is the three-valued NOT of a BOOL expression.
type Not struct{ X Expr }

// IsNull is X IS NULL, or IS NOT NULL when Negate.
type IsNull struct {
	X      Expr
	Negate bool
}

// Case is the searched CASE: the Then of the first true When, else Else, which is never nil (a NULL constant when
// left out). All results have type T. Results are evaluated only for the rows that take them.
type Case struct {
	Whens []When
	Else  Expr
	T     column.Type
}

// When is a branch of a Case.
type When struct{ Cond, Then Expr }

// In is X IN (list) over constants of X's type. HasNull says that the list also held a NULL, which makes the result
// NULL where X is not found. NOT IN is Not of it. Many INTs are a Set instead of a List.
type In struct {
	X       Expr
	List    []column.Value
	Set     *set.Set // nil, or in place of List; X is INT
	HasNull bool
}

// SubqueryKind says how a subquery is used.
type SubqueryKind uint8

// The uses of a subquery.
const (
	Scalar SubqueryKind = iota // its single value; NULL without rows, an error with more than one
	Exists                     // whether it has rows
	InRows                     // whether X is among its rows (one column), with SQL's rules on NULL
)

// Subquery is an uncorrelated subquery. It is run before the query it stands in and replaced by what it gives: a Const or
// an In; exec never sees one.
type Subquery struct {
	Kind SubqueryKind
	X    Expr // of InRows
	Plan Node
	T    column.Type
}

// Type implementations.
func (e *Column) Type() column.Type   { return e.T }
func (e *Const) Type() column.Type    { return e.Value.Type }
func (e *Call) Type() column.Type     { return e.Overload.Result }
func (e *Cast) Type() column.Type     { return e.To }
func (e *Logic) Type() column.Type    { return column.Bool }
func (e *Not) Type() column.Type      { return column.Bool }
func (e *IsNull) Type() column.Type   { return column.Bool }
func (e *Case) Type() column.Type     { return e.T }
func (e *In) Type() column.Type       { return column.Bool }
func (e *Subquery) Type() column.Type { return e.T }
