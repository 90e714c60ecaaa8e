//go:build goexperiment.simd && amd64

package sor

import (
	"math/bits"
	"simd/archsimd"
)

func init() {
	if archsimd.X86.AVX512() {
		readDigits, readDecimals = readDigits512, readDecimals512
	}
}

// repeat64 fills a vector with eight bytes, the first in the low bits of w.
func repeat64(w uint64) archsimd.Uint64x8 { return archsimd.BroadcastUint64x8(w) }

// joiner reads eight numbers of up to eight digits: neighbouring digits are joined to numbers below 100, those to
// numbers below 10,000, and those to numbers below 100,000,000.
type joiner struct {
	zeros, nine      archsimd.Uint8x64
	tens             archsimd.Int8x64
	hundreds, myriad archsimd.Int16x32
	sixtyFour        archsimd.Uint64x8
}

func newJoiner() joiner {
	return joiner{
		zeros:     repeat64('0' * ones).AsUint8x64(),
		nine:      repeat64(9 * ones).AsUint8x64(),
		tens:      repeat64(0x010a * 0x0001000100010001).AsInt8x64(),
		hundreds:  repeat64(100 | 1<<16 | 100<<32 | 1<<48).AsInt16x32(),
		myriad:    repeat64(10000 | 1<<16).AsInt16x32(),
		sixtyFour: repeat64(64),
	}
}

// join reads the last n digits of each word. bad has bits set in the bytes of words that have others than digits.
func (j *joiner) join(w, n archsimd.Uint64x8) (v archsimd.Uint64x8, bad uint64) {
	shift := j.sixtyFour.Sub(n.ShiftAllLeft(3)) // what is before them counts as zeros
	b := w.AsUint8x64().Xor(j.zeros).AsUint64x8().ShiftRight(shift).ShiftLeft(shift).AsUint8x64()
	t := b.DotProductPairsSaturated(j.tens).DotProductPairs(j.hundreds).AsUint64x8()
	t = t.Or(t.ShiftAllRight(16))
	return t.AsInt16x32().DotProductPairs(j.myriad).AsUint64x8(), b.Greater(j.nine).ToBits()
}

// lanes gives a bit for each byte of x that is not 0.
func lanes(x uint64) (bits8 uint8) {
	for ; x != 0; x &^= 0xff << (bits.TrailingZeros64(x) &^ 7) {
		bits8 |= 1 << (bits.TrailingZeros64(x) >> 3)
	}
	return bits8
}

// readDigits512 is readDigits in AVX-512, eight numbers at a time.
func readDigits512(d *digits, out []int64) {
	j := newJoiner()
	eight, e8 := repeat64(8), repeat64(1e8)
	for i := 0; i < len(out); i += 8 {
		n := archsimd.LoadUint64x8((*[8]uint64)(d.length[i:]))
		low, badLow := j.join(archsimd.LoadUint64x8((*[8]uint64)(d.low[i:])), n.Min(eight))
		high, badHigh := j.join(archsimd.LoadUint64x8((*[8]uint64)(d.high[i:])), n.Max(eight).Sub(eight))
		if bad := badLow | badHigh; bad != 0 {
			d.bad[i>>3] |= lanes(bad)
		}
		v := high.Mul(e8).Add(low).AsInt64x8()
		if i+8 <= len(out) {
			v.Store((*[8]int64)(out[i:]))
		} else {
			v.StoreSlicePart(out[i:])
		}
	}
}

// readDecimals512 is readDecimals in AVX-512, eight numbers at a time.
func readDecimals512(d *decimals, out []float64) {
	j := newJoiner()
	sign := repeat64(1 << 63)
	limit := archsimd.BroadcastFloat64x8(1 << 53)
	for i := 0; i < len(out); i += 8 {
		whole, bad1 := j.join(archsimd.LoadUint64x8((*[8]uint64)(d.whole[i:])), archsimd.LoadUint64x8((*[8]uint64)(d.wholeDigits[i:])))
		fraction, bad2 := j.join(archsimd.LoadUint64x8((*[8]uint64)(d.fraction[i:])), archsimd.LoadUint64x8((*[8]uint64)(d.fractDigits[i:])))
		scale := archsimd.LoadFloat64x8((*[8]float64)(d.scale[i:]))
		size := scale.AsUint64x8().AndNot(sign).AsFloat64x8()
		all := whole.ConvertToFloat64().Mul(size).Add(fraction.ConvertToFloat64())
		if bad := bad1 | bad2; bad != 0 {
			d.bad[i>>3] |= lanes(bad)
		}
		d.bad[i>>3] |= all.GreaterEqual(limit).ToBits()
		v := all.Div(scale)
		if i+8 <= len(out) {
			v.Store((*[8]float64)(out[i:]))
		} else {
			v.StoreSlicePart(out[i:])
		}
	}
}
