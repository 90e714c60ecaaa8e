//go:build goexperiment.simd && amd64

package sor

import (
	"math/bits"
	"simd/archsimd"
)

func init() {
	if archsimd.X86.AVX512() {
		readDigits = readDigits512
	}
}

// repeat64 fills a vector with eight bytes, the first in the low bits of w.
func repeat64(w uint64) archsimd.Uint64x8 { return archsimd.BroadcastUint64x8(w) }

// readDigits512 is readDigits in AVX-512, eight numbers at a time: neighbouring digits are joined to numbers below 100,
// those to numbers below 10,000, and those to numbers below 100,000,000.
func readDigits512(d *digits, out []int64) {
	zeros, nine := repeat64('0'*ones).AsUint8x64(), repeat64(9*ones).AsUint8x64()
	tens := repeat64(0x010a * 0x0001000100010001).AsInt8x64()
	hundreds := repeat64(100 | 1<<16 | 100<<32 | 1<<48).AsInt16x32()
	myriads := repeat64(10000 | 1<<16).AsInt16x32()
	eight, sixtyFour := repeat64(8), repeat64(64)
	group := func(w, n archsimd.Uint64x8) (v archsimd.Uint64x8, bad uint64) {
		shift := sixtyFour.Sub(n.ShiftAllLeft(3))
		b := w.AsUint8x64().Xor(zeros).AsUint64x8().ShiftRight(shift).ShiftLeft(shift).AsUint8x64()
		t := b.DotProductPairsSaturated(tens).DotProductPairs(hundreds).AsUint64x8()
		t = t.Or(t.ShiftAllRight(16))
		return t.AsInt16x32().DotProductPairs(myriads).AsUint64x8(), b.Greater(nine).ToBits()
	}
	e8 := repeat64(1e8)
	for i := 0; i < len(out); i += 8 {
		n := archsimd.LoadUint64x8((*[8]uint64)(d.length[i:]))
		low, badLow := group(archsimd.LoadUint64x8((*[8]uint64)(d.low[i:])), n.Min(eight))
		high, badHigh := group(archsimd.LoadUint64x8((*[8]uint64)(d.high[i:])), n.Max(eight).Sub(eight))
		v := high.Mul(e8).Add(low).AsInt64x8()
		for bad := badLow | badHigh; bad != 0; {
			lane := bits.TrailingZeros64(bad) >> 3
			d.bad[i>>3] |= 1 << lane
			bad &^= 0xff << (8 * lane)
		}
		if i+8 <= len(out) {
			v.Store((*[8]int64)(out[i:]))
		} else {
			v.StoreSlicePart(out[i:])
		}
	}
}
