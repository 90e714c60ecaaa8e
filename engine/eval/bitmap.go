package eval

import (
	"math/bits"

	"github.com/eau2db/eau2/engine/vector"
)

// bitmap has a bit for each row of a batch, the first row's the lowest of the first word. Bits behind the last row are
// clear.
type bitmap []uint64

// ones returns a bitmap of n set bits, in the memory of m.
func (m bitmap) ones(n int) bitmap {
	m = bitmap(grow(m, (n+63)/64))
	for i := range m {
		m[i] = ^uint64(0)
	}
	if n%64 != 0 {
		m[len(m)-1] = 1<<(n%64) - 1
	}
	return m
}

// count returns the number of set bits.
func (m bitmap) count() (n int) {
	for _, w := range m {
		n += bits.OnesCount64(w)
	}
	return n
}

// none reports whether no bit is set.
func (m bitmap) none() bool {
	for _, w := range m {
		if w != 0 {
			return false
		}
	}
	return true
}

// andBits clears the bits of the rows whose bit in src, where the first row's is bit lo, is not equal to want.
func (m bitmap) andBits(src []byte, lo int, want bool) {
	flip := uint64(0)
	if !want {
		flip = ^flip
	}
	for i := range m {
		m[i] &= vector.Bits64(src, lo+64*i) ^ flip
	}
}

// andNot clears the bits of the rows for which drop is true.
func (m bitmap) andNot(drop []bool) {
	for i, d := range drop {
		if d {
			m[i/64] &^= 1 << (i % 64)
		}
	}
}

// and clears the bits of the rows for which keep is not equal to want.
func (m bitmap) and(keep []bool, want bool) {
	for i := range m {
		block := keep[64*i : min(64*i+64, len(keep))]
		var w uint64
		for _, k := range block {
			w = w>>1 | bit64(k == want)<<63
		}
		m[i] &= w >> (64 - len(block))
	}
}

func bit64(b bool) uint64 {
	var x uint64
	if b {
		x = 1
	}
	return x
}

// rowsPlain writes the numbers of the set bits to rows, which has room for all, and returns how many there are.
func (m bitmap) rowsPlain(rows []int32) int {
	n := 0
	for i, w := range m {
		for base := int32(64 * i); w != 0; w &= w - 1 {
			rows[n] = base + int32(bits.TrailingZeros64(w))
			n++
		}
	}
	return n
}

// rows returns the numbers of the set bits, in the memory of s.
func (m bitmap) rows(s []int32) []int32 {
	s = grow(s, 64*len(m)+16)
	return s[:writeRows(m, s)]
}
