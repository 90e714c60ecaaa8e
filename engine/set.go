package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/set"
	"github.com/eau2db/eau2/engine/vector"
)

// Set is a set of INTs: of any size, for millions of members a compressed bitmap. It is the right side of IN in a DataFrame
// (Expr.InSet) and in SQL (Query(ctx, "… WHERE author IN ?", s)), and travels to the nodes that have the data. It must not change
// while a query that has it runs. The zero Set is empty.
type Set = set.Set

// SetOf returns the set of some numbers.
func SetOf(members ...int64) *Set { return set.Of(members...) }

// InSet is e IN s, for an INT e; NULL where e is.
func (e Expr) InSet(s *Set) Expr {
	return Expr{name: e.name + " IN", bind: func(fields []column.Field) (plan.Expr, error) {
		x, err := e.bind(fields)
		if err != nil {
			return nil, err
		}
		return plan.InSet(x, s)
	}}
}

// CollectSet runs the pipeline and returns the different values of an INT column, without NULL.
func (d *DataFrame) CollectSet(ctx context.Context, name string) (*Set, error) {
	d = d.Select(Col(name)).then(func(in plan.Node) (plan.Node, error) {
		if t := in.Fields()[0].Type; t != column.Int {
			return nil, fmt.Errorf("CollectSet: %s is %s, and a set is of INTs", name, t)
		}
		return in, nil
	})
	var mu sync.Mutex
	collectors := map[int]*set.Collector{}
	lo, hi := int64(1), int64(0)
	d = d.then(func(in plan.Node) (plan.Node, error) {
		lo, hi = boundsOf(in)
		return in, nil
	})
	err := d.engine.forEachBatch(ctx, d.build, func(w int, b *vector.Batch) error {
		mu.Lock()
		c := collectors[w]
		if c == nil {
			c = set.NewCollector(lo, hi)
			collectors[w] = c
		}
		mu.Unlock()
		collectColumn(c, b, 0)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return set.Union(slices.Collect(maps.Values(collectors))...), nil
}

// boundsOf returns between which numbers a column of n, which has one, is known to lie, for a plain column of a table that has so
// many rows that as many bits are little; lo > hi otherwise.
func boundsOf(n plan.Node) (lo, hi int64) {
	col := 0
	for {
		switch p := n.(type) {
		case *plan.Project:
			c, ok := p.Exprs[col].(*plan.Column)
			if !ok {
				return 1, 0
			}
			n, col = p.Input, c.Index
		case *plan.Filter:
			n = p.Input
		case *plan.Scan:
			return scanBounds(p, col)
		default:
			return 1, 0
		}
	}
}

// bitsPerRow is how many bits of a Collector a row is worth.
const bitsPerRow = 64

func scanBounds(n *plan.Scan, col int) (lo, hi int64) {
	rows, found := int64(0), false
	for c := range n.Table.Chunks() {
		s := n.Table.ChunkStats(c, n.Cols[col])
		rows += s.Rows
		if !s.Min.Valid || !s.Max.Valid {
			continue
		}
		if !found {
			lo, hi, found = s.Min.Int, s.Max.Int, true
		}
		lo, hi = min(lo, s.Min.Int), max(hi, s.Max.Int)
	}
	if !found || (uint64(hi)-uint64(lo))/bitsPerRow > uint64(rows) {
		return 1, 0
	}
	return lo, hi
}

// collectColumn adds the values of column i of b that are not NULL.
func collectColumn(c *set.Collector, b *vector.Batch, i int) {
	a, lo, rows, ok := b.Array(i)
	if !ok || a.Valid != nil {
		v := b.Col(i)
		if v.Null == nil {
			set.Collect(c, v.Int)
			return
		}
		for k, null := range v.Null {
			if !null {
				set.Collect(c, v.Int[k:k+1])
			}
		}
		return
	}
	hi := lo + b.Len()
	if rows != nil {
		hi = a.N
	}
	switch a.Layout {
	case column.Int8:
		collectNumbers(c, a.I8[lo:hi], rows)
	case column.Int16:
		collectNumbers(c, a.I16[lo:hi], rows)
	case column.Int32:
		collectNumbers(c, a.I32[lo:hi], rows)
	default:
		collectNumbers(c, a.I64[lo:hi], rows)
	}
}

func collectNumbers[T int8 | int16 | int32 | int64](c *set.Collector, xs []T, rows []int32) {
	if rows == nil {
		set.Collect(c, xs)
	} else {
		set.CollectRows(c, xs, rows)
	}
}
