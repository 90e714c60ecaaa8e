package sor

import (
	"context"
	"fmt"

	"github.com/eau2db/eau2/column"
)

// Schema is what the columns of an input are. Several who read slices of one input, each its own, need the same: one of
// them asks for it with [Input.Schema] and gives it to the others, for [Options].
type Schema struct {
	Fields   []column.Field
	Typed    []bool // columns whose type the caller gave
	All      bool   // it was inferred from all rows
	RowBytes int64  // mean length of the rows it was inferred from
}

// Schema finds out what the columns of the whole input are, as Read does it. The input must be one that can be read from
// any place; see [Input.Fingerprint].
func (in *Input) Schema(ctx context.Context, o Options) (*Schema, error) {
	s, err := in.infer(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", in.name, err)
	}
	return s, nil
}

func (in *Input) infer(ctx context.Context, o Options) (*Schema, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	if in.source == nil {
		return nil, errNotSliced
	}
	rd := &reader{in: in, o: o, meter: newMeter(in, &o)}
	return rd.infer(ctx)
}

var errNotSliced = fmt.Errorf("slices of it cannot be read by several: it can be read from its beginning only")

// infer reads the first rows, or all, and chooses the schema.
func (rd *reader) infer(ctx context.Context) (*Schema, error) {
	o := &rd.o
	limit := int64(o.Sample)
	if len(o.Columns) > 0 && allTyped(o.Columns) {
		limit = DefaultSample // only to see how long rows are
	}
	if err := rd.look(ctx, limit); err != nil {
		return nil, err
	}
	fields, typed, err := rd.sample.schema(o)
	if err != nil {
		return nil, rd.in.explain(err)
	}
	return &Schema{Fields: fields, Typed: typed, All: o.Sample < 0, RowBytes: rd.sample.rowBytes()}, nil
}

// Slice is a part of an input: what From and Len of Options say.
type Slice struct{ From, Len int64 }

// Cut cuts the slice that o says, of an input of size bytes, into up to n that follow one another, of about the same length
// and none shorter than least bytes unless it is the only one. Every row is in exactly one of them.
func Cut(size int64, o Options, n int, least int64) []Slice {
	total := o.total(size)
	n = int(max(min(int64(n), total/max(least, 1)), 1))
	slices := make([]Slice, n)
	for i := range slices {
		lo, hi := share(total, i, n), share(total, i+1, n)
		slices[i] = Slice{From: o.From + lo, Len: hi - lo}
	}
	if last := &slices[n-1]; o.Len == 0 {
		last.Len = 0 // to the end
	} else {
		last.Len = o.From + o.Len - last.From
	}
	return slices
}

// share returns i/n of total.
func share(total int64, i, n int) int64 {
	return total/int64(n)*int64(i) + total%int64(n)*int64(i)/int64(n)
}

// check refuses what Input.Schema does not give.
func (s *Schema) check() error {
	if len(s.Fields) == 0 || len(s.Typed) != len(s.Fields) || s.RowBytes < 0 {
		return fmt.Errorf("a schema of %d columns, %d of them typed or not, and rows of %d bytes", len(s.Fields), len(s.Typed), s.RowBytes)
	}
	for _, f := range s.Fields {
		if f.Type > column.String {
			return fmt.Errorf("column %s has no type", f.Name)
		}
	}
	return nil
}

// report returns the empty report of a read with this schema.
func (s *Schema) report() *Report {
	return &Report{Fields: s.Fields, Mismatches: make([]int64, len(s.Fields)), typed: s.Typed, all: s.All}
}

// Join makes one report of those of slices that follow one another, each read with o.Schema: that of one Read of them all,
// which are o.From and o.Len. When the slice after them failed with a RowError, Join returns the error of that Read.
func (in *Input) Join(ctx context.Context, o Options, slices []*Report, failed *RowError) (*Report, error) {
	r, err := in.join(ctx, &o, slices, failed)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", in.name, err)
	}
	return r, nil
}

func (in *Input) join(ctx context.Context, o *Options, slices []*Report, failed *RowError) (*Report, error) {
	if err := o.Schema.check(); err != nil {
		return nil, err
	}
	state := &progressive{report: o.Schema.report()}
	for _, s := range slices {
		if len(s.Mismatches) != len(o.Schema.Fields) {
			return nil, fmt.Errorf("a report of %d columns in place of %d", len(s.Mismatches), len(o.Schema.Fields))
		}
		// An error can only be that of t.failure, and there is none.
		_ = state.add(&tally{
			rows: s.Rows, bytes: s.Bytes, lines: s.Lines, dropped: s.Dropped, malformed: s.Malformed, extra: s.ExtraFields,
			mismatches: s.Mismatches, problems: s.Problems,
		})
	}
	r := state.report
	r.Lines = state.lines
	var err error
	if failed != nil {
		err = state.add(&tally{failure: &failed.Problem})
	}
	rd := &reader{in: in, o: *o, report: r}
	if err := rd.countFromTop(ctx, 0, err); err != nil {
		return nil, err
	}
	return r, rd.checkSoR()
}
