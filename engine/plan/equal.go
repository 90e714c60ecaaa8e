package plan

import "slices"

// Equal reports whether a and b are the same expression: the same functions over the same columns and constants.
// The names of columns do not count, their indexes do. Subqueries are equal only to themselves.
func Equal(a, b Expr) bool {
	if a == b {
		return true
	}
	switch a := a.(type) {
	case *Column:
		b, ok := b.(*Column)
		return ok && a.Index == b.Index && a.T == b.T
	case *Const:
		b, ok := b.(*Const)
		return ok && a.Value == b.Value
	case *Call:
		b, ok := b.(*Call)
		return ok && a.Func == b.Func && a.Overload == b.Overload && equalAll(a.Args, b.Args)
	case *Cast:
		b, ok := b.(*Cast)
		return ok && a.To == b.To && Equal(a.X, b.X)
	case *Logic:
		b, ok := b.(*Logic)
		return ok && a.Or == b.Or && equalAll(a.Args, b.Args)
	case *Not:
		b, ok := b.(*Not)
		return ok && Equal(a.X, b.X)
	case *IsNull:
		b, ok := b.(*IsNull)
		return ok && a.Negate == b.Negate && Equal(a.X, b.X)
	case *Case:
		b, ok := b.(*Case)
		return ok && a.T == b.T && equalAll(Children(a), Children(b))
	case *In:
		b, ok := b.(*In)
		return ok && a.HasNull == b.HasNull && a.Set == b.Set && slices.Equal(a.List, b.List) && Equal(a.X, b.X)
	}
	return false
}

func equalAll(a, b []Expr) bool { return slices.EqualFunc(a, b, Equal) }

// EqualAgg reports whether a and b are the same aggregate over the same input.
func EqualAgg(a, b Agg) bool {
	return a.Kind == b.Kind && a.Distinct == b.Distinct && a.Param == b.Param && a.K == b.K &&
		a.Separator == b.Separator && a.T == b.T && equalAll(a.Args, b.Args) &&
		slices.EqualFunc(a.OrderBy, b.OrderBy, func(x, y SortKey) bool { return x.Desc == y.Desc && Equal(x.Expr, y.Expr) })
}
