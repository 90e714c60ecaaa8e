package sor

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// text reads numbers out of a buffer, eight bytes at a time. It may look at up to 16 bytes before and behind a number:
// blocks have spare bytes on both sides.
type text struct{ p unsafe.Pointer }

func textOf(buf []byte) text { return text{unsafe.Pointer(unsafe.SliceData(buf))} }

func (t text) byte(i uint32) byte { return *(*byte)(unsafe.Add(t.p, uintptr(i))) }

// load returns eight bytes, the first in the low bits.
func (t text) load(i uint32) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(t.p, uintptr(i)))[:])
}

// digits reads the n digits that end before end, up to 16 of them; n may be 0.
func (t text) digits(end, n uint32) (v uint64, ok bool) {
	switch {
	case n == 0:
		return 0, true
	case n <= 8:
		return eightDigits(t.load(end-8), uint64(n))
	case n <= 16:
		hi, ok1 := eightDigits(t.load(end-16), uint64(n-8))
		lo, ok2 := eightDigits(t.load(end-8), 8)
		return hi*1e8 + lo, ok1 && ok2
	}
	return 0, false
}

// int reads the INT between s and e: a sign perhaps, and up to 16 digits. ok is false where that is not what it is.
func (t text) int(s, e uint32) (v int64, ok bool) {
	if e <= s {
		return 0, false
	}
	neg := false
	if c := t.byte(s); c == '-' || c == '+' {
		neg = c == '-'
		s++
	}
	if s == e {
		return 0, false
	}
	u, ok := t.digits(e, e-s)
	if neg {
		return -int64(u), ok
	}
	return int64(u), ok
}

// Powers of ten that are exact as float64, and as uint64.
var (
	floatPowers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16}
	intPowers   = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16}
)

// float reads the FLOAT between s and e when it is a sign perhaps, digits, and a point perhaps among them within the
// first eight bytes, and when all digits together are below 2^53: then they and the power of ten to divide by are exact
// as float64, so that their quotient is rounded but once and is the float nearest to the text (Clinger, "How to read
// floating point numbers accurately", 1990). ok is false for all others.
func (t text) float(s, e uint32) (v float64, ok bool) {
	if e <= s {
		return 0, false
	}
	neg := false
	if c := t.byte(s); c == '-' || c == '+' {
		neg = c == '-'
		s++
	}
	x := t.load(s) ^ '.'*ones
	x = (x - ones) &^ x & highs // the lowest bit set is right
	dot := s + uint32(bits.TrailingZeros64(x)>>3)
	frac := uint32(0)
	switch {
	case dot >= e:
		dot = e
	case t.byte(dot) != '.':
		return 0, false
	default:
		frac = e - dot - 1
	}
	whole := dot - s
	if whole+frac-1 >= 19 || frac > 16 { // no digits, or more than 64 bits hold
		return 0, false
	}
	a, ok1 := t.digits(dot, whole)
	b, ok2 := t.digits(e, frac)
	u := a*intPowers[frac] + b
	if !ok1 || !ok2 || u >= 1<<53 {
		return 0, false
	}
	v = float64(u) / floatPowers[frac]
	if neg {
		v = -v
	}
	return v, true
}
