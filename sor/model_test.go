package sor

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/eau2db/eau2/column"
)

// model reads text as the rules of the format say, a row at a time, by one goroutine: what Read must give whatever the
// sizes of its parts, blocks, vectors and chunks, and the number of its workers.
type model struct {
	o      Options
	fields []column.Field
	rows   [][]column.Value
	report Report
	err    error
}

// modelLine is a line of an input: its text without the line break.
type modelLine struct {
	text   []byte
	offset int64
	number int64
	broken bool // it has a line break
}

func modelLines(text []byte) (lines []modelLine) {
	for at, n := 0, int64(1); at < len(text); n++ {
		k := bytes.IndexByte(text[at:], '\n')
		if k < 0 {
			return append(lines, modelLine{text[at:], int64(at), n, false})
		}
		lines = append(lines, modelLine{text[at : at+k], int64(at), n, true})
		at += k + 1
	}
	return lines
}

func modelRead(text []byte, o Options) *model {
	m := &model{o: o}
	if m.o.Sample == 0 {
		m.o.Sample = 500
	}
	if m.o.MaxRow == 0 {
		m.o.MaxRow = 16 << 20
	}
	lines := modelLines(text)
	if m.err = m.infer(lines); m.err != nil {
		return m
	}
	m.report.Fields = m.fields
	m.report.Mismatches = make([]int64, len(m.fields))
	for _, l := range lines {
		if !m.inSlice(l) {
			continue
		}
		m.report.Bytes += int64(len(l.text))
		if l.broken {
			m.report.Bytes++
			m.report.Lines++
		}
		if m.row(l); m.err != nil {
			return m
		}
	}
	if o.From == 0 && o.Len == 0 && m.report.Rows == 0 && m.report.Malformed > 0 {
		m.err = ErrNotSoR
	}
	return m
}

// inSlice: a line belongs to the slice that its beginning's line break, or the beginning of the input, lies in.
func (m *model) inSlice(l modelLine) bool {
	before := l.offset - 1
	if l.offset == 0 {
		return m.o.From == 0
	}
	return before >= m.o.From && (m.o.Len == 0 || before < m.o.From+m.o.Len)
}

func (m *model) split(l modelLine) ([]field, error) {
	if len(l.text) > m.o.MaxRow {
		return nil, errTooLong(m.o.MaxRow)
	}
	return splitRow(l.text, nil)
}

func (m *model) infer(lines []modelLine) error {
	var types []column.Type
	rows, good := 0, 0
	for _, l := range lines {
		if rows == m.o.Sample {
			break
		}
		fields, err := m.split(l)
		if err == nil && len(fields) == 0 {
			continue
		}
		rows++
		for _, f := range fields {
			v := parse(l.text[f.start:f.end])
			if !f.quoted && v.Type == column.Float && math.IsInf(v.Float, 0) {
				err = errTooLarge(nil)
			}
		}
		if err != nil {
			continue
		}
		good++
		for i, f := range fields {
			if i == len(types) {
				types = append(types, column.Bool)
			}
			v := parse(l.text[f.start:f.end])
			if f.quoted {
				types[i] = column.String
			} else if !f.missing() && v.Type > types[i] {
				types[i] = v.Type
			}
		}
	}
	typed := len(m.o.Columns) > 0
	for _, c := range m.o.Columns {
		typed = typed && c.Typed
	}
	switch {
	case typed:
	case rows > 0 && good == 0:
		return ErrNotSoR
	case rows == 0 && len(m.o.Columns) == 0:
		return ErrNoRows
	}
	width := len(types)
	if len(m.o.Columns) > 0 {
		width = len(m.o.Columns)
	}
	for i := range width {
		f := column.Field{Name: fmt.Sprintf("c%d", i)}
		if i < len(types) {
			f.Type = types[i]
		}
		if i < len(m.o.Columns) {
			if c := m.o.Columns[i]; c.Typed {
				f.Type = c.Type
			}
			f.Name = m.o.Columns[i].Name
		}
		m.fields = append(m.fields, f)
	}
	return nil
}

func (m *model) problem(l modelLine, column, reason string) Problem {
	return Problem{Line: l.number, Offset: l.offset, Column: column, Reason: reason}
}

func (m *model) note(p Problem) {
	if len(m.report.Problems) < 20 {
		m.report.Problems = append(m.report.Problems, p)
	}
}

func (m *model) row(l modelLine) {
	fields, err := m.split(l)
	if err == nil && len(fields) == 0 {
		return
	}
	values := make([]column.Value, len(m.fields))
	var misfits []Problem
	var at []int
	for i, c := range m.fields {
		values[i] = column.Null(c.Type)
		if err != nil || i >= len(fields) || fields[i].missing() {
			continue
		}
		text := l.text[fields[i].start:fields[i].end]
		v, fit := convert(text, fields[i].quoted, c.Type)
		switch fit {
		case fits:
			values[i] = v
		case tooLarge:
			err = errTooLarge(text)
		default:
			misfits = append(misfits, m.problem(l, c.Name, fmt.Sprintf("%s is not %s: ", excerpt(text), c.Type)))
			at = append(at, i)
		}
	}
	switch {
	case err != nil && m.o.OnError == FailLoad:
		m.err = &RowError{m.problem(l, "", err.Error())}
		return
	case err != nil:
		m.report.Dropped++
		m.report.Malformed++
		m.note(m.problem(l, "", err.Error()))
		return
	}
	for i, p := range misfits {
		switch m.o.OnMismatch {
		case MismatchFail:
			p.Reason += "it does not fit the column"
			m.err = &RowError{p}
			return
		case MismatchSkip:
			p.Reason += "row dropped"
			m.report.Dropped++
			m.note(p)
			return
		}
		p.Reason += "NULL instead"
		m.report.Mismatches[at[i]]++
		m.note(p)
	}
	if len(fields) > len(m.fields) {
		m.report.ExtraFields++
		m.note(m.problem(l, "", fmt.Sprintf("%d fields where the table has %d: those past them are dropped", len(fields), len(m.fields))))
	}
	m.report.Rows++
	m.rows = append(m.rows, values)
}

// check reads text by Read and by the model, and compares everything.
func check(t failer, text []byte, o Options, stream bool) {
	t.Helper()
	in := FromSource("text", bytes.NewReader(text))
	if stream {
		in = fromStream(string(text))
	}
	got, err := collect(in, o)
	want := modelRead(text, o)
	context := fmt.Sprintf("text %q, stream %v, options %+v", text, stream, o)
	var row, wantRow *RowError
	switch {
	case errors.As(want.err, &wantRow):
		if !errors.As(err, &row) || *row != *wantRow {
			t.Fatalf("%s\nerror is  %v\nit should be %v", context, err, want.err)
		}
		checkFailure(t, text, o, row)
		return
	case !errors.Is(err, want.err) || err != nil && want.err == nil:
		t.Fatalf("%s\nerror is  %v\nit should be %v", context, err, want.err)
	case err != nil:
		return
	}
	checkSlices(t, text, o, got)
	got.report.typed, got.report.all = nil, false
	if !reflect.DeepEqual(*got.report, want.report) {
		t.Fatalf("%s\nreport is  %+v\nit should be %+v", context, *got.report, want.report)
	}
	if !slices.EqualFunc(got.rows, want.rows, sameRow) {
		t.Fatalf("%s\nrows are  %v\nthey should be %v", context, got.rows, want.rows)
	}
	for _, n := range got.chunks {
		if limit := o.ChunkRows; n == 0 || limit > 0 && n > 2*limit {
			t.Fatalf("%s\na chunk of %d rows", context, n)
		}
	}
}

// sameRow compares floats by their bits.
func sameRow(a, b []column.Value) bool {
	return slices.EqualFunc(a, b, func(a, b column.Value) bool {
		return math.Float64bits(a.Float) == math.Float64bits(b.Float) && (a == b || math.IsNaN(a.Float))
	})
}

// randomOptions draws options that make small inputs meet every boundary.
func randomOptions(r *rand.Rand, size int) (o Options, stream bool) {
	pick := func(n ...int) int { return n[r.IntN(len(n))] }
	o = Options{
		OnError:    OnError(pick(0, 0, 0, 1)),
		OnMismatch: OnMismatch(pick(0, 0, 0, 1, 2)),
		Sample:     pick(0, 1, 2, 3, 10, -1),
		Threads:    pick(1, 2, 3),
		MaxRow:     pick(0, 0, 0, 5, 20, 80),
		ChunkRows:  pick(0, 1, 2, 7, 100),
		block:      pick(1, 3, 17, 64, 100, 1000, 0),
		part:       pick(1, 5, 64, 200, 1000, 1<<20),
		vector:     pick(1, 2, 3, 8, 100, 512),
		head:       pick(1, 2, 5, 0),
	}
	if r.IntN(3) == 0 {
		o.From = int64(r.IntN(size + 2))
	}
	if r.IntN(3) == 0 {
		o.Len = int64(r.IntN(size + 2))
	}
	if r.IntN(3) == 0 {
		for i := range 1 + r.IntN(5) {
			o.Columns = append(o.Columns, Column{Name: fmt.Sprintf("n%d", i), Type: column.Type(r.IntN(4)), Typed: r.IntN(2) == 0})
		}
	}
	return o, r.IntN(3) == 0
}

// randomText draws a text of rows, most of them well-formed.
func randomText(r *rand.Rand) []byte {
	var b []byte
	oddness := []int{0, 1, 5, 30}[r.IntN(4)] // per cent
	end := []string{"\n", "\n", "\n", "\r\n"}[r.IntN(4)]
	quotes := r.IntN(2) == 0
	width := 1 + r.IntN(6)
	kinds := make([]int, width)
	for i := range kinds {
		kinds[i] = r.IntN(6)
	}
	odd := func() bool { return r.IntN(100) < oddness }
	for range r.IntN(60) {
		for i := range width {
			if odd() {
				b = append(b, fragments[r.IntN(len(fragments))]...)
			}
			kind := kinds[i]
			if odd() {
				kind = r.IntN(6)
			}
			b = append(b, '<')
			b = appendValue(b, r, kind, quotes)
			b = append(b, '>')
			if odd() && r.IntN(3) == 0 {
				break
			}
		}
		b = append(b, end...)
	}
	for range len(b) * oddness / 1000 {
		b[r.IntN(len(b))] = fragments[r.IntN(len(fragments))][0]
	}
	if r.IntN(4) == 0 {
		b = bytes.TrimRight(b, "\r\n")
	}
	return b
}

var fragments = []string{"<", ">", `"`, " ", "\t", "\r", "\n", "\r\n", "\n\n", "<>", "< 1 >", "<\"a\" >", "x", "0", "1", ".", "-", "+", "e", "\x00", "\xff", `">`, `<"`,
	`<"a>b">`, `<"a"b">`, "<1e999>", "<99999999999999999999>", "<1.5e-7>"}

func appendValue(b []byte, r *rand.Rand, kind int, quotes bool) []byte {
	if r.IntN(12) == 0 {
		return b
	}
	switch kind {
	case 0:
		return append(b, "01"[r.IntN(2)])
	case 1:
		return fmt.Append(b, r.IntN(1000)-500)
	case 2:
		return fmt.Append(b, int64(r.Uint64())>>r.IntN(64))
	case 3:
		return fmt.Appendf(b, "%.*f", r.IntN(9), (r.Float64()-.5)*math.Pow(10, float64(r.IntN(12))))
	case 4:
		return fmt.Append(b, math.Float64frombits(r.Uint64()&^(1<<62)))
	}
	text := []byte("the quick brown fox <jumps> over the \"lazy\" dog; ñandú\xff")
	lo := r.IntN(len(text))
	text = text[lo : lo+r.IntN(len(text)-lo)]
	if quotes {
		return append(append(append(b, '"'), text...), '"')
	}
	for _, c := range text {
		if c > ' ' && c != '>' && c != '"' {
			b = append(b, c)
		}
	}
	return b
}

// Read gives what the model gives, for any text and however it is cut.
func TestReadEqualsModel(t *testing.T) {
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 0))
		text := randomText(r)
		o, stream := randomOptions(r, len(text))
		check(t, text, o, stream)
	}
}

func FuzzRead(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 20 {
		f.Add(randomText(r), uint64(i))
	}
	f.Add([]byte("<a><\"b\" ><1>\n<0>\n\n<x\n<\">"), uint64(7))
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		o, stream := randomOptions(rand.New(rand.NewPCG(seed, 0)), len(text))
		check(t, text, o, stream)
	})
}
