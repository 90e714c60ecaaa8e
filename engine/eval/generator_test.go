package eval

import (
	"fmt"
	"math"
	"slices"

	"pgregory.net/rapid"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
)

// failer is a test, also one of package rapid.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// generator draws random expressions over the columns of a table.
type generator struct {
	failer
	pick   func(n int) int // draws 0 to n-1
	fields []column.Type
}

func newGenerator(table *testTable) *generator {
	g := &generator{}
	for _, a := range table.arrays {
		g.fields = append(g.fields, a.Type)
	}
	return g
}

func (g *generator) draw(t *rapid.T) {
	g.failer = t
	g.pick = func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") }
}

func (g *generator) expr(t column.Type, depth int) plan.Expr {
	if depth == 0 || g.pick(5) == 0 {
		return g.leaf(t)
	}
	switch g.pick(6) {
	case 0:
		return &plan.Case{Whens: []plan.When{{Cond: g.expr(column.Bool, depth-1), Then: g.expr(t, depth-1)}}, Else: g.expr(t, depth-1), T: t}
	case 1:
		from := column.Type(g.pick(4))
		return &plan.Cast{X: g.expr(from, depth-1), To: t}
	case 2:
		return g.call([]string{"COALESCE", "GREATEST", "NULLIF"}[g.pick(3)], g.expr(t, depth-1), g.expr(t, depth-1))
	}
	switch t {
	case column.Bool:
		return g.condition(depth)
	case column.Int:
		switch g.pick(6) {
		case 0:
			return g.call("LENGTH", g.expr(column.String, depth-1))
		case 1:
			return g.call("YEAR", g.expr(column.String, depth-1))
		}
		return g.call([]string{"+", "-", "*", "DIV", "%", "&"}[g.pick(6)], g.expr(t, depth-1), g.expr(t, depth-1))
	case column.Float:
		return g.call([]string{"+", "-", "*", "/", "%"}[g.pick(5)], g.expr(t, depth-1), g.expr(t, depth-1))
	}
	switch g.pick(3) {
	case 0:
		return g.call("UPPER", g.expr(t, depth-1))
	case 1:
		return g.call("LEFT", g.expr(t, depth-1), g.constant(column.Int))
	}
	return g.call("CONCAT", g.expr(t, depth-1), g.expr(t, depth-1))
}

func (g *generator) condition(depth int) plan.Expr {
	switch g.pick(8) {
	case 0, 1:
		args := make([]plan.Expr, 2+g.pick(2))
		for i := range args {
			args[i] = g.expr(column.Bool, depth-1)
		}
		return &plan.Logic{Or: g.pick(2) == 0, Args: args}
	case 2:
		return &plan.Not{X: g.expr(column.Bool, depth-1)}
	case 3:
		return &plan.IsNull{X: g.expr(column.Type(g.pick(4)), depth-1), Negate: g.pick(2) == 0}
	case 4:
		e := &plan.In{X: g.expr(column.Type(g.pick(4)), depth-1), HasNull: g.pick(4) == 0}
		for range g.pick(4) {
			v := g.value(e.X.Type())
			if v.Valid {
				e.List = append(e.List, v)
			}
		}
		return e
	case 5:
		pat := []string{"%", "a%", "%b%", "_", "abc", "%X_"}[g.pick(6)]
		return g.call("LIKE", g.expr(column.String, depth-1), &plan.Const{Value: column.StringValue(pat)})
	}
	op := []string{"=", "<>", "<", "<=", ">", ">=", "<=>"}[g.pick(7)]
	t := column.Type(g.pick(4))
	x, y := g.expr(t, depth-1), g.expr(t, depth-1)
	switch g.pick(4) { // what the fast paths are for
	case 0:
		x, y = g.column(t), g.constant(t)
	case 1:
		x, y = g.constant(t), g.column(t)
	case 2:
		if t == column.Float {
			x, y = &plan.Cast{X: g.column(column.Int), To: t}, g.constant(t)
		} else if t == column.Int {
			x, y = &plan.Cast{X: g.column(column.Bool), To: t}, g.constant(t)
		}
	}
	return g.call(op, x, y)
}

func (g *generator) leaf(t column.Type) plan.Expr {
	if g.pick(3) == 0 {
		return g.constant(t)
	}
	return g.column(t)
}

func (g *generator) column(t column.Type) plan.Expr {
	var of []int
	for i, f := range g.fields {
		if f == t {
			of = append(of, i)
		}
	}
	i := of[g.pick(len(of))]
	return &plan.Column{Index: i, Name: fmt.Sprint("c", i), T: t}
}

func (g *generator) constant(t column.Type) plan.Expr { return &plan.Const{Value: g.value(t)} }

func (g *generator) value(t column.Type) column.Value {
	if g.pick(8) == 0 {
		return column.Null(t)
	}
	switch t {
	case column.Bool:
		return column.BoolValue(g.pick(2) == 0)
	case column.Int:
		return column.IntValue([]int64{0, 1, -1, 2, 3, 5, 10, -10, 127, 128, -129, 1000, 100001, math.MaxInt64, math.MinInt64}[g.pick(15)])
	case column.Float:
		return column.FloatValue([]float64{0, 1, -1, 0.25, 2.5, -3.75, 5, 1e9, 9.3e18, -9.3e18, 1e308}[g.pick(11)])
	}
	return column.StringValue(testStrings[g.pick(len(testStrings))])
}

func (g *generator) call(name string, args ...plan.Expr) plan.Expr {
	f, ok := function.Lookup(name)
	if !ok {
		g.Fatalf("no function %s", name)
	}
	types := make([]column.Type, len(args))
	for i, a := range args {
		types[i] = a.Type()
	}
	o, want, err := f.Resolve(types, nil)
	if err != nil || !slices.Equal(types, want) {
		g.Fatalf("%s%v: %v, %v", name, types, want, err)
	}
	return &plan.Call{Func: f, Overload: o, Args: args}
}
