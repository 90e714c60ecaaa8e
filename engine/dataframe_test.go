package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/eau2db/eau2/column"
)

// sample opens an engine with a random table t of some chunks.
func sample(t testing.TB, rows int, o Options) *Engine {
	t.Helper()
	e := open(t, o)
	e.chunkRows = 700
	table := randomTable(newRand(3), rows)
	loadTable(t, e, "t", writeSoR(t, table), table.fields)
	return e
}

// longAnswer is a query of large(t, 20000), quick to make, whose answer is larger than what is buffered on its way.
const longAnswer = "SELECT row, REPEAT(text, 40) FROM t"

// large opens an engine with a table t(row, text) that is quick to make.
func large(t testing.TB, rows int, o Options) *Engine {
	t.Helper()
	var file []byte
	for i := range rows {
		file = fmt.Appendf(file, "<%d> <\"a text in row %d, some bytes long\">\n", i, i)
	}
	path := filepath.Join(t.TempDir(), "t.sor")
	writeFile(t, path, string(file))
	e := open(t, o)
	e.chunkRows = 700
	loadTable(t, e, "t", path, []Column{{Name: "row", Type: Int}, {Name: "text", Type: String}})
	return e
}

// collect reads a result to its end.
func collect(t testing.TB, rows *Rows, err error) ([]Column, [][]Value) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all [][]Value
	for row := range rows.All() {
		all = append(all, row)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return rows.Columns(), all
}

func queryAll(t testing.TB, e *Engine, stmt string, args ...any) ([]Column, [][]Value) {
	t.Helper()
	rows, err := e.Query(t.Context(), stmt, args...)
	return collect(t, rows, err)
}

func TestPipelinesAnswerAsTheSQLThatSaysTheSame(t *testing.T) {
	e := sample(t, 5000, Options{Threads: 3})
	d := e.Table("t")
	row, a, w, f, s, p := Col("row"), Col("a"), Col("w"), Col("f"), Col("s"), Col("p")
	for _, c := range []struct {
		name  string
		frame *DataFrame
		sql   string
	}{
		{"table", d, "SELECT * FROM t"},
		{"select", d.Select(row, a.Add(1).As("b"), Lit("x").As("l")), "SELECT row, a + 1 b, 'x' l FROM t"},
		{"arithmetic", d.Select(a.Sub(2).As("m"), a.Mul(f).As("n"), a.Div(4).As("o"), Call("%", row, Lit(7)).As("q"), Call("upper", s).As("u")), "SELECT a - 2 m, a * f n, a / 4 o, row % 7 q, UPPER(s) u FROM t"},
		{"with adds", d.With(a.Add(1).As("b")), "SELECT *, a + 1 b FROM t"},
		{"with replaces", d.Select(row, a).With(a.Mul(2).As("a"), row.As("z")), "SELECT row, a * 2 a, row z FROM t"},
		{"with on with", d.Select(a).With(a.As("b")).With(Col("b").Add(1).As("b")), "SELECT a, a + 1 b FROM t"},
		{"filter", d.Filter(a.Gt(2)).Select(row), "SELECT row FROM t WHERE a > 2"},
		{"comparisons", d.Select(a.Eq(1).As("x1"), a.Ne(1).As("x2"), a.Lt(1.5).As("x3"), a.Le(f).As("x4"), s.Gt("a").As("x5"), s.Ge("a").As("x6")),
			"SELECT a = 1 x1, a <> 1 x2, a < 1.5 x3, a <= f x4, s > 'a' x5, s >= 'a' x6 FROM t"},
		{"logic", d.Select(p.And(a.Gt(0)).As("x1"), p.Or(a.Gt(0)).As("x2"), p.Not().As("x3"), a.IsNull().As("x4")),
			"SELECT p AND a > 0 x1, p OR a > 0 x2, NOT p x3, a IS NULL x4 FROM t"},
		{"in", d.Filter(a.In(1, 2, 3).Or(s.In("a", "b"))).Select(row), "SELECT row FROM t WHERE a IN (1, 2, 3) OR s IN ('a', 'b')"},
		{"in of floats", d.Filter(f.In(1, 0.5)).Select(row), "SELECT row FROM t WHERE f IN (1, 0.5)"},
		{"in with null", d.Select(a.In(1, nil).As("x")), "SELECT a IN (1, NULL) x FROM t"},
		{"in of floats in ints", d.Filter(a.In(1.0, 2.5)).Select(row), "SELECT row FROM t WHERE a IN (1.0, 2.5)"},
		{"in of nothing", d.Filter(a.In()).Select(row), "SELECT row FROM t WHERE FALSE"},
		{"like", d.Filter(s.Like(`a\_%`)).Select(s), `SELECT s FROM t WHERE s LIKE 'a\_%'`},
		{"filter twice", d.Filter(a.Gt(0)).Filter(p).Select(row), "SELECT row FROM t WHERE a > 0 AND p"},
		{"order", d.OrderBy(Asc(a), Desc(f)).Select(row), "SELECT row FROM t ORDER BY a, f DESC"},
		{"order and limit", d.OrderBy(Desc(w), Asc(row)).Limit(17).Select(row, w), "SELECT row, w FROM t ORDER BY w DESC, row LIMIT 17"},
		{"limit", d.Limit(1000).Select(row), "SELECT row FROM t LIMIT 1000"},
		{"limit of nothing", d.Limit(0), "SELECT * FROM t LIMIT 0"},
		{"negative limit", d.Limit(-5), "SELECT * FROM t LIMIT 0"},
		{"limit then filter", d.Limit(1000).Filter(a.Gt(0)).Select(row), "SELECT row FROM (SELECT * FROM t LIMIT 1000) x WHERE a > 0"},
		{"distinct", d.Select(a, s).Distinct().OrderBy(Asc(a), Asc(s)), "SELECT DISTINCT a, s FROM t ORDER BY a, s"},
		{"union", d.Select(row).Limit(3).Union(d.Filter(a.Eq(1)).Select(row)), "(SELECT row FROM t LIMIT 3) UNION ALL SELECT row FROM t WHERE a = 1"},
		{"group", d.GroupBy("a").Agg(Count().As("n"), CountOf(f).As("c"), CountDistinct(s).As("d"), Sum(row).As("s"), Sum(p).As("sp")).OrderBy(Asc(a)),
			"SELECT a, COUNT(*) n, COUNT(f) c, COUNT(DISTINCT s) d, SUM(row) s, SUM(p) sp FROM t GROUP BY a ORDER BY a"},
		{"group by an expression", d.GroupBy(a.Add(1).As("k"), "p").Agg(Min(s).As("lo"), Max(f).As("hi"), Avg(f).As("m")).OrderBy(Asc(Col("k")), Asc(p)),
			"SELECT a + 1 k, p, MIN(s) lo, MAX(f) hi, AVG(f) m FROM t GROUP BY k, p ORDER BY k, p"},
		{"statistics", d.GroupBy("p").Agg(Stddev(f).As("sd"), Quantile(f, 0.9).As("q"), Median(a).As("m"), Corr(a, f).As("r")).OrderBy(Asc(p)),
			"SELECT p, STDDEV(f) sd, QUANTILE(f, 0.9) q, MEDIAN(a) m, CORR(a, f) r FROM t GROUP BY p ORDER BY p"},
		{"one group", d.GroupBy().Agg(Count().As("n"), Sum(f).As("s")), "SELECT COUNT(*) n, SUM(f) s FROM t"},
		{"one group of nothing", d.Filter(a.Gt(100)).GroupBy().Agg(Count().As("n"), Max(s).As("m")), "SELECT COUNT(*) n, MAX(s) m FROM t WHERE a > 100"},
		{"largest", d.GroupBy("a").Agg(Largest(w, 3).As("x")).OrderBy(Asc(a), Desc(Col("x"))), "SELECT a, LARGEST(w, 3) x FROM t GROUP BY a ORDER BY a, x DESC"},
		{"smallest", d.GroupBy("s").Agg(Smallest(row, 2).As("x")).OrderBy(Asc(s), Asc(Col("x"))), "SELECT s, SMALLEST(row, 2) x FROM t GROUP BY s ORDER BY s, x"},
		{"any value", d.GroupBy("row").Agg(AnyValue(s).As("x")).OrderBy(Asc(row)), "SELECT row, s x FROM t"},
		{"having", d.GroupBy("s").Agg(Count().As("n")).Filter(Col("n").Gt(500)).OrderBy(Asc(s)), "SELECT s, COUNT(*) n FROM t GROUP BY s HAVING n > 500 ORDER BY s"},
		{"names by default", d.GroupBy("p").Agg(Count(), Sum(a), Max(a)).OrderBy(Asc(p)), "SELECT p, COUNT(*) count, SUM(a) sum, MAX(a) max FROM t GROUP BY p ORDER BY p"},
		{"literals", d.Limit(1).Select(Lit(true).As("b"), Lit(int8(3)).As("i"), Lit(float32(0.5)).As("f"), Lit(column.StringValue("v")).As("s")), "SELECT TRUE b, 3 i, 0.5 f, 'v' s"},
		{"func1", d.Select(row, Func1(func(x int64) int64 { return x * x }, a).As("x")), "SELECT row, a * a x FROM t"},
		{"func1 of other types", d.Select(Func1(func(s string) int64 { return int64(len(s)) }, s).As("x"), Func1(func(b bool) float64 {
			if b {
				return 0.5
			}
			return 1
		}, p).As("y"), Func1(strings.ToUpper, s).As("z"), Func1(func(f float64) bool { return f > 0 }, f).As("q")),
			"SELECT LENGTH(s) x, CASE p WHEN TRUE THEN 0.5 WHEN FALSE THEN 1.0 END y, UPPER(s) z, f > 0 q FROM t"},
		{"func2", d.Select(Func2(func(x int64, y float64) float64 { return float64(x) + y }, a, f).As("x")), "SELECT a + f x FROM t"},
		{"func1 in filter", d.Filter(Func1(func(x int64) bool { return x%3 == 0 }, row)).Select(row), "SELECT row FROM t WHERE row % 3 = 0"},
		{"func1 in group", d.GroupBy(Func1(func(x int64) int64 { return x % 10 }, row).As("k")).Agg(Count().As("n")).OrderBy(Asc(Col("k"))), "SELECT row % 10 k, COUNT(*) n FROM t GROUP BY k ORDER BY k"},
		{"func1 in order", d.OrderBy(Asc(Func1(func(x int64) int64 { return x % 10 }, row))).Select(row), "SELECT row FROM t ORDER BY row % 10"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantFields, want := queryAll(t, e, c.sql)
			rows, err := c.frame.Collect(t.Context())
			gotFields, got := collect(t, rows, err)
			if !slices.Equal(gotFields, wantFields) {
				t.Errorf("columns %v, want %v", gotFields, wantFields)
			}
			if err := sameRows(got, want); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAPipelineRunsAgainAndIsNotChangedByWhatIsBuiltOnIt(t *testing.T) {
	e := sample(t, 100, Options{})
	base := e.Table("t").Filter(Col("a").Gt(0))
	count := func(d *DataFrame) int {
		rows, err := d.Collect(t.Context())
		_, all := collect(t, rows, err)
		return len(all)
	}
	n := count(base)
	_ = count(base.Limit(1))
	base.Filter(Col("p"))
	if m := count(base); m != n || n == 0 {
		t.Errorf("%d rows, then %d", n, m)
	}
}

func TestSaveKeepsAPipelineAsATable(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		e := sample(t, 3000, Options{Dir: dir, Threads: 2})
		saved, err := e.Table("t").Filter(Col("a").Gt(0)).Select(Col("row"), Col("s"), Col("f"), Col("p")).Save(t.Context(), "kept")
		if err != nil {
			t.Fatal(err)
		}
		_, want := queryAll(t, e, "SELECT row, s, f, p FROM t WHERE a > 0")
		rows, err := saved.Collect(t.Context())
		_, got := collect(t, rows, err)
		if err := sameRows(got, want); err != nil {
			t.Error(err)
		}
		if infos := e.Tables(); infos[0].Name != "kept" || infos[0].Chunks < 2 || infos[0].Rows != int64(len(want)) {
			t.Errorf("%+v", infos)
		}
		if _, err := saved.Save(t.Context(), "kept"); err == nil || !strings.Contains(err.Error(), "exists already") {
			t.Errorf("saving over a table: %v", err)
		}
	}
}

func TestMistakesInAPipelineAreReportedWhenItRuns(t *testing.T) {
	e := sample(t, 10, Options{})
	d := e.Table("t")
	two := e.Table("t").Select(Col("a"), Col("s"))
	for _, c := range []struct {
		frame *DataFrame
		want  string
	}{
		{e.Table("tt"), "unknown table tt"},
		{d.Select(Col("nope")), `"nope"`},
		{d.Filter(Col("nope").Gt(1)), `"nope"`},
		{d.Filter(Col("a")), "not a condition"},
		{d.Filter(Col("s").Gt(1)), "STRING"},
		{d.Filter(Col("a").And(Col("p"))), "not a condition"},
		{d.Select(Col("a").Not()), "not a condition"},
		{d.Select(Col("s").Add(1)), "STRING"},
		{d.Select(Call("NOSUCH", Col("a"))), "NOSUCH"},
		{d.Select(Call("ABS", Col("s"))), "ABS"},
		{d.Select(Lit(struct{}{})), "struct {}"},
		{d.Select(Lit(math.NaN())), "NaN"},
		{d.Select(Col("s").In(1)), "STRING"},
		{d.With(Col("nope").As("x")), "With"},
		{d.OrderBy(Asc(Col("nope"))), "OrderBy"},
		{d.GroupBy("nope").Agg(Count()), "GroupBy"},
		{d.GroupBy(7).Agg(Count()), "not int"},
		{d.GroupBy("a").Agg(Sum(Col("s"))), "SUM"},
		{d.GroupBy("a").Agg(Sum(Col("nope"))), "Agg"},
		{d.GroupBy("a").Agg(Quantile(Col("f"), 2)), "QUANTILE"},
		{d.GroupBy("a").Agg(Quantile(Col("f"), math.NaN())), "QUANTILE"},
		{d.GroupBy("a").Agg(Largest(Col("f"), 0)), "LARGEST"},
		{d.GroupBy("a").Agg(Largest(Col("f"), 1), Smallest(Col("f"), 1)), "LARGEST"},
		{two.Union(d), "columns"},
		{two.Union(d.Select(Col("s"), Col("a"))), "Union"},
		{d.Select(Func1(strings.ToUpper, Col("a"))), "INT"},
		{d.Select(Func1(func(int64) float64 { return math.Inf(1) }, Col("row"))), "+Inf"},
		{d.Select(Func1(func(int64) int64 { panic("oh no") }, Col("row"))), "oh no"},
		{d.Filter(Func2(func(a, b int64) bool { zero := a * 0; return 1/zero > b }, Col("row"), Col("row"))), "divide by zero"},
		{d.GroupBy(Func1(func(int64) int64 { panic(errors.New("in a key")) }, Col("row")).As("k")).Agg(Count()), "in a key"},
		{d.OrderBy(Asc(Func1(func(int64) string { panic("in order") }, Col("row")))), "in order"},
		{d.Select(Col("row").Mul(int64(math.MaxInt64))), "overflow"},
	} {
		rows, err := c.frame.Collect(t.Context())
		if err == nil {
			for rows.Next() {
			}
			err = rows.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
	if _, err := d.Select(Col("nope")).Save(t.Context(), "x"); err == nil {
		t.Error("Save kept a mistake to itself")
	}
	if _, err := d.Select(Func1(func(int64) int64 { panic("saving") }, Col("row"))).Save(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "saving") {
		t.Errorf("Save: %v", err)
	}
	if _, got := queryAll(t, e, "SHOW TABLES"); len(got) != 1 {
		t.Errorf("a failed Save left a table: %v", got)
	}
}

func TestForEachChunkSeesTheRowsInOrder(t *testing.T) {
	e := sample(t, 20000, Options{Threads: 4})
	_, want := queryAll(t, e, "SELECT row, s, f, p FROM t WHERE a > 0")
	var got [][]Value
	err := e.Table("t").Filter(Col("a").Gt(0)).Select(Col("row"), Col("s"), Col("f"), Col("p")).ForEachChunk(t.Context(), func(c Chunk) error {
		value := func(i, row int, v Value) Value {
			if n := c.Nulls(i); n != nil && n[row] {
				return column.Null(v.Type)
			}
			return v
		}
		for i := range c.Len() {
			got = append(got, []Value{
				value(0, i, column.IntValue(c.Ints(0)[i])), value(1, i, column.StringValue(strings.Clone(c.Strings(1)[i]))),
				value(2, i, column.FloatValue(c.Floats(2)[i])), value(3, i, column.BoolValue(c.Bools(3)[i])),
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := sameRows(got, want); err != nil {
		t.Error(err)
	}
}

func TestForEachChunkEndsAtAnErrorOrPanic(t *testing.T) {
	e := sample(t, 20000, Options{Threads: 4})
	enough := errors.New("enough")
	calls := 0
	err := e.Table("t").ForEachChunk(t.Context(), func(Chunk) error { calls++; return enough })
	if !errors.Is(err, enough) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
	if err := e.Table("t").ForEachChunk(t.Context(), func(Chunk) error { panic("oh") }); err == nil || !strings.Contains(err.Error(), "oh") {
		t.Errorf("panic: %v", err)
	}
	if err := e.Table("no").ForEachChunk(t.Context(), func(Chunk) error { return nil }); err == nil {
		t.Error("no error")
	}
}

func TestReduceFoldsEveryRowOnce(t *testing.T) {
	for _, threads := range []int{1, 4} {
		e := sample(t, 20000, Options{Threads: threads})
		counts, err := Reduce(t.Context(), e.Table("t").Filter(Col("s").IsNull().Not()).Select(Col("s")), func() map[string]int { return map[string]int{} },
			func(m map[string]int, c Chunk) (map[string]int, error) {
				for _, s := range c.Strings(0) {
					m[strings.Clone(s)]++
				}
				return m, nil
			},
			func(a, b map[string]int) map[string]int {
				for k, n := range b {
					a[k] += n
				}
				return a
			})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]int{}
		_, rows := queryAll(t, e, "SELECT s, COUNT(*) FROM t WHERE s IS NOT NULL GROUP BY s")
		for _, r := range rows {
			want[r[0].Str] = int(r[1].Int)
		}
		if !maps.Equal(counts, want) {
			t.Errorf("%d threads: %v, want %v", threads, counts, want)
		}
	}
}

func TestReduceOverSortedAndGroupedRows(t *testing.T) {
	e := sample(t, 20000, Options{Threads: 4})
	sum := func(d *DataFrame) int64 {
		n, err := Reduce(t.Context(), d, func() int64 { return 0 }, func(n int64, c Chunk) (int64, error) {
			for _, x := range c.Ints(0) {
				n += x
			}
			return n, nil
		}, func(a, b int64) int64 { return a + b })
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	const all = 20000 * 19999 / 2
	row := e.Table("t").Select(Col("row"))
	if n := sum(row.OrderBy(Desc(Col("row")))); n != all {
		t.Errorf("sorted: %d, want %d", n, all)
	}
	if n := sum(row.Distinct()); n != all {
		t.Errorf("distinct: %d, want %d", n, all)
	}
	if n := sum(row.Union(row)); n != 2*all {
		t.Errorf("union: %d, want %d", n, 2*all)
	}
	if n := sum(row.Limit(10)); n != 45 {
		t.Errorf("limit: %d, want 45", n)
	}
	if n := sum(row.Filter(Col("row").Lt(0))); n != 0 {
		t.Errorf("nothing: %d", n)
	}
}

func TestReduceReportsErrorsAndPanicsOfItsFunctions(t *testing.T) {
	e := sample(t, 20000, Options{Threads: 4})
	enough := errors.New("enough")
	zero := func() int { return 0 }
	step := func(n int, c Chunk) (int, error) { return n + c.Len(), nil }
	merge := func(a, b int) int { return a + b }
	run := func(start func() int, step func(int, Chunk) (int, error), merge func(a, b int) int) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("the panic came through: %v", p)
			}
		}()
		_, err = Reduce(context.Background(), e.Table("t"), start, step, merge)
		return err
	}
	if err := run(zero, func(int, Chunk) (int, error) { return 0, enough }, merge); !errors.Is(err, enough) {
		t.Errorf("step: %v", err)
	}
	var starts atomic.Int64
	for name, err := range map[string]error{
		"panic in step":  run(zero, func(int, Chunk) (int, error) { panic("boom") }, merge),
		"panic in merge": run(zero, step, func(int, int) int { panic("boom") }),
		"panic in start": run(func() int { starts.Add(1); panic("boom") }, step, merge),
	} {
		if err == nil || !strings.Contains(err.Error(), "boom") || strings.Contains(err.Error(), "came through") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
