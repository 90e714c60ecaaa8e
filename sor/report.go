package sor

import (
	"errors"
	"fmt"

	"github.com/eau2db/eau2/column"
)

// What can be wrong with an input as a whole.
var (
	ErrNoRows = errors.New("no rows to infer a schema from")
	ErrNotSoR = errors.New("this does not look like SoR")
	ErrShrunk = errors.New("the file shrank while it was read")
)

// maxProblems is the number of problems a Report describes; the others are only counted.
const maxProblems = 20

// Report says what was read and what was lost.
type Report struct {
	Fields []column.Field
	Rows   int64
	Bytes  int64 // of text, when the input is compressed
	Lines  int64 // line breaks in what was read

	Dropped     int64     // malformed or skipped rows
	Malformed   int64     // the malformed ones of them
	Problems    []Problem // the first 20 dropped rows, nulled values and rows with fields past the width
	Mismatches  []int64   // nulled values by column
	ExtraFields int64     // rows with fields past the width

	typed []bool // columns whose type the caller gave
	all   bool   // the schema is that of all rows
}

// Problem is a dropped row, a nulled value, or a row with fields past the width.
type Problem struct {
	Line   int64 // from 1
	Offset int64 // of the row's first byte in the input (of the text, when it is compressed)
	Column string
	Reason string
}

// String describes the problem and its place.
func (p Problem) String() string {
	if p.Column == "" {
		return fmt.Sprintf("line %d (byte %d): %s", p.Line, p.Offset, p.Reason)
	}
	return fmt.Sprintf("line %d (byte %d), column %s: %s", p.Line, p.Offset, p.Column, p.Reason)
}

// RowError is the problem that ended a read with [FailLoad] or [MismatchFail].
type RowError struct{ Problem Problem }

// Error describes the problem and its place.
func (e *RowError) Error() string { return e.Problem.String() }

// Warnings sums up in a few sentences what was lost and which option would have kept it; none when nothing was.
func (r *Report) Warnings() []string {
	var w []string
	if r.Malformed > 0 {
		w = append(w, fmt.Sprintf("%s dropped", count(r.Malformed, "malformed row")))
	}
	if n := r.Dropped - r.Malformed; n > 0 {
		w = append(w, fmt.Sprintf("%s dropped whose values do not fit their columns: sample=all, or types given by hand, would keep them", count(n, "row")))
	}
	for i, n := range r.Mismatches {
		if n == 0 {
			continue
		}
		f := r.Fields[i]
		keep := fmt.Sprintf("sample=all, or a type given to %s by hand, would keep them", f.Name)
		if r.all || r.typed[i] {
			keep = fmt.Sprintf("another type given to %s would keep them", f.Name)
		}
		w = append(w, fmt.Sprintf("%s of column %s not %s, NULL instead: %s", count(n, "value"), f.Name, f.Type, keep))
	}
	if r.ExtraFields > 0 {
		w = append(w, fmt.Sprintf("%s with more than %s: the fields past them are dropped; sample=all, or more columns named, would keep them",
			count(r.ExtraFields, "row"), count(int64(len(r.Fields)), "field")))
	}
	return w
}

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// tally is what one part of the input adds to the report. Lines in problems count from the part's first.
type tally struct {
	rows, bytes, lines, dropped, malformed, extra int64
	mismatches                                    []int64
	problems                                      []Problem
	failure                                       *Problem // ends the read
}

func (t *tally) reset(width int) {
	*t = tally{mismatches: t.mismatches[:0], problems: t.problems[:0]}
	for range width {
		t.mismatches = append(t.mismatches, 0)
	}
}

// full reports whether further problems need no description.
func (t *tally) full() bool { return len(t.problems) >= maxProblems }

// progressive is the state that goes from part to part in the order of the input: whoever holds it has all parts
// before its own accounted for.
type progressive struct {
	report *Report
	lines  int64 // line breaks so far
	chunks int
}

// add accounts for the next part. An error is the problem that ends the read.
func (s *progressive) add(t *tally) error {
	r := s.report
	for _, p := range t.problems {
		if len(r.Problems) < maxProblems {
			p.Line += s.lines
			r.Problems = append(r.Problems, p)
		}
	}
	if t.failure != nil {
		p := *t.failure
		p.Line += s.lines
		return &RowError{Problem: p}
	}
	r.Rows += t.rows
	r.Bytes += t.bytes
	r.Dropped += t.dropped
	r.Malformed += t.malformed
	r.ExtraFields += t.extra
	for i, n := range t.mismatches {
		r.Mismatches[i] += n
	}
	s.lines += t.lines
	return nil
}
