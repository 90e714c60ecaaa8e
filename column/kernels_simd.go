//go:build goexperiment.simd && amd64

package column

import (
	"simd/archsimd"
	"unsafe"
)

func init() {
	if !archsimd.X86.AVX512() {
		return
	}
	minMax, minMaxFloats = minMaxSIMD, minMaxFloatsSIMD
	narrow8, narrow16, narrow32 = narrow8SIMD, narrow16SIMD, narrow32SIMD
	narrowCodes8, narrowCodes16 = narrowCodes8SIMD, narrowCodes16SIMD
	maxCode8, maxCode16, maxCode32 = maxCode8SIMD, maxCode16SIMD, maxCode32SIMD
	ascending = ascendingSIMD
}

// at returns the N values of s from i on.
func at[A any, T any](s []T, i int) *A {
	return (*A)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(s)), uintptr(i)*unsafe.Sizeof(s[0])))
}

func minMaxSIMD(s []int64) (lo, hi int64) {
	n := len(s) &^ 15
	if n == 0 {
		return minMaxPlain(s)
	}
	l0, l1 := archsimd.LoadInt64x8(at[[8]int64](s, 0)), archsimd.LoadInt64x8(at[[8]int64](s, 8))
	h0, h1 := l0, l1
	for i := 16; i < n; i += 16 {
		a, b := archsimd.LoadInt64x8(at[[8]int64](s, i)), archsimd.LoadInt64x8(at[[8]int64](s, i+8))
		l0, h0 = l0.Min(a), h0.Max(a)
		l1, h1 = l1.Min(b), h1.Max(b)
	}
	var l, h [8]int64
	l0.Min(l1).Store(&l)
	h0.Max(h1).Store(&h)
	archsimd.ClearAVXUpperBits()
	lo, hi = l[0], h[0]
	for i := range l {
		lo, hi = min(lo, l[i]), max(hi, h[i])
	}
	for _, v := range s[n:] {
		lo, hi = min(lo, v), max(hi, v)
	}
	return lo, hi
}

func minMaxFloatsSIMD(s []float64) (lo, hi float64) {
	n := len(s) &^ 15
	if n == 0 {
		return minMaxFloatsPlain(s)
	}
	l0, l1 := orderKeys(s, 0), orderKeys(s, 8)
	h0, h1 := l0, l1
	for i := 16; i < n; i += 16 {
		a, b := orderKeys(s, i), orderKeys(s, i+8)
		l0, h0 = l0.Min(a), h0.Max(a)
		l1, h1 = l1.Min(b), h1.Max(b)
	}
	var l, h [8]int64
	l0.Min(l1).Store(&l)
	h0.Max(h1).Store(&h)
	archsimd.ClearAVXUpperBits()
	low, high := l[0], h[0]
	for i := range l {
		low, high = min(low, l[i]), max(high, h[i])
	}
	for _, v := range s[n:] {
		low, high = min(low, orderKey(v)), max(high, orderKey(v))
	}
	return fromOrderKey(low), fromOrderKey(high)
}

// orderKeys returns the orderKey of eight floats.
func orderKeys(s []float64, i int) archsimd.Int64x8 {
	v := archsimd.LoadFloat64x8(at[[8]float64](s, i)).AsInt64x8()
	return v.Xor(v.ShiftAllRight(63).AsUint64x8().ShiftAllRight(1).AsInt64x8())
}

func narrow8SIMD(dst []int8, src []int64) {
	n := len(src) &^ 7
	dst = dst[:len(src)]
	for i := 0; i < n; i += 8 {
		v := archsimd.LoadInt64x8(at[[8]int64](src, i)).TruncateToInt8()
		*at[int64](dst, i) = v.AsInt64x2().GetElem(0)
	}
	archsimd.ClearAVXUpperBits()
	narrow(dst[n:], src[n:])
}

func narrow16SIMD(dst []int16, src []int64) {
	n := len(src) &^ 7
	dst = dst[:len(src)]
	for i := 0; i < n; i += 8 {
		archsimd.LoadInt64x8(at[[8]int64](src, i)).TruncateToInt16().Store(at[[8]int16](dst, i))
	}
	archsimd.ClearAVXUpperBits()
	narrow(dst[n:], src[n:])
}

func narrow32SIMD(dst []int32, src []int64) {
	n := len(src) &^ 7
	dst = dst[:len(src)]
	for i := 0; i < n; i += 8 {
		archsimd.LoadInt64x8(at[[8]int64](src, i)).TruncateToInt32().Store(at[[8]int32](dst, i))
	}
	archsimd.ClearAVXUpperBits()
	narrow(dst[n:], src[n:])
}

func narrowCodes8SIMD(dst []uint8, src []uint32) {
	n := len(src) &^ 15
	dst = dst[:len(src)]
	for i := 0; i < n; i += 16 {
		archsimd.LoadUint32x16(at[[16]uint32](src, i)).TruncateToUint8().Store(at[[16]uint8](dst, i))
	}
	archsimd.ClearAVXUpperBits()
	narrow(dst[n:], src[n:])
}

func narrowCodes16SIMD(dst []uint16, src []uint32) {
	n := len(src) &^ 15
	dst = dst[:len(src)]
	for i := 0; i < n; i += 16 {
		archsimd.LoadUint32x16(at[[16]uint32](src, i)).TruncateToUint16().Store(at[[16]uint16](dst, i))
	}
	archsimd.ClearAVXUpperBits()
	narrow(dst[n:], src[n:])
}

func maxCode8SIMD(s []uint8) uint8 {
	n := len(s) &^ 63
	var m archsimd.Uint8x64
	for i := 0; i < n; i += 64 {
		m = m.Max(archsimd.LoadUint8x64(at[[64]uint8](s, i)))
	}
	var top [64]uint8
	m.Store(&top)
	archsimd.ClearAVXUpperBits()
	return max(maxCode(top[:]), maxCode(s[n:]))
}

func maxCode16SIMD(s []uint16) uint16 {
	n := len(s) &^ 31
	var m archsimd.Uint16x32
	for i := 0; i < n; i += 32 {
		m = m.Max(archsimd.LoadUint16x32(at[[32]uint16](s, i)))
	}
	var top [32]uint16
	m.Store(&top)
	archsimd.ClearAVXUpperBits()
	return max(maxCode(top[:]), maxCode(s[n:]))
}

func maxCode32SIMD(s []uint32) uint32 {
	n := len(s) &^ 15
	var m archsimd.Uint32x16
	for i := 0; i < n; i += 16 {
		m = m.Max(archsimd.LoadUint32x16(at[[16]uint32](s, i)))
	}
	var top [16]uint32
	m.Store(&top)
	archsimd.ClearAVXUpperBits()
	return max(maxCode(top[:]), maxCode(s[n:]))
}

func ascendingSIMD(off []int32) bool {
	n := (len(off) - 1) &^ 15
	var bad archsimd.Int32x16
	for i := 0; i < n; i += 16 {
		v, next := archsimd.LoadInt32x16(at[[16]int32](off, i)), archsimd.LoadInt32x16(at[[16]int32](off, i+1))
		bad = bad.Or(next).Or(next.Sub(v))
	}
	var signs [16]int32
	bad.Store(&signs)
	archsimd.ClearAVXUpperBits()
	for _, s := range signs {
		if s < 0 {
			return false
		}
	}
	return ascendingPlain(off[n:])
}
