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

// Shift64 sets dst[i] = (src[i] + add) << shift, modulo 2^64.
func Shift64[T Integer](dst []uint64, src []T, shift uint, add uint64) {
	src = src[:len(dst)]
	add, shift = add<<(shift&63), shift&63
	for i, v := range src {
		dst[i] = uint64(v)<<shift + add
	}
}

// ShiftAdd64 adds (src[i] + add) << shift to dst[i], modulo 2^64.
func ShiftAdd64[T Integer](dst []uint64, src []T, shift uint, add uint64) {
	src = src[:len(dst)]
	add, shift = add<<(shift&63), shift&63
	for i, v := range src {
		dst[i] += uint64(v)<<shift + add
	}
}

// MinMax returns the extremes of v, which must not be empty.
func MinMax[T Integer | float64](v []T) (lo, hi T) {
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
