package eval

import (
	"testing"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

func fn(t testing.TB, name string, args ...plan.Expr) plan.Expr {
	t.Helper()
	f, ok := function.Lookup(name)
	if !ok {
		t.Fatalf("no function %s", name)
	}
	types, null := make([]column.Type, len(args)), make([]bool, len(args))
	for i, a := range args {
		types[i] = a.Type()
		c, ok := a.(*plan.Const)
		null[i] = ok && !c.Value.Valid
	}
	o, want, err := f.Resolve(types, null)
	if err != nil {
		t.Fatal(err)
	}
	cast := make([]plan.Expr, len(args))
	for i, a := range args {
		switch {
		case null[i]:
			a = &plan.Const{Value: column.Null(want[i])}
		case types[i] != want[i]:
			a = &plan.Cast{X: a, To: want[i]}
		}
		cast[i] = a
	}
	return &plan.Call{Func: f, Overload: o, Args: cast}
}

func TestConstantOfArithmetic(t *testing.T) {
	i := func(i int64) plan.Expr { return &plan.Const{Value: column.IntValue(i)} }
	e := fn(t, "+", i(1), fn(t, "*", i(2), i(3)))
	v, err := Constant(e)
	if err != nil || v != column.IntValue(7) {
		t.Fatalf("%s = %v, %v", e, v, err)
	}
	e = fn(t, "*", i(1<<62), i(4))
	if v, err = Constant(e); err == nil || err.Error() != "INT overflow: 4611686018427387904 * 4" {
		t.Fatalf("%s = %v, %v", e, v, err)
	}
	col := &plan.Column{Index: 0, Name: "a", T: column.Int}
	ev := New(fn(t, ">", col, i(3)))
	b := column.NewBuilder(column.Int, nil)
	for _, x := range []int64{1, 4, 3, 9} {
		b.AppendInt(x)
	}
	b.AppendNull()
	var batch vector.Batch
	batch.SetWindow([]*column.Array{b.Finish()}, 0, 5)
	sel, err := ev.Filter(&batch)
	if err != nil || len(sel) != 2 || sel[0] != 1 || sel[1] != 3 {
		t.Fatal(sel, err)
	}
}
