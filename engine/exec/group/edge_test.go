package group

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand"
	"strings"
	"testing"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/eval"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// tableOf makes a table of one chunk for each run of chunkRows rows.
func tableOf(fields []column.Field, chunkRows int, rows [][]column.Value) *fakeTable {
	t := &fakeTable{fields: fields}
	for lo := 0; lo < len(rows); lo += chunkRows {
		var chunk []*column.Array
		for c, f := range fields {
			b := column.NewBuilder(f.Type, nil)
			for _, r := range rows[lo:min(lo+chunkRows, len(rows))] {
				b.Append(r[c])
			}
			chunk = append(chunk, b.Finish())
		}
		t.chunks = append(t.chunks, chunk)
	}
	return t
}

func intRows(vs ...int64) [][]column.Value {
	rows := make([][]column.Value, len(vs))
	for i, v := range vs {
		rows[i] = []column.Value{column.IntValue(v)}
	}
	return rows
}

func floatRows(vs ...float64) [][]column.Value {
	rows := make([][]column.Value, len(vs))
	for i, v := range vs {
		rows[i] = []column.Value{column.FloatValue(v)}
	}
	return rows
}

func one(kind plan.AggKind, t column.Type, args ...plan.Expr) []plan.Agg {
	return []plan.Agg{{Kind: kind, Args: args, T: t, Param: 0.5, K: 2}}
}

func TestSumOfIntFailsOnlyIfTheResultDoesNotFit(t *testing.T) {
	const big = math.MaxInt64
	for _, c := range []struct {
		values []int64
		want   string
	}{
		{[]int64{big, big, -big, 1, -big}, "1"},
		{[]int64{big, math.MinInt64, math.MinInt64, big}, "-2"},
		{[]int64{math.MinInt64}, "-9223372036854775808"},
		{[]int64{big, 1}, "overflow"},
		{[]int64{math.MinInt64, -1}, "overflow"},
	} {
		for _, workers := range []int{1, 2} {
			tab := tableOf([]column.Field{{Name: "x", Type: column.Int}}, 1, intRows(c.values...))
			n := aggregateOf(tab, nil, one(plan.Sum, column.Int, tab.col("x")))
			got, _, err := run(t, n, tab, intRows(c.values...), feed{workers: workers, window: 1, keep: 1})
			if c.want == "overflow" {
				if err == nil || !strings.Contains(err.Error(), "SUM(x)") {
					t.Errorf("SUM of %d: %v, %v, want an overflow error", c.values, got, err)
				}
			} else if err != nil || got[0][0].String() != c.want {
				t.Errorf("SUM of %d: %v, %v, want %s", c.values, got, err, c.want)
			}
		}
	}
}

func TestFloatSumsDoNotDependOnTheOrder(t *testing.T) {
	values := []float64{1e16, 1, -1e16, 1, 3e-5, 1e16, -1e16, -3e-5}
	r := rand.New(rand.NewSource(1))
	for range 50 {
		r.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
		rows := floatRows(values...)
		tab := tableOf([]column.Field{{Name: "x", Type: column.Float}}, 1+r.Intn(8), rows)
		for _, keys := range [][]string{nil, {"k"}} {
			n := aggregateOf(tab, nil, one(plan.Sum, column.Float, tab.col("x")))
			if keys != nil {
				n.Keys = []plan.Expr{&plan.Const{Value: column.IntValue(7)}}
			}
			got, _, err := run(t, n, tab, rows, feed{workers: 2, window: 1 + r.Intn(8), keep: 1})
			if err != nil || len(got) != 1 || !close(got[0][len(n.Keys)].Float, 2) {
				t.Fatalf("SUM of %g: %v, %v, want 2", values, got, err)
			}
		}
	}
}

func TestFloatResultsOutOfRangeAreErrors(t *testing.T) {
	for _, c := range []struct {
		kind   plan.AggKind
		values []float64
	}{
		{plan.Sum, []float64{math.MaxFloat64, math.MaxFloat64}},
		{plan.Avg, []float64{math.MaxFloat64, math.MaxFloat64}},
		{plan.VarPop, []float64{1e200, -1e200}},
		{plan.StddevSamp, []float64{1e300, 0}},
	} {
		rows := floatRows(c.values...)
		tab := tableOf([]column.Field{{Name: "x", Type: column.Float}}, 10, rows)
		n := aggregateOf(tab, nil, one(c.kind, column.Float, tab.col("x")))
		got, _, err := run(t, n, tab, rows, feed{workers: 1, window: 10, keep: 1})
		if err == nil || !strings.Contains(err.Error(), "out of the range of FLOAT") {
			t.Errorf("%s of %g: %v, %v, want an error", n.Aggs[0], c.values, got, err)
		}
	}
}

func TestVarianceKeepsWhatTheSquaresCancel(t *testing.T) {
	var rows [][]column.Value
	for i := range 1000 {
		rows = append(rows, floatRows(1e9+float64(i%2))...)
	}
	tab := tableOf([]column.Field{{Name: "x", Type: column.Float}}, 100, rows)
	n := aggregateOf(tab, nil, one(plan.VarPop, column.Float, tab.col("x")))
	got, _, err := run(t, n, tab, rows, feed{workers: 2, window: 33, keep: 1})
	if err != nil || got[0][0].Float != 0.25 {
		t.Fatalf("VAR_POP: %v, %v, want 0.25", got, err)
	}
	rows = nil
	for range 999 {
		rows = append(rows, floatRows(0.1)...)
	}
	tab = tableOf([]column.Field{{Name: "x", Type: column.Float}}, 100, rows)
	n = aggregateOf(tab, nil, one(plan.StddevSamp, column.Float, tab.col("x")))
	got, _, err = run(t, n, tab, rows, feed{workers: 2, window: 33, keep: 1})
	if err != nil || got[0][0].Float != 0 {
		t.Fatalf("STDDEV of equal values: %v, %v, want 0", got, err)
	}
}

func TestWhatAQuantilesListAlsoAnswers(t *testing.T) {
	tab, data := newTable(rand.New(rand.NewSource(8)), 300, 90)
	for _, keys := range [][]string{{}, {"tinynull"}, {"whole"}} {
		var aggs []plan.Agg
		for _, k := range []plan.AggKind{plan.Sum, plan.Avg, plan.StddevPop, plan.StddevSamp, plan.VarPop, plan.VarSamp, plan.Quantile} {
			aggs = append(append(aggs, one(k, column.Float, tab.col("f"))...), one(k, column.Float, tab.col("g"))...)
		}
		check(t, aggregateOf(tab, keys, aggs), tab, data, feeds[2])
	}
	for _, c := range []struct {
		values []float64
		want   float64
	}{{[]float64{0.1, 0.1, 0.1}, 0}, {[]float64{1e9, 1e9 + 1, 1e9, 1e9 + 1}, 0.25}, {[]float64{7}, 0}} {
		rows := floatRows(c.values...)
		tab := tableOf([]column.Field{{Name: "x", Type: column.Float}}, 10, rows)
		n := aggregateOf(tab, nil, append(one(plan.VarPop, column.Float, tab.col("x")), one(plan.Quantile, column.Float, tab.col("x"))...))
		got, _, err := run(t, n, tab, rows, feed{workers: 2, window: 1, keep: 1})
		if err != nil || got[0][0].Float != c.want {
			t.Errorf("VAR_POP of %g: %v, %v, want %g", c.values, got, err, c.want)
		}
	}
}

// call makes an expression of an operator or function.
func call(t *testing.T, name string, args ...plan.Expr) plan.Expr {
	t.Helper()
	f, ok := function.Lookup(name)
	if !ok {
		t.Fatalf("no function %s", name)
	}
	types := make([]column.Type, len(args))
	for i, a := range args {
		types[i] = a.Type()
	}
	o, want, err := f.Resolve(types, make([]bool, len(args)))
	if err != nil {
		t.Fatal(err)
	}
	for i := range args {
		if want[i] != types[i] {
			args[i] = &plan.Cast{X: args[i], To: want[i]}
		}
	}
	return &plan.Call{Func: f, Overload: o, Args: args}
}

// TestExpressionsAsKeysAndArguments computes the expressions beforehand for the model.
func TestExpressionsAsKeysAndArguments(t *testing.T) {
	r := rand.New(rand.NewSource(5))
	tab, data := newTable(r, 400, 90)
	seven := &plan.Const{Value: column.IntValue(7)}
	exprs := []plan.Expr{
		call(t, "%", tab.col("medium"), seven),
		call(t, "CONCAT", tab.col("code"), tab.col("overflow")),
		call(t, "UPPER", tab.col("codes")),
		call(t, "/", tab.col("small"), seven),
		call(t, "*", tab.col("small"), tab.col("small")),
		call(t, ">", tab.col("small"), seven),
		&plan.Cast{X: tab.col("tinynull"), To: column.Float},
	}
	computed := &fakeTable{}
	var values [][]column.Value
	for i, e := range exprs {
		computed.fields = append(computed.fields, column.Field{Name: fmt.Sprintf("e%d", i), Type: e.Type()})
	}
	for _, row := range data {
		var out []column.Value
		for _, e := range exprs {
			out = append(out, evaluate(t, e, row))
		}
		values = append(values, out)
	}
	for i, f := range []feed{{workers: 2, window: 50, keep: 1}, {workers: 2, window: 64, keep: 0.7, seed: 3}, {workers: 1, window: 64, keep: 1, computed: true}} {
		for k := range exprs {
			for _, l := range []int{(k + i) % len(exprs), (k + 2*i + 1) % len(exprs)} {
				var want plan.Aggregate
				n := &plan.Aggregate{Input: tab.scan(), Keys: []plan.Expr{exprs[k], exprs[l]}, Names: []string{"k", "l"}}
				want.Keys = []plan.Expr{computed.col(computed.fields[k].Name), computed.col(computed.fields[l].Name)}
				add := func(kind plan.AggKind, typ column.Type, i int) {
					n.Aggs = append(n.Aggs, plan.Agg{Kind: kind, T: typ, Args: []plan.Expr{exprs[i]}})
					want.Aggs = append(want.Aggs, plan.Agg{Kind: kind, T: typ, Args: []plan.Expr{computed.col(computed.fields[i].Name)}})
					n.Names = append(n.Names, "a")
				}
				for i, e := range exprs {
					add(plan.Min, e.Type(), i)
					add(plan.Max, e.Type(), i)
					add(plan.Count, column.Int, i)
					add(plan.AnyValue, e.Type(), i)
				}
				add(plan.Sum, column.Int, 4)
				add(plan.Avg, column.Float, 3)
				add(plan.VarPop, column.Float, 6)
				got, kept, err := run(t, n, tab, pair(data, values), f)
				if err != nil {
					t.Fatal(err)
				}
				for i := range kept {
					kept[i] = kept[i][len(tab.fields):]
				}
				want.Names = n.Names
				compareRows(t, n, got, model(t, &want, kept))
			}
		}
	}
}

// pair puts two tables side by side.
func pair(a, b [][]column.Value) [][]column.Value {
	out := make([][]column.Value, len(a))
	for i := range a {
		out[i] = append(append([]column.Value{}, a[i]...), b[i]...)
	}
	return out
}

func evaluate(t *testing.T, e plan.Expr, row []column.Value) column.Value {
	t.Helper()
	e, err := plan.Map(e, func(e plan.Expr) (plan.Expr, error) {
		if c, ok := e.(*plan.Column); ok {
			return &plan.Const{Value: row[c.Index]}, nil
		}
		return e, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	v, err := eval.Constant(e)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestKeysOutsideTheGuessedRange(t *testing.T) {
	var rows [][]column.Value
	for i := range int64(3000) {
		v := []column.Value{column.IntValue(i * i * i), column.IntValue(i % 3), column.StringValue(fmt.Sprint(i))}
		if i%100 == 99 {
			v[0] = column.IntValue(math.MinInt64 + i%200)
		}
		if i%10 == 0 && i > 500 {
			v[1] = column.Null(column.Int)
		}
		rows = append(rows, v, v)
	}
	tab := tableOf([]column.Field{{Name: "x", Type: column.Int}, {Name: "y", Type: column.Int}, {Name: "s", Type: column.String}}, 500, rows)
	tab.noStats = true
	for _, keys := range [][]string{{"x"}, {"y"}, {"x", "y"}, {"x", "s"}, {"x", "y", "s"}} {
		for _, f := range []feed{{workers: 1, window: 100, keep: 1}, {workers: 2, window: 70, keep: 0.8, table: 500}} {
			aggs := append(one(plan.Sum, column.Int, tab.col("y")), one(plan.Max, column.String, tab.col("s"))...)
			aggs = append(aggs, plan.Agg{Kind: plan.Count, T: column.Int, Distinct: true, Args: []plan.Expr{tab.col("x")}})
			aggs = append(aggs, plan.Agg{Kind: plan.GroupConcat, T: column.String, Args: []plan.Expr{tab.col("s")}, Separator: "/"})
			check(t, aggregateOf(tab, keys, aggs), tab, rows, f)
		}
	}
}

func TestManyGroupsAreMergedInPartitions(t *testing.T) {
	const rows = 100_000
	r := rand.New(rand.NewSource(9))
	keys, vals := make([]int64, rows), make([]float64, rows)
	sum, count := map[int64]float64{}, map[int64]int64{}
	for i := range keys {
		keys[i], vals[i] = r.Int63n(40_000)*1_000_003, float64(r.Intn(100))
		sum[keys[i]] += vals[i]
		count[keys[i]]++
	}
	tab := &fakeTable{fields: []column.Field{{Name: "k", Type: column.Int}, {Name: "v", Type: column.Float}}, noStats: true}
	for lo := 0; lo < rows; lo += 10_000 {
		tab.chunks = append(tab.chunks, []*column.Array{
			{Type: column.Int, Layout: column.Int64, N: 10_000, I64: keys[lo : lo+10_000]},
			{Type: column.Float, Layout: column.Float64, N: 10_000, F64: vals[lo : lo+10_000]},
		})
	}
	n := aggregateOf(tab, []string{"k"}, append(one(plan.Sum, column.Float, tab.col("v")), one(plan.CountRows, column.Int)...))
	data := make([][]column.Value, rows)
	for _, f := range []feed{
		{workers: 1, window: 2048, keep: 1}, {workers: 2, window: 2048, keep: 1}, {workers: 2, window: 2000, keep: 1, table: 20_000},
		{workers: 3, window: 2048, keep: 1, table: 150_000},
	} {
		got, _, err := run(t, n, tab, data, f)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(sum) {
			t.Fatalf("%+v: %d groups, want %d", f, len(got), len(sum))
		}
		for _, g := range got {
			if k := g[0].Int; g[1].Float != sum[k] || g[2].Int != count[k] {
				t.Fatalf("%+v: key %d: %v, want %v, %d", f, k, g, sum[k], count[k])
			}
		}
	}
}

func TestApproxCountDistinctIsNearTheCount(t *testing.T) {
	const distinct = 50_000
	r := rand.New(rand.NewSource(2))
	keys := make([]int64, 4*distinct)
	seen := map[int64]bool{}
	for i := range keys {
		keys[i] = r.Int63n(distinct) - 1000
		seen[keys[i]] = true
	}
	tab := &fakeTable{fields: []column.Field{{Name: "k", Type: column.Int}}}
	for lo := 0; lo < len(keys); lo += 10_000 {
		tab.chunks = append(tab.chunks, []*column.Array{{Type: column.Int, Layout: column.Int64, N: 10_000, I64: keys[lo : lo+10_000]}})
	}
	n := aggregateOf(tab, nil, one(plan.ApproxCountDistinct, column.Int, tab.col("k")))
	for _, workers := range []int{1, 2} {
		got, _, err := run(t, n, tab, make([][]column.Value, len(keys)), feed{workers: workers, window: 2048, keep: 1})
		if err != nil {
			t.Fatal(err)
		}
		if e := float64(got[0][0].Int)/float64(len(seen)) - 1; math.Abs(e) > 0.05 { // three standard errors
			t.Errorf("%d workers: %v for %d values: %.1f %% off", workers, got[0][0], len(seen), 100*e)
		}
	}
}

// budget counts what is taken and fails beyond a limit.
type budget struct {
	mu    chan struct{}
	limit int64
	used  int64
}

var errBudget = errors.New("budget")

func newBudget(limit int64) *budget { return &budget{mu: make(chan struct{}, 1), limit: limit} }

func (b *budget) Grow(n int64, _ string) error {
	b.mu <- struct{}{}
	defer func() { <-b.mu }()
	if b.used+n > b.limit {
		return errBudget
	}
	b.used += n
	return nil
}

func (b *budget) Shrink(n int64) {
	b.mu <- struct{}{}
	b.used -= n
	<-b.mu
}

func TestMemoryIsAskedForAndGivenBack(t *testing.T) {
	tab, _ := newTable(rand.New(rand.NewSource(3)), 2000, 500)
	for _, aggs := range [][]plan.Agg{
		nil, one(plan.Quantile, column.Float, tab.col("f")), one(plan.GroupConcat, column.String, tab.col("codes")),
		one(plan.ApproxCountDistinct, column.Int, tab.col("large")), one(plan.Max, column.String, tab.col("plain")),
		{{Kind: plan.Count, Args: []plan.Expr{tab.col("large")}, Distinct: true, T: column.Int}},
	} {
		for _, limit := range []int64{0, bytesPerGrant, 1 << 40} {
			b := newBudget(limit)
			n := aggregateOf(tab, []string{"large", "plain"}, aggs)
			a, err := New(n, 2, b)
			if err != nil {
				t.Fatal(err)
			}
			err = pushAll(a, tab)
			if err == nil {
				_, err = readAll(a, 2)
			}
			switch {
			case limit == 0 && !errors.Is(err, errBudget):
				t.Errorf("%s in no memory: %v", n, err)
			case limit == 1<<40 && err != nil:
				t.Errorf("%s: %v", n, err)
			case limit == 1<<40 && b.used == 0:
				t.Errorf("%s asked for nothing", n)
			}
			a.Release()
			a.Release()
			if b.used != 0 {
				t.Errorf("%s keeps %d bytes", n, b.used)
			}
		}
	}
}

// pushAll pushes all rows of tab, by two workers in turn.
func pushAll(a *Aggregation, tab *fakeTable) error {
	var b vector.Batch
	for c := range tab.chunks {
		for lo, rows := 0, tab.ChunkRows(c); lo < rows; lo += 256 {
			b.SetWindow(tab.chunks[c], lo, min(256, rows-lo))
			b.Seq = uint64(c)
			if err := a.Worker(c % 2).Push(&b); err != nil {
				return err
			}
		}
	}
	return nil
}

func TestFinishAndReadEndWithTheirContext(t *testing.T) {
	tab, _ := newTable(rand.New(rand.NewSource(3)), 2000, 500)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	n := aggregateOf(tab, []string{"large"}, []plan.Agg{{Kind: plan.Count, Args: []plan.Expr{tab.col("f")}, Distinct: true, T: column.Int}})
	a, err := New(n, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Release()
	if err := pushAll(a, tab); err != nil {
		t.Fatal(err)
	}
	if err := a.Finish(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Finish: %v", err)
	}
	n = aggregateOf(tab, []string{"large"}, one(plan.Sum, column.Int, tab.col("small")))
	a, err = New(n, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Release()
	if err := pushAll(a, tab); err != nil {
		t.Fatal(err)
	}
	if err := a.Finish(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := a.Read(ctx, 0, 0, func(*vector.Batch) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("Read: %v", err)
	}
}

func TestParametersOutOfRangeAreErrors(t *testing.T) {
	tab, _ := newTable(rand.New(rand.NewSource(3)), 10, 5)
	for _, a := range []plan.Agg{
		{Kind: plan.Quantile, Param: 1.5, Args: []plan.Expr{tab.col("f")}},
		{Kind: plan.Quantile, Param: math.NaN(), Args: []plan.Expr{tab.col("f")}},
		{Kind: plan.Largest, Args: []plan.Expr{tab.col("f")}},
		{Kind: plan.Smallest, K: -1, Args: []plan.Expr{tab.col("plain")}},
	} {
		if _, err := New(aggregateOf(tab, nil, []plan.Agg{a}), 1, nil); err == nil {
			t.Errorf("%s: no error", a)
		}
	}
}

func TestNoInput(t *testing.T) {
	tab, _ := newTable(rand.New(rand.NewSource(3)), 10, 5)
	for _, keys := range keySets {
		for _, aggs := range append(topAggs(tab)[:20], everyAgg(tab), nil) {
			n := aggregateOf(tab, keys, aggs)
			a, err := New(n, 2, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := readAll(a, 2)
			if err != nil {
				t.Fatal(err)
			}
			compareRows(t, n, got, model(t, n, nil))
			a.Release()
		}
	}
}

// A range guessed around the greatest INT must not go round to the smallest: a batch with both ends would seem to be in it.
func TestKeysAtBothEndsOfTheNumbers(t *testing.T) {
	for _, first := range []int64{math.MaxInt64, math.MinInt64} {
		rows := intRows(first, first, math.MinInt64, 1, math.MaxInt64, 1, 1)
		tab := tableOf([]column.Field{{Name: "x", Type: column.Int}}, 7, rows)
		tab.noStats = true
		n := aggregateOf(tab, []string{"x"}, one(plan.CountRows, column.Int))
		got := map[int64]int64{}
		a, err := New(n, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		pushWindow(t, a, tab, 0, 2)
		pushWindow(t, a, tab, 2, 5)
		out, err := readAll(a, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range out {
			got[row[0].Int] += row[1].Int
		}
		want := map[int64]int64{1: 3, math.MinInt64: 1, math.MaxInt64: 1}
		want[first] += 2
		if len(out) != 3 || !maps.Equal(got, want) {
			t.Errorf("after %d: %v, want %v", first, out, want)
		}
		a.Release()
	}
}

func pushWindow(t *testing.T, a *Aggregation, tab *fakeTable, lo, n int) {
	t.Helper()
	var b vector.Batch
	b.SetWindow(tab.chunks[0], lo, n)
	b.Seq = uint64(lo)
	if err := a.Worker(0).Push(&b); err != nil {
		t.Fatal(err)
	}
}
