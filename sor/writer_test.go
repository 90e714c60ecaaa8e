package sor

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/eau2db/eau2/column"
)

var written = []column.Field{{Name: "b", Type: column.Bool}, {Name: "i", Type: column.Int}, {Name: "f", Type: column.Float}, {Name: "s", Type: column.String}}

func TestWriteRow(t *testing.T) {
	null := func(v ...column.Value) []column.Value {
		for i := len(v); i < len(written); i++ {
			v = append(v, column.Null(written[i].Type))
		}
		return v
	}
	for _, c := range []struct {
		row  []column.Value
		want string
	}{
		{null(), "<><><><>"},
		{null(column.BoolValue(true)), "<1><><><>"},
		{null(column.BoolValue(false), column.IntValue(-7)), "<0><-7><><>"},
		{null(column.BoolValue(false), column.IntValue(math.MinInt64), column.FloatValue(1)), "<0><-9223372036854775808><1.0><>"},
		{null(column.BoolValue(false), column.IntValue(10), column.FloatValue(math.Copysign(0, -1)), column.StringValue("")), `<0><10><-0.0><"">`},
		{null(column.BoolValue(false), column.IntValue(10), column.FloatValue(5e-324), column.StringValue("x")), `<0><10><5e-324><"x">`},
		{null(column.BoolValue(false), column.IntValue(10), column.FloatValue(0.1), column.StringValue(`a "b" <c> 1`)), `<0><10><0.1><"a "b" <c> 1">`},
		{null(column.BoolValue(false), column.IntValue(10), column.FloatValue(1e21), column.StringValue(`"`)), `<0><10><1e+21><""">`},
		{null(column.BoolValue(false), column.IntValue(10), column.FloatValue(1e21), column.StringValue("\r\xff\x00\"")), "<0><10><1e+21><\"\r\xff\x00\"\">"},
		// inference would take it for a BOOL
		{null(column.BoolValue(false), column.IntValue(1)), "<0><+1><><>"},
		{null(column.BoolValue(false), column.IntValue(0)), "<0><+0><><>"},
	} {
		var b strings.Builder
		w := NewWriter(&b, written)
		if err := w.WriteRow(c.row); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if b.String() != c.want+"\n" {
			t.Errorf("%v is written %q, want %q", c.row, b.String(), c.want)
		}
		var o Options
		for _, f := range written {
			o.Columns = append(o.Columns, Column{f.Name, f.Type, true})
		}
		if got := mustRead(t, b.String(), o); !sameRow(got.rows[0], c.row) {
			t.Errorf("%v reads back as %v", c.row, got.rows[0])
		}
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	for _, c := range []struct {
		value column.Value
		says  string
	}{
		{column.StringValue("a\nb"), "row 2, column s: SoR cannot hold a string with a line break"},
		{column.StringValue(`a">b`), "row 2, column s: SoR cannot hold a string with a quote before a closing bracket"},
		{column.StringValue("\" \t>"), "row 2, column s: "},
		{column.StringValue(`x" > " >`), "row 2, column s: "},
		{column.FloatValue(math.NaN()), "row 2, column f: NaN"},
		{column.FloatValue(math.Inf(-1)), "row 2, column f: -Inf"},
		{column.IntValue(1), "row 2, column s: a value of type INT"},
	} {
		fields := []column.Field{{Name: "n", Type: column.Int}, {Name: "s", Type: column.String}}
		if c.value.Type == column.Float {
			fields[1] = column.Field{Name: "f", Type: column.Float}
		}
		var b strings.Builder
		w := NewWriter(&b, fields)
		good := []column.Value{column.IntValue(1), column.Null(fields[1].Type)}
		err := errors.Join(w.WriteRow(good))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.WriteRow([]column.Value{column.IntValue(7), c.value}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("error of %v is %v", c.value, err)
		}
		if err := errors.Join(w.WriteRow(good), w.Flush()); err != nil {
			t.Fatal(err)
		}
		if want := "<+1><>\n<1><>\n"; b.String() != want { // nothing of the row in between, which had a 7
			t.Errorf("written is %q, want %q", b.String(), want)
		}
	}
	if err := NewWriter(io.Discard, nil).WriteRow(nil); err == nil {
		t.Error("a table without columns is written")
	}
	if err := NewWriter(io.Discard, written).WriteRow(nil); err == nil {
		t.Error("a row without values is written")
	}
	if err := NewWriter(io.Discard, written[:1]).WriteSpans(1, []Span{{Type: column.Int, Int: []int64{1}}}); err == nil {
		t.Error("an INT is written into a BOOL column")
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestWriterReportsItsWriter(t *testing.T) {
	full := errors.New("no space left")
	w := NewWriter(failing{full}, written[:1])
	row := []column.Value{column.BoolValue(true)}
	var err error
	for n := 0; err == nil && n < 1e6; n++ {
		err = w.WriteRow(row)
	}
	if !errors.Is(err, full) {
		t.Errorf("error is %v", err)
	}
	if err := w.WriteRow(row); !errors.Is(err, full) {
		t.Errorf("then it is %v", err)
	}
	if err := w.Flush(); !errors.Is(err, full) {
		t.Errorf("then it is %v", err)
	}
}

// randomTable draws rows that can be written.
func randomTable(r *rand.Rand) (fields []column.Field, rows [][]column.Value) {
	for i := range 1 + r.IntN(5) {
		fields = append(fields, column.Field{Name: fmt.Sprintf("c%d", i), Type: column.Type(r.IntN(4))})
	}
	flags := r.IntN(2) == 0
	for range r.IntN(1200) {
		var row []column.Value
		for _, f := range fields {
			v := column.Null(f.Type)
			switch f.Type {
			case column.Bool:
				v = column.BoolValue(r.IntN(2) == 0)
			case column.Int:
				v = column.IntValue(r.Int64() >> r.IntN(64))
				if flags {
					v = column.IntValue(r.Int64N(2))
				}
			case column.Float:
				v = column.FloatValue(r.NormFloat64() * math.Pow(10, float64(r.IntN(60)-30)))
			case column.String:
				text := appendValue(nil, r, 5, false)
				if closesEarly(string(text)) {
					text = nil
				}
				v = column.StringValue(string(text))
			}
			if r.IntN(5) == 0 {
				v = column.Null(f.Type)
			}
			row = append(row, v)
		}
		rows = append(rows, row)
	}
	return fields, rows
}

// spans turns rows into columns.
func spans(fields []column.Field, rows [][]column.Value) []Span {
	var columns []Span
	for i, f := range fields {
		s := Span{Type: f.Type}
		for _, row := range rows {
			v := row[i]
			s.Null = append(s.Null, !v.Valid)
			s.Bool = append(s.Bool, v.Bool())
			s.Int = append(s.Int, v.Int)
			s.Float = append(s.Float, v.Float)
			s.Str = append(s.Str, v.Str)
		}
		columns = append(columns, s)
	}
	return columns
}

func TestWhatIsWrittenReadsBackEqual(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 5))
		fields, rows := randomTable(r)
		var text bytes.Buffer
		w := NewWriter(&text, fields)
		for _, row := range rows {
			if err := w.WriteRow(row); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		var same bytes.Buffer
		w = NewWriter(&same, fields)
		for part := range slices.Chunk(rows, 100) {
			if err := w.WriteSpans(len(part), spans(fields, part)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(text.Bytes(), same.Bytes()) {
			t.Fatalf("seed %d: columns and rows are written differently", seed)
		}
		if len(rows) == 0 {
			continue
		}
		got := mustRead(t, text.String(), Options{part: 5000})
		if !slices.EqualFunc(got.rows, rows, sameRow) && valued(fields, rows) {
			t.Fatalf("seed %d: %v reads back as %v", seed, fields, got.types())
		}
	}
}

// valued reports whether every column has a value among the rows that inference sees.
func valued(fields []column.Field, rows [][]column.Value) bool {
	for i := range fields {
		if !slices.ContainsFunc(rows[:min(len(rows), 500)], func(row []column.Value) bool { return row[i].Valid }) {
			return false
		}
	}
	return true
}

func BenchmarkWrite(b *testing.B) {
	text := h2o(1e5)
	t, err := collect(FromSource("", bytes.NewReader(text)), Options{})
	if err != nil {
		b.Fatal(err)
	}
	columns := spans(t.report.Fields, t.rows)
	for i := range columns {
		columns[i].Null = nil
	}
	b.SetBytes(int64(len(text)))
	defer cpu(b, len(text))()
	for b.Loop() {
		w := NewWriter(io.Discard, t.report.Fields)
		if err := errors.Join(w.WriteSpans(len(t.rows), columns), w.Flush()); err != nil {
			b.Fatal(err)
		}
	}
}
