package eval

import (
	"math"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// flipped has the operator for the arguments in the other order.
var flipped = map[string]string{"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// compareMask makes the mask of a comparison of a column and a constant.
func compareMask(e *plan.Call, negate bool) mask {
	if len(e.Args) != 2 || e.Func.Class != "operator" || flipped[e.Func.Name] == "" {
		return nil
	}
	op, x, y := e.Func.Name, e.Args[0], e.Args[1]
	if _, ok := x.(*plan.Const); ok {
		op, x, y = flipped[op], y, x
	}
	k, ok := y.(*plan.Const)
	if !ok || !k.Value.Valid {
		return nil
	}
	out := op == "<>" != negate
	switch x := x.(type) {
	case *plan.Column:
		return columnMask(x, op, k.Value, out)
	case *plan.Cast:
		c, ok := x.X.(*plan.Column)
		if !ok || k.Value.Type == column.String {
			return nil
		}
		switch c.T {
		case column.Int:
			return castMask(c, x.To, op, k.Value, out)
		case column.Bool:
			return boolMask(c.Index, x.To, op, k.Value, negate)
		}
	}
	return nil
}

func columnMask(c *plan.Column, op string, k column.Value, out bool) mask {
	switch c.T {
	case column.Int:
		r := &intRange{col: c.Index, lo: math.MinInt64, hi: math.MaxInt64, out: out}
		switch {
		case op == "<" && k.Int == math.MinInt64, op == ">" && k.Int == math.MaxInt64:
			r.lo, r.hi = 1, 0
		case op == "<":
			r.hi = k.Int - 1
		case op == "<=":
			r.hi = k.Int
		case op == ">":
			r.lo = k.Int + 1
		case op == ">=":
			r.lo = k.Int
		default:
			r.lo, r.hi = k.Int, k.Int
		}
		return r
	case column.Float:
		r := &floatRange{col: c.Index, lo: math.Inf(-1), hi: math.Inf(1), out: out}
		switch op {
		case "<":
			r.hi = math.Nextafter(k.Float, math.Inf(-1))
		case "<=":
			r.hi = k.Float
		case ">":
			r.lo = math.Nextafter(k.Float, math.Inf(1))
		case ">=":
			r.lo = k.Float
		default:
			r.lo, r.hi = k.Float, k.Float
		}
		return r
	case column.Bool:
		return boolMask(c.Index, column.Bool, op, k, out != (op == "<>"))
	}
	return nil
}

// castMask is the comparison of an INT column as FLOAT: a range again, as the conversion keeps the order.
func castMask(c *plan.Column, to column.Type, op string, k column.Value, out bool) mask {
	if to != column.Float {
		return nil
	}
	atLeast := func(x int64) bool { return float64(x) >= k.Float }
	above := func(x int64) bool { return float64(x) > k.Float }
	r := &intRange{col: c.Index, lo: math.MinInt64, hi: math.MaxInt64, out: out}
	var ok bool
	switch op {
	case "<":
		r.hi, ok = lastNot(atLeast)
	case "<=":
		r.hi, ok = lastNot(above)
	case ">":
		r.lo, ok = first(above)
	case ">=":
		r.lo, ok = first(atLeast)
	default:
		if r.lo, ok = first(atLeast); ok {
			r.hi, ok = lastNot(above)
		}
	}
	if !ok {
		r.lo, r.hi = 1, 0
	}
	return r
}

// first returns the least INT for which f, false up to some INT and then true, is true.
func first(f func(int64) bool) (x int64, ok bool) {
	if !f(math.MaxInt64) {
		return 0, false
	}
	lo, hi := int64(math.MinInt64), int64(math.MaxInt64) // f(hi); the least is within lo..hi
	for lo < hi {
		mid := lo + int64((uint64(hi)-uint64(lo))/2)
		if f(mid) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return hi, true
}

// lastNot returns the largest INT for which f is false.
func lastNot(f func(int64) bool) (x int64, ok bool) {
	x, ok = first(f)
	if !ok {
		return math.MaxInt64, true
	}
	return x - 1, x > math.MinInt64
}

// boolMask is a comparison of a BOOL column, as such or as a number.
func boolMask(col int, to column.Type, op string, k column.Value, negate bool) mask {
	c := make([]int, 2) // how false and true compare to k
	for b := range c {
		switch to {
		case column.Float:
			c[b] = column.FloatValue(float64(b)).Compare(k)
		case column.String:
			return nil
		default:
			k.Type = column.Int
			c[b] = column.IntValue(int64(b)).Compare(k)
		}
	}
	holds := func(c int) bool {
		switch op {
		case "<":
			return c < 0 != negate
		case "<=":
			return c <= 0 != negate
		case ">":
			return c > 0 != negate
		case ">=":
			return c >= 0 != negate
		case "<>":
			return c != 0 != negate
		}
		return c == 0 != negate
	}
	switch f, t := holds(c[0]), holds(c[1]); {
	case f && t:
		return &nullIs{col: col, null: false}
	case f || t:
		return &boolIs{col: col, want: t}
	}
	return never{}
}

// never is a condition that no row meets.
type never struct{}

// inMask makes the mask of INT IN (list).
func inMask(e *plan.In, negate bool) mask {
	c, ok := e.X.(*plan.Column)
	if !ok {
		return nil
	}
	if negate && e.HasNull {
		return never{} // false where found, else NULL
	}
	if c.T == column.Int && e.Set != nil {
		return &intSet{membership: membership{col: c.Index, out: negate}, table: e.Set.Table()}
	}
	if c.T != column.Int || len(e.List) == 0 {
		return nil
	}
	lo, hi := int64(math.MaxInt64), int64(math.MinInt64)
	for _, v := range e.List {
		lo, hi = min(lo, v.Int), max(hi, v.Int)
	}
	if lo == hi {
		return &intRange{col: c.Index, lo: lo, hi: hi, out: negate}
	}
	if uint64(hi)-uint64(lo) >= maxIntTable {
		return nil
	}
	t := &intTable{membership: membership{col: c.Index, out: negate}, lo: lo, table: make([]uint8, hi-lo+1)}
	for _, v := range e.List {
		t.table[v.Int-lo] = 1
	}
	return t
}

func (never) ready(*vector.Batch) bool { return true }

func (never) narrow(_ *vector.Batch, m bitmap) { clear(m) }
