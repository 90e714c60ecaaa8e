package exec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memTable is a table of arrays, chunk by chunk.
type memTable struct {
	fields []column.Field
	chunks [][]*column.Array
}

func (t *memTable) Name() string                     { return "t" }
func (t *memTable) Fields() []column.Field           { return t.fields }
func (t *memTable) Chunks() int                      { return len(t.chunks) }
func (t *memTable) ChunkStats(c, i int) column.Stats { return t.chunks[c][i].Stats }
func (t *memTable) ChunkRows(c int) int              { return t.chunks[c][0].N }
func (t *memTable) Column(_ context.Context, c, i int) (*column.Array, error) {
	return t.chunks[c][i], nil
}

func (t *memTable) Rows() (n int64) {
	for c := range t.chunks {
		n += int64(t.ChunkRows(c))
	}
	return n
}

// newTable makes a table of rows, in chunks of the given sizes (the last size repeats).
func newTable(fields []column.Field, rows [][]column.Value, sizes ...int) *memTable {
	t := &memTable{fields: fields}
	dicts := make([]*column.DictBuilder, len(fields))
	for i, f := range fields {
		if f.Type == column.String {
			dicts[i] = column.NewDictBuilder(1000)
		}
	}
	for len(rows) > 0 {
		n := min(sizes[min(len(t.chunks), len(sizes)-1)], len(rows))
		var arrays []*column.Array
		for i, f := range fields {
			b := column.NewBuilder(f.Type, dicts[i])
			for _, r := range rows[:n] {
				b.Append(r[i])
			}
			arrays = append(arrays, b.Finish())
		}
		t.chunks = append(t.chunks, arrays)
		rows = rows[n:]
	}
	for i, d := range dicts {
		if d == nil {
			continue
		}
		dict := d.Dict()
		for _, c := range t.chunks {
			if c[i].Layout != column.Plain {
				c[i].Dict = dict
			}
		}
	}
	return t
}

func scanAll(t *memTable) *plan.Scan {
	s := &plan.Scan{Table: t}
	for i := range t.fields {
		s.Cols = append(s.Cols, i)
	}
	return s
}

func collect(t *testing.T, n plan.Node, threads int) [][]column.Value {
	t.Helper()
	rows, err := collectErr(t.Context(), n, Options{Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func collectErr(ctx context.Context, n plan.Node, o Options) ([][]column.Value, error) {
	s := Start(ctx, n, o)
	defer s.Close()
	var rows [][]column.Value
	for {
		b, err := s.Next()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		for i := range b.Len() {
			row := make([]column.Value, b.Width())
			for c := range row {
				row[c] = b.Col(c).Value(i)
			}
			rows = append(rows, row)
		}
	}
}

// randomRows makes rows of an INT id that counts up, an INT of few values with NULLs, a FLOAT, a STRING of few values
// with NULLs and a BOOL.
func randomRows(n int, seed uint64) ([]column.Field, [][]column.Value) {
	fields := []column.Field{{Name: "id", Type: column.Int}, {Name: "i", Type: column.Int}, {Name: "f", Type: column.Float}, {Name: "s", Type: column.String}, {Name: "b", Type: column.Bool}}
	r := rand.New(rand.NewPCG(seed, 1))
	rows := make([][]column.Value, n)
	for k := range rows {
		row := []column.Value{column.IntValue(int64(k)), column.IntValue(r.Int64N(20) - 10), column.FloatValue(float64(r.IntN(1000)) / 8), column.StringValue(fmt.Sprint("text", r.IntN(30))), column.BoolValue(r.IntN(2) == 0)}
		if r.IntN(7) == 0 {
			row[1] = column.Null(column.Int)
		}
		if r.IntN(7) == 0 {
			row[3] = column.Null(column.String)
		}
		rows[k] = row
	}
	return fields, rows
}

func columnOf(t *memTable, i int) plan.Expr {
	return &plan.Column{Index: i, Name: t.fields[i].Name, T: t.fields[i].Type}
}

func equalRows(a, b []column.Value) bool { return slices.Equal(a, b) }

func checkRows(t *testing.T, got, want [][]column.Value) {
	t.Helper()
	if !slices.EqualFunc(got, want, equalRows) {
		i := 0
		for i < min(len(got), len(want)) && equalRows(got[i], want[i]) {
			i++
		}
		t.Fatalf("got %d rows, want %d; they differ from row %d on: got %v, want %v", len(got), len(want), i, at(got, i), at(want, i))
	}
}

func at(rows [][]column.Value, i int) any {
	if i < len(rows) {
		return rows[i]
	}
	return "no row"
}

func TestScanKeepsRowOrderOnAnyNumberOfThreads(t *testing.T) {
	fields, rows := randomRows(100_000, 1)
	table := newTable(fields, rows, 1, 30_000, 3)
	table2 := newTable(fields, rows, 70_000)
	for _, threads := range []int{1, 2, 7} {
		checkRows(t, collect(t, scanAll(table2), threads), rows)
	}
	checkRows(t, collect(t, scanAll(table), 3), rows)
}

func TestScanOfListedChunksReadsOnlyThose(t *testing.T) {
	fields, rows := randomRows(10, 1)
	s := scanAll(newTable(fields, rows, 3))
	s.Chunks = []int{1, 3}
	checkRows(t, collect(t, s, 2), append(slices.Clone(rows[3:6]), rows[9]))
}

func TestEmptyTableGivesNoRows(t *testing.T) {
	fields, _ := randomRows(0, 1)
	s := scanAll(&memTable{fields: fields})
	if rows := collect(t, &plan.Limit{Input: &plan.Sort{Input: s, Keys: []plan.SortKey{{Expr: columnOf(s.Table.(*memTable), 0)}}, Limit: -1}, Limit: 3}, 2); len(rows) != 0 {
		t.Errorf("got %v", rows)
	}
}

func TestLimitAndOffsetTakeTheFirstRows(t *testing.T) {
	fields, rows := randomRows(100_000, 2)
	table := newTable(fields, rows, 40_000)
	for _, c := range []struct{ limit, offset int64 }{{0, 0}, {1, 0}, {5, 3}, {50_000, 30_000}, {-1, 99_990}, {10, 99_995}, {10, 200_000}, {1 << 62, 1 << 62}} {
		for _, threads := range []int{1, 4} {
			got := collect(t, &plan.Limit{Input: scanAll(table), Limit: c.limit, Offset: c.offset}, threads)
			from := min(c.offset, int64(len(rows)))
			to := int64(len(rows))
			if c.limit >= 0 {
				to = min(to, from+min(c.limit, to-from))
			}
			checkRows(t, got, rows[from:to])
		}
	}
}

func TestUnionGivesItsInputsOneAfterTheOther(t *testing.T) {
	fields, rows := randomRows(80_000, 3)
	a, b := newTable(fields, rows[:50_000], 20_000), newTable(fields, rows[50_000:], 7_000)
	u := &plan.Union{Ins: []plan.Node{scanAll(a), &plan.Limit{Input: scanAll(b), Limit: 20_000}, &plan.Values{Schema: fields, Rows: rows[70_000:]}}}
	checkRows(t, collect(t, u, 3), rows)
	checkRows(t, collect(t, &plan.Limit{Input: u, Limit: 10, Offset: 49_995}, 3), rows[49_995:50_005])
}

func TestSortOrdersByAllKeysAndKeepsTheOrderOfEqualRows(t *testing.T) {
	fields, rows := randomRows(18_000, 4)
	tables := []*memTable{newTable(fields, rows, 7_000), newTable(fields, rows[:100], 9)}
	for ti, table := range tables {
		rows := rows[:table.Rows()]
		for _, by := range [][]int{{1}, {2}, {3}, {4}, {3, 2}, {4, 1, 3}, {2, 0}} {
			for desc := range 2 {
				for _, lim := range []struct{ limit, offset int64 }{{-1, 0}, {10, 5}, {5000, 100}, {0, 0}} {
					n := &plan.Sort{Input: scanAll(table), Limit: lim.limit, Offset: lim.offset}
					for k, c := range by {
						n.Keys = append(n.Keys, plan.SortKey{Expr: columnOf(table, c), Desc: (desc+k)%2 == 1})
					}
					want := slices.Clone(rows)
					slices.SortStableFunc(want, func(a, b []column.Value) int {
						for k, c := range by {
							if d := a[c].Compare(b[c]); d != 0 {
								if n.Keys[k].Desc {
									return -d
								}
								return d
							}
						}
						return 0
					})
					if lim.limit >= 0 {
						want = want[min(lim.offset, int64(len(want))):min(lim.offset+lim.limit, int64(len(want)))]
					}
					got := collect(t, n, 1+ti*2)
					if !slices.EqualFunc(got, want, equalRows) {
						t.Fatalf("sort by %v, first desc %d, limit %v: wrong order", by, desc, lim)
					}
				}
			}
		}
	}
}

func TestSortOfStringsWithoutACommonDictionary(t *testing.T) {
	fields := []column.Field{{Name: "s", Type: column.String}}
	r := rand.New(rand.NewPCG(5, 5))
	var rows [][]column.Value
	for range 20_000 {
		rows = append(rows, []column.Value{column.StringValue(fmt.Sprint("a long common prefix ", r.IntN(5000)))})
	}
	table := newTable(fields, rows, 10_000) // 5,000 strings are more than the test dictionary takes: later ones are plain
	n := &plan.Sort{Input: scanAll(table), Keys: []plan.SortKey{{Expr: columnOf(table, 0), Desc: true}}, Limit: -1}
	want := slices.Clone(rows)
	slices.SortStableFunc(want, func(a, b []column.Value) int { return b[0].Compare(a[0]) })
	checkRows(t, collect(t, n, 2), want)
	n.Limit = 100
	checkRows(t, collect(t, n, 2), want[:100])
}

func TestCancelledQueryEndsWithTheCause(t *testing.T) {
	fields, rows := randomRows(70_000, 6)
	table := newTable(fields, rows, 10_000)
	ctx, cancel := context.WithCancelCause(t.Context())
	s := Start(ctx, scanAll(table), Options{Threads: 2})
	defer s.Close()
	if _, err := s.Next(); err != nil {
		t.Fatal(err)
	}
	cause := errors.New("the user lost interest")
	cancel(cause)
	for {
		_, err := s.Next()
		if err == nil {
			continue // batches that were waiting
		}
		if !errors.Is(err, cause) {
			t.Errorf("got %v", err)
		}
		break
	}
}

// badTable fails to read one of its chunks.
type badTable struct {
	*memTable
	bad int
}

func (t *badTable) Column(ctx context.Context, c, i int) (*column.Array, error) {
	if c == t.bad {
		return nil, fmt.Errorf("chunk %d is damaged", c)
	}
	return t.memTable.Column(ctx, c, i)
}

func TestErrorOfOneWorkerEndsTheQueryWithIt(t *testing.T) {
	fields, rows := randomRows(20_000, 7)
	for bad := range 4 {
		table := &badTable{newTable(fields, rows, 5_000), bad}
		s := &plan.Scan{Table: table, Cols: []int{0, 1}}
		for _, n := range []plan.Node{s, &plan.Limit{Input: s, Limit: 1 << 40}, &plan.Sort{Input: s, Keys: []plan.SortKey{{Expr: columnOf(table.memTable, 0)}}, Limit: -1}} {
			_, err := collectErr(t.Context(), n, Options{Threads: 3})
			if err == nil || err.Error() != fmt.Sprintf("chunk %d is damaged", bad) {
				t.Fatalf("got %v", err)
			}
		}
	}
}

func TestPanicInAWorkerIsAnError(t *testing.T) {
	fields, rows := randomRows(10, 8)
	n := &plan.Project{Input: scanAll(newTable(fields, rows, 10)), Exprs: []plan.Expr{&plan.Column{Index: 99, T: column.Int}}, Names: []string{"x"}}
	if _, err := collectErr(t.Context(), n, Options{}); err == nil {
		t.Error("no error")
	}
}

func TestMemoryBudgetIsAClearErrorAndIsGivenBack(t *testing.T) {
	fields, rows := randomRows(50_000, 9)
	table := newTable(fields, rows, 10_000)
	mem := NewMemory(1 << 20)
	n := &plan.Sort{Input: scanAll(table), Keys: []plan.SortKey{{Expr: columnOf(table, 2)}}, Limit: -1}
	_, err := collectErr(t.Context(), n, Options{Threads: 2, Memory: mem})
	if e := (*ErrMemory)(nil); !errors.As(err, &e) {
		t.Errorf("got %v", err)
	}
	if used := mem.used.Load(); used != 0 {
		t.Errorf("%d bytes are still taken", used)
	}
}

func TestEachSeesEveryRowOnce(t *testing.T) {
	fields, rows := randomRows(100_000, 10)
	table := newTable(fields, rows, 9_000)
	sums := make([]int64, 4)
	err := Each(t.Context(), scanAll(table), Options{Threads: 4}, func(w int, b *vector.Batch) error {
		for _, v := range b.Col(0).Int {
			sums[w] += v
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if sum := sums[0] + sums[1] + sums[2] + sums[3]; sum != 99_999*50_000 {
		t.Errorf("the ids add up to %d", sum)
	}
}

func TestStatsCountTheRowsOfEachOperator(t *testing.T) {
	fields, rows := randomRows(30_000, 11)
	table := newTable(fields, rows, 9_000)
	s := scanAll(table)
	f := &plan.Filter{Input: s, Cond: &plan.Not{X: columnOf(table, 4)}}
	srt := &plan.Sort{Input: f, Keys: []plan.SortKey{{Expr: columnOf(table, 2)}}, Limit: 10}
	var st Stats
	if _, err := collectErr(t.Context(), srt, Options{Threads: 2, Stats: &st}); err != nil {
		t.Fatal(err)
	}
	want := int64(0)
	for _, r := range rows {
		want += 1 - r[4].Int
	}
	for n, w := range map[plan.Node]int64{s: 30_000, f: want, srt: 10} {
		if got := st.Node(n).Rows.Load(); got != w {
			t.Errorf("%s: %d rows, want %d", n, got, w)
		}
	}
}
