package eval

import (
	"math"
	"unsafe"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// mask is a condition on one column that works on encoded data and cannot fail.
type mask interface {
	// ready reports whether narrow can be called for b.
	ready(b *vector.Batch) bool
	// narrow clears the bits of the rows of b for which the condition is not true.
	narrow(b *vector.Batch, m bitmap)
}

// window returns rows lo to lo+n of column col where b has them encoded and without gaps.
func window(b *vector.Batch, col int) (a *column.Array, lo, n int, ok bool) {
	a, lo, sel, ok := b.Array(col)
	return a, lo, b.Len(), ok && sel == nil
}

// same returns s as a slice of another type of the same size.
func same[D, S any](s []S) []D {
	return unsafe.Slice((*D)(unsafe.Pointer(unsafe.SliceData(s))), len(s))
}

// intRange is lo <= column <= hi of INT, or where out is set the contrary.
type intRange struct {
	col    int
	lo, hi int64
	out    bool
}

func (r *intRange) ready(*vector.Batch) bool { return true }

func (r *intRange) narrow(b *vector.Batch, m bitmap) {
	a, lo, n, ok := window(b, r.col)
	if !ok {
		v := b.Col(r.col)
		r.narrow64(m, v.Int)
		if v.Null != nil {
			m.andNot(v.Null)
		}
		return
	}
	switch a.Layout {
	case column.Int8:
		if l, h, some := r.clamp(m, math.MinInt8, math.MaxInt8); some {
			within8(m, same[uint8](a.I8[lo:lo+n]), uint8(l), uint8(h-l), !r.out)
		}
	case column.Int16:
		if l, h, some := r.clamp(m, math.MinInt16, math.MaxInt16); some {
			within16(m, same[uint16](a.I16[lo:lo+n]), uint16(l), uint16(h-l), !r.out)
		}
	case column.Int32:
		if l, h, some := r.clamp(m, math.MinInt32, math.MaxInt32); some {
			within32(m, same[uint32](a.I32[lo:lo+n]), uint32(l), uint32(h-l), !r.out)
		}
	default:
		r.narrow64(m, a.I64[lo:lo+n])
	}
	// A NULL row holds 0, which is often left out already.
	if a.Valid != nil && (r.lo <= 0 && r.hi >= 0) != r.out {
		m.andBits(a.Valid, lo, true)
	}
}

func (r *intRange) narrow64(m bitmap, vals []int64) {
	if l, h, some := r.clamp(m, math.MinInt64, math.MaxInt64); some {
		within64(m, same[uint64](vals), uint64(l), uint64(h)-uint64(l), !r.out)
	}
}

// clamp returns the part of the range within least and most; where there is none it does the work and says so.
func (r *intRange) clamp(m bitmap, least, most int64) (lo, hi int64, some bool) {
	lo, hi = max(r.lo, least), min(r.hi, most)
	if lo > hi {
		if !r.out {
			clear(m)
		}
		return 0, 0, false
	}
	return lo, hi, true
}

// floatRange is lo <= column <= hi of FLOAT, or where out is set the contrary.
type floatRange struct {
	col    int
	lo, hi float64
	out    bool
}

func (r *floatRange) ready(*vector.Batch) bool { return true }

func (r *floatRange) narrow(b *vector.Batch, m bitmap) {
	a, lo, n, ok := window(b, r.col)
	if !ok {
		v := b.Col(r.col)
		between(m, v.Float, r.lo, r.hi, !r.out)
		if v.Null != nil {
			m.andNot(v.Null)
		}
		return
	}
	between(m, a.F64[lo:lo+n], r.lo, r.hi, !r.out)
	if a.Valid != nil && (r.lo <= 0 && r.hi >= 0) != r.out {
		m.andBits(a.Valid, lo, true)
	}
}

// intTable is column IN (list) of INT, for a list that is not far from dense: table[x-lo] is 1 where x is accepted.
type intTable struct {
	membership
	lo    int64
	table []uint8

	bytes *[256]uint8 // the table for int8, made at first use
}

// membership is what IN of a column has whatever its values are looked up in.
type membership struct {
	col int
	out bool // NOT IN
	old bitmap
}

// begin is called before the bits of the values that are not found are cleared, end after.
func (s *membership) begin(m bitmap) {
	if s.out {
		s.old = append(s.old[:0], m...)
	}
}

func (s *membership) end(b *vector.Batch, m bitmap) {
	if s.out {
		for i, found := range m {
			m[i] = s.old[i] &^ found
		}
	}
	narrowNulls(b, s.col, m)
}

// maxIntTable is the longest table of an IN list.
const maxIntTable = 1 << 16

func (t *intTable) ready(*vector.Batch) bool { return true }

func (t *intTable) narrow(b *vector.Batch, m bitmap) {
	t.begin(m)
	a, lo, n, ok := window(b, t.col)
	switch {
	case !ok:
		lookupPlain(m, same[uint64](b.Col(t.col).Int), uint64(t.lo), t.table)
	case a.Layout == column.Int8:
		lookup8(m, same[uint8](a.I8[lo:lo+n]), t.byteTable())
	case a.Layout == column.Int16:
		lookupWide(m, a.I16[lo:lo+n], t)
	case a.Layout == column.Int32:
		lookupWide(m, a.I32[lo:lo+n], t)
	default:
		lookupPlain(m, same[uint64](a.I64[lo:lo+n]), uint64(t.lo), t.table)
	}
	t.end(b, m)
}

// byteTable returns the table indexed by the byte behind an int8.
func (t *intTable) byteTable() *[256]uint8 {
	if t.bytes == nil {
		t.bytes = new([256]uint8)
		for i, x := range t.table {
			if v := t.lo + int64(i); v >= math.MinInt8 && v <= math.MaxInt8 {
				t.bytes[uint8(v)] = x
			}
		}
	}
	return t.bytes
}

// lookupWide looks up values that are narrower than the table's bounds may be.
func lookupWide[T int16 | int32](m bitmap, vals []T, t *intTable) {
	for i, w := range m {
		if w == 0 {
			continue
		}
		block := vals[64*i : min(64*i+64, len(vals))]
		var keep uint64
		for _, x := range block {
			var bit uint64
			if at := uint64(int64(x) - t.lo); at < uint64(len(t.table)) {
				bit = uint64(t.table[at])
			}
			keep = keep>>1 | bit<<63
		}
		m[i] = w & (keep >> (64 - len(block)))
	}
}

// narrowNulls clears the bits of the rows that are NULL.
func narrowNulls(b *vector.Batch, col int, m bitmap) {
	if a, lo, _, ok := window(b, col); ok {
		if a.Valid != nil {
			m.andBits(a.Valid, lo, true)
		}
	} else if v := b.Col(col); v.Null != nil {
		m.andNot(v.Null)
	}
}

// boolIs is a BOOL column, or NOT of it.
type boolIs struct {
	col  int
	want bool
}

func (i *boolIs) ready(*vector.Batch) bool { return true }

func (i *boolIs) narrow(b *vector.Batch, m bitmap) {
	if a, lo, _, ok := window(b, i.col); ok {
		m.andBits(a.Bits, lo, i.want)
		if a.Valid != nil && !i.want {
			m.andBits(a.Valid, lo, true)
		}
		return
	}
	v := b.Col(i.col)
	m.and(v.Bool, i.want)
	if v.Null != nil {
		m.andNot(v.Null)
	}
}

// nullIs is column IS NULL, or IS NOT NULL.
type nullIs struct {
	col  int
	null bool
}

func (i *nullIs) ready(*vector.Batch) bool { return true }

func (i *nullIs) narrow(b *vector.Batch, m bitmap) {
	if a, lo, _, ok := window(b, i.col); ok {
		if a.Valid != nil {
			m.andBits(a.Valid, lo, !i.null)
		} else if i.null {
			clear(m)
		}
		return
	}
	switch v := b.Col(i.col); {
	case v.Null != nil:
		m.and(v.Null, i.null)
	case i.null:
		clear(m)
	}
}
