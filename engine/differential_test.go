package engine

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/sor"
)

var seed = flag.Uint64("seed", 1, "seed of the random queries")

// TestRandomQueriesAnswerAsARowAtATimeEvaluatorDoes runs random queries over random tables of one and of many chunks, in
// memory with 1 and 4 threads, in a directory that was closed and opened again and over nodes, and compares the answers.
func TestRandomQueriesAnswerAsARowAtATimeEvaluatorDoes(t *testing.T) {
	for _, c := range []struct{ rows, chunk, queries int }{{0, 0, 30}, {1, 0, 30}, {100, 0, 150}, {700, 40, 100}, {4500, 750, 25}} {
		t.Run(fmt.Sprintf("%d rows in chunks of %d", c.rows, c.chunk), func(t *testing.T) {
			r := rand.New(rand.NewPCG(*seed, uint64(c.rows)))
			table := randomTable(r, c.rows)
			engines := sameTable(t, table, c.chunk)
			g := &generator{r, table.fields, 0}
			for range c.queries {
				q := g.query("t", table, 2)
				for name, e := range engines {
					if err := checkQuery(t, e, q); err != nil {
						t.Fatalf("%s: %s\n%v", name, q.sql, err)
					}
				}
			}
		})
	}
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, seed)) }

// randomTable has columns of each type, narrow and wide, sorted and not, with many and few values and NULLs.
func randomTable(r *rand.Rand, rows int) naiveTable {
	t := naiveTable{fields: []Column{
		{Name: "row", Type: Int}, {Name: "a", Type: Int}, {Name: "w", Type: Int}, {Name: "f", Type: Float}, {Name: "x", Type: Float},
		{Name: "s", Type: String}, {Name: "u", Type: String}, {Name: "p", Type: Bool}, {Name: "one", Type: Int}, {Name: "none", Type: Int},
	}}
	for i := range rows {
		row := []Value{
			column.IntValue(int64(i)), column.IntValue(int64(r.IntN(11) - 5)), column.IntValue(r.Int64N(2e12) - 1e12),
			column.FloatValue(float64(r.IntN(17)-8) / 4), column.FloatValue(float64(r.IntN(2e6)-1e6) / 8),
			column.StringValue(randomWord(r)), column.StringValue(fmt.Sprintf("%s%d", randomWord(r), r.IntN(1000))),
			column.BoolValue(r.IntN(2) == 0), column.IntValue(1), column.Null(Int),
		}
		for _, c := range []int{1, 2, 3, 4, 5, 6, 7} {
			if r.IntN(8) == 0 {
				row[c] = column.Null(row[c].Type)
			}
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// sameTable opens engines that hold t as table t.
func sameTable(t *testing.T, table naiveTable, chunkRows int) map[string]*Engine {
	t.Helper()
	file := writeSoR(t, table)
	dir := t.TempDir()
	engines := map[string]*Engine{
		"1 thread":  open(t, Options{Threads: 1}),
		"4 threads": open(t, Options{Threads: 4}),
	}
	stored, err := Open(t.Context(), Options{Threads: 2, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []*Engine{engines["1 thread"], engines["4 threads"], stored} {
		e.chunkRows = chunkRows
		loadTable(t, e, "t", file, table.fields)
	}
	if err := stored.Close(); err != nil {
		t.Fatal(err)
	}
	nodes := openNodes(t, 3, Options{Threads: 2, replicas: 1})
	nodes[1].chunkRows = max(chunkRows, 30)
	loadTable(t, nodes[1], "t", file, table.fields)
	engines["one of 3 nodes"] = nodes[2]
	engines["2 threads, reopened"] = open(t, Options{Threads: 2, Dir: dir})
	if infos := engines["2 threads, reopened"].Tables(); chunkRows > 0 && infos[0].Chunks < len(table.rows)/chunkRows/2 {
		t.Fatalf("%d chunks", infos[0].Chunks)
	}
	return engines
}

func writeSoR(t testing.TB, table naiveTable) string {
	t.Helper()
	var b bytes.Buffer
	w := sor.NewWriter(&b, table.fields)
	for _, r := range table.rows {
		if err := w.WriteRow(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "t.sor")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func loadTable(t testing.TB, e *Engine, name, file string, fields []Column) *DataFrame {
	t.Helper()
	var cols []LoadColumn
	for _, f := range fields {
		cols = append(cols, LoadColumn{Name: f.Name, Type: f.Type, Typed: true})
	}
	d, err := e.Load(t.Context(), name, file, LoadOptions{Columns: cols, OnError: FailLoad, OnMismatch: MismatchFail})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func checkQuery(t *testing.T, e *Engine, q naiveQuery) error {
	rows, err := e.Query(t.Context(), q.sql)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !slices.Equal(rows.Columns(), q.answer.fields) {
		return fmt.Errorf("columns %v, want %v", rows.Columns(), q.answer.fields)
	}
	var got [][]Value
	for row := range rows.All() {
		got = append(got, row)
	}
	if rows.Err() != nil {
		return rows.Err()
	}
	want := q.answer.rows
	if !q.ordered {
		want = slices.Clone(want)
		slices.SortFunc(got, allColumns)
		slices.SortFunc(want, allColumns)
	}
	return sameRows(got, want)
}

// allColumns orders rows by their exact values first, and by those that may differ in the last bits, FLOATs, last.
func allColumns(a, b []Value) int {
	for _, floats := range []bool{false, true} {
		for i := range a {
			if (a[i].Type == Float) == floats {
				if c := a[i].Compare(b[i]); c != 0 {
					return c
				}
			}
		}
	}
	return 0
}

func sameRows(got, want [][]Value) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d rows, want %d\ngot  %v\nwant %v", len(got), len(want), showRows(got), showRows(want))
	}
	for i := range got {
		for c := range got[i] {
			if !sameValue(got[i][c], want[i][c]) {
				return fmt.Errorf("row %d, column %d: %s, want %s\ngot  %v\nwant %v", i, c, got[i][c], want[i][c], showRows(got), showRows(want))
			}
		}
	}
	return nil
}

func showRows(rows [][]Value) string {
	var b strings.Builder
	for _, r := range rows[:min(len(rows), 12)] {
		fmt.Fprintf(&b, "(%s) ", strings.Join(cells(r), ", "))
	}
	return b.String()
}

func sameValue(v, w Value) bool {
	if v.Type != w.Type || v.Valid != w.Valid {
		return false
	}
	if v.Type == Float && v.Valid {
		return math.Abs(v.Float-w.Float) <= 1e-9*max(1, math.Abs(v.Float), math.Abs(w.Float))
	}
	return v.Compare(w) == 0
}
