package group

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
)

// model aggregates rows in the simplest way: a map of lists.
func model(t testing.TB, n *plan.Aggregate, rows [][]column.Value) [][]column.Value {
	groups := map[string][][]column.Value{}
	keys := map[string][]column.Value{}
	if len(n.Keys) == 0 {
		groups[""] = nil
	}
	for _, row := range rows {
		var key []column.Value
		for _, k := range n.Keys {
			v := row[k.(*plan.Column).Index]
			key = append(key, oneZero(v))
		}
		id := identity(key)
		groups[id], keys[id] = append(groups[id], row), key
	}
	var out [][]column.Value
	for id, rows := range groups {
		row, many, repeat := slices.Clone(keys[id]), map[int][]column.Value{}, 1
		for i, a := range n.Aggs {
			if a.Kind == plan.Largest || a.Kind == plan.Smallest {
				if len(many) == 0 {
					repeat = 0
				}
				many[i] = modelTop(&a, rows)
				repeat = max(repeat, len(many[i]))
				row = append(row, column.Null(a.T))
				continue
			}
			row = append(row, modelAgg(t, &a, rows))
		}
		for k := range repeat {
			r := slices.Clone(row)
			for i, vs := range many {
				if k < len(vs) {
					r[len(n.Keys)+i] = vs[k]
				}
			}
			out = append(out, r)
		}
	}
	return out
}

// oneZero makes -0.0 and 0.0 one value.
func oneZero(v column.Value) column.Value {
	if v.Float == 0 {
		v.Float = 0
	}
	return v
}

// identity returns a string that is the same for equal tuples only.
func identity(key []column.Value) string {
	var b []byte
	for _, v := range key {
		if v.Valid {
			b = append(b, 1)
			b = binary.LittleEndian.AppendUint64(b, uint64(v.Int))
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Float))
			b = binary.LittleEndian.AppendUint64(b, uint64(len(v.Str)))
			b = append(b, v.Str...)
		} else {
			b = append(b, 0)
		}
	}
	return string(b)
}

// tuples returns the values of the arguments in the rows where none is NULL, once each for DISTINCT.
func tuples(a *plan.Agg, rows [][]column.Value) (vals, from [][]column.Value) {
	seen := map[string]bool{}
	for _, row := range rows {
		var tuple []column.Value
		null := false
		for _, e := range a.Args {
			v := modelEval(e, row)
			null = null || !v.Valid
			if a.Distinct {
				v = oneZero(v)
			}
			tuple = append(tuple, v)
		}
		if null {
			continue
		}
		if a.Distinct {
			id := identity(tuple)
			if seen[id] {
				continue
			}
			seen[id] = true
		}
		vals, from = append(vals, tuple), append(from, row)
	}
	return vals, from
}

func modelEval(e plan.Expr, row []column.Value) column.Value {
	if c, ok := e.(*plan.Cast); ok {
		v := modelEval(c.X, row)
		switch {
		case !v.Valid:
			return column.Null(c.To)
		case c.To == column.Float:
			return column.FloatValue(number(v))
		}
		return column.IntValue(v.Int)
	}
	return row[e.(*plan.Column).Index]
}

func number(v column.Value) float64 {
	if v.Type == column.Float {
		return v.Float
	}
	return float64(v.Int)
}

func modelTop(a *plan.Agg, rows [][]column.Value) []column.Value {
	vals, _ := tuples(a, rows)
	var all []column.Value
	for _, v := range vals {
		all = append(all, v[0])
	}
	slices.SortFunc(all, func(x, y column.Value) int {
		if a.Kind == plan.Smallest {
			return x.Compare(y)
		}
		return y.Compare(x)
	})
	return all[:min(len(all), a.K)]
}

func modelAgg(t testing.TB, a *plan.Agg, rows [][]column.Value) column.Value {
	if a.Kind == plan.CountRows {
		return column.IntValue(int64(len(rows)))
	}
	vals, from := tuples(a, rows)
	switch {
	case a.Kind == plan.Count:
		return column.IntValue(int64(len(vals)))
	case a.Kind == plan.ApproxCountDistinct:
		d := *a
		d.Distinct = true
		vals, _ = tuples(&d, rows)
		return column.IntValue(int64(len(vals)))
	case len(vals) == 0:
		return column.Null(a.T)
	}
	switch a.Kind {
	case plan.Sum:
		if a.T == column.Int {
			s := new(big.Int)
			for _, v := range vals {
				s.Add(s, big.NewInt(v[0].Int))
			}
			if !s.IsInt64() {
				return column.StringValue("overflow")
			}
			return column.IntValue(s.Int64())
		}
		return column.FloatValue(total(vals, 0))
	case plan.Avg:
		return column.FloatValue(total(vals, 0) / float64(len(vals)))
	case plan.Min, plan.BoolAnd:
		return slices.MinFunc(vals, func(x, y []column.Value) int { return x[0].Compare(y[0]) })[0]
	case plan.Max, plan.BoolOr:
		return slices.MaxFunc(vals, func(x, y []column.Value) int { return x[0].Compare(y[0]) })[0]
	case plan.AnyValue:
		return vals[0][0]
	case plan.StddevPop, plan.StddevSamp, plan.VarPop, plan.VarSamp:
		return modelVar(a, vals)
	case plan.Corr:
		xx, yy := moment(vals, 0, 0), moment(vals, 1, 1)
		if xx <= 0 || yy <= 0 {
			return column.Null(a.T)
		}
		return column.FloatValue(moment(vals, 0, 1) / math.Sqrt(xx) / math.Sqrt(yy))
	case plan.Quantile:
		var fs []float64
		for _, v := range vals {
			fs = append(fs, number(v[0]))
		}
		slices.Sort(fs)
		at := a.Param * float64(len(fs)-1)
		k := int(at)
		return column.FloatValue(fs[k] + (fs[min(k+1, len(fs)-1)]-fs[k])*(at-float64(k)))
	case plan.GroupConcat:
		return modelConcat(a, vals, from)
	}
	t.Fatalf("no model of %s", a)
	return column.Value{}
}

func modelConcat(a *plan.Agg, vals, from [][]column.Value) column.Value {
	order := make([]int, len(vals))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int {
		for _, k := range a.OrderBy {
			c := modelEval(k.Expr, from[x]).Compare(modelEval(k.Expr, from[y]))
			if k.Desc {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return cmp.Compare(x, y)
	})
	var parts []string
	for _, i := range order {
		parts = append(parts, vals[i][0].String())
	}
	return column.StringValue(strings.Join(parts, a.Separator))
}

// total returns the sum of a column of tuples, which rounds nowhere for the values of the tests.
func total(vals [][]column.Value, i int) float64 {
	s := 0.0
	for _, v := range vals {
		s += number(v[i])
	}
	return s
}

// moment returns the sum of products of distances from the means.
func moment(vals [][]column.Value, i, j int) float64 {
	n := float64(len(vals))
	mi, mj := total(vals, i)/n, total(vals, j)/n
	s := 0.0
	for _, v := range vals {
		s += (number(v[i]) - mi) * (number(v[j]) - mj)
	}
	return s
}

func modelVar(a *plan.Agg, vals [][]column.Value) column.Value {
	n := float64(len(vals))
	v := moment(vals, 0, 0)
	switch a.Kind {
	case plan.VarPop, plan.StddevPop:
		v /= n
	default:
		if n == 1 {
			return column.Null(a.T)
		}
		v /= n - 1
	}
	if a.Kind == plan.StddevPop || a.Kind == plan.StddevSamp {
		v = math.Sqrt(v)
	}
	return column.FloatValue(v)
}

// compare fails unless the rows of got and want, in any order, are the same, FLOATs to 1e-9.
func compareRows(t testing.TB, n *plan.Aggregate, got, want [][]column.Value) {
	t.Helper()
	keys := len(n.Keys)
	order := func(x, y []column.Value) int {
		for i := range keys {
			if c := x[i].Compare(y[i]); c != 0 {
				return c
			}
		}
		for i := keys; i < len(x); i++ {
			if x[i].Type == column.Float && x[i].Valid && y[i].Valid && close(x[i].Float, y[i].Float) {
				continue
			}
			if c := x[i].Compare(y[i]); c != 0 {
				return c
			}
		}
		return 0
	}
	slices.SortFunc(got, order)
	slices.SortFunc(want, order)
	if len(got) != len(want) {
		t.Fatalf("%.1000s: %d rows, want %d", n, len(got), len(want))
	}
	for i := range got {
		for c := range got[i] {
			g, w := got[i][c], want[i][c]
			same := g.Compare(w) == 0 && g.Type == w.Type
			if g.Type == column.Float && g.Valid && w.Valid {
				same = close(g.Float, w.Float)
			}
			if !same {
				t.Fatalf("by %v: row %d, column %d (%s): got %.1000s, want %.1000s", n.Names[:keys], i, c, n.Fields()[c].Name, g, w)
			}
		}
	}
}

func close(x, y float64) bool {
	return x == y || math.Abs(x-y) <= 1e-9*max(math.Abs(x), math.Abs(y), 1e-3)
}
