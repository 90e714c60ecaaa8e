package sor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/eau2db/eau2/column"
)

// sample is what inference has seen: rows from the beginning of the input, or some of all rows.
type sample struct {
	rows      int64 // lines that are not blank
	malformed int64
	bytes     int64         // of the rows that are not malformed
	types     []column.Type // the widest type of each column so far
	first     *Problem      // the first malformed row; its line is counted from the sample's first
	lines     int64
	fields    []field
}

// block adds rows until there are limit, and reports whether more are wanted. A negative limit is none.
func (s *sample) block(b *block, o *Options, limit int64) bool {
	if b.long {
		s.row(nil, b.offset, errTooLong(o.MaxRow))
		s.lines++
	}
	for text := b.text(); len(text) > 0 && s.rows != limit; {
		n := bytes.IndexByte(text, '\n')
		fields, err := s.fields[:0], errTooLong(o.MaxRow)
		if n <= o.MaxRow {
			fields, err = splitRow(text[:n], fields)
		}
		if err != nil || len(fields) > 0 {
			s.fields = fields
			if s.row(text[:n], b.offset+int64(b.hi-b.lo-len(text)), err) {
				s.bytes += int64(n) + 1
			}
		}
		s.lines++
		text = text[n+1:]
	}
	return s.rows != limit
}

// row adds one row, whose fields are in s.fields. ok is false when it is malformed.
func (s *sample) row(line []byte, offset int64, err error) (ok bool) {
	s.rows++
	if err == nil {
		err = s.widen(line)
	}
	if err != nil {
		s.malformed++
		if s.first == nil {
			s.first = &Problem{Line: s.lines + 1, Offset: offset, Reason: err.Error()}
		}
	}
	return err == nil
}

// widen makes the types wide enough for a row, unless it is malformed.
func (s *sample) widen(line []byte) error {
	for _, f := range s.fields {
		if v := parse(line[f.start:f.end]); !f.quoted && v.Type == column.Float && math.IsInf(v.Float, 0) {
			return errTooLarge(line[f.start:f.end])
		}
	}
	for i, f := range s.fields {
		if i == len(s.types) {
			s.types = append(s.types, column.Bool)
		}
		switch {
		case f.missing():
		case f.quoted:
			s.types[i] = column.String
		case s.types[i] != column.String:
			s.types[i] = max(s.types[i], parse(line[f.start:f.end]).Type)
		}
	}
	return nil
}

// merge adds what another sample has seen.
func (s *sample) merge(t *sample) {
	s.rows += t.rows
	s.malformed += t.malformed
	s.bytes += t.bytes
	for i, typ := range t.types {
		if i == len(s.types) {
			s.types = append(s.types, typ)
		}
		s.types[i] = max(s.types[i], typ)
	}
	if t.first != nil && (s.first == nil || t.first.Offset < s.first.Offset) {
		s.first = t.first
	}
}

// rowBytes returns the mean length of a row.
func (s *sample) rowBytes() int64 {
	good := s.rows - s.malformed
	if good == 0 {
		return 64
	}
	return max(s.bytes/good, 1)
}

// schema returns the fields of the table, and which of them have a type given by the caller.
func (s *sample) schema(o *Options) (fields []column.Field, typed []bool, err error) {
	if len(o.Columns) == 0 || !allTyped(o.Columns) {
		switch {
		case s.rows > 0 && s.rows == s.malformed:
			return nil, nil, s.notSoR()
		case len(o.Columns) == 0 && len(s.types) == 0:
			return nil, nil, fmt.Errorf("%w; name the columns to load it all the same", ErrNoRows)
		}
	}
	width := len(s.types)
	if len(o.Columns) > 0 {
		width = len(o.Columns)
	}
	fields, typed = make([]column.Field, width), make([]bool, width)
	for i := range fields {
		fields[i] = column.Field{Name: fmt.Sprintf("c%d", i)}
		if i < len(s.types) {
			fields[i].Type = s.types[i]
		}
		if i >= len(o.Columns) {
			continue
		}
		c := o.Columns[i]
		if c.Name != "" {
			fields[i].Name = c.Name
		}
		if c.Typed {
			fields[i].Type, typed[i] = c.Type, true
		}
	}
	return fields, typed, nil
}

func (s *sample) notSoR() error {
	return notSoR(s.rows, *s.first)
}

func notSoR(rows int64, first Problem) error {
	return fmt.Errorf("%w: none of its first %s is a row of fields between < and >; %s", ErrNotSoR, count(rows, "line"), first)
}

func allTyped(columns []Column) bool {
	for _, c := range columns {
		if !c.Typed {
			return false
		}
	}
	return true
}

// read adds rows from the beginning of r until there are limit.
func (s *sample) read(ctx context.Context, r io.Reader, o *Options, limit int64) error {
	lines := newLineReader(o.MaxRow, min(o.block, 64<<10))
	lines.reset(r, 0, math.MaxInt64)
	for {
		b, err := lines.next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !s.block(&b, o, limit) {
			return nil
		}
	}
}

func errTooLong(limit int) error { return fmt.Errorf("row longer than the limit of %d bytes", limit) }

func errTooLarge(text []byte) error {
	return fmt.Errorf("number too large for a FLOAT: %s", excerpt(text))
}
