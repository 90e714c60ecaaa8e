//go:build goexperiment.simd && amd64

package sor

import (
	"simd/archsimd"
	"unsafe"
)

func init() {
	switch {
	case archsimd.X86.AVX512():
		findMasks = findMasks512
	case archsimd.X86.AVX2():
		findMasks = findMasks256
	}
}

// findMasks512 is findMasks in AVX-512.
func findMasks512(m []masks, text []byte) {
	text = text[:64*len(m)]
	open, closing, quote := archsimd.BroadcastUint8x64('<'), archsimd.BroadcastUint8x64('>'), archsimd.BroadcastUint8x64('"')
	line, blank := archsimd.BroadcastUint8x64('\n'), archsimd.BroadcastUint8x64(' ')
	p := unsafe.Pointer(unsafe.SliceData(text))
	for i := range m {
		v := archsimd.LoadUint8x64((*[64]uint8)(unsafe.Add(p, 64*i)))
		r := &m[i]
		r.open = v.Equal(open).ToBits()
		r.close = v.Equal(closing).ToBits()
		r.quote = v.Equal(quote).ToBits()
		r.line = v.Equal(line).ToBits()
		r.blank = v.LessEqual(blank).ToBits()
	}
}

// findMasks256 is findMasks in AVX2.
func findMasks256(m []masks, text []byte) {
	text = text[:64*len(m)]
	open, closing, quote := archsimd.BroadcastUint8x32('<'), archsimd.BroadcastUint8x32('>'), archsimd.BroadcastUint8x32('"')
	line, blank := archsimd.BroadcastUint8x32('\n'), archsimd.BroadcastUint8x32(' ')
	p := unsafe.Pointer(unsafe.SliceData(text))
	for i := range m {
		v := archsimd.LoadUint8x32((*[32]uint8)(unsafe.Add(p, 64*i)))
		w := archsimd.LoadUint8x32((*[32]uint8)(unsafe.Add(p, 64*i+32)))
		r := &m[i]
		r.open = both(v.Equal(open), w.Equal(open))
		r.close = both(v.Equal(closing), w.Equal(closing))
		r.quote = both(v.Equal(quote), w.Equal(quote))
		r.line = both(v.Equal(line), w.Equal(line))
		r.blank = both(v.Min(blank).Equal(v), w.Min(blank).Equal(w))
	}
}

func both(lo, hi archsimd.Mask8x32) uint64 {
	return uint64(lo.ToBits()) | uint64(hi.ToBits())<<32
}
