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
	v := &vector.Vec{Type: t, Null: make([]bool, 1)}
	switch t {
	case column.Bool:
		v.Bool = make([]bool, 1)
	case column.Int:
		v.Int = make([]int64, 1)
	case column.Float:
		v.Float = make([]float64, 1)
	default:
		v.Str = make([]string, 1)
	}
	return v
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
		if b, err := strconv.ParseBool(v.Str); err == nil && len(v.Str) > 1 && to == column.Bool {
			return column.BoolValue(b), nil
		}
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

// outcome is what the model gives for a row.
type outcome struct {
	value column.Value
	err   error
}

func outcomes(e plan.Expr, table *testTable) []outcome {
	o := make([]outcome, len(table.rows))
	for i, row := range table.rows {
		o[i].value, o[i].err = rowValue(e, row)
	}
	return o
}

func TestEvaluatorAgainstRowModel(t *testing.T) {
	table := makeTable(88172645463325252)
	g := newGenerator(table)
	rapid.Check(t, func(rt *rapid.T) {
		g.draw(rt)
		e := g.expr(column.Type(g.pick(4)), 3)
		ev, want := New(e), outcomes(e, table)
		bs, rows := table.batches(g)
		for i, b := range bs {
			checkEval(rt, ev, e, b, rows[i], want)
		}
	})
}

func TestFilterAgainstRowModel(t *testing.T) {
	table := makeTable(2463534242)
	g := newGenerator(table)
	rapid.Check(t, func(rt *rapid.T) {
		g.draw(rt)
		e := g.condition(3)
		ev, want := New(e), outcomes(e, table)
		bs, rows := table.batches(g)
		for i, b := range bs {
			checkFilter(rt, ev, e, b, rows[i], want)
		}
	})
}

// checkEval compares what Eval gives for a batch of the table's rows.
func checkEval(t failer, ev *Evaluator, e plan.Expr, b *vector.Batch, rows []int, want []outcome) {
	t.Helper()
	fails := slices.ContainsFunc(rows, func(r int) bool { return want[r].err != nil })
	got, err := ev.Eval(b)
	if (err != nil) != fails {
		t.Fatalf("%s: error %v, want one: %v", e, err, fails)
	}
	if err != nil {
		return
	}
	if got.Len() != len(rows) || got.Type != e.Type() {
		t.Fatalf("%s: %d rows of %s, want %d of %s", e, got.Len(), got.Type, len(rows), e.Type())
	}
	for k, r := range rows {
		if v, w := got.Value(k), want[r].value; v.Valid != w.Valid || v.Compare(w) != 0 {
			t.Fatalf("%s of row %d: %v, want %v", e, r, v, w)
		}
		if got.Const && got.Value(k) != got.Value(0) {
			t.Fatalf("%s is constant, but %v and %v", e, got.Value(0), got.Value(k))
		}
	}
}

// checkFilter compares what Filter and Count give for a batch of the table's rows.
func checkFilter(t failer, ev *Evaluator, e plan.Expr, b *vector.Batch, rows []int, want []outcome) {
	t.Helper()
	fails := false
	var keep []int32
	for k, r := range rows {
		switch o := want[r]; {
		case o.err != nil:
			fails = true
		case o.value.Valid && o.value.Bool():
			keep = append(keep, int32(k))
		}
	}
	got, err := ev.Filter(b)
	if err != nil {
		if !fails {
			t.Fatalf("%s: %v", e, err)
		}
		return
	}
	sel := slices.Clone(got)
	if fails { // it need not fail: AND takes the quick arguments first
		sel = slices.DeleteFunc(sel, func(k int32) bool { return want[rows[k]].err != nil })
	}
	if !slices.Equal(sel, keep) {
		t.Fatalf("%s: %v, want %v", e, sel, keep)
	}
	if n, err := ev.Count(b); err != nil || n != len(got) {
		t.Fatalf("%s: counted %d (%v), want %d", e, n, err, len(got))
	}
}
