//go:build goexperiment.simd && amd64

package kernel

import (
	"math/bits"
	"simd/archsimd"
	"unsafe"
)

// as gives a slice of T, which the caller knows to be D, as that. (To switch on the type of the slice itself would allocate.)
func as[D, T any](s []T) []D {
	return unsafe.Slice((*D)(unsafe.Pointer(unsafe.SliceData(s))), len(s))
}

var hasAVX512 = archsimd.X86.AVX512()

// affine32SIMD does a multiple of 16 rows of Affine32 or, with accumulate, AffineAdd32, and returns how many.
func affine32SIMD[T Integer](dst []uint32, src []T, mult, add uint32, accumulate bool) int {
	n := len(dst) &^ 15
	if !hasAVX512 || n == 0 {
		return 0
	}
	m, a := archsimd.BroadcastUint32x16(mult), archsimd.BroadcastUint32x16(add)
	switch any(*new(T)).(type) {
	case int8:
		s := as[int8](src)
		for i := 0; i < n; i += 16 {
			x := archsimd.LoadInt8x16((*[16]int8)(s[i : i+16])).ExtendToInt32().AsUint32x16()
			storeAffine(dst[i:i+16], x, m, a, accumulate)
		}
	case uint8:
		s := as[uint8](src)
		for i := 0; i < n; i += 16 {
			x := archsimd.LoadUint8x16((*[16]uint8)(s[i : i+16])).ExtendToUint32()
			storeAffine(dst[i:i+16], x, m, a, accumulate)
		}
	case int16:
		s := as[int16](src)
		for i := 0; i < n; i += 16 {
			x := archsimd.LoadInt16x16((*[16]int16)(s[i : i+16])).ExtendToInt32().AsUint32x16()
			storeAffine(dst[i:i+16], x, m, a, accumulate)
		}
	case uint16:
		s := as[uint16](src)
		for i := 0; i < n; i += 16 {
			x := archsimd.LoadUint16x16((*[16]uint16)(s[i : i+16])).ExtendToUint32()
			storeAffine(dst[i:i+16], x, m, a, accumulate)
		}
	case int32:
		s := as[int32](src)
		for i := 0; i < n; i += 16 {
			x := archsimd.LoadInt32x16((*[16]int32)(s[i : i+16])).AsUint32x16()
			storeAffine(dst[i:i+16], x, m, a, accumulate)
		}
	case uint32:
		s := as[uint32](src)
		for i := 0; i < n; i += 16 {
			storeAffine(dst[i:i+16], archsimd.LoadUint32x16((*[16]uint32)(s[i:i+16])), m, a, accumulate)
		}
	default:
		return 0
	}
	archsimd.ClearAVXUpperBits()
	return n
}

func storeAffine(dst []uint32, x, mult, add archsimd.Uint32x16, accumulate bool) {
	x = x.Mul(mult).Add(add)
	if accumulate {
		x = x.Add(archsimd.LoadUint32x16((*[16]uint32)(dst)))
	}
	x.Store((*[16]uint32)(dst))
}

// shift64SIMD does a multiple of 16 rows of Shift64 or, with accumulate, ShiftAdd64, and returns how many.
func shift64SIMD[T Integer](dst []uint64, src []T, shift uint, add uint64, accumulate bool) int {
	n := len(dst) &^ 15
	if !hasAVX512 || n == 0 {
		return 0
	}
	a, by := archsimd.BroadcastUint64x8(add), archsimd.BroadcastUint64x8(uint64(shift))
	switch any(*new(T)).(type) {
	case int8:
		s := as[int8](src)
		for i := 0; i < n; i += 16 {
			store64(dst[i:i+16], archsimd.LoadInt8x16((*[16]int8)(s[i:i+16])).ExtendToInt32(), by, a, accumulate)
		}
	case uint8:
		s := as[uint8](src)
		for i := 0; i < n; i += 16 {
			store64(dst[i:i+16], archsimd.LoadUint8x16((*[16]uint8)(s[i:i+16])).ExtendToUint32().AsInt32x16(), by, a, accumulate)
		}
	case int16:
		s := as[int16](src)
		for i := 0; i < n; i += 16 {
			store64(dst[i:i+16], archsimd.LoadInt16x16((*[16]int16)(s[i:i+16])).ExtendToInt32(), by, a, accumulate)
		}
	case uint16:
		s := as[uint16](src)
		for i := 0; i < n; i += 16 {
			store64(dst[i:i+16], archsimd.LoadUint16x16((*[16]uint16)(s[i:i+16])).ExtendToUint32().AsInt32x16(), by, a, accumulate)
		}
	case int32:
		s := as[int32](src)
		for i := 0; i < n; i += 16 {
			store64(dst[i:i+16], archsimd.LoadInt32x16((*[16]int32)(s[i:i+16])), by, a, accumulate)
		}
	case uint32:
		s := as[uint32](src)
		for i := 0; i < n; i += 16 {
			x := archsimd.LoadUint32x16((*[16]uint32)(s[i : i+16]))
			store8(dst[i:i+8], x.GetLo().ExtendToUint64(), by, a, accumulate)
			store8(dst[i+8:i+16], x.GetHi().ExtendToUint64(), by, a, accumulate)
		}
	default:
		return 0
	}
	archsimd.ClearAVXUpperBits()
	return n
}

func store64(dst []uint64, x archsimd.Int32x16, by, add archsimd.Uint64x8, accumulate bool) {
	store8(dst[:8], x.GetLo().ExtendToInt64().AsUint64x8(), by, add, accumulate)
	store8(dst[8:16], x.GetHi().ExtendToInt64().AsUint64x8(), by, add, accumulate)
}

func store8(dst []uint64, x, by, add archsimd.Uint64x8, accumulate bool) {
	x = x.ShiftLeft(by).Add(add)
	if accumulate {
		x = x.Add(archsimd.LoadUint64x8((*[8]uint64)(dst)))
	}
	x.Store((*[8]uint64)(dst))
}

// spreadSIMD does a multiple of 16 values of Spread and returns how many.
func spreadSIMD(dst []uint32, step uint32) int {
	n := len(dst) &^ 15
	if !hasAVX512 || n == 0 {
		return 0
	}
	var steps [16]uint32
	for i := range steps {
		steps[i] = uint32(i&3) * step
	}
	a := archsimd.LoadUint32x16(&steps)
	for i := 0; i < n; i += 16 {
		archsimd.LoadUint32x16((*[16]uint32)(dst[i : i+16])).Add(a).Store((*[16]uint32)(dst[i : i+16]))
	}
	archsimd.ClearAVXUpperBits()
	return n
}

// mulInt8SIMD does a multiple of 16 values of MulInt8 and returns how many.
func mulInt8SIMD(dst []int16, a, b []int8) int {
	n := len(dst) &^ 15
	if !hasAVX512 || n == 0 {
		return 0
	}
	for i := 0; i < n; i += 16 {
		x, y := archsimd.LoadInt8x16((*[16]int8)(a[i:i+16])).ExtendToInt16(), archsimd.LoadInt8x16((*[16]int8)(b[i:i+16])).ExtendToInt16()
		x.Mul(y).Store((*[16]int16)(dst[i : i+16]))
	}
	archsimd.ClearAVXUpperBits()
	return n
}

// sumSIMD sums a multiple of 64 values and returns how many.
func sumSIMD[T Integer](v []T) (int64, int) {
	n := len(v) &^ 63
	if !hasAVX512 || n == 0 {
		return 0, 0
	}
	var total archsimd.Int64x8
	switch any(*new(T)).(type) {
	case int8:
		s := as[int8](v)
		for i := 0; i < n; {
			var a, b archsimd.Int32x16
			for end := min(n, i+1<<24); i < end; i += 32 {
				a = a.Add(archsimd.LoadInt8x16((*[16]int8)(s[i : i+16])).ExtendToInt32())
				b = b.Add(archsimd.LoadInt8x16((*[16]int8)(s[i+16 : i+32])).ExtendToInt32())
			}
			total = total.Add(widen(a)).Add(widen(b))
		}
	case uint8:
		s := as[uint8](v)
		for i := 0; i < n; {
			var a, b archsimd.Int32x16
			for end := min(n, i+1<<24); i < end; i += 32 {
				a = a.Add(archsimd.LoadUint8x16((*[16]uint8)(s[i : i+16])).ExtendToUint32().AsInt32x16())
				b = b.Add(archsimd.LoadUint8x16((*[16]uint8)(s[i+16 : i+32])).ExtendToUint32().AsInt32x16())
			}
			total = total.Add(widen(a)).Add(widen(b))
		}
	case int16:
		s := as[int16](v)
		for i := 0; i < n; {
			var a, b archsimd.Int32x16
			for end := min(n, i+1<<16); i < end; i += 32 {
				a = a.Add(archsimd.LoadInt16x16((*[16]int16)(s[i : i+16])).ExtendToInt32())
				b = b.Add(archsimd.LoadInt16x16((*[16]int16)(s[i+16 : i+32])).ExtendToInt32())
			}
			total = total.Add(widen(a)).Add(widen(b))
		}
	case int32:
		s := as[int32](v)
		var a, b archsimd.Int64x8
		for i := 0; i < n; i += 32 {
			a = a.Add(widen(archsimd.LoadInt32x16((*[16]int32)(s[i : i+16]))))
			b = b.Add(widen(archsimd.LoadInt32x16((*[16]int32)(s[i+16 : i+32]))))
		}
		total = a.Add(b)
	default:
		return 0, 0
	}
	var lanes [8]int64
	total.Store(&lanes)
	archsimd.ClearAVXUpperBits()
	sum := int64(0)
	for _, x := range lanes {
		sum += x
	}
	return sum, n
}

func widen(x archsimd.Int32x16) archsimd.Int64x8 {
	return x.GetLo().ExtendToInt64().Add(x.GetHi().ExtendToInt64())
}

// sumFloatSIMD sums a multiple of 32 values and returns how many.
func sumFloatSIMD(v []float64) (s, c float64, n int) {
	n = len(v) &^ 31
	if !hasAVX512 || n == 0 {
		return 0, 0, 0
	}
	var sums, lost [4]archsimd.Float64x8
	s0, s1, s2, s3 := sums[0], sums[1], sums[2], sums[3]
	c0, c1, c2, c3 := lost[0], lost[1], lost[2], lost[3]
	for i := 0; i < n; i += 32 {
		b := v[i : i+32]
		s0, c0 = twoSum(s0, c0, archsimd.LoadFloat64x8((*[8]float64)(b[:8])))
		s1, c1 = twoSum(s1, c1, archsimd.LoadFloat64x8((*[8]float64)(b[8:16])))
		s2, c2 = twoSum(s2, c2, archsimd.LoadFloat64x8((*[8]float64)(b[16:24])))
		s3, c3 = twoSum(s3, c3, archsimd.LoadFloat64x8((*[8]float64)(b[24:32])))
	}
	var sl, cl [32]float64
	s0.StoreSlice(sl[:8])
	s1.StoreSlice(sl[8:16])
	s2.StoreSlice(sl[16:24])
	s3.StoreSlice(sl[24:])
	c0.StoreSlice(cl[:8])
	c1.StoreSlice(cl[8:16])
	c2.StoreSlice(cl[16:24])
	c3.StoreSlice(cl[24:])
	archsimd.ClearAVXUpperBits()
	for i := range sl {
		s, c = addPair(s, c, sl[i], cl[i])
	}
	return s, c, n
}

func twoSum(s, c, x archsimd.Float64x8) (archsimd.Float64x8, archsimd.Float64x8) {
	t := s.Add(x)
	b := t.Sub(s)
	return t, c.Add(s.Sub(t.Sub(b)).Add(x.Sub(b)))
}

// minMaxSIMD returns the extremes of the first values, a multiple of 32, and how many they are.
func minMaxSIMD[T Integer | float64](v []T) (lo, hi T, n int) {
	n = len(v) &^ 31
	if !hasAVX512 || n == 0 {
		return lo, hi, 0
	}
	switch any(*new(T)).(type) {
	case int32:
		s := as[int32](v)
		a := archsimd.LoadInt32x16((*[16]int32)(s[:16]))
		b := a
		for i := 0; i < n; i += 16 {
			x := archsimd.LoadInt32x16((*[16]int32)(s[i : i+16]))
			a, b = a.Min(x), b.Max(x)
		}
		var al, bl [16]int32
		a.Store(&al)
		b.Store(&bl)
		archsimd.ClearAVXUpperBits()
		l, h := minMax(al[:])
		l2, h2 := minMax(bl[:])
		return T(min(l, l2)), T(max(h, h2)), n
	case int64:
		s := as[int64](v)
		a := archsimd.LoadInt64x8((*[8]int64)(s[:8]))
		b := a
		for i := 0; i < n; i += 8 {
			x := archsimd.LoadInt64x8((*[8]int64)(s[i : i+8]))
			a, b = a.Min(x), b.Max(x)
		}
		var al, bl [8]int64
		a.Store(&al)
		b.Store(&bl)
		archsimd.ClearAVXUpperBits()
		l, _ := minMax(al[:])
		_, h := minMax(bl[:])
		return T(l), T(h), n
	case float64:
		s := as[float64](v)
		a := archsimd.LoadFloat64x8((*[8]float64)(s[:8]))
		b := a
		for i := 0; i < n; i += 8 {
			x := archsimd.LoadFloat64x8((*[8]float64)(s[i : i+8]))
			a, b = a.Min(x), b.Max(x)
		}
		var al, bl [8]float64
		a.Store(&al)
		b.Store(&bl)
		archsimd.ClearAVXUpperBits()
		l, _ := minMax(al[:])
		_, h := minMax(bl[:])
		return T(l), T(h), n
	}
	return lo, hi, 0
}

// betweenSIMD does a multiple of 8 values of Between and returns how many.
func betweenSIMD(dst, v []float64, lo, hi float64) (n, kept, below int) {
	n = len(v) &^ 7
	if !hasAVX512 || n == 0 {
		return 0, 0, 0
	}
	a, b := archsimd.BroadcastFloat64x8(lo), archsimd.BroadcastFloat64x8(hi)
	for i := 0; i < n; i += 8 {
		x := archsimd.LoadFloat64x8((*[8]float64)(v[i : i+8]))
		in := x.GreaterEqual(a).And(x.LessEqual(b))
		x.Compress(in).Store((*[8]float64)(dst[kept : kept+8])) // kept ≤ i: where dst is v, what is overwritten has been read
		kept += bits.OnesCount8(in.ToBits())
		below += bits.OnesCount8(x.Less(a).ToBits())
	}
	archsimd.ClearAVXUpperBits()
	return n, kept, below
}
