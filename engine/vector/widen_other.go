//go:build !goexperiment.simd || !amd64

package vector

func widen8(dst []int64, src []int8) { widenPlain(dst, src) }

func widen16(dst []int64, src []int16) { widenPlain(dst, src) }

func widen32(dst []int64, src []int32) { widenPlain(dst, src) }

func widenCode8(dst []uint32, src []uint8) { widenPlain(dst, src) }

func widenCode16(dst []uint32, src []uint16) { widenPlain(dst, src) }
