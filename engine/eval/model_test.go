package eval

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// rowValue evaluates e for one row by the rules of SQL, one value at a time.
func rowValue(e plan.Expr, row []column.Value) (column.Value, error) {
	switch e := e.(type) {
	case *plan.Column:
		return row[e.Index], nil
	case *plan.Const:
		return e.Value, nil
	case *plan.Call:
		return rowCall(e, row)
	case *plan.Cast:
		v, err := rowValue(e.X, row)
		if err != nil || !v.Valid {
			return column.Null(e.To), err
		}
		return rowCast(v, e.To)
	case *plan.Logic:
		return rowLogic(e, row)
	case *plan.Not:
		v, err := rowValue(e.X, row)
		if v.Valid {
			v = column.BoolValue(!v.Bool())
		}
		return v, err
	case *plan.IsNull:
		v, err := rowValue(e.X, row)
		return column.BoolValue(v.Valid == e.Negate), err
	case *plan.Case:
		for _, w := range e.Whens {
			v, err := rowValue(w.Cond, row)
			if err != nil {
				return v, err
			}
			if v.Valid && v.Bool() {
				return rowValue(w.Then, row)
			}
		}
		return rowValue(e.Else, row)
	case *plan.In:
		v, err := rowValue(e.X, row)
		if err != nil || !v.Valid {
			return column.Null(column.Bool), err
		}
		found := slices.ContainsFunc(e.List, func(w column.Value) bool { return v.Compare(w) == 0 })
		if !found && e.HasNull {
			return column.Null(column.Bool), nil
		}
		return column.BoolValue(found), nil
	}
	return column.Value{}, fmt.Errorf("no model of %T", e)
}

func rowLogic(e *plan.Logic, row []column.Value) (column.Value, error) {
	result := column.BoolValue(!e.Or)
	for _, a := range e.Args {
		v, err := rowValue(a, row)
		switch {
		case err != nil:
			return v, err
		case !v.Valid:
			result = v
		case v.Bool() == e.Or:
			return v, nil
		}
	}
	return result, nil
}

func rowCall(e *plan.Call, row []column.Value) (column.Value, error) {
	args := make([]*vector.Vec, len(e.Args))
	null := false
	for i, a := range e.Args {
		v, err := rowValue(a, row)
		if err != nil {
			return v, err
		}
		args[i] = oneRow(a.Type())
		args[i].Set(0, v)
		null = null || !v.Valid
	}
	if null && !e.Overload.NullSafe {
		return column.Null(e.Overload.Result), nil
	}
	out := oneRow(e.Overload.Result)
	err := e.Overload.Kernel()(args, out)
	return out.Value(0), err
}

// oneRow returns a vector of one row that takes less memory than most.
func oneRow(t column.Type) *vector.Vec {
	return &vector.Vec{Type: t, Null: make([]bool, 1), Bool: make([]bool, 1), Int: make([]int64, 1), Float: make([]float64, 1), Str: make([]string, 1)}
}

func rowCast(v column.Value, to column.Type) (column.Value, error) {
	if to == column.String {
		return column.StringValue(v.String()), nil
	}
	var f float64
	switch v.Type {
	case column.Bool, column.Int:
		if to == column.Int {
			return column.IntValue(v.Int), nil
		}
		f = float64(v.Int)
	case column.Float:
		f = v.Float
	case column.String:
		if i, err := strconv.ParseInt(v.Str, 10, 64); err == nil && to == column.Int {
			return column.IntValue(i), nil
		}
		var err error
		if f, err = strconv.ParseFloat(v.Str, 64); err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return column.Null(to), nil
		}
	}
	switch to {
	case column.Bool:
		return column.BoolValue(f != 0), nil
	case column.Int:
		if f = math.Round(f); !(f >= -1<<63 && f < 1<<63) {
			if v.Type == column.String {
				return column.Null(to), nil
			}
			return v, errors.New("out of range")
		}
		return column.IntValue(int64(f)), nil
	}
	return column.FloatValue(f), nil
}

// testTable has a column of every layout, with nulls in the odd ones.
type testTable struct {
	arrays []*column.Array
	rows   [][]column.Value
}

const tableRows = 300

func makeTable(seed uint64) *testTable {
	t := &testTable{}
	x := seed
	random := func(n int64) int64 {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		return int64(x>>33) % n
	}
	for layout := column.Bits; layout <= column.Plain; layout++ {
		for _, nulls := range []bool{false, true} {
			var valid []bool
			for range tableRows {
				valid = append(valid, !nulls || random(4) > 0)
			}
			t.arrays = append(t.arrays, makeArray(layout, valid, random))
		}
	}
	for i := range tableRows {
		var row []column.Value
		for _, a := range t.arrays {
			row = append(row, a.Value(i))
		}
		t.rows = append(t.rows, row)
	}
	return t
}

func makeArray(layout column.Layout, valid []bool, random func(int64) int64) *column.Array {
	n := len(valid)
	ints, floats, bools, strs := make([]int64, n), make([]float64, n), make([]bool, n), make([]string, n)
	for i := range n {
		ints[i], floats[i] = random(21)-10, float64(random(41)-20)/4
		bools[i], strs[i] = random(2) == 0, testStrings[random(int64(len(testStrings)))]
	}
	switch layout {
	case column.Bits:
		return column.FromBools(bools, valid)
	case column.Int16:
		ints[0], ints[n-1], valid[0] = 1000, -1000, true
	case column.Int32:
		ints[0], ints[n-1], valid[0] = 100000, -100000, true
	case column.Int64:
		ints[0], ints[n-1], valid[0] = math.MaxInt64, math.MinInt64, true
	case column.Float64:
		return column.FromFloats(floats, valid)
	case column.Plain:
		return column.FromStrings(strs, valid)
	case column.Code8, column.Code16, column.Code32:
		return dictArray(layout, strs, valid)
	}
	return column.FromInts(ints, valid)
}

var testStrings = []string{"", "a", "b", "abc", "äöü", "12", "-3.5", "2024-02-29", "aXbXc", "zz"}

// dictArray makes an array of codes. The dictionary of the wider ones has strings that no row has.
func dictArray(layout column.Layout, strs []string, valid []bool) *column.Array {
	n := map[column.Layout]int{column.Code8: 0, column.Code16: 1000, column.Code32: 2 * stepSize}[layout]
	all := make([]string, 0, n+len(testStrings))
	for i := range n {
		all = append(all, "unused "+strconv.Itoa(i))
	}
	all = append(all, testStrings...)
	plain := column.FromStrings(strs, valid)
	a := &column.Array{Type: column.String, Layout: layout, N: len(strs), Valid: plain.Valid, Dict: column.NewDict(all), Stats: plain.Stats}
	for i, s := range strs {
		c := uint32(n + slices.Index(testStrings, s))
		if plain.IsNull(i) {
			c = 0
		}
		switch layout {
		case column.Code8:
			a.C8 = append(a.C8, uint8(c))
		case column.Code16:
			a.C16 = append(a.C16, uint16(c))
		case column.Code32:
			a.C32 = append(a.C32, c)
		}
	}
	return a
}

// generator draws random expressions over the columns of a table.
type generator struct {
	*rapid.T
	fields []column.Type
}

func (g *generator) pick(n int) int { return rapid.IntRange(0, n-1).Draw(g.T, "choice") }

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

// batches returns the table's rows as batches of various kinds, with the numbers of the rows in each.
func (t *testTable) batches(g *generator) (bs []*vector.Batch, rows [][]int) {
	add := func(b *vector.Batch, rs []int) { bs, rows = append(bs, b), append(rows, rs) }
	lo := g.pick(70)
	whole := &vector.Batch{}
	whole.SetWindow(t.arrays, lo, tableRows-lo)
	var rs []int
	for i := range tableRows - lo {
		rs = append(rs, lo+i)
	}
	add(whole, rs)
	add(whole.Detach(), rs)

	var sel []int32
	var some []int
	for i := 0; i < tableRows-lo; i += 1 + g.pick(5) {
		sel, some = append(sel, int32(i)), append(some, lo+i)
	}
	chosen := &vector.Batch{}
	chosen.Sub(whole, sel)
	add(chosen, some)
	computed := whole.Detach()
	computed.Select(sel)
	add(computed, some)
	none := whole.Detach()
	none.Select(nil)
	add(none, nil)
	return bs, rows
}

func TestEvaluatorAgainstRowModel(t *testing.T) {
	table := makeTable(88172645463325252)
	g := &generator{}
	for _, a := range table.arrays {
		g.fields = append(g.fields, a.Type)
	}
	rapid.Check(t, func(rt *rapid.T) {
		g.T = rt
		e := g.expr(column.Type(g.pick(4)), 3)
		ev := New(e)
		bs, rows := table.batches(g)
		for i, b := range bs {
			checkEval(rt, ev, e, b, rows[i], table)
		}
	})
}

func TestFilterAgainstRowModel(t *testing.T) {
	table := makeTable(2463534242)
	g := &generator{}
	for _, a := range table.arrays {
		g.fields = append(g.fields, a.Type)
	}
	rapid.Check(t, func(rt *rapid.T) {
		g.T = rt
		e := g.condition(3)
		ev := New(e)
		bs, rows := table.batches(g)
		for i, b := range bs {
			checkFilter(rt, ev, e, b, rows[i], table)
		}
	})
}

func checkEval(t *rapid.T, ev *Evaluator, e plan.Expr, b *vector.Batch, rows []int, table *testTable) {
	var fails error
	want := make([]column.Value, len(rows))
	for k, r := range rows {
		v, err := rowValue(e, table.rows[r])
		if err != nil {
			fails = err
		}
		want[k] = v
	}
	got, err := ev.Eval(b)
	if (err != nil) != (fails != nil) {
		t.Fatalf("%s: error %v, want %v", e, err, fails)
	}
	if err != nil {
		return
	}
	if got.Len() != len(rows) || got.Type != e.Type() {
		t.Fatalf("%s: %d rows of %s, want %d of %s", e, got.Len(), got.Type, len(rows), e.Type())
	}
	for k, w := range want {
		if v := got.Value(k); v.Valid != w.Valid || v.Compare(w) != 0 {
			t.Fatalf("%s of %v: %v, want %v", e, table.rows[rows[k]], v, w)
		}
		if got.Const && got.Value(k) != got.Value(0) {
			t.Fatalf("%s is constant, but %v and %v", e, got.Value(0), got.Value(k))
		}
	}
}

func checkFilter(t *rapid.T, ev *Evaluator, e plan.Expr, b *vector.Batch, rows []int, table *testTable) {
	var fails error
	var want []int32
	unclear := map[int32]bool{}
	for k, r := range rows {
		v, err := rowValue(e, table.rows[r])
		switch {
		case err != nil:
			fails = err
			unclear[int32(k)] = true
		case v.Valid && v.Bool():
			want = append(want, int32(k))
		}
	}
	got, err := ev.Filter(b)
	if err != nil {
		if fails == nil {
			t.Fatalf("%s: %v", e, err)
		}
		return
	}
	sel := slices.Clone(got)
	if fails != nil { // it need not fail: AND takes the quick arguments first
		sel = slices.DeleteFunc(sel, func(k int32) bool { return unclear[k] })
	}
	if !slices.Equal(sel, want) {
		t.Fatalf("%s: %v, want %v", e, sel, want)
	}
	if n, err := ev.Count(b); err != nil || n != len(got) {
		t.Fatalf("%s: counted %d (%v), want %d", e, n, err, len(got))
	}
}
