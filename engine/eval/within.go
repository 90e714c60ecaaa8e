package eval

import "math/bits"

// unsigned is a code or the bits of an integer. A signed x is between lo and hi exactly when, taken as unsigned numbers
// that wrap around, x-lo is at most hi-lo.
type unsigned interface {
	uint8 | uint16 | uint32 | uint64
}

// withinPlain clears the bits of the values for which x-lo <= span is not equal to want.
func withinPlain[U unsigned](m bitmap, vals []U, lo, span U, want bool) {
	flip := uint64(0)
	if !want {
		flip = ^flip
	}
	for i := range m {
		if m[i] == 0 {
			continue
		}
		block := vals[64*i : min(64*i+64, len(vals))]
		var w uint64
		for _, x := range block {
			w = w>>1 | bit64(x-lo <= span)<<63
		}
		m[i] &= w>>(64-len(block)) ^ flip
	}
}

// betweenPlain clears the bits of the values for which lo <= x <= hi is not equal to want.
func betweenPlain(m bitmap, vals []float64, lo, hi float64, want bool) {
	flip := uint64(0)
	if !want {
		flip = ^flip
	}
	for i := range m {
		if m[i] == 0 {
			continue
		}
		block := vals[64*i : min(64*i+64, len(vals))]
		var w uint64
		for _, x := range block {
			w = w>>1 | (bit64(x >= lo)&bit64(x <= hi))<<63
		}
		m[i] &= w>>(64-len(block)) ^ flip
	}
}

// sparse is the number of bits set of a word up to which it is quicker to look at these rows alone.
const sparse = 24

// lookupPlain clears the bits of the values x for which table[x-lo] is not 1; it is 0 or 1. Values out of the table
// count as 0.
func lookupPlain[U unsigned](m bitmap, vals []U, lo U, table []uint8) {
	for i, w := range m {
		if w == 0 {
			continue
		}
		block := vals[64*i : min(64*i+64, len(vals))]
		var keep uint64
		if bits.OnesCount64(w) <= sparse {
			for rest := w; rest != 0; rest &= rest - 1 {
				k := bits.TrailingZeros64(rest)
				if x := uint64(block[k] - lo); x < uint64(len(table)) {
					keep |= uint64(table[x]) << k
				}
			}
			m[i] = keep
			continue
		}
		for _, x := range block {
			var t uint64
			if x := uint64(x - lo); x < uint64(len(table)) {
				t = uint64(table[x])
			}
			keep = keep>>1 | t<<63
		}
		m[i] = w & (keep >> (64 - len(block)))
	}
}
