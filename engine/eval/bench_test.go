package eval

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

const benchRows = 64 * vector.Size

// benchArrays are like the columns of the h2o.ai groupby table: id1 (100 strings), id3 (100,000), id6, v1, v2, v3.
func benchArrays() []*column.Array {
	r := rand.New(rand.NewPCG(1, 2))
	ints := func(n int64) *column.Array {
		vals := make([]int64, benchRows)
		for i := range vals {
			vals[i] = r.Int64N(n) + 1
		}
		return column.FromInts(vals, nil)
	}
	dict := func(n int) *column.Dict {
		strs := make([]string, n)
		for i := range strs {
			strs[i] = fmt.Sprintf("id%010d", i+1)
		}
		return column.NewDict(strs)
	}
	id1 := &column.Array{Type: column.String, Layout: column.Code8, N: benchRows, Dict: dict(100), C8: make([]uint8, benchRows)}
	id3 := &column.Array{Type: column.String, Layout: column.Code32, N: benchRows, Dict: dict(100000), C32: make([]uint32, benchRows)}
	floats := make([]float64, benchRows)
	for i := range benchRows {
		id1.C8[i], id3.C32[i], floats[i] = uint8(r.IntN(100)), uint32(r.IntN(100000)), 100*r.Float64()
	}
	return []*column.Array{id1, id3, ints(100000), ints(5), ints(15), column.FromFloats(floats, nil)}
}

var (
	id1 = &plan.Column{Index: 0, Name: "id1", T: column.String}
	id3 = &plan.Column{Index: 1, Name: "id3", T: column.String}
	id6 = &plan.Column{Index: 2, Name: "id6", T: column.Int}
	v1  = &plan.Column{Index: 3, Name: "v1", T: column.Int}
	v2  = &plan.Column{Index: 4, Name: "v2", T: column.Int}
	v3  = &plan.Column{Index: 5, Name: "v3", T: column.Float}
)

func intConst(i int64) plan.Expr     { return &plan.Const{Value: column.IntValue(i)} }
func floatConst(f float64) plan.Expr { return &plan.Const{Value: column.FloatValue(f)} }
func textConst(s string) plan.Expr   { return &plan.Const{Value: column.StringValue(s)} }

// run calls f for all rows, in batches.
func run(b *testing.B, f func(batch *vector.Batch) error) {
	arrays := benchArrays()
	var batch vector.Batch
	b.SetBytes(benchRows) // MB/s are millions of rows a second
	b.ReportAllocs()
	for b.Loop() {
		for lo := 0; lo < benchRows; lo += vector.Size {
			batch.SetWindow(arrays, lo, vector.Size)
			if err := f(&batch); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkFilter(b *testing.B) {
	g := &generator{failer: b}
	and := func(args ...plan.Expr) plan.Expr { return &plan.Logic{Args: args} }
	for _, e := range []plan.Expr{
		g.call("=", v1, intConst(3)),
		g.call("<", id6, intConst(50000)),
		g.call(">", v3, floatConst(50)),
		g.call("=", id1, textConst("id0000000016")),
		g.call("LIKE", id1, textConst("%9%")),
		g.call("LIKE", id3, textConst("%99%")),
		&plan.In{X: v2, List: ints(1, 3, 7)},
		&plan.In{X: id6, List: ints(1, 300, 70000)},
		and(g.call(">=", v2, intConst(3)), g.call("<=", v2, intConst(9)), g.call("<", v1, intConst(4))),
		&plan.Logic{Or: true, Args: []plan.Expr{g.call("=", v1, intConst(3)), g.call("=", v2, intConst(3))}},
		g.call(">", g.call("+", v1, v2), intConst(10)),
	} {
		ev := New(e)
		b.Run(e.String(), func(b *testing.B) {
			run(b, func(batch *vector.Batch) error { _, err := ev.Filter(batch); return err })
		})
		b.Run("count "+e.String(), func(b *testing.B) {
			run(b, func(batch *vector.Batch) error { _, err := ev.Count(batch); return err })
		})
	}
}

func BenchmarkEval(b *testing.B) {
	g := &generator{failer: b}
	float := func(e plan.Expr) plan.Expr { return &plan.Cast{X: e, To: column.Float} }
	for _, e := range []plan.Expr{
		v1,
		v3,
		g.call("+", v1, v2),
		g.call("*", v1, v2),
		g.call("*", v3, v3),
		g.call("/", float(v1), float(v2)),
		g.call("%", id6, intConst(10)),
		g.call("+", float(g.call("*", v1, v2)), v3),
		&plan.Case{Whens: []plan.When{{Cond: g.call(">", v1, intConst(3)), Then: textConst("high")}}, Else: textConst("low"), T: column.String},
		&plan.Case{Whens: []plan.When{{Cond: g.call(">", v1, intConst(3)), Then: v2}}, Else: intConst(0), T: column.Int},
		g.call("LEFT", id3, intConst(5)),
		g.call("UPPER", id1),
		g.call("CONCAT", id1, id3),
		&plan.Cast{X: id6, To: column.String},
	} {
		ev := New(e)
		b.Run(e.String(), func(b *testing.B) {
			run(b, func(batch *vector.Batch) error { _, err := ev.Eval(batch); return err })
		})
	}
}
