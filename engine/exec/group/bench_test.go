//go:build unix

package group

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

var benchRows = flag.Int("rows", 10_000_000, "rows of the benchmarks' table")

// h2o makes the table of the h2o.ai group-by benchmark as it is loaded: id1, id2 of 100 strings, id3 of rows/100, id4, id5 of
// 100 and id6 of rows/100 integers, v1 to 5, v2 to 15, v3 a float.
var h2o = sync.OnceValue(func() *fakeTable {
	const chunk = 1 << 16
	rows := *benchRows
	many := rows / 100
	r := rand.New(rand.NewSource(1))
	dict := func(format string, n int) *column.Dict {
		strs := make([]string, n)
		for i := range strs {
			strs[i] = fmt.Sprintf(format, i+1)
		}
		return column.NewDict(strs)
	}
	d1, d2, d3 := dict("id%03d", 100), dict("id%03d", 100), dict("id%010d", many)
	t := &fakeTable{}
	for _, n := range []string{"id1", "id2", "id3"} {
		t.fields = append(t.fields, column.Field{Name: n, Type: column.String})
	}
	for _, n := range []string{"id4", "id5", "id6", "v1", "v2"} {
		t.fields = append(t.fields, column.Field{Name: n, Type: column.Int})
	}
	t.fields = append(t.fields, column.Field{Name: "v3", Type: column.Float})
	for lo := 0; lo < rows; lo += chunk {
		n := min(chunk, rows-lo)
		code8 := func(d *column.Dict) *column.Array {
			a := &column.Array{Type: column.String, Layout: column.Code8, N: n, Dict: d, C8: make([]uint8, n), Stats: column.Stats{Rows: int64(n)}}
			for i := range a.C8 {
				a.C8[i] = uint8(r.Intn(d.Len()))
			}
			return a
		}
		stats := func(hi int) column.Stats {
			return column.Stats{Rows: int64(n), Min: column.IntValue(1), Max: column.IntValue(int64(hi))}
		}
		int8s := func(hi int) *column.Array {
			a := &column.Array{Type: column.Int, Layout: column.Int8, N: n, I8: make([]int8, n), Stats: stats(hi)}
			for i := range a.I8 {
				a.I8[i] = int8(1 + r.Intn(hi))
			}
			return a
		}
		id3 := &column.Array{Type: column.String, Layout: column.Code32, N: n, Dict: d3, C32: make([]uint32, n), Stats: column.Stats{Rows: int64(n)}}
		id6 := &column.Array{Type: column.Int, Layout: column.Int32, N: n, I32: make([]int32, n), Stats: stats(many)}
		v3 := &column.Array{Type: column.Float, Layout: column.Float64, N: n, F64: make([]float64, n),
			Stats: column.Stats{Rows: int64(n), Min: column.FloatValue(0), Max: column.FloatValue(100)}}
		for i := range n {
			id3.C32[i] = uint32(r.Intn(many))
			id6.I32[i] = int32(1 + r.Intn(many))
			v3.F64[i] = math.Round(r.Float64()*1e8) / 1e6
		}
		t.chunks = append(t.chunks, []*column.Array{code8(d1), code8(d2), id3, int8s(100), int8s(100), id6, int8s(5), int8s(15), v3})
	}
	return t
})

type h2oQuery struct {
	name string
	keys []string
	aggs func(t *fakeTable) []plan.Agg
}

func aggs(of ...plan.Agg) func(*fakeTable) []plan.Agg {
	return func(t *fakeTable) []plan.Agg {
		out := make([]plan.Agg, len(of))
		for i, a := range of {
			out[i] = a
			out[i].Args = nil
			for _, e := range a.Args {
				out[i].Args = append(out[i].Args, t.col(e.(*plan.Column).Name))
			}
			switch a.Kind {
			case plan.CountRows, plan.Count:
				out[i].T = column.Int
			case plan.Sum, plan.Min, plan.Max, plan.Largest:
				out[i].T = out[i].Args[0].Type()
			default:
				out[i].T = column.Float
			}
		}
		return out
	}
}

func agg(kind plan.AggKind, cols ...string) plan.Agg {
	a := plan.Agg{Kind: kind, Param: 0.5, K: 2}
	for _, c := range cols {
		a.Args = append(a.Args, &plan.Column{Name: c})
	}
	return a
}

var h2oQueries = []h2oQuery{
	{"q1", []string{"id1"}, aggs(agg(plan.Sum, "v1"))},
	{"q2", []string{"id1", "id2"}, aggs(agg(plan.Sum, "v1"))},
	{"q3", []string{"id3"}, aggs(agg(plan.Sum, "v1"), agg(plan.Avg, "v3"))},
	{"q4", []string{"id4"}, aggs(agg(plan.Avg, "v1"), agg(plan.Avg, "v2"), agg(plan.Avg, "v3"))},
	{"q5", []string{"id6"}, aggs(agg(plan.Sum, "v1"), agg(plan.Sum, "v2"), agg(plan.Sum, "v3"))},
	{"q6", []string{"id4", "id5"}, aggs(agg(plan.Quantile, "v3"), agg(plan.StddevSamp, "v3"))},
	{"q7", []string{"id3"}, aggs(agg(plan.Max, "v1"), agg(plan.Min, "v2"))},
	{"q8", []string{"id6"}, aggs(agg(plan.Largest, "v3"))},
	{"q9", []string{"id2", "id4"}, aggs(agg(plan.Corr, "v1", "v2"))},
	{"q10", []string{"id1", "id2", "id3", "id4", "id5", "id6"}, aggs(agg(plan.Sum, "v3"), agg(plan.CountRows))},
	{"sum_float", nil, aggs(agg(plan.Sum, "v3"))},
	{"sum_int", nil, aggs(agg(plan.Sum, "v1"))},
	{"minmax_float", nil, aggs(agg(plan.Min, "v3"), agg(plan.Max, "v3"))},
	{"distinct_int", nil, aggs(distinct(agg(plan.Count, "id6")))},
	{"distinct_str", nil, aggs(distinct(agg(plan.Count, "id3")))},
	{"group_str_high", []string{"id3"}, aggs(agg(plan.CountRows))},
}

func distinct(a plan.Agg) plan.Agg {
	a.Distinct = true
	return a
}

// BenchmarkH2O runs each query on two workers, as the driver would, up to its batches of results.
func BenchmarkH2O(b *testing.B) {
	for _, q := range h2oQueries {
		b.Run(q.name, func(b *testing.B) {
			t := h2o()
			b.ResetTimer()
			rows, best, sys := int64(0), time.Duration(math.MaxInt64), sysTime()
			for range b.N {
				from := cpuTime()
				rows = drive(b, aggregateOf(t, q.keys, q.aggs(t)), t, 2)
				best = min(best, cpuTime()-from)
			}
			b.ReportMetric(float64(rows), "groups")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms")
			b.ReportMetric(float64((sysTime()-sys).Microseconds())/float64(b.N)/2000, "sys-ms/2")
			b.ReportMetric(float64(best.Microseconds())/2000, "best-cpu-ms/2")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// cpuTime returns the time that the process has computed on all cores: half of it is what two idle cores would have taken,
// however busy the machine is.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// sysTime returns the part of it that was the kernel's.
func sysTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Stime.Nano())
}

// drive runs n over t as the driver does.
func drive(tb testing.TB, n *plan.Aggregate, t *fakeTable, threads int) int64 {
	const morsel = 16 * vector.Size
	a, err := New(n, threads, nil)
	if err != nil {
		tb.Fatal(err)
	}
	defer a.Release()
	type part struct{ chunk, lo, n int }
	var parts []part
	for c := range t.chunks {
		for lo, n := 0, t.ChunkRows(c); lo < n; lo += morsel {
			parts = append(parts, part{c, lo, min(morsel, n-lo)})
		}
	}
	ctx := context.Background()
	each := func(n int, f func(w, m int) error) {
		var next atomic.Int64
		var g errgroup.Group
		for w := range threads {
			g.Go(func() error {
				for m := int(next.Add(1)) - 1; m < n; m = int(next.Add(1)) - 1 {
					if err := f(w, m); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			tb.Fatal(err)
		}
	}
	batches := make([]vector.Batch, threads)
	each(len(parts), func(w, m int) error {
		p, b := parts[m], &batches[w]
		for lo := p.lo; lo < p.lo+p.n; lo += vector.Size {
			b.SetWindow(t.chunks[p.chunk], lo, min(vector.Size, p.lo+p.n-lo))
			b.Seq = uint64(m)
			if err := a.Worker(w).Push(b); err != nil {
				return err
			}
		}
		return nil
	})
	if err := a.Finish(ctx); err != nil {
		tb.Fatal(err)
	}
	var rows atomic.Int64
	each(a.Morsels(), func(w, m int) error {
		return a.Read(ctx, w, m, func(b *vector.Batch) error {
			rows.Add(int64(b.Len()))
			return nil
		})
	})
	return rows.Load()
}
