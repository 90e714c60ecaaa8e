package column

import (
	"encoding/binary"
	"math"
	"math/bits"
	"unsafe"
)

// Kernels that have a faster version for some processors, which replaces them when the package starts.
var (
	minMax        = minMaxPlain
	minMaxFloats  = minMaxFloatsPlain
	narrow8       = narrow[int8, int64]
	narrow16      = narrow[int16, int64]
	narrow32      = narrow[int32, int64]
	narrowCodes8  = narrow[uint8, uint32]
	narrowCodes16 = narrow[uint16, uint32]
	maxCode8      = maxCode[uint8]
	maxCode16     = maxCode[uint16]
	maxCode32     = maxCode[uint32]
	ascending     = ascendingPlain
)

// minMaxPlain returns the least and greatest of s, which is not empty.
func minMaxPlain(s []int64) (lo, hi int64) {
	lo, hi = s[0], s[0]
	l1, h1 := lo, hi
	for ; len(s) >= 2; s = s[2:] { // two chains of dependent operations, for the processor to overlap
		lo, hi = min(lo, s[0]), max(hi, s[0])
		l1, h1 = min(l1, s[1]), max(h1, s[1])
	}
	for _, v := range s {
		lo, hi = min(lo, v), max(hi, v)
	}
	return min(lo, l1), max(hi, h1)
}

// minMaxFloatsPlain is minMax of floats, where -0.0 is less than 0.0.
func minMaxFloatsPlain(s []float64) (lo, hi float64) {
	l, h := orderKey(s[0]), orderKey(s[0])
	for _, v := range s {
		k := orderKey(v)
		l, h = min(l, k), max(h, k)
	}
	return fromOrderKey(l), fromOrderKey(h)
}

// orderKey maps a float to an integer that compares as it does: negative floats have the order of their bits
// reversed.
func orderKey(f float64) int64 {
	i := int64(math.Float64bits(f))
	return i ^ int64(uint64(i>>63)>>1)
}

func fromOrderKey(i int64) float64 { return math.Float64frombits(uint64(i ^ int64(uint64(i>>63)>>1))) }

// narrow copies values that fit.
func narrow[D int8 | int16 | int32 | uint8 | uint16, S int64 | uint32](dst []D, src []S) {
	dst = dst[:len(src)]
	for i, v := range src {
		dst[i] = D(v)
	}
}

// maxCode returns the greatest of s, or 0.
func maxCode[T uint8 | uint16 | uint32](s []T) T {
	var m T
	for _, v := range s {
		if v > m { // rarely: a branch is faster than a chain of conditional moves
			m = v
		}
	}
	return m
}

// ascendingPlain reports whether the offsets, the first of which is 0, never fall.
func ascendingPlain(off []int32) bool {
	bad := int32(0)
	for i, v := range off[1:] {
		bad |= v | (v - off[i]) // no overflow unless v is negative
	}
	return bad >= 0
}

// packBools makes a bitmap of v.
func packBools(v []bool) []byte {
	m := make([]byte, (len(v)+7)/8)
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), len(v))
	i := 0
	for ; len(bytes) >= 8; bytes = bytes[8:] {
		// The product moves bit 8k of the word, the k-th bool, to bit 56+k.
		m[i] = byte(binary.LittleEndian.Uint64(bytes) * 0x0102040810204080 >> 56)
		i++
	}
	for k, b := range bytes {
		m[i] |= b << k
	}
	return m
}

func onesCount(m []byte) int {
	n := 0
	for ; len(m) >= 8; m = m[8:] {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(m))
	}
	for _, b := range m {
		n += bits.OnesCount8(b)
	}
	return n
}
