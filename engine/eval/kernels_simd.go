//go:build goexperiment.simd && amd64

package eval

import (
	"math/bits"
	"simd/archsimd"
)

// wide says that the processor has the instructions used here.
var wide = archsimd.X86.AVX512()

// bytePermute says that it can look bytes up in registers, too.
var bytePermute = wide && archsimd.X86.AVX512VBMI()

// flipOf returns the bits to change in a mask of what is within a range, to get what is wanted.
func flipOf(want bool) uint64 {
	if want {
		return 0
	}
	return ^uint64(0)
}

// tail does the last rows, which do not fill a word, with a plain kernel.
func tail[T any](m bitmap, vals []T, plain func(m bitmap, vals []T)) {
	if full := len(vals) / 64; full < len(m) {
		plain(m[full:], vals[64*full:])
	}
}

func writeRows(m bitmap, rows []int32) int {
	if !wide {
		return m.rowsPlain(rows)
	}
	first := archsimd.LoadInt32x16(&[16]int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
	step := archsimd.BroadcastInt32x16(16)
	n := 0
	for _, w := range m {
		if w == 0 {
			first = first.Add(step).Add(step).Add(step).Add(step)
			continue
		}
		for range 4 {
			k := uint16(w)
			first.Compress(archsimd.Mask32x16FromBits(k)).Store((*[16]int32)(rows[n:]))
			n += bits.OnesCount16(k)
			first = first.Add(step)
			w >>= 16
		}
	}
	return n
}

func within8(m bitmap, vals []uint8, lo, span uint8, want bool) {
	if !wide {
		withinPlain(m, vals, lo, span, want)
		return
	}
	l, s, flip := archsimd.BroadcastUint8x64(lo), archsimd.BroadcastUint8x64(span), flipOf(want)
	for i := range len(vals) / 64 {
		v := archsimd.LoadUint8x64((*[64]uint8)(vals[64*i:]))
		m[i] &= v.Sub(l).LessEqual(s).ToBits() ^ flip
	}
	tail(m, vals, func(m bitmap, vals []uint8) { withinPlain(m, vals, lo, span, want) })
}

func within16(m bitmap, vals []uint16, lo, span uint16, want bool) {
	if !wide {
		withinPlain(m, vals, lo, span, want)
		return
	}
	l, s, flip := archsimd.BroadcastUint16x32(lo), archsimd.BroadcastUint16x32(span), flipOf(want)
	for i := range len(vals) / 64 {
		v := (*[64]uint16)(vals[64*i:])
		w := uint64(archsimd.LoadUint16x32((*[32]uint16)(v[:])).Sub(l).LessEqual(s).ToBits())
		w |= uint64(archsimd.LoadUint16x32((*[32]uint16)(v[32:])).Sub(l).LessEqual(s).ToBits()) << 32
		m[i] &= w ^ flip
	}
	tail(m, vals, func(m bitmap, vals []uint16) { withinPlain(m, vals, lo, span, want) })
}

func within32(m bitmap, vals []uint32, lo, span uint32, want bool) {
	if !wide {
		withinPlain(m, vals, lo, span, want)
		return
	}
	l, s, flip := archsimd.BroadcastUint32x16(lo), archsimd.BroadcastUint32x16(span), flipOf(want)
	for i := range len(vals) / 64 {
		v := (*[64]uint32)(vals[64*i:])
		w := uint64(archsimd.LoadUint32x16((*[16]uint32)(v[:])).Sub(l).LessEqual(s).ToBits())
		w |= uint64(archsimd.LoadUint32x16((*[16]uint32)(v[16:])).Sub(l).LessEqual(s).ToBits()) << 16
		w |= uint64(archsimd.LoadUint32x16((*[16]uint32)(v[32:])).Sub(l).LessEqual(s).ToBits()) << 32
		w |= uint64(archsimd.LoadUint32x16((*[16]uint32)(v[48:])).Sub(l).LessEqual(s).ToBits()) << 48
		m[i] &= w ^ flip
	}
	tail(m, vals, func(m bitmap, vals []uint32) { withinPlain(m, vals, lo, span, want) })
}

func within64(m bitmap, vals []uint64, lo, span uint64, want bool) {
	if !wide {
		withinPlain(m, vals, lo, span, want)
		return
	}
	l, s, flip := archsimd.BroadcastUint64x8(lo), archsimd.BroadcastUint64x8(span), flipOf(want)
	for i := range len(vals) / 64 {
		v := (*[64]uint64)(vals[64*i:])
		var w uint64
		for k := 0; k < 64; k += 8 {
			w |= uint64(archsimd.LoadUint64x8((*[8]uint64)(v[k:])).Sub(l).LessEqual(s).ToBits()) << k
		}
		m[i] &= w ^ flip
	}
	tail(m, vals, func(m bitmap, vals []uint64) { withinPlain(m, vals, lo, span, want) })
}

func between(m bitmap, vals []float64, lo, hi float64, want bool) {
	if !wide {
		betweenPlain(m, vals, lo, hi, want)
		return
	}
	l, h, flip := archsimd.BroadcastFloat64x8(lo), archsimd.BroadcastFloat64x8(hi), flipOf(want)
	for i := range len(vals) / 64 {
		v := (*[64]float64)(vals[64*i:])
		var w uint64
		for k := 0; k < 64; k += 8 {
			x := archsimd.LoadFloat64x8((*[8]float64)(v[k:]))
			w |= uint64(x.GreaterEqual(l).ToBits()&x.LessEqual(h).ToBits()) << k
		}
		m[i] &= w ^ flip
	}
	tail(m, vals, func(m bitmap, vals []float64) { betweenPlain(m, vals, lo, hi, want) })
}

// lookup8 has the table in four registers.
func lookup8(m bitmap, vals []uint8, table *[256]uint8) {
	if !bytePermute {
		lookupPlain(m, vals, 0, table[:])
		return
	}
	var t [4]archsimd.Uint8x64
	for i := range t {
		t[i] = archsimd.LoadUint8x64((*[64]uint8)(table[64*i:]))
	}
	half, zero := archsimd.BroadcastUint8x64(128), archsimd.BroadcastUint8x64(0)
	t0, t1, t2, t3 := t[0], t[1], t[2], t[3]
	for i := range len(vals) / 64 {
		v := archsimd.LoadUint8x64((*[64]uint8)(vals[64*i:]))
		low, high := t0.ConcatPermute(t1, v), t2.ConcatPermute(t3, v)
		isHigh := v.GreaterEqual(half).ToBits()
		m[i] &= low.NotEqual(zero).ToBits()&^isHigh | high.NotEqual(zero).ToBits()&isHigh
	}
	tail(m, vals, func(m bitmap, vals []uint8) { lookupPlain(m, vals, 0, table[:]) })
}

func intsToFloats(r []float64, v []int64) {
	i := 0
	if wide {
		for ; i+8 <= len(v); i += 8 {
			archsimd.LoadInt64x8((*[8]int64)(v[i:])).ConvertToFloat64().Store((*[8]float64)(r[i:]))
		}
	}
	intsToFloatsPlain(r[i:], v[i:])
}
