package sor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/eau2db/eau2/column"
)

func TestInference(t *testing.T) {
	rows := func(n int, row string) string { return strings.Repeat(row+"\n", n) }
	for _, c := range []struct {
		name, text string
		o          Options
		types      string
	}{
		{"widest row", "<1>\n<1><1><1>\n<1><1>\n", Options{}, "BOOL BOOL BOOL"},
		{"missing throughout", "<><1>\n<><0>\n", Options{}, "BOOL BOOL"},
		{"missing says nothing", "<><>\n<5><>\n<><a>\n", Options{}, "INT STRING"},
		{"int over bool", "<1>\n<2>\n<0>\n", Options{}, "INT"},
		{"float over int", "<1>\n<2.5>\n<3>\n", Options{}, "FLOAT"},
		{"string over all", "<1>\n<2.5>\n<a>\n<3>\n", Options{}, "STRING"},
		{"quoted number", "<1>\n<\"2\">\n", Options{}, "STRING"},
		{"quoted empty", "<1>\n<\"\">\n", Options{}, "STRING"},
		{"malformed rows say nothing", "<1>\n<a><b\n<1><2> x\n<0>\n", Options{}, "BOOL"},
		{"numbers beyond FLOAT say nothing", "<1>\n<1e999><2>\n", Options{}, "BOOL"},
		{"row 500 counts", rows(499, "<1>") + "<a>\n", Options{}, "STRING"},
		{"row 501 does not", rows(500, "<1>") + "<a><2>\n", Options{}, "BOOL"},
		{"blank lines are no rows", rows(499, "<1>\n") + "\n<a>\n", Options{}, "STRING"},
		{"sample of 2", "<1>\n<2>\n<a>\n", Options{Sample: 2}, "INT"},
		{"sample of all", rows(5000, "<1>") + "<a><2>", Options{Sample: -1, part: 100}, "STRING INT"},
		{"slice", rows(500, "<1>") + "<a>\n", Options{From: 1996}, "BOOL"},
		{"names", "<1><2>\n", Options{Columns: []Column{{Name: "a"}, {Name: "b"}}}, "BOOL INT"},
		{"fewer names", "<1><2>\n", Options{Columns: []Column{{Name: "a"}}}, "BOOL"},
		{"more names", "<1><2>\n", Options{Columns: []Column{{}, {}, {Name: "x"}}}, "BOOL INT BOOL"},
		{"types", "<1><2>\n", Options{Columns: []Column{{Type: column.String, Typed: true}, {}, {Type: column.Float, Typed: true}}}, "STRING INT FLOAT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, in := range []*Input{fromText(c.text), fromStream(c.text)} {
				got, err := collect(in, c.o)
				if err != nil {
					t.Fatal(err)
				}
				if got.types() != c.types {
					t.Errorf("types of %s are %s, want %s", in.name, got.types(), c.types)
				}
			}
		})
	}
}

func TestNames(t *testing.T) {
	got := mustRead(t, "<1><2><3>\n", Options{Columns: []Column{{Name: "a"}, {}, {Name: "c"}}})
	if f := got.report.Fields; f[0].Name != "a" || f[1].Name != "c1" || f[2].Name != "c" {
		t.Errorf("fields are %v", f)
	}
	if f := mustRead(t, "<1><2>\n", Options{}).report.Fields; f[0].Name != "c0" || f[1].Name != "c1" {
		t.Errorf("fields are %v", f)
	}
}

// What fits a column, and what becomes of what does not.
func TestValuesInColumns(t *testing.T) {
	for _, c := range []struct {
		typ         column.Type
		text, value string // "-" is a misfit, "!" a malformed row
	}{
		{column.Bool, "0", "false"}, {column.Bool, "1", "true"}, {column.Bool, "", "NULL"},
		{column.Bool, "01", "-"}, {column.Bool, "2", "-"}, {column.Bool, "1.0", "-"}, {column.Bool, "a", "-"}, {column.Bool, `"1"`, "-"}, {column.Bool, "1e999", "!"},
		{column.Int, "0", "0"}, {column.Int, "1", "1"}, {column.Int, "+7", "7"}, {column.Int, "-12345678901", "-12345678901"}, {column.Int, "", "NULL"},
		{column.Int, "1.0", "-"}, {column.Int, "9223372036854775808", "-"}, {column.Int, "1e3", "-"}, {column.Int, "a", "-"}, {column.Int, `"1"`, "-"}, {column.Int, `""`, "-"}, {column.Int, "1e999", "!"},
		{column.Float, "0", "0.0"}, {column.Float, "1", "1.0"}, {column.Float, "-0", "-0.0"}, {column.Float, "12", "12.0"}, {column.Float, "9007199254740993", "9007199254740992.0"},
		{column.Float, "1e3", "1000.0"}, {column.Float, "", "NULL"}, {column.Float, "a", "-"}, {column.Float, "nan", "-"}, {column.Float, `"1.5"`, "-"}, {column.Float, "1e999", "!"},
		{column.String, "0", "0"}, {column.String, "+01", "+01"}, {column.String, "1e999", "1e999"}, {column.String, `"a b"`, "a b"}, {column.String, `""`, ""}, {column.String, "", "NULL"},
	} {
		t.Run(fmt.Sprint(c.typ, " ", c.text), func(t *testing.T) {
			text := fmt.Sprintf("<><7>\n<%s><8>\n<><9>\n", c.text)
			columns := []Column{{Name: "x", Type: c.typ, Typed: true}, {Name: "y", Type: column.Int, Typed: true}}
			for mode, want := range []struct {
				rows      string
				misfits   int64
				malformed bool
			}{
				MismatchNull: {"NULL|7\nNULL|8\nNULL|9\n", 1, false},
				MismatchSkip: {"NULL|7\nNULL|9\n", 0, false},
				MismatchFail: {},
			} {
				dropped := int64(0)
				switch c.value {
				case "-":
					if mode == int(MismatchSkip) {
						dropped = 1
					}
				case "!":
					want.rows, want.misfits, dropped = "NULL|7\nNULL|9\n", 0, 1
				default:
					want.rows, want.misfits = "NULL|7\n"+c.value+"|8\nNULL|9\n", 0
				}
				got, err := collect(fromText(text), Options{Columns: columns, OnMismatch: OnMismatch(mode)})
				if c.value == "-" && mode == int(MismatchFail) {
					var row *RowError
					if !errors.As(err, &row) || row.Problem.Line != 2 || row.Problem.Offset != 6 || row.Problem.Column != "x" {
						t.Errorf("error is %v", err)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if got.texts() != want.rows || got.report.Mismatches[0] != want.misfits || got.report.Dropped != dropped {
					t.Errorf("mode %d: rows are %q, report %+v", mode, got.texts(), got.report)
				}
			}
		})
	}
}

// Every split of a text at any byte puts every row in exactly one slice, and all slices have the schema of the whole.
func TestSlicesOfEverySplit(t *testing.T) {
	for _, text := range []string{
		"<1><a>\n<2><b c>\n<3>\n\n<><\"d e\">\n<x\n<4><f>\n",
		"<1><a>\r\n\r\n<2><\"b\">\r\n<3><c>",
		"\n\n<1>\n\n",
		"<1>",
		"<1>\n<2>",
		"<a><b><c><d>\n<1>\n<2>\n<3>\n",
	} {
		whole := mustRead(t, text, Options{})
		for i := range len(text) + 1 {
			for j := i; j <= len(text)+1; j++ {
				// a slice of length 0 goes to the end: there is no empty slice
				rows, dropped, bytes := "", int64(0), int64(0)
				for _, s := range [][2]int{{0, i}, {i, j}, {j, len(text) + 2}} {
					if s[0] == s[1] {
						continue
					}
					o := Options{From: int64(s[0]), Len: int64(s[1] - s[0])}
					part := mustRead(t, text, o)
					stream, err := collect(fromStream(text), o)
					if err != nil {
						t.Fatal(err)
					}
					if part.texts() != stream.texts() || part.types() != whole.types() || stream.types() != whole.types() {
						t.Fatalf("slice %v of %q: %q and as a stream %q", s, text, part.texts(), stream.texts())
					}
					rows += part.texts()
					dropped += part.report.Dropped
					bytes += part.report.Bytes
				}
				if rows != whole.texts() || dropped != whole.report.Dropped || bytes != whole.report.Bytes {
					t.Fatalf("split of %q at %d and %d gives %q, dropped %d, bytes %d", text, i, j, rows, dropped, bytes)
				}
			}
		}
	}
}

func TestSliceSkipsThroughItsFirstLineBreak(t *testing.T) {
	const text = "<1>\n<22>\n<333>\n<4444>" // rows begin at 0, 4, 9 and 15
	for _, c := range []struct {
		from, len int64
		want      string
	}{
		{0, 0, "1\n22\n333\n4444\n"},
		{1, 0, "22\n333\n4444\n"},
		{3, 0, "22\n333\n4444\n"}, // the break at 3 is the first at or after 3: keeps the row that starts at 4
		{4, 0, "333\n4444\n"},
		{14, 0, "4444\n"},
		{15, 0, ""},
		{21, 0, ""},
		{1000, 0, ""},
		{0, 3, "1\n"},
		{0, 4, "1\n22\n"}, // the next slice, from 4, skips the row that starts there
		{3, 1, "22\n"},
		{3, 5, "22\n"},
		{3, 6, "22\n333\n"},
		{8, 1000, "333\n4444\n"},
		{14, 1, "4444\n"},
		{0, 1 << 62, "1\n22\n333\n4444\n"},
		{3, 1<<63 - 1, "22\n333\n4444\n"},
	} {
		for _, in := range []*Input{fromText(text), fromStream(text)} {
			got, err := collect(in, Options{From: c.from, Len: c.len})
			if err != nil {
				t.Fatal(err)
			}
			if got.texts() != c.want {
				t.Errorf("%s from %d, length %d: %q, want %q", in.name, c.from, c.len, got.texts(), c.want)
			}
		}
	}
}

func TestSliceCountsLinesFromTheBeginning(t *testing.T) {
	text := strings.Repeat("<1>\n", 1000) + "<x\n<a>\n"
	for _, in := range []*Input{fromText(text), fromStream(text)} {
		got, err := collect(in, Options{From: 3000})
		if err != nil {
			t.Fatal(err)
		}
		p := got.report.Problems
		if len(p) != 2 || p[0].Line != 1001 || p[0].Offset != 4000 || p[1].Line != 1002 || p[1].Offset != 4003 {
			t.Errorf("problems of %s are %v", in.name, p)
		}
		_, err = collect(in, Options{From: 3000, OnError: FailLoad})
		if in.source != nil && (err == nil || !strings.Contains(err.Error(), "line 1001 (byte 4000)")) {
			t.Errorf("error of %s is %v", in.name, err)
		}
	}
}

func TestReport(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "<%d><1>\n", i)
	}
	for i := range 30 {
		fmt.Fprintf(&b, "<x%d><2>\n<%d><0><extra>\n<bad\n", i, i)
	}
	got := mustRead(t, b.String(), Options{part: 500})
	r := got.report
	if r.Rows != 1060 || r.Dropped != 30 || r.Malformed != 30 || r.ExtraFields != 30 || r.Mismatches[0] != 30 || r.Mismatches[1] != 30 {
		t.Errorf("report is %+v", r)
	}
	if len(r.Problems) != 20 {
		t.Fatalf("%d problems", len(r.Problems))
	}
	var said []string
	for _, p := range r.Problems[:5] {
		said = append(said, p.String())
	}
	want := strings.TrimSpace(`
line 1001 (byte 8890), column c0: "x0" is not INT: NULL instead
line 1001 (byte 8890), column c1: "2" is not BOOL: NULL instead
line 1002 (byte 8898): 3 fields where the table has 2: those past them are dropped
line 1003 (byte 8912): field 1 not closed: "<bad"
line 1004 (byte 8917), column c0: "x1" is not INT: NULL instead`)
	if got := strings.Join(said, "\n"); got != want {
		t.Errorf("problems are\n%s\nwant\n%s", got, want)
	}
	want = strings.TrimSpace(`
30 malformed rows dropped
30 values of column c0 not INT, NULL instead: sample=all, or a type given to c0 by hand, would keep them
30 values of column c1 not BOOL, NULL instead: sample=all, or a type given to c1 by hand, would keep them
30 rows with more than 2 fields: the fields past them are dropped; sample=all, or more columns named, would keep them`)
	if got := strings.Join(r.Warnings(), "\n"); got != want {
		t.Errorf("warnings are\n%s\nwant\n%s", got, want)
	}
	skipped := mustRead(t, b.String(), Options{OnMismatch: MismatchSkip}).report.Warnings()
	if want := "30 rows dropped whose values do not fit their columns: sample=all, or types given by hand, would keep them"; skipped[1] != want {
		t.Errorf("warnings are %q", skipped)
	}
	if w := mustRead(t, small, Options{}).report.Warnings(); len(w) > 0 {
		t.Errorf("nothing was lost, but %q", w)
	}
}

func TestFirstProblemInTheFileEndsTheRead(t *testing.T) {
	text := strings.Repeat("<1>\n", 5000) + "<a>\n<b\n" + strings.Repeat("<1>\n", 5000) + "<c"
	for range 20 { // workers race
		for _, c := range []struct {
			o    Options
			want string
		}{
			{Options{OnError: FailLoad}, "read text: line 5002 (byte 20004): field 1 not closed"},
			{Options{OnMismatch: MismatchFail}, "read text: line 5001 (byte 20000), column c0: \"a\" is not BOOL"},
			{Options{OnError: FailLoad, OnMismatch: MismatchFail}, "read text: line 5001 (byte 20000), column c0"},
		} {
			c.o.Threads, c.o.part = 4, 1000
			if _, err := collect(fromText(text), c.o); err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("error is %v, want %s", err, c.want)
			}
		}
	}
}

func TestCancel(t *testing.T) {
	rows := endless{"", "\n", 1 << 40}
	forever := func() *Input { return FromReader("forever", &repeat{text: []byte("<1><2>\n")}) }
	for _, c := range []struct {
		name string
		in   func() *Input
		o    Options
	}{
		{"stream", forever, Options{}},
		{"inference of a stream", forever, Options{Sample: 1 << 62}},
		{"slice of a stream", forever, Options{From: 1 << 60}},
		{"long line", func() *Input { return FromSource("long", rows) }, Options{}},
		{"inference", func() *Input { return FromSource("long", rows) }, Options{Sample: -1}},
		{"slice", func() *Input { return FromSource("long", rows) }, Options{From: 10, Columns: []Column{{Typed: true}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			ctx, cancel := context.WithCancel(context.Background())
			in := c.in()
			var once sync.Once
			if in.source == nil {
				open := in.stream
				in.stream = func(ctx context.Context, n *atomic.Int64) (io.ReadCloser, error) {
					r, err := open(ctx, n)
					return &after{ReadCloser: r, left: 10, do: func() { once.Do(cancel) }}, err
				}
			} else {
				in.source = &afterSource{Source: in.source, do: func() { once.Do(cancel) }}
			}
			if _, err := collectContext(ctx, in, c.o); !errors.Is(err, context.Canceled) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

// repeat is an endless text.
type repeat struct {
	text []byte
	at   int
}

func (r *repeat) Read(p []byte) (n int, err error) {
	for n < len(p) {
		k := copy(p[n:], r.text[r.at:])
		n += k
		r.at = (r.at + k) % len(r.text)
	}
	return n, nil
}

// after calls do after so many reads.
type after struct {
	io.ReadCloser
	left int
	do   func()
}

func (a *after) Read(p []byte) (int, error) {
	if a.left--; a.left < 0 {
		a.do()
	}
	return a.ReadCloser.Read(p)
}

type afterSource struct {
	Source
	mu   sync.Mutex
	left int
	do   func()
}

func (a *afterSource) ReadAt(p []byte, at int64) (int, error) {
	a.mu.Lock()
	if a.left++; a.left > 10 {
		a.do()
	}
	a.mu.Unlock()
	return a.Source.ReadAt(p, at)
}

func TestCancelWhileAPipeIsSilent(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	defer r.Close()
	in, err := fromFile("pipe", r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString("<1>\n<2"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	in.stream = func(open opener) opener {
		return func(ctx context.Context, n *atomic.Int64) (io.ReadCloser, error) {
			r, err := open(ctx, n)
			return &after{ReadCloser: r, left: 1, do: cancel}, err // the second read would wait
		}
	}(in.stream)
	if _, err := collectContext(ctx, in, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestErrorOfEmitEndsTheRead(t *testing.T) {
	full := errors.New("the disk is full")
	for _, in := range []*Input{fromText(strings.Repeat("<1>\n", 100000)), FromReader("x", &repeat{text: []byte("<1>\n")})} {
		_, _, err := in.Read(context.Background(), Options{part: 1000, Threads: 3}, func(Chunk) error { return full })
		if !errors.Is(err, full) {
			t.Errorf("error is %v", err)
		}
	}
}

func TestEmitEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, _, err := fromText(strings.Repeat("<1>\n", 10000)).Read(ctx, Options{part: 1000, Threads: 3}, func(Chunk) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestReadsAtTheSameTime(t *testing.T) {
	text := bytes.Repeat([]byte(small), 1000)
	source := bytes.NewReader(text)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			got, err := collect(FromSource("shared", source), Options{Threads: 2, part: 1000})
			if err != nil || got.report.Rows != 3000 {
				t.Errorf("%v, %v", got.report, err)
			}
		})
	}
	wg.Wait()
}

func TestOptionsOutOfRange(t *testing.T) {
	for _, o := range []Options{{From: -1}, {Len: -1}, {Threads: -1}, {MaxRow: -1}, {ChunkRows: -1}, {MaxRow: 1 << 31}} {
		if _, err := collect(fromText(small), o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}
