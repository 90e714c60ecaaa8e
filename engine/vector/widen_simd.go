//go:build goexperiment.simd && amd64

package vector

import "simd/archsimd"

// wide says that the processor has the instructions used here.
var wide = archsimd.X86.AVX512()

func widen8(dst []int64, src []int8) {
	i := 0
	if wide {
		for ; i+16 <= len(dst); i += 8 { // 16 are read and 8 used
			archsimd.LoadInt8x16((*[16]int8)(src[i:])).ExtendLo8ToInt64().Store((*[8]int64)(dst[i:]))
		}
	}
	widenPlain(dst[i:], src[i:])
}

func widen16(dst []int64, src []int16) {
	i := 0
	if wide {
		for ; i+8 <= len(dst); i += 8 {
			archsimd.LoadInt16x8((*[8]int16)(src[i:])).ExtendToInt64().Store((*[8]int64)(dst[i:]))
		}
	}
	widenPlain(dst[i:], src[i:])
}

func widen32(dst []int64, src []int32) {
	i := 0
	if wide {
		for ; i+8 <= len(dst); i += 8 {
			archsimd.LoadInt32x8((*[8]int32)(src[i:])).ExtendToInt64().Store((*[8]int64)(dst[i:]))
		}
	}
	widenPlain(dst[i:], src[i:])
}

func widenCode8(dst []uint32, src []uint8) {
	i := 0
	if wide {
		for ; i+16 <= len(dst); i += 16 {
			archsimd.LoadUint8x16((*[16]uint8)(src[i:])).ExtendToUint32().Store((*[16]uint32)(dst[i:]))
		}
	}
	widenPlain(dst[i:], src[i:])
}

func widenCode16(dst []uint32, src []uint16) {
	i := 0
	if wide {
		for ; i+16 <= len(dst); i += 16 {
			archsimd.LoadUint16x16((*[16]uint16)(src[i:])).ExtendToUint32().Store((*[16]uint32)(dst[i:]))
		}
	}
	widenPlain(dst[i:], src[i:])
}
