package sor

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/eau2db/eau2/column"
)

// Writer writes rows as SoR so that they read back equal: strings in quotes, missing values as <>, floats as the shortest
// text that gives the same bits and always with a point or an exponent, BOOL as 0 and 1. The types read back equal too,
// by inference, for every column with a value among the first 500 rows: where those of an INT column are all 0 and 1,
// one is written +0 or +1, which the format takes for an INT. One goroutine uses a Writer at a time.
type Writer struct {
	w      io.Writer
	fields []column.Field
	buf    []byte
	rows   int64
	ints   []firstInt // nil once the first 500 rows are out
	err    error      // of w
}

// firstInt is what the first rows have in an INT column.
type firstInt struct {
	at   int // of the first value in buf, 0 when there is none
	wide int // of the first value that is neither 0 nor 1
}

// writeBytes is how much text a Writer collects before it writes.
const writeBytes = 128 << 10

// NewWriter returns a Writer of rows of the given columns to w. Flush it when done.
func NewWriter(w io.Writer, fields []column.Field) *Writer {
	return &Writer{w: w, fields: fields, ints: make([]firstInt, len(fields))}
}

// Span is a run of values of one column: the slice of its type, and Null where some are missing.
type Span struct {
	Type  column.Type
	Null  []bool // nil when there are none
	Bool  []bool
	Int   []int64
	Float []float64
	Str   []string
}

// WriteRow writes one row. An error for a value that the format cannot hold names the row, from 1, and the column; the
// row is then left out, and the Writer can go on.
func (w *Writer) WriteRow(values []column.Value) error {
	if err := w.check(len(values)); err != nil {
		return err
	}
	start := len(w.buf)
	for i, v := range values {
		if v.Valid && v.Type != w.fields[i].Type {
			return w.refuse(start, i, fmt.Errorf("a value of type %s in a column of type %s", v.Type, w.fields[i].Type))
		}
		if err := w.value(i, v); err != nil {
			return w.refuse(start, i, err)
		}
	}
	return w.end()
}

// WriteSpans writes n rows, a Span a column. Errors are those of WriteRow: the rows before the one named are written.
func (w *Writer) WriteSpans(n int, columns []Span) error {
	if err := w.check(len(columns)); err != nil {
		return err
	}
	for i, c := range columns {
		if c.Type != w.fields[i].Type {
			return fmt.Errorf("write SoR: values of type %s for column %s of type %s", c.Type, w.fields[i].Name, w.fields[i].Type)
		}
	}
	for row := range n {
		start := len(w.buf)
		for i := range columns {
			if err := w.cell(i, &columns[i], row); err != nil {
				return w.refuse(start, i, err)
			}
		}
		if err := w.end(); err != nil {
			return err
		}
	}
	return nil
}

// Flush writes what has been collected.
func (w *Writer) Flush() error {
	if w.err != nil {
		return w.err
	}
	w.markInts()
	if len(w.buf) == 0 {
		return nil
	}
	if _, err := w.w.Write(w.buf); err != nil {
		w.err = fmt.Errorf("write SoR: %w", err)
	}
	w.buf = w.buf[:0]
	return w.err
}

func (w *Writer) check(width int) error {
	switch {
	case w.err != nil:
		return w.err
	case len(w.fields) == 0:
		return errors.New("write SoR: a table without columns cannot be written")
	case width != len(w.fields):
		return fmt.Errorf("write SoR: row %d has %d values for %d columns", w.rows+1, width, len(w.fields))
	}
	return nil
}

// refuse leaves the row that begins at start out.
func (w *Writer) refuse(start, i int, err error) error {
	w.buf = w.buf[:start]
	for k := range w.ints {
		f := &w.ints[k]
		if f.at >= start {
			f.at = 0
		}
		if f.wide >= start {
			f.wide = 0
		}
	}
	return fmt.Errorf("write SoR: row %d, column %s: %w", w.rows+1, w.fields[i].Name, err)
}

// end ends a row.
func (w *Writer) end() error {
	w.buf = append(w.buf, '\n')
	w.rows++
	if w.rows == DefaultSample {
		w.markInts()
	}
	if w.ints == nil && len(w.buf) >= writeBytes {
		return w.Flush()
	}
	return nil
}

// cell writes row of a span as a field.
func (w *Writer) cell(i int, s *Span, row int) error {
	if s.Null != nil && s.Null[row] {
		w.buf = append(w.buf, "<>"...)
		return nil
	}
	switch s.Type {
	case column.Bool:
		w.bool(s.Bool[row])
	case column.Int:
		w.int(i, s.Int[row])
	case column.Float:
		return w.float(s.Float[row])
	default:
		return w.string(s.Str[row])
	}
	return nil
}

func (w *Writer) value(i int, v column.Value) error {
	if !v.Valid {
		w.buf = append(w.buf, "<>"...)
		return nil
	}
	switch v.Type {
	case column.Bool:
		w.bool(v.Bool())
	case column.Int:
		w.int(i, v.Int)
	case column.Float:
		return w.float(v.Float)
	default:
		return w.string(v.Str)
	}
	return nil
}

func (w *Writer) bool(v bool) {
	if v {
		w.buf = append(w.buf, "<1>"...)
	} else {
		w.buf = append(w.buf, "<0>"...)
	}
}

func (w *Writer) int(i int, v int64) {
	w.buf = append(w.buf, '<')
	if w.ints != nil {
		f := &w.ints[i]
		if f.at == 0 {
			f.at = len(w.buf)
		}
		if f.wide == 0 && v != 0 && v != 1 {
			f.wide = len(w.buf)
		}
	}
	w.buf = strconv.AppendInt(w.buf, v, 10)
	w.buf = append(w.buf, '>')
}

func (w *Writer) float(v float64) error {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Errorf("%v is not a number that SoR can hold", v)
	}
	w.buf = append(w.buf, '<')
	w.buf = column.AppendFloat(w.buf, v)
	w.buf = append(w.buf, '>')
	return nil
}

func (w *Writer) string(s string) error {
	if strings.IndexByte(s, '\n') >= 0 {
		return fmt.Errorf("SoR cannot hold a string with a line break: %s", excerpt([]byte(s)))
	}
	if closesEarly(s) {
		return fmt.Errorf("SoR cannot hold a string with a quote before a closing bracket: %s", excerpt([]byte(s)))
	}
	w.buf = append(w.buf, `<"`...)
	w.buf = append(w.buf, s...)
	w.buf = append(w.buf, `">`...)
	return nil
}

// closesEarly reports whether a quoted s would end before its end: at a quote that blanks and a bracket follow.
func closesEarly(s string) bool {
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return false
		}
		s = s[i+1:]
		if rest := strings.TrimLeft(s, " \t"); rest != "" && rest[0] == '>' {
			return true
		}
	}
}

// markInts makes sure that INT columns read back as INT, once the rows that inference looks at are there.
func (w *Writer) markInts() {
	var at []int
	for _, f := range w.ints {
		if f.at > 0 && f.wide == 0 {
			at = append(at, f.at)
		}
	}
	w.ints = nil
	slices.Sort(at)
	for i, k := range at {
		w.buf = slices.Insert(w.buf, k+i, '+')
	}
}
