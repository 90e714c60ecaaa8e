package engine

import (
	stdsql "database/sql"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/eau2db/eau2/column"
)

// one runs a query and steps to its first row.
func one(t *testing.T, e *Engine, stmt string, args ...any) *Rows {
	t.Helper()
	rows, err := e.Query(t.Context(), stmt, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rows.Close() })
	if !rows.Next() {
		t.Fatalf("%s: no row: %v", stmt, rows.Err())
	}
	return rows
}

func TestScanConvertsToTheDestinationsType(t *testing.T) {
	type name string
	type id int32
	e := open(t, Options{})
	p := func(v any) any { return v } // for the table's sake
	for _, c := range []struct {
		expr string
		dest any
		want any
	}{
		{"42", new(int64), int64(42)}, {"42", new(int), 42}, {"42", new(int8), int8(42)}, {"42", new(uint16), uint16(42)},
		{"42", new(float64), 42.0}, {"42", new(float32), float32(42)}, {"42", new(string), "42"}, {"42", new(any), int64(42)},
		{"42", new(Value), column.IntValue(42)}, {"42", new(id), id(42)},
		{"2.5", new(float64), 2.5}, {"2.5", new(float32), float32(2.5)}, {"2.5", new(string), "2.5"}, {"2.5", new(any), 2.5},
		{"TRUE", new(bool), true}, {"TRUE", new(int), 1}, {"TRUE", new(any), true}, {"TRUE", new(string), "true"}, {"TRUE", new(float64), 1.0},
		{"'x'", new(string), "x"}, {"'x'", new([]byte), []byte("x")}, {"'x'", new(any), "x"}, {"'x'", new(name), name("x")},
		{"NULL", new(any), nil}, {"CAST(NULL AS INT)", new(Value), column.Null(Int)},
	} {
		rows := one(t, e, "SELECT "+c.expr)
		if err := rows.Scan(c.dest); err != nil {
			t.Errorf("%s into %T: %v", c.expr, c.dest, err)
			continue
		}
		var got any
		switch d := c.dest.(type) {
		case *int64:
			got = *d
		case *int:
			got = *d
		case *int8:
			got = *d
		case *uint16:
			got = *d
		case *float64:
			got = *d
		case *float32:
			got = *d
		case *string:
			got = *d
		case *any:
			got = *d
		case *Value:
			got = *d
		case *id:
			got = *d
		case *bool:
			got = *d
		case *[]byte:
			got = *d
		case *name:
			got = *d
		}
		if fmt.Sprintf("%T %v", got, got) != fmt.Sprintf("%T %v", c.want, p(c.want)) {
			t.Errorf("%s into %T: %v, want %v", c.expr, c.dest, got, c.want)
		}
	}
}

func TestScanOfNULLNeedsADestinationThatCanHoldIt(t *testing.T) {
	e := open(t, Options{})
	rows := one(t, e, "SELECT CAST(NULL AS INT), 7")
	x, y := new(int), new(int)
	if err := rows.Scan(&x, &y); err != nil || x != nil || *y != 7 {
		t.Errorf("%v %v %v", x, y, err)
	}
	var n, m stdsql.Null[int64]
	if err := rows.Scan(&n, &m); err != nil || n.Valid || m.V != 7 {
		t.Errorf("sql.Null: %v %v %v", n, m, err)
	}
	if err := rows.Scan(new(int), new(int)); err == nil || !strings.Contains(err.Error(), "NULL does not fit int") {
		t.Errorf("NULL into an int: %v", err)
	}
}

func TestScanRefusesWhatDoesNotFit(t *testing.T) {
	e := open(t, Options{})
	for _, c := range []struct {
		expr string
		dest any
	}{
		{"300", new(int8)}, {"-1", new(uint)}, {"2.5", new(int)}, {"'7'", new(int)}, {"'x'", new(bool)}, {"42", new(bool)}, {"'1.5'", new(float64)},
		{"42", new([]byte)}, {"42", 7}, {"42", nil}, {"42", (*int)(nil)}, {"42", (*int64)(nil)}, {"'x'", (*string)(nil)}, {"1.5", (*float64)(nil)},
		{"1", (*any)(nil)}, {"1", (*Value)(nil)}, {"42", new(struct{})}, {"42", new(chan int)}, {"1e300", new(float32)},
	} {
		rows := one(t, e, "SELECT "+c.expr)
		if err := rows.Scan(c.dest); err == nil {
			t.Errorf("%s into %T: no error", c.expr, c.dest)
		}
	}
	rows := one(t, e, "SELECT 1, 2")
	if err := rows.Scan(new(int)); err == nil || !strings.Contains(err.Error(), "1 destinations for 2 columns") {
		t.Errorf("too few: %v", err)
	}
}

func TestRowsBeforeTheFirstAfterTheLastAndClosed(t *testing.T) {
	e := open(t, Options{})
	rows, err := e.Query(t.Context(), "SELECT 1 x")
	if err != nil {
		t.Fatal(err)
	}
	if err := rows.Scan(new(int)); err == nil || !strings.Contains(err.Error(), "Next") {
		t.Errorf("Scan before Next: %v", err)
	}
	if !rows.Next() || rows.Next() || rows.Next() || rows.Err() != nil {
		t.Errorf("one row: %v", rows.Err())
	}
	if err := rows.Scan(new(int)); err == nil {
		t.Error("Scan after the last row")
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
	if err := rows.Close(); err != nil || rows.Next() {
		t.Error("closed twice, then read")
	}
	if rows.Message() != "" || !slices.Equal(rows.Columns(), []Column{{Name: "x", Type: Int}}) {
		t.Errorf("%q %v", rows.Message(), rows.Columns())
	}
	rows, err = e.Query(t.Context(), "CREATE TABLE t AS SELECT 1 x")
	if err != nil {
		t.Fatal(err)
	}
	if rows.Next() || rows.Err() != nil || rows.Message() != "t: 1 row" || len(rows.Columns()) != 0 || rows.Close() != nil {
		t.Errorf("a statement without rows: %q, %v", rows.Message(), rows.Err())
	}
}

func TestClosingRowsEarlyEndsTheQuery(t *testing.T) {
	e := sample(t, 20000, Options{Threads: 3})
	for range 20 {
		rows := one(t, e, "SELECT * FROM t")
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		if rows.Next() {
			t.Error("a row after Close")
		}
	}
	rows := one(t, e, "SELECT row FROM t")
	for row := range rows.All() {
		if row[0].Int == 5 {
			break
		}
	}
	if !rows.Next() || rows.Value(0).Int != 6 {
		t.Errorf("after leaving All: %v", rows.Value(0))
	}
}

func TestRowsStayReadableWhenTheirTableIsDropped(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		e := sample(t, 20000, Options{Dir: dir})
		rows := one(t, e, "SELECT row, s FROM t")
		queryAll(t, e, "DROP TABLE t")
		n := 1
		for rows.Next() {
			if rows.Value(0).Int != int64(n) {
				t.Fatalf("row %d is %v", n, rows.Value(0))
			}
			n++
		}
		if n != 20000 || rows.Err() != nil {
			t.Errorf("%d rows, %v", n, rows.Err())
		}
	}
}

func TestValuesStayWhenTheRowsMoveOn(t *testing.T) {
	e := sample(t, 5000, Options{Dir: t.TempDir()})
	rows, err := e.Query(t.Context(), "SELECT u, CONCAT(u, 'x') FROM t")
	_, all := collect(t, rows, err)
	queryAll(t, e, "DROP TABLE t")
	for i, r := range all {
		if r[0].Valid && r[0].Str+"x" != r[1].Str {
			t.Fatalf("row %d: %v", i, r)
		}
	}
}

func TestParameters(t *testing.T) {
	e := sample(t, 100, Options{})
	n := 3
	for _, c := range []struct {
		stmt string
		args []any
		want string
	}{
		{"SELECT ?, ?, ?, ?, ?", []any{1, 2.5, "x", true, nil}, "1 2.5 'x' true NULL"},
		{"SELECT ? + 1", []any{int8(4)}, "5"},
		{"SELECT ?", []any{&n}, "3"},
		{"SELECT ?", []any{(*int)(nil)}, "NULL"},
		{"SELECT ?", []any{[]byte("b")}, "'b'"},
		{"SELECT ?", []any{uint64(math.MaxInt64)}, "9223372036854775807"},
		{"SELECT ?", []any{column.FloatValue(0.5)}, "0.5"},
		{"SELECT :a + :b * :a", []any{stdsql.Named("a", 2), stdsql.Named("b", 5)}, "12"},
		{"SELECT '?', ? -- ?\n", []any{"a'b; DROP TABLE t --"}, "'?' 'a'b; DROP TABLE t --'"},
		{"SELECT COUNT(*) FROM t WHERE row < ?", []any{10}, "10"},
		{"SELECT COUNT(*) FROM t WHERE row IN (?, ?)", []any{1, 200}, "1"},
		{"SELECT COUNT(*) FROM t WHERE s = ? AND row >= 0", []any{nil}, "0"},
		{"SELECT row FROM t ORDER BY row LIMIT ? OFFSET ?", []any{1, 4}, "4"},
		{"SELECT 'ab' LIKE ?", []any{"a%"}, "true"},
		{"SELECT COUNT(*) FROM (SELECT row FROM t LIMIT ?) d WHERE row > (SELECT ?)", []any{10, 4}, "5"},
		{"SELECT SUM(row + ?) FROM t", []any{1}, "5050"},
		{"SELECT COALESCE(?, ?)", []any{nil, "z"}, "'z'"},
		{"SELECT -?", []any{math.MinInt64 + 1}, "9223372036854775807"},
	} {
		_, got := queryAll(t, e, c.stmt, c.args...)
		if len(got) != 1 || strings.Join(cells(got[0]), " ") != c.want {
			t.Errorf("%s %v: %v, want %s", c.stmt, c.args, got, c.want)
		}
	}
	for _, c := range []struct {
		stmt string
		args []any
		want string
	}{
		{"SELECT ?", nil, "1 parameter"},
		{"SELECT 1", []any{1}, "1 value"},
		{"SELECT ?, ?", []any{1}, "2 parameters"},
		{"SELECT ?", []any{struct{}{}}, "argument 1"},
		{"SELECT ?, ?", []any{1, math.NaN()}, "argument 2: NaN"},
		{"SELECT ?", []any{math.Inf(-1)}, "-Inf"},
		{"SELECT ?", []any{uint64(math.MaxUint64)}, "uint64"},
		{"SELECT ?", []any{[]int{1}}, "[]int"},
		{"SELECT :a", []any{stdsql.Named("b", 1)}, ":a"},
		{"SELECT 1 LIMIT ?", []any{"x"}, "LIMIT"},
		{"SELECT 1 LIMIT ?", []any{-1}, "LIMIT"},
		{"SELECT 1 LIMIT ?", []any{nil}, "LIMIT"},
		{"SELECT row FROM t WHERE s = ?", []any{1}, "STRING and INT"},
		{"SELECT COUNT(*) FROM ?", []any{"t"}, ""},
	} {
		rows, err := e.Query(t.Context(), c.stmt, c.args...)
		if err == nil {
			t.Errorf("%s %v: no error", c.stmt, c.args)
			rows.Close()
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %v: %v, want %q", c.stmt, c.args, err, c.want)
		}
	}
}

func TestArrowRecordsHoldTheRows(t *testing.T) {
	e := sample(t, 5000, Options{Threads: 2})
	const stmt = "SELECT row, f, s, p, none FROM t WHERE a > 0"
	_, want := queryAll(t, e, stmt)
	rows, err := e.Query(t.Context(), stmt)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := rows.Arrow()
	if err != nil {
		t.Fatal(err)
	}
	if s := reader.Schema().String(); !strings.Contains(s, "row: type=int64, nullable") || !strings.Contains(s, "f: type=float64") ||
		!strings.Contains(s, "s: type=utf8") || !strings.Contains(s, "p: type=bool") {
		t.Errorf("schema %s", s)
	}
	var got [][]Value
	for reader.Next() {
		rec := reader.RecordBatch()
		for i := range int(rec.NumRows()) {
			row := make([]Value, rec.NumCols())
			for c := range row {
				row[c] = arrowValue(t, rec.Column(c), i, want[0][c].Type)
			}
			got = append(got, row)
		}
	}
	if reader.Err() != nil {
		t.Fatal(reader.Err())
	}
	reader.Release()
	if err := sameRows(got, want); err != nil {
		t.Error(err)
	}
}

func arrowValue(t *testing.T, a arrow.Array, i int, typ Type) Value {
	if a.IsNull(i) {
		return column.Null(typ)
	}
	switch a := a.(type) {
	case *array.Int64:
		return column.IntValue(a.Value(i))
	case *array.Float64:
		return column.FloatValue(a.Value(i))
	case *array.String:
		return column.StringValue(strings.Clone(a.Value(i)))
	case *array.Boolean:
		return column.BoolValue(a.Value(i))
	}
	t.Fatalf("a column of type %s", a.DataType())
	return Value{}
}

func TestARetainedArrowRecordOutlivesItsReader(t *testing.T) {
	e := sample(t, 5000, Options{Dir: t.TempDir()})
	rows, err := e.Query(t.Context(), "SELECT row, u FROM t")
	if err != nil {
		t.Fatal(err)
	}
	reader, err := rows.Arrow()
	if err != nil {
		t.Fatal(err)
	}
	reader.Retain()
	if !reader.Next() {
		t.Fatal("no record")
	}
	kept := reader.RecordBatch()
	kept.Retain()
	if !reader.Next() {
		t.Fatal("no second record")
	}
	reader.Release()
	if !reader.Next() {
		t.Error("the reader ended while it was held")
	}
	reader.Release()
	queryAll(t, e, "DROP TABLE t")
	if n := kept.Column(0).(*array.Int64); n.Value(0) != 0 || n.Value(n.Len()-1) != int64(n.Len()-1) {
		t.Errorf("the kept record changed: %v", n)
	}
	kept.Release()
}

func TestArrowOfAnErrorAndOfNothing(t *testing.T) {
	e := sample(t, 5000, Options{})
	rows, err := e.Query(t.Context(), "SELECT row * 9223372036854775807 FROM t")
	if err != nil {
		t.Fatal(err)
	}
	reader, err := rows.Arrow()
	if err != nil {
		t.Fatal(err)
	}
	for reader.Next() {
	}
	if err := reader.Err(); err == nil || !strings.Contains(err.Error(), "overflow") {
		t.Errorf("error %v", err)
	}
	reader.Release()
	rows, err = e.Query(t.Context(), "SELECT row, s FROM t WHERE FALSE")
	if err != nil {
		t.Fatal(err)
	}
	if reader, err = rows.Arrow(); err != nil {
		t.Fatal(err)
	}
	if reader.Next() || reader.Err() != nil || reader.Schema().NumFields() != 2 {
		t.Errorf("no rows: %v, %v", reader.Err(), reader.Schema())
	}
	reader.Release()
	rows, err = e.Query(t.Context(), "DROP TABLE t")
	if err != nil {
		t.Fatal(err)
	}
	if reader, err = rows.Arrow(); err != nil {
		t.Fatal(err)
	}
	if reader.Next() || reader.Err() != nil {
		t.Errorf("a statement without rows: %v", reader.Err())
	}
	reader.Release()
}
