package sor

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/column"
)

// survey is inference over many rows: what a sample does, a column at a time where rows are ordinary.
type survey struct {
	sample  sample
	scanner scanner
	block   *block
	types   []column.Type // of the vector's columns
}

// newSurvey returns a survey of rows that are mostly as wide as those of head, which are among them.
func newSurvey(head *sample, o *Options) *survey {
	s := &survey{sample: sample{types: slices.Clone(head.types)}}
	s.scanner = newScanner(s, max(len(head.types), 1), o)
	return s
}

// add looks at the rows of a block.
func (s *survey) add(b *block) {
	s.block = b
	if b.long {
		s.malformed(b.lo, errTooLong(s.scanner.maxRow))
		return
	}
	s.sample.bytes += b.size
	s.scanner.scan(b.buf, b.lo, b.hi)
}

// rows implements taker.
func (s *survey) rows() bool {
	v := &s.scanner.vector
	if len(s.sample.types) == 0 { // all of head was malformed
		s.sample.types = []column.Type{column.Bool}
	}
	s.types = append(s.types[:0], s.sample.types...)
	for j := range s.types[:min(len(s.types), v.stride-1)] {
		if !s.widen(v, j) {
			for row := range v.n {
				line := v.line(row)
				fields, err := s.scanner.split(line)
				s.row(v.at(row), line, fields, err)
			}
			return true
		}
	}
	copy(s.sample.types, s.types)
	s.sample.rows += int64(v.n)
	return true
}

// widen makes the type of a column wide enough for the vector's values. It returns false when one is a number beyond
// FLOAT, so that its row is malformed and says nothing about any column.
func (s *survey) widen(v *vector, j int) bool {
	place, stride, text, t := v.column(j), 2*v.stride, textOf(v.buf), s.types[j]
	for i := range v.n {
		lo, hi := place[i*stride]+2, place[i*stride+1]
		if lo == hi {
			continue
		}
		ok := false
		switch t {
		case column.Bool:
			ok = hi-lo == 1 && v.buf[lo]-'0' <= 1
		case column.Int:
			_, ok = text.int(lo, hi)
		case column.Float:
			_, ok = text.float(lo, hi)
		case column.String:
			ok = hi-lo < 5 || v.buf[lo] > '9' || v.buf[lo] == '"' || !isDigit(v.buf[hi-1]) // the shortest is 1e309
		}
		switch {
		case ok:
		case v.buf[lo] == '"':
			t = column.String
		default:
			value := parse(v.buf[lo:hi])
			if value.Type == column.Float && math.IsInf(value.Float, 0) {
				return false
			}
			t = max(t, value.Type)
		}
	}
	s.types[j] = t
	return true
}

// odd implements taker.
func (s *survey) odd(at int, line []byte, fields []field) (taken, more bool) {
	s.row(at, line, fields, nil)
	return true, true
}

// malformed implements taker.
func (s *survey) malformed(at int, err error) bool {
	s.row(at, nil, nil, err)
	return true
}

// early implements taker.
func (s *survey) early() bool { return false }

func (s *survey) row(at int, line []byte, fields []field, err error) {
	s.sample.fields = fields
	s.sample.row(line, s.block.offset+int64(at-s.block.lo), err)
}

// lookAll infers over all rows of a Source, in parallel.
func (rd *reader) lookAll(ctx context.Context) error {
	in := rd.in
	if err := rd.sample.read(ctx, &sourceReader{source: in.source}, &rd.o, int64(rd.o.head)); err != nil {
		return err
	}
	source := &ranges{source: in.source, relay: newRelay(&progressive{}), end: in.source.Size()}
	source.cut(8<<20, rd.o.Threads)
	surveys := make([]*survey, rd.o.Threads)
	g, gctx := errgroup.WithContext(ctx)
	for i := range surveys {
		surveys[i] = newSurvey(rd.sample, &rd.o)
		g.Go(func() error { return rd.lookAt(gctx, source, surveys[i]) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	rd.sample = &sample{}
	for _, s := range surveys {
		rd.sample.merge(&s.sample)
	}
	if p := rd.sample.first; p != nil {
		n, err := countLines(ctx, in.source, p.Offset)
		p.Line = n + 1
		return err
	}
	return nil
}

// lookAt looks at parts until there are no more.
func (rd *reader) lookAt(ctx context.Context, source parts, s *survey) error {
	lines := newLineReader(rd.o.MaxRow, rd.o.block)
	for {
		p, err := source.take(ctx, lines)
		if errors.Is(err, io.EOF) {
			return nil
		}
		for err == nil {
			var b block
			if b, err = p.blocks.next(ctx); err == nil {
				s.add(&b)
				rd.meter.add(b.size, 0)
			}
		}
		if !errors.Is(err, io.EOF) {
			return err
		}
	}
}
