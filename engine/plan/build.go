package plan

import (
	"fmt"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/function"
)

// NewCall applies the function or operator called name to args, casting them to what its overload takes.
func NewCall(name string, args ...Expr) (Expr, error) {
	f, ok := function.Lookup(name)
	if !ok {
		return nil, fmt.Errorf("unknown function %s", name)
	}
	return NewCallOf(f, args...)
}

// NewCallOf is NewCall of a function that has been looked up.
func NewCallOf(f *function.Func, args ...Expr) (Expr, error) {
	types, null := make([]column.Type, len(args)), make([]bool, len(args))
	for i, a := range args {
		types[i], null[i] = a.Type(), IsNullConst(a)
	}
	o, want, err := f.Resolve(types, null)
	if err != nil {
		return nil, err
	}
	c := &Call{Func: f, Overload: o, Args: make([]Expr, len(args))}
	for i, a := range args {
		c.Args[i] = Convert(a, want[i])
	}
	return c, nil
}

// IsNullConst reports whether e is the constant NULL, which takes any type.
func IsNullConst(e Expr) bool {
	c, ok := e.(*Const)
	return ok && !c.Value.Valid
}

// Convert returns e as type t: e itself where it has that type, else a constant of the type or a Cast.
func Convert(e Expr, t column.Type) Expr {
	if e.Type() == t {
		return e
	}
	if c, ok := e.(*Const); ok {
		v := c.Value
		switch {
		case !v.Valid:
			return &Const{column.Null(t)}
		case v.Type == column.Bool && t == column.Int:
			return &Const{column.IntValue(v.Int)}
		case (v.Type == column.Bool || v.Type == column.Int) && t == column.Float:
			return &Const{column.FloatValue(float64(v.Int))}
		}
	}
	return &Cast{X: e, To: t}
}

// Unify returns the type that holds the values of all es: the widest of BOOL, INT, FLOAT, or STRING. A constant NULL fits
// any; NULLs alone are BOOL. STRING does not go with numbers: at is then the index of the first that does not fit.
func Unify(es ...Expr) (t column.Type, at int, ok bool) {
	first := true
	for i, e := range es {
		if IsNullConst(e) {
			continue
		}
		et := e.Type()
		switch {
		case first:
			t, first = et, false
		case (t == column.String) != (et == column.String):
			return t, i, false
		default:
			t = max(t, et)
		}
	}
	return t, 0, true
}

// And joins conditions; it is nil for none. Nested ANDs are flattened.
func And(conds ...Expr) Expr { return logic(false, conds) }

// Or joins conditions; it is nil for none. Nested ORs are flattened.
func Or(conds ...Expr) Expr { return logic(true, conds) }

func logic(or bool, conds []Expr) Expr {
	all := Conjoin(or, conds)
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return &Logic{Or: or, Args: all}
}

// Conjuncts returns the conditions that e joins by AND; none for nil.
func Conjuncts(e Expr) []Expr {
	if e == nil {
		return nil
	}
	if l, ok := e.(*Logic); ok && !l.Or {
		return l.Args
	}
	return []Expr{e}
}

// ColumnsOf returns an expression for every column of n.
func ColumnsOf(n Node) []Expr {
	f := n.Fields()
	es := make([]Expr, len(f))
	for i := range f {
		es[i] = &Column{Index: i, Name: f[i].Name, T: f[i].Type}
	}
	return es
}

// NamesOf returns the names of n's columns.
func NamesOf(n Node) []string {
	f := n.Fields()
	names := make([]string, len(f))
	for i := range f {
		names[i] = f[i].Name
	}
	return names
}

// NewScan returns a scan of all of t.
func NewScan(t Table) *Scan {
	s := &Scan{Table: t}
	for i := range t.Fields() {
		s.Cols = append(s.Cols, i)
	}
	return s
}
