package engine

import (
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
)

// Agg is an aggregate for Grouped.Agg. Name its column with As.
type Agg struct {
	name string
	bind func(fields []column.Field) (plan.Agg, error)
}

// As names the aggregate's column.
func (a Agg) As(name string) Agg { a.name = name; return a }

// aggregate is the aggregate kind over es, finished off by set.
func aggregate(kind plan.AggKind, name string, set func(*plan.Agg), es ...Expr) Agg {
	return Agg{name: name, bind: func(fields []column.Field) (plan.Agg, error) {
		bound, err := bindAll(es, fields)
		if err != nil {
			return plan.Agg{}, err
		}
		a := plan.Agg{Kind: kind, Args: bound}
		if set != nil {
			set(&a)
		}
		return plan.NewAgg(a)
	}}
}

// Count is COUNT(*): the number of rows.
func Count() Agg { return aggregate(plan.CountRows, "count", nil) }

// CountOf is COUNT(e): the number of rows where e is not NULL.
func CountOf(e Expr) Agg { return aggregate(plan.Count, "count", nil, e) }

// CountDistinct is COUNT(DISTINCT e), exact.
func CountDistinct(e Expr) Agg {
	return aggregate(plan.Count, "count", func(a *plan.Agg) { a.Distinct = true }, e)
}

// Sum is SUM(e): INT for BOOL and INT, FLOAT for FLOAT.
func Sum(e Expr) Agg { return aggregate(plan.Sum, "sum", nil, e) }

// Avg is AVG(e), a FLOAT.
func Avg(e Expr) Agg { return aggregate(plan.Avg, "avg", nil, e) }

// Min is MIN(e), of any type.
func Min(e Expr) Agg { return aggregate(plan.Min, "min", nil, e) }

// Max is MAX(e), of any type.
func Max(e Expr) Agg { return aggregate(plan.Max, "max", nil, e) }

// Stddev is the sample standard deviation of e.
func Stddev(e Expr) Agg { return aggregate(plan.StddevSamp, "stddev", nil, e) }

// Quantile is the p-quantile of e, 0 <= p <= 1, interpolated linearly.
func Quantile(e Expr, p float64) Agg {
	return aggregate(plan.Quantile, "quantile", func(a *plan.Agg) { a.Param = p }, e)
}

// Median is Quantile(e, 0.5).
func Median(e Expr) Agg { return Quantile(e, 0.5).As("median") }

// Corr is Pearson's correlation of x and y.
func Corr(x, y Expr) Agg { return aggregate(plan.Corr, "corr", nil, x, y) }

// AnyValue is some value of e.
func AnyValue(e Expr) Agg { return aggregate(plan.AnyValue, "any_value", nil, e) }

// Largest gives the k largest values of e, a row each, largest first.
func Largest(e Expr, k int) Agg {
	return aggregate(plan.Largest, "largest", func(a *plan.Agg) { a.K = k }, e)
}

// Smallest gives the k smallest values of e, a row each, smallest first.
func Smallest(e Expr, k int) Agg {
	return aggregate(plan.Smallest, "smallest", func(a *plan.Agg) { a.K = k }, e)
}
