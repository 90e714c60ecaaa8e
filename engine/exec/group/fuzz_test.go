package group

import (
	"math/rand"
	"testing"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// FuzzPushState folds garbled state: it gives results or an error.
func FuzzPushState(f *testing.F) {
	tab, data := newTable(rand.New(rand.NewSource(5)), 60, 30)
	text, number := tab.col("plain"), tab.col("tinynull")
	var aggs []plan.Agg
	for _, x := range []*plan.Column{text, number} {
		for _, k := range []plan.AggKind{plan.Min, plan.AnyValue, plan.GroupConcat, plan.ApproxCountDistinct} {
			t := x.T
			switch k {
			case plan.GroupConcat:
				t = column.String
			case plan.ApproxCountDistinct:
				t = column.Int
			}
			aggs = append(aggs, plan.Agg{Kind: k, Args: []plan.Expr{x}, T: t})
		}
	}
	aggs = append(aggs, one(plan.Quantile, column.Float, number)...)
	aggs = append(aggs, one(plan.Largest, column.String, text)...)
	aggs = append(aggs, plan.Agg{Kind: plan.GroupConcat, Distinct: true, Args: []plan.Expr{number}, OrderBy: []plan.SortKey{{Expr: text}}, T: column.String})
	n := aggregateOf(tab, []string{"flag", "plain"}, aggs)
	jobs, _ := feeds[0].jobs(tab, data)
	state, err := runPart(f, n, tab, jobs, parted{feed: feeds[0]})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint16(0), uint16(0), uint16(0), int64(1), "", true)
	f.Add(uint16(1), uint16(7), uint16(3), int64(-1), "\x01\xff", false)
	f.Add(uint16(0), uint16(6), uint16(0), int64(1)<<62, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x05abc", true)
	f.Fuzz(func(t *testing.T, batch, col, row uint16, number int64, text string, null bool) {
		a, err := New(n, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Release()
		for i, b := range state {
			if i == int(batch)%len(state) {
				b = garbled(b, int(col), int(row), number, text, null)
			}
			if err := a.Worker(0).PushState(b); err != nil {
				return
			}
		}
		if _, err := readAll(a, 1); err != nil {
			t.Log(err)
		}
	})
}

// garbled returns b with another value in one place.
func garbled(b *vector.Batch, col, row int, number int64, text string, null bool) *vector.Batch {
	cols := make([]*vector.Vec, b.Width())
	for c := range cols {
		cols[c] = b.Col(c).Clone()
		if c != col%len(cols) {
			continue
		}
		v, i := cols[c], row%b.Len()
		x := column.Value{Type: v.Type, Valid: !null}
		if !null {
			x.Int, x.Float, x.Str = number, float64(number), text
		}
		if v.Dict != nil {
			v = &vector.Vec{Type: column.String, Null: v.Null, Str: append([]string{}, b.Col(c).Strings()...)}
			cols[c] = v
		}
		v.Set(i, x)
	}
	return vector.NewBatch(b.Len(), cols)
}
