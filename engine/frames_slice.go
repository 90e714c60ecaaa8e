package engine

import (
	"fmt"
	"math"

	"github.com/eau2db/eau2/column"
)

// ColumnSlice is the values of a column, as Slice makes it.
type ColumnSlice struct {
	column Column
	n      int
	nulls  []bool
	add    func(b *column.Builder, lo, hi int)
	check  func() error
}

// Slice names values as those of a column. The slice must not change while it is used.
func Slice[T Native](name string, values []T) ColumnSlice { return SliceNulls(name, values, nil) }

// SliceNulls is Slice where row i is NULL if nulls[i] is true; nil nulls are none.
func SliceNulls[T Native](name string, values []T, nulls []bool) ColumnSlice {
	s := ColumnSlice{column: Column{Name: name, Type: nativeType[T]()}, n: len(values), nulls: nulls, check: func() error { return nil }}
	switch v := any(values).(type) {
	case []bool:
		s.add = func(b *column.Builder, lo, hi int) { copy(b.ExtendBools(hi-lo), v[lo:hi]) }
	case []int64:
		s.add = func(b *column.Builder, lo, hi int) { copy(b.ExtendInts(hi-lo), v[lo:hi]) }
	case []float64:
		s.add = func(b *column.Builder, lo, hi int) { copy(b.ExtendFloats(hi-lo), v[lo:hi]) }
		s.check = func() error {
			for i, f := range v {
				if (math.IsNaN(f) || math.IsInf(f, 0)) && (nulls == nil || !nulls[i]) {
					return fmt.Errorf("row %d: %v is not a value: FLOAT has no NaN and no infinity", i, f)
				}
			}
			return nil
		}
	case []string:
		s.add = func(b *column.Builder, lo, hi int) {
			for i := lo; i < hi; i++ {
				if nulls != nil && nulls[i] {
					b.AppendNull()
				} else {
					b.AppendString(v[i])
				}
			}
		}
		return s
	}
	dense := s.add
	s.add = func(b *column.Builder, lo, hi int) {
		from := b.Len()
		dense(b, lo, hi)
		if nulls != nil {
			for i, null := range nulls[lo:hi] {
				if null {
					b.SetNull(from + i)
				}
			}
		}
	}
	return s
}

func checkSlices(fields []Column, slices []ColumnSlice) (rows int, err error) {
	if len(slices) != len(fields) {
		return 0, fmt.Errorf("%d slices for %d columns", len(slices), len(fields))
	}
	for i, s := range slices {
		switch f := fields[i]; {
		case s.column != f:
			return 0, fmt.Errorf("slice %s %s for column %s %s", s.column.Name, s.column.Type, f.Name, f.Type)
		case s.n != slices[0].n:
			return 0, fmt.Errorf("column %s has %d rows, column %s has %d", f.Name, s.n, fields[0].Name, slices[0].n)
		case s.nulls != nil && len(s.nulls) != s.n:
			return 0, fmt.Errorf("column %s has %d rows, but whether they are NULL is said of %d", f.Name, s.n, len(s.nulls))
		}
		if err := s.check(); err != nil {
			return 0, fmt.Errorf("column %s: %w", s.column.Name, err)
		}
	}
	return slices[0].n, nil
}
