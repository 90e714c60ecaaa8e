package eval

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
)

// TestEveryComparisonOfAColumn goes through the conditions that have fast paths: every column, operator and constant.
func TestEveryComparisonOfAColumn(t *testing.T) {
	table := makeTable(123456789)
	g := newGenerator(table)
	g.failer = t
	constants := map[column.Type][]column.Value{
		column.Bool: {column.BoolValue(false), column.BoolValue(true)},
		column.Int:  ints(0, 1, -1, 5, 127, 128, -128, -129, 1000, -1000, 40000, 100000, 1<<40, math.MaxInt64, math.MinInt64),
		column.Float: {
			column.FloatValue(0), column.FloatValue(math.Copysign(0, -1)), column.FloatValue(2.5), column.FloatValue(-2.5), column.FloatValue(5),
			column.FloatValue(1e5), column.FloatValue(9223372036854775807), column.FloatValue(-9.3e18), column.FloatValue(math.MaxFloat64),
		},
		column.String: {column.StringValue(""), column.StringValue("abc"), column.StringValue("none"), column.StringValue("later 248")},
	}
	for i, typ := range g.fields {
		c := &plan.Column{Index: i, Name: "c", T: typ}
		var es []plan.Expr
		add := func(e plan.Expr) { es = append(es, e, &plan.Not{X: e}) }
		for n, op := range []string{"=", "<>", "<", "<=", ">", ">="} {
			for m, k := range constants[typ] {
				if i%2 == 0 && m%3 != 0 {
					continue // of columns without nulls a third will do
				}
				e := g.call(op, c, &plan.Const{Value: k})
				add(e)
				switch (n + m) % 4 { // further on, one of these ways to use it
				case 0:
					add(g.call(op, &plan.Const{Value: k}, c))
				case 1:
					add(g.call("COALESCE", e, &plan.Const{Value: column.BoolValue(m%2 == 0)})) // NULL may be true
				case 2:
					add(&plan.Logic{Args: []plan.Expr{e, g.call("<>", c, &plan.Const{Value: constants[typ][1]})}})
				case 3:
					add(&plan.Logic{Or: true, Args: []plan.Expr{e, &plan.IsNull{X: c}}})
				}
			}
			casts := map[column.Type][]column.Type{column.Bool: {column.Int, column.Float}, column.Int: {column.Float}}
			for _, to := range casts[typ] {
				for _, k := range constants[to] {
					add(g.call(op, &plan.Cast{X: c, To: to}, &plan.Const{Value: k}))
				}
			}
		}
		for n := range constants[typ] {
			add(&plan.In{X: c, List: constants[typ][:n], HasNull: n%2 == 0})
			add(&plan.In{X: c, List: constants[typ][n:], HasNull: n%2 == 1})
		}
		add(&plan.IsNull{X: c})
		add(&plan.IsNull{X: c, Negate: true})
		if typ == column.Bool {
			add(c)
		}
		if len(es) > 40 && table.arrays[i].Layout == column.Code32 { // its dictionary takes long
			es = es[len(es)-40:]
		}
		checkAll(t, g, table, es)
	}
}

func ints(is ...int64) (vs []column.Value) {
	for _, i := range is {
		vs = append(vs, column.IntValue(i))
	}
	return vs
}

func checkAll(t *testing.T, g *generator, table *testTable, es []plan.Expr) {
	g.pick = rand.New(rand.NewPCG(1, 2)).IntN
	bs, rows := table.batches(g)
	for _, e := range es {
		ev, want := New(e), outcomes(e, table)
		for range 2 { // large dictionaries are done in steps
			checkFilter(t, ev, e, bs[0], rows[0], want)
		}
		for i, b := range bs {
			checkFilter(t, ev, e, b, rows[i], want)
		}
	}
}

// TestBetweenIsOneRange checks that the comparisons of one column in AND become one.
func TestBetweenIsOneRange(t *testing.T) {
	g := &generator{failer: t}
	for _, c := range []*plan.Column{{Index: 0, T: column.Int}, {Index: 1, T: column.Float}} {
		lo, hi := column.IntValue(3), column.IntValue(7)
		if c.T == column.Float {
			lo, hi = column.FloatValue(3), column.FloatValue(7)
		}
		e := &plan.Logic{Args: []plan.Expr{g.call(">=", c, &plan.Const{Value: lo}), g.call("<=", c, &plan.Const{Value: hi})}}
		m, ok := Prepare(e).condition(e, false).(*masked)
		if !ok {
			t.Fatalf("%s is no mask", e)
		}
		switch r := m.mask.(type) {
		case *intRange:
			if *r != (intRange{col: 0, lo: 3, hi: 7}) {
				t.Errorf("%+v", r)
			}
		case *floatRange:
			if *r != (floatRange{col: 1, lo: 3, hi: 7}) {
				t.Errorf("%+v", r)
			}
		default:
			t.Errorf("%s is %T", e, m.mask)
		}
	}
}
