package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/eau2db/eau2/column"
)

var frameColumns = []Column{{Name: "b", Type: Bool}, {Name: "i", Type: Int}, {Name: "f", Type: Float}, {Name: "s", Type: String}}

// frameRow is row i of the frames of these tests: every 7th has NULLs.
func frameRow(i int) []any {
	if i%7 == 3 {
		return []any{nil, nil, nil, nil}
	}
	return []any{i%2 == 0, int64(i), float64(i) / 4, fmt.Sprint("text ", i%5)}
}

func frameSlices(lo, hi int) []ColumnSlice {
	var b []bool
	var x []int64
	var f []float64
	var s []string
	var nulls []bool
	for i := lo; i < hi; i++ {
		r := frameRow(i)
		nulls = append(nulls, r[0] == nil)
		bv, _ := r[0].(bool)
		xv, _ := r[1].(int64)
		fv, _ := r[2].(float64)
		sv, _ := r[3].(string)
		b, x, f, s = append(b, bv), append(x, xv), append(f, fv), append(s, sv)
	}
	return []ColumnSlice{SliceNulls("b", b, nulls), SliceNulls("i", x, nulls), SliceNulls("f", f, nulls), SliceNulls("s", s, nulls)}
}

// checkFrame compares what every node reads with the first n rows.
func checkFrame(t *testing.T, nodes []*Engine, name string, n int) {
	t.Helper()
	for i, e := range nodes {
		rows, err := e.Table(name).Collect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(rows.Columns(), frameColumns) {
			t.Errorf("node %d: columns %v", i, rows.Columns())
		}
		got := 0
		for row := range rows.All() {
			for c, v := range row {
				if want := frameRow(got)[c]; !reflect.DeepEqual(v.Any(), want) {
					t.Errorf("node %d: row %d, column %d is %v, want %v", i, got, c, v.Any(), want)
				}
			}
			got++
		}
		if err := rows.Close(); err != nil || got != n {
			t.Errorf("node %d: %d rows, want %d: %v", i, got, n, err)
		}
	}
}

func TestFramesAreMadeOfRowsAndSlices(t *testing.T) {
	ctx := t.Context()
	for _, n := range []int{1, 2, 3, 5} {
		nodes := openNodes(t, n, Options{Threads: 2, replicas: 2})
		for _, rows := range []int{0, 1, 2, 100} {
			e := nodes[rows%n]
			for how, fill := range map[string]func(w *FrameWriter) error{
				"rows": func(w *FrameWriter) (err error) {
					for i := range rows {
						err = errors.Join(err, w.Row(frameRow(i)...))
					}
					return err
				},
				"slices": func(w *FrameWriter) error { return w.Slices(frameSlices(0, rows)...) },
				"of parts": func(w *FrameWriter) error {
					return errors.Join(w.Slices(frameSlices(0, rows/3)...), w.Slices(frameSlices(rows/3, rows)...))
				},
			} {
				name := fmt.Sprint(how, rows)
				w, err := e.Create(ctx, name, frameColumns)
				if err != nil {
					t.Fatal(err)
				}
				if err := fill(w); err != nil {
					t.Fatal(err)
				}
				if _, err := w.Commit(ctx); err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(w.Abort(), w.Abort()); err != nil {
					t.Error(err)
				}
				checkFrame(t, nodes, name, rows)
			}
			if _, err := e.FromSlices(ctx, fmt.Sprint("s", rows), frameSlices(0, rows)...); err != nil {
				t.Fatal(err)
			}
			checkFrame(t, nodes, fmt.Sprint("s", rows), rows)
			values := func(yield func([]Value) bool) {
				for i := range rows {
					var row []Value
					for _, v := range frameRow(i) {
						x, _ := valueOf(v)
						row = append(row, x)
					}
					if !yield(row) {
						return
					}
				}
			}
			if _, err := e.FromRows(ctx, fmt.Sprint("r", rows), frameColumns, values); err != nil {
				t.Fatal(err)
			}
			checkFrame(t, nodes, fmt.Sprint("r", rows), rows)
		}
	}
}

func TestFramesThatCannotBe(t *testing.T) {
	ctx := t.Context()
	e := open(t, Options{})
	x := Column{Name: "x", Type: Int}
	for _, columns := range [][]Column{nil, {{Type: Int}}, {x, x}, {{Name: "x", Type: 9}}} {
		if _, err := e.Create(ctx, "t", columns); err == nil || !strings.Contains(err.Error(), "create table t") {
			t.Errorf("%v: error is %v", columns, err)
		}
	}
	add := func(columns []Column, f func(w *FrameWriter) error) error {
		w, err := e.Create(ctx, "t", columns)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Abort()
		bad := f(w)
		if _, err := w.Commit(ctx); err == nil || bad == nil || !strings.Contains(bad.Error(), "write table t") || err.Error() != bad.Error() {
			t.Errorf("writing fails with %v, Commit with %v", bad, err)
		}
		return bad
	}
	for _, c := range []struct {
		row  []any
		want string
	}{
		{[]any{1}, "1 values for 2 columns"}, {[]any{"a", 1.5}, "column x: STRING a is not INT"}, {[]any{1.5, 1.5}, "is not INT"}, {[]any{1, true}, "BOOL true is not FLOAT"},
		{[]any{1, math.NaN()}, "NaN"}, {[]any{1, column.FloatValue(math.Inf(1))}, "infinity"}, {[]any{struct{}{}, 1.5}, "struct"},
	} {
		err := add([]Column{x, {Name: "f", Type: Float}}, func(w *FrameWriter) error { return w.Row(c.row...) })
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error is %v", c.row, err)
		}
	}
	for want, s := range map[string][]ColumnSlice{
		"0 slices for 1":        {},
		"slice y INT":           {Slice("y", []int64{1})},
		"slice x FLOAT":         {Slice("x", []float64{1})},
		"is said of 1":          {SliceNulls("x", []int64{1, 2}, []bool{true})},
		"2 slices for 1 column": {Slice("x", []int64{1}), Slice("x", []int64{1})},
	} {
		if err := add([]Column{x}, func(w *FrameWriter) error { return w.Slices(s...) }); !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %s", err, want)
		}
	}
	if _, err := e.FromSlices(ctx, "t", Slice("x", []int64{1}), Slice("y", []int64{1, 2})); err == nil || !strings.Contains(err.Error(), "y has 2 rows") {
		t.Errorf("error is %v", err)
	}
	if _, err := e.FromSlices(ctx, "t", Slice("x", []float64{1, math.NaN()})); err == nil || !strings.Contains(err.Error(), "row 1") {
		t.Errorf("error is %v", err)
	}
	if len(e.Tables()) != 0 {
		t.Errorf("there are %v", e.Tables())
	}
	if _, err := e.FromSlices(ctx, "t", Slice("x", []int64{1})); err != nil {
		t.Fatal(err)
	}
	if _, err := e.FromSlices(ctx, "t", Slice("x", []int64{1})); !errors.Is(err, ErrTableExists) {
		t.Errorf("error is %v", err)
	}
	if err := e.Drop(ctx, "t"); err != nil {
		t.Error(err)
	}
	if err := e.Drop(ctx, "t"); !errors.Is(err, ErrNoTable) || err.Error() != "drop table t: no such table" {
		t.Errorf("error is %v", err)
	}
}

func TestWritersEndWithContextAndEngine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := open(t, Options{})
		ctx, cancel := context.WithCancel(t.Context())
		w, err := e.Create(ctx, "t", frameColumns)
		if err != nil {
			t.Fatal(err)
		}
		forgotten, err := e.Create(t.Context(), "u", frameColumns)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		synctest.Wait()
		if err := w.Row(frameRow(0)...); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
		if _, err := w.Commit(t.Context()); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if err := forgotten.Slices(frameSlices(0, 1)...); !errors.Is(err, ErrClosed) {
			t.Errorf("error is %v", err)
		}
		if _, err := e.Create(t.Context(), "v", frameColumns); !errors.Is(err, ErrClosed) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestRowsOfSeveralGoroutinesStayTogether(t *testing.T) {
	e := open(t, Options{})
	e.chunkRows = 3
	w, err := e.Create(t.Context(), "t", []Column{{Name: "g", Type: Int}, {Name: "i", Type: Int}})
	if err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	for g := range int64(4) {
		writers.Go(func() {
			for i := range int64(20) {
				if err := w.Slices(Slice("g", []int64{g, g}), Slice("i", []int64{2 * i, 2*i + 1})); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	frame, err := w.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows, err := frame.Collect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	next, last := map[int64]int64{}, int64(-1)
	for rows.Next() {
		g, i := rows.Value(0).Int, rows.Value(1).Int
		if i != next[g] || i%2 == 1 && g != last {
			t.Errorf("row %d of goroutine %d after %d", i, g, last)
		}
		next[g], last = i+1, g
	}
	if len(next) != 4 || next[0] != 40 {
		t.Errorf("rows: %v", next)
	}
}

func TestTablesAreWaitedFor(t *testing.T) {
	nodes := openNodes(t, 2, Options{})
	got := make(chan error)
	go func() {
		frame, err := nodes[1].WaitTable(t.Context(), "t")
		if err == nil {
			var rows *Rows
			if rows, err = frame.Collect(t.Context()); err == nil {
				err = rows.Close()
			}
		}
		got <- err
	}()
	if _, err := nodes[0].FromSlices(t.Context(), "t", frameSlices(0, 10)...); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := nodes[0].WaitTable(ctx, "u"); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestFrameHasAHome(t *testing.T) {
	ctx := t.Context()
	nodes := openNodes(t, 3, Options{Threads: 2, replicas: 2})
	home := nodes[1].node.ID()
	w, err := nodes[0].CreateAt(ctx, "made", home, frameColumns)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Slices(frameSlices(0, 100)...); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	checkFrame(t, nodes, "made", 100)
	file := filepath.Join(t.TempDir(), "n.sor")
	writeFile(t, file, strings.Repeat("<1>\n", 100))
	if _, err := nodes[2].Load(ctx, "loaded", file, LoadOptions{Home: home}); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"made", "loaded"} {
		for i, e := range nodes {
			rows, err := e.Table(table).Local().GroupBy().Agg(Count().As("n")).Collect(ctx)
			if err != nil {
				t.Fatal(err)
			}
			rows.Next()
			if n := rows.Value(0).Int; n != 0 && i != 1 || n != 100 && i == 1 {
				t.Errorf("node %d has %d rows of table %s", i, n, table)
			}
			rows.Close()
		}
	}
	if _, err := nodes[0].CreateAt(ctx, "nowhere", "no node", frameColumns); err == nil || !strings.Contains(err.Error(), "there is no node no node") {
		t.Errorf("error is %v", err)
	}
}
