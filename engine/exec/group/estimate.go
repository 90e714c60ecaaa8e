package group

import (
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

// distinctIn guesses the values of a column: where those of a chunk hardly repeat, other chunks will have others.
func distinctIn(n *plan.Scan, col int) float64 {
	var sum, most float64
	repeat := true
	for _, chunk := range chunksOf(n) {
		s := n.Table.ChunkStats(chunk, col)
		d := float64(s.Distinct)
		sum, most = sum+d, max(most, d)
		repeat = repeat && 2*s.Distinct < s.Rows
	}
	if !repeat {
		most = sum
	}
	if b := scanBounds(n, col); b.ranged && n.Table.Fields()[col].Type == column.Int {
		most = min(most, float64(b.hi)-float64(b.lo)+1)
	}
	return max(most, 1)
}
