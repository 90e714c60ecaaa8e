package kernel

// Integer is an encoded integer or code.
type Integer interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32
}

// Affine32 sets dst[i] = src[i]*mult + add, modulo 2^32, for every i of dst.
func Affine32[T Integer](dst []uint32, src []T, mult, add uint32) {
	src = src[:len(dst)]
	if n := affine32SIMD(dst, src, mult, add, false); n > 0 {
		dst, src = dst[n:], src[n:]
	}
	affine32(dst, src, mult, add)
}

func affine32[T Integer](dst []uint32, src []T, mult, add uint32) {
	src = src[:len(dst)]
	for i, v := range src {
		dst[i] = uint32(v)*mult + add
	}
}

// AffineAdd32 adds src[i]*mult + add to dst[i], modulo 2^32.
func AffineAdd32[T Integer](dst []uint32, src []T, mult, add uint32) {
	src = src[:len(dst)]
	if n := affine32SIMD(dst, src, mult, add, true); n > 0 {
		dst, src = dst[n:], src[n:]
	}
	affineAdd32(dst, src, mult, add)
}

func affineAdd32[T Integer](dst []uint32, src []T, mult, add uint32) {
	src = src[:len(dst)]
	for i, v := range src {
		dst[i] += uint32(v)*mult + add
	}
}

// Shift64 sets dst[i] = src[i]<<shift + add, modulo 2^64, for every i of dst.
func Shift64[T Integer](dst []uint64, src []T, shift uint, add uint64) {
	src = src[:len(dst)]
	n := shift64SIMD(dst, src, shift, add, false)
	shift64(dst[n:], src[n:], shift, add)
}

func shift64[T Integer](dst []uint64, src []T, shift uint, add uint64) {
	src = src[:len(dst)]
	shift &= 63
	for i, v := range src {
		dst[i] = uint64(v)<<shift + add
	}
}

// ShiftAdd64 adds src[i]<<shift + add to dst[i], modulo 2^64.
func ShiftAdd64[T Integer](dst []uint64, src []T, shift uint, add uint64) {
	src = src[:len(dst)]
	n := shift64SIMD(dst, src, shift, add, true)
	shiftAdd64(dst[n:], src[n:], shift, add)
}

func shiftAdd64[T Integer](dst []uint64, src []T, shift uint, add uint64) {
	src = src[:len(dst)]
	shift &= 63
	for i, v := range src {
		dst[i] += uint64(v)<<shift + add
	}
}

// Spread adds 0, step, 2*step and 3*step in turn to the values of dst, modulo 2^32.
func Spread(dst []uint32, step uint32) {
	n := spreadSIMD(dst, step)
	for i := n; i < len(dst); i++ {
		dst[i] += uint32(i&3) * step
	}
}

// MulInt8 sets dst[i] = a[i]*b[i].
func MulInt8(dst []int16, a, b []int8) {
	n := mulInt8SIMD(dst, a, b)
	a, b = a[:len(dst)], b[:len(dst)]
	for i := n; i < len(dst); i++ {
		dst[i] = int16(a[i]) * int16(b[i])
	}
}

// MinMax returns the extremes of v, which must not be empty.
func MinMax[T Integer | float64](v []T) (lo, hi T) {
	lo, hi, n := minMaxSIMD(v)
	if n == 0 {
		return minMax(v)
	}
	for _, x := range v[n:] {
		lo, hi = min(lo, x), max(hi, x)
	}
	return lo, hi
}

func minMax[T Integer | float64](v []T) (lo, hi T) {
	lo, hi = v[0], v[0]
	for _, x := range v {
		lo, hi = min(lo, x), max(hi, x)
	}
	return lo, hi
}

// Gather sets dst[i] = src[sel[i]] for every i of sel.
func Gather[T any](dst, src []T, sel []int32) {
	dst = dst[:len(sel)]
	for i, s := range sel {
		dst[i] = src[s]
	}
}
