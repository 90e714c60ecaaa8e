package plan

import (
	"fmt"

	"github.com/eau2db/eau2/column"
)

// MaxK is the largest k of LARGEST(x, k) and SMALLEST(x, k).
const MaxK = 1_000_000

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
	switch {
	case a.Kind == Quantile && !(a.Param >= 0 && a.Param <= 1):
		return a, fmt.Errorf("the p of QUANTILE(x, p) is a number from 0 to 1, not %v", a.Param)
	case (a.Kind == Largest || a.Kind == Smallest) && (a.K < 1 || a.K > MaxK):
		return a, fmt.Errorf("the k of %s(x, k) is a whole number from 1 to %d, not %d", aggNames[a.Kind], MaxK, a.K)
	}
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
