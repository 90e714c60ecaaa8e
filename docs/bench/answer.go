package main

import (
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"strings"
)

// keepRows is the size up to which answers are compared row by row.
const keepRows = 300_000

// tolerance is how far two floating-point numbers may be apart, of their size: sums depend on the order of addition.
const tolerance = 1e-9

// An answer is a result in a form that can be compared with another system's.
type answer struct {
	rows int
	kept [][]any // all rows when there are at most keepRows
	sums []columnSum
}

// A columnSum tells a column from most others whatever the order of its rows. Numbers that are not exact are summed
// twice: plainly, and weighted by the row's exact values, so that two swapped ones show.
type columnSum struct {
	hash            uint64
	float, weighted float64
}

var seed = maphash.MakeSeed()

// read runs a query and collects its answer. With ascending the first column must ascend.
func read(ctx context.Context, s system, sql string, ascending bool) (*answer, error) {
	a := &answer{}
	var last any
	err := s.Rows(ctx, sql, func(row []any) error {
		if a.sums == nil {
			a.sums = make([]columnSum, len(row))
		}
		if ascending {
			if a.rows > 0 && compareValues(last, row[0]) > 0 {
				return fmt.Errorf("%s: %s: %v after %v", s.Name(), sql, row[0], last)
			}
			last = row[0]
		}
		a.add(row)
		return nil
	})
	return a, err
}

func (a *answer) add(row []any) {
	var key uint64
	for i, v := range row {
		if _, inexact := v.(float64); !inexact {
			h := maphash.Comparable(seed, v)
			a.sums[i].hash += h
			key = key*31 + h
		}
	}
	weight := 1 + float64(key>>32)/(1<<32)
	for i, v := range row {
		if f, inexact := v.(float64); inexact {
			a.sums[i].float += f
			a.sums[i].weighted += f * weight
		}
	}
	if a.rows++; a.rows > keepRows {
		a.kept = nil
		return
	}
	row = slices.Clone(row)
	for i, v := range row {
		if s, ok := v.(string); ok {
			row[i] = strings.Clone(s)
		}
	}
	a.kept = append(a.kept, row)
}

// differs says how b differs from a, or returns nil. Rows may come in any order, and numbers may also be slack apart.
func (a *answer) differs(b *answer, slack float64) error {
	if a.rows != b.rows {
		return fmt.Errorf("%d rows and %d rows", a.rows, b.rows)
	}
	if len(a.sums) != len(b.sums) {
		return fmt.Errorf("%d columns and %d columns", len(a.sums), len(b.sums))
	}
	if a.kept == nil {
		slack *= float64(a.rows)
		for i, s := range a.sums {
			t := b.sums[i]
			if s.hash != t.hash || !near(s.float, t.float, slack) || !near(s.weighted, t.weighted, slack) {
				return fmt.Errorf("column %d: the sums of %d rows differ: %v and %v", i+1, a.rows, s, t)
			}
		}
		return nil
	}
	slices.SortFunc(a.kept, compareRows)
	slices.SortFunc(b.kept, compareRows)
	for i, row := range a.kept {
		if !slices.EqualFunc(row, b.kept[i], func(v, w any) bool { return same(v, w, slack) }) {
			return fmt.Errorf("row %d of %d, sorted: %v and %v", i+1, a.rows, row, b.kept[i])
		}
	}
	return nil
}

// compareRows orders rows by their exact values and then by the floating-point numbers, which may differ a little.
func compareRows(a, b []any) int {
	for _, inexact := range []bool{false, true} {
		for i, v := range a {
			if _, ok := v.(float64); ok == inexact {
				if c := compareValues(v, b[i]); c != 0 {
					return c
				}
			}
		}
	}
	return 0
}

func compareValues(a, b any) int {
	switch a := a.(type) {
	case int64:
		if b, ok := b.(int64); ok {
			return cmp.Compare(a, b)
		}
	case float64:
		if b, ok := b.(float64); ok {
			return cmp.Compare(a, b)
		}
	case string:
		if b, ok := b.(string); ok {
			return cmp.Compare(a, b)
		}
	}
	return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) // bool, nil, and types that differ
}

func same(v, w any, slack float64) bool {
	f, ok1 := v.(float64)
	g, ok2 := w.(float64)
	if ok1 && ok2 {
		return near(f, g, slack)
	}
	return v == w
}

func near(f, g, slack float64) bool {
	return f == g || math.Abs(f-g) <= max(slack, tolerance*max(math.Abs(f), math.Abs(g)))
}
