package plan

import (
	"fmt"

	"github.com/eau2db/eau2/column"
)

// NewAgg checks the arguments of an aggregate, casts them to what it takes, and sets the type of its result.
func NewAgg(a Agg) (Agg, error) {
	want := map[AggKind]int{CountRows: 0, Corr: 2}
	n, ok := want[a.Kind]
	if !ok {
		n = 1
	}
	if len(a.Args) != n && !(a.Kind == Count && len(a.Args) > 0) {
		return a, fmt.Errorf("%s takes %d arguments, not %d", aggNames[a.Kind], n, len(a.Args))
	}
	args := make([]Expr, len(a.Args))
	for i, x := range a.Args {
		var err error
		if args[i], err = aggArg(a.Kind, x); err != nil {
			return a, err
		}
	}
	a.Args = args
	switch a.Kind {
	case CountRows, Count, ApproxCountDistinct:
		a.T = column.Int
	case Avg, StddevPop, StddevSamp, VarPop, VarSamp, Corr, Quantile:
		a.T = column.Float
	case GroupConcat:
		a.T = column.String
	case BoolAnd, BoolOr:
		a.T = column.Bool
	default:
		a.T = args[0].Type()
	}
	return a, nil
}

// aggArg casts an argument to what the aggregate computes with.
func aggArg(k AggKind, x Expr) (Expr, error) {
	t := x.Type()
	switch k {
	case Sum, Avg, StddevPop, StddevSamp, VarPop, VarSamp, Corr, Quantile:
		if t == column.String && !IsNullConst(x) {
			return nil, fmt.Errorf("%s(%s): it is STRING, not a number; CAST(%s AS FLOAT) makes it one", aggNames[k], x, x)
		}
		if t == column.Bool || t == column.String {
			return Convert(x, column.Int), nil
		}
	case BoolAnd, BoolOr:
		if t != column.Bool && !IsNullConst(x) {
			return nil, fmt.Errorf("%s(%s): it is %s, not BOOL", aggNames[k], x, t)
		}
		return Convert(x, column.Bool), nil
	case GroupConcat:
		return Convert(x, column.String), nil
	}
	return x, nil
}
