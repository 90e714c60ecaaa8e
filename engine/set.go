package engine

import (
	"context"
	"fmt"

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

// CollectSet runs the pipeline and returns the different values of an INT column, without NULL. Like a Fold it runs at the data.
func (d *DataFrame) CollectSet(ctx context.Context, name string) (*Set, error) {
	var at bounds
	d = d.Select(Col(name)).then(func(in plan.Node) (plan.Node, error) {
		if t := in.Fields()[0].Type; t != column.Int {
			return nil, fmt.Errorf("CollectSet: %s is %s, and a set is of INTs", name, t)
		}
		at.Lo, at.Hi = boundsOf(in)
		return in, nil
	})
	c, err := collectSets.Run(ctx, d, &at)
	if err != nil {
		return nil, err
	}
	return c.union(), nil
}

// bounds are those that most numbers lie between; none are known where Lo > Hi.
type bounds struct{ Lo, Hi int64 }

// collected is what a worker has collected, or several, or a node.
type collected struct {
	collectors []*set.Collector
	set        *Set
}

var collectSets = RegisterFold("engine.CollectSet", func(at *bounds) (Fold[*collected], error) {
	return Fold[*collected]{
		Start: func() *collected {
			return &collected{collectors: []*set.Collector{set.NewCollector(at.Lo, at.Hi)}}
		},
		Step: func(c *collected, rows Chunk) (*collected, error) {
			collectColumn(c.collectors[0], rows.batch, 0)
			return c, nil
		},
		Merge: func(a, b *collected) (*collected, error) {
			a.collectors = append(a.collectors, b.collectors...)
			if a.set == nil {
				a.set = b.set
			} else if b.set != nil {
				a.set.Or(b.set)
			}
			return a, nil
		},
		Encode: func(c *collected) ([]byte, error) { return c.union().MarshalBinary() },
		Decode: func(b []byte) (*collected, error) {
			c := &collected{set: &Set{}}
			return c, c.set.UnmarshalBinary(b)
		},
	}, nil
})

// union returns all that was collected. c is not to be used any more.
func (c *collected) union() *Set {
	s := set.Union(c.collectors...)
	if c.set != nil {
		s.Or(c.set)
	}
	return s
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
