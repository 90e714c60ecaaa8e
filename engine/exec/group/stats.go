package group

import (
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
)

// bounds is what statistics say of an expression over the input.
type bounds struct {
	lo, hi   int64   // of an INT or BOOL when ranged
	flo, fhi float64 // of a FLOAT when ranged
	ranged   bool
	nonNull  bool // there are no NULLs
}

// boundsOf looks e up in the statistics of the scan below n, if it is a plain column of one.
func boundsOf(n plan.Node, e plan.Expr) bounds {
	if c, ok := e.(*plan.Cast); ok && c.To == column.Int && c.X.Type() == column.Bool {
		return boundsOf(n, c.X)
	}
	c, ok := e.(*plan.Column)
	if !ok {
		return bounds{}
	}
	switch n := n.(type) {
	case *plan.Filter:
		return boundsOf(n.Input, e)
	case *plan.Sort, *plan.Limit, *plan.Shuffle:
		return boundsOf(n.Inputs()[0], e)
	case *plan.Project:
		return boundsOf(n.Input, n.Exprs[c.Index])
	case *plan.Scan:
		return scanBounds(n, n.Cols[c.Index])
	}
	return bounds{}
}

func scanBounds(n *plan.Scan, col int) bounds {
	b, t := bounds{ranged: true, nonNull: true}, n.Table.Fields()[col].Type
	first := true
	for _, chunk := range chunksOf(n) {
		s := n.Table.ChunkStats(chunk, col)
		if s.Rows != int64(n.Table.ChunkRows(chunk)) {
			return bounds{}
		}
		if s.Nulls > 0 {
			b.nonNull = false
		}
		if s.Nulls == s.Rows {
			continue
		}
		if !s.Min.Valid || !s.Max.Valid {
			b.ranged = false
			continue
		}
		if first {
			b.lo, b.hi, b.flo, b.fhi, first = s.Min.Int, s.Max.Int, s.Min.Float, s.Max.Float, false
		}
		b.lo, b.hi = min(b.lo, s.Min.Int), max(b.hi, s.Max.Int)
		b.flo, b.fhi = min(b.flo, s.Min.Float), max(b.fhi, s.Max.Float)
	}
	if t == column.String {
		b.ranged = false
	}
	return b
}

func chunksOf(n *plan.Scan) []int {
	if n.Chunks != nil {
		return n.Chunks
	}
	all := make([]int, n.Table.Chunks())
	for i := range all {
		all[i] = i
	}
	return all
}

// unknownRows stands for an input of which nothing is known.
const unknownRows = int64(1) << 62

// maxRows returns an upper bound of the rows that n gives.
func maxRows(n plan.Node) int64 {
	switch n := n.(type) {
	case *plan.Scan:
		rows := int64(0)
		for _, c := range chunksOf(n) {
			rows += int64(n.Table.ChunkRows(c))
		}
		return rows
	case *plan.Values:
		return int64(len(n.Rows))
	case *plan.Filter, *plan.Project, *plan.Shuffle:
		return maxRows(n.Inputs()[0])
	case *plan.Aggregate:
		return max(1, maxRows(n.Input))
	case *plan.Sort:
		return limited(maxRows(n.Input), n.Limit)
	case *plan.Limit:
		return limited(maxRows(n.Input), n.Limit)
	case *plan.Union:
		rows := int64(0)
		for _, in := range n.Ins {
			rows = min(unknownRows, rows+maxRows(in))
		}
		return rows
	}
	return unknownRows
}

func limited(rows, limit int64) int64 {
	if limit >= 0 {
		return min(rows, limit)
	}
	return rows
}
