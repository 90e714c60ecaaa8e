package group

import (
	"math"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
)

// Estimate is about how much an aggregation does.
type Estimate struct {
	Rows   float64 // of its input, at most
	Groups float64
	Grows  bool // the state of a group grows with its rows
	Order  bool // a result depends on the order of the rows
}

// EstimateOf guesses from statistics. Where they say nothing it assumes few groups.
func EstimateOf(n *plan.Aggregate) Estimate {
	e := Estimate{Rows: float64(maxRows(n.Input)), Groups: 1}
	for _, k := range n.Keys {
		e.Groups = min(e.Rows, e.Groups*distinctOf(n.Input, k))
	}
	for _, a := range n.Aggs {
		switch a.Kind {
		case plan.GroupConcat, plan.AnyValue:
			e.Order = true
		case plan.Quantile:
			e.Grows = true
		}
		e.Grows = e.Grows || a.Distinct
	}
	return e
}

// unknownDistinct is how many values an expression is taken to have.
const unknownDistinct = 1000

// distinctOf guesses how many values e has over the rows of n.
func distinctOf(n plan.Node, e plan.Expr) float64 {
	if e.Type() == column.Bool {
		return 2
	}
	if _, ok := e.(*plan.Const); ok {
		return 1
	}
	c, ok := e.(*plan.Column)
	if !ok {
		return unknownDistinct
	}
	switch n := n.(type) {
	case *plan.Filter, *plan.Sort, *plan.Limit, *plan.Shuffle:
		return distinctOf(n.Inputs()[0], e)
	case *plan.Project:
		return distinctOf(n.Input, n.Exprs[c.Index])
	case *plan.Scan:
		return distinctIn(n, n.Cols[c.Index])
	}
	return unknownDistinct
}

// distinctIn guesses the values of a column from those of its chunks.
func distinctIn(n *plan.Scan, col int) float64 {
	var rows, values, sum, spans float64
	chunks := chunksOf(n)
	for _, chunk := range chunks {
		s := n.Table.ChunkStats(chunk, col)
		rows, values, sum = max(rows, float64(s.Rows)), max(values, float64(s.Distinct)), sum+float64(s.Distinct)
		if s.Min.Valid && s.Max.Valid {
			spans += float64(s.Max.Int) - float64(s.Min.Int) + 1
		}
	}
	d := population(values, rows)
	if b := scanBounds(n, col); b.ranged && n.Table.Fields()[col].Type == column.Int {
		span := float64(b.hi) - float64(b.lo) + 1
		d *= max(1, span*float64(len(chunks))/max(spans, 1)/2) // chunks of other ranges have other values
		d = min(d, span)
	}
	return max(min(d, sum), 1)
}

// population guesses of how many values rows were drawn, at random, to have so many distinct ones.
func population(distinct, rows float64) float64 {
	if distinct >= 0.99*rows {
		return math.Inf(1)
	}
	lo, hi := distinct, 1e3*rows
	for range 60 { // distinct = n (1 - exp(-rows/n)), which grows with n
		n := (lo + hi) / 2
		if -n*math.Expm1(-rows/n) < distinct {
			lo = n
		} else {
			hi = n
		}
	}
	return hi
}
