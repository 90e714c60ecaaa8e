package eval

import (
	"math/bits"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/set"
	"github.com/eau2db/eau2/engine/vector"
)

// intSet is column IN a set of INTs.
type intSet struct {
	membership
	table *set.Table
}

func (s *intSet) ready(*vector.Batch) bool { return true }

func (s *intSet) narrow(b *vector.Batch, m bitmap) {
	s.begin(m)
	a, lo, n, ok := window(b, s.col)
	switch {
	case !ok:
		lookupSet(m, b.Col(s.col).Int, s.table)
	case a.Layout == column.Int8:
		lookupSet(m, a.I8[lo:lo+n], s.table)
	case a.Layout == column.Int16:
		lookupSet(m, a.I16[lo:lo+n], s.table)
	case a.Layout == column.Int32:
		lookupSet(m, a.I32[lo:lo+n], s.table)
	default:
		lookupSet(m, a.I64[lo:lo+n], s.table)
	}
	s.end(b, m)
}

// lookupSet clears the bits of the values that are not in the table.
func lookupSet[T int8 | int16 | int32 | int64](m bitmap, vals []T, t *set.Table) {
	if t.Words == nil {
		lookupSparse(m, vals, t)
		return
	}
	words, base := t.Words, uint64(t.Base)
	for i, w := range m {
		if w == 0 {
			continue
		}
		block := vals[64*i : min(64*i+64, len(vals))]
		var keep uint64
		switch {
		case bits.OnesCount64(w) <= sparse:
			for rest := w; rest != 0; rest &= rest - 1 {
				k := bits.TrailingZeros64(rest)
				if at := uint64(int64(block[k])) - base; at>>6 < uint64(len(words)) {
					keep |= words[at>>6] >> (at & 63) & 1 << k
				}
			}
		default:
			for _, x := range block {
				var bit uint64
				if at := uint64(int64(x)) - base; at>>6 < uint64(len(words)) {
					bit = words[at>>6] >> (at & 63) & 1
				}
				keep = keep>>1 | bit<<63
			}
			keep >>= 64 - len(block)
		}
		m[i] = w & keep
	}
}

// lookupSparse is lookupSet for a table without bits: its filter leaves few values that have to be looked up.
func lookupSparse[T int8 | int16 | int32 | int64](m bitmap, vals []T, t *set.Table) {
	filter, shift := t.Filter, t.Shift&63
	for i, w := range m {
		if w == 0 {
			continue
		}
		block := vals[64*i : min(64*i+64, len(vals))]
		var maybe, keep uint64
		for k, x := range block { // few are found, so that a branch is quicker than none
			at := uint64(int64(x)) * set.Factor >> shift
			if filter[at>>6]&(1<<(at&63)) != 0 {
				maybe |= 1 << (k & 63)
			}
		}
		for rest := w & maybe; rest != 0; rest &= rest - 1 {
			k := bits.TrailingZeros64(rest)
			keep |= bit64(t.Has(int64(block[k]))) << k
		}
		m[i] = keep
	}
}
