//go:build goexperiment.simd && amd64

package function

import "simd/archsimd"

// wide says that the processor has the instructions used here.
var wide = archsimd.X86.AVX512()

// lanes is how many numbers a register holds.
const lanes = 8

// anySet reports whether x has a bit of mask set in one of its lanes.
func anySet(x archsimd.Int64x8, mask uint64) bool {
	var parts [lanes]int64
	x.Store(&parts)
	var all int64
	for _, p := range parts {
		all |= p
	}
	return uint64(all)&mask != 0
}

func addInts(r, a, b []int64) bool {
	i, ok := 0, true
	if wide {
		var over archsimd.Int64x8
		for ; i+lanes <= len(r); i += lanes {
			x, y := archsimd.LoadInt64x8((*[lanes]int64)(a[i:])), archsimd.LoadInt64x8((*[lanes]int64)(b[i:]))
			s := x.Add(y)
			s.Store((*[lanes]int64)(r[i:]))
			over = over.Or(x.Xor(s).And(y.Xor(s)))
		}
		ok = !anySet(over, 1<<63)
	}
	return addIntsPlain(r[i:], a[i:], b[i:]) && ok
}

func subInts(r, a, b []int64) bool {
	i, ok := 0, true
	if wide {
		var over archsimd.Int64x8
		for ; i+lanes <= len(r); i += lanes {
			x, y := archsimd.LoadInt64x8((*[lanes]int64)(a[i:])), archsimd.LoadInt64x8((*[lanes]int64)(b[i:]))
			d := x.Sub(y)
			d.Store((*[lanes]int64)(r[i:]))
			over = over.Or(x.Xor(y).And(x.Xor(d)))
		}
		ok = !anySet(over, 1<<63)
	}
	return subIntsPlain(r[i:], a[i:], b[i:]) && ok
}

func mulInts(r, a, b []int64) bool {
	i, ok := 0, true
	if wide {
		var far archsimd.Int64x8
		half := archsimd.BroadcastInt64x8(1 << 31)
		for ; i+lanes <= len(r); i += lanes {
			x, y := archsimd.LoadInt64x8((*[lanes]int64)(a[i:])), archsimd.LoadInt64x8((*[lanes]int64)(b[i:]))
			x.Mul(y).Store((*[lanes]int64)(r[i:]))
			far = far.Or(x.Add(half)).Or(y.Add(half))
		}
		ok = !anySet(far, 0xffffffff<<32)
	}
	return mulIntsPlain(r[i:], a[i:], b[i:]) && ok
}

func addFloats(r, a, b []float64) bool {
	i, ok := 0, true
	if wide {
		var bad archsimd.Int64x8
		for ; i+lanes <= len(r); i += lanes {
			x := archsimd.LoadFloat64x8((*[lanes]float64)(a[i:])).Add(archsimd.LoadFloat64x8((*[lanes]float64)(b[i:])))
			x.Store((*[lanes]float64)(r[i:]))
			bad = bad.Or(x.Sub(x).AsInt64x8()) // 0, or not a number where x is not finite
		}
		ok = !anySet(bad, ^uint64(0))
	}
	return addFloatsPlain(r[i:], a[i:], b[i:]) && ok
}

func subFloats(r, a, b []float64) bool {
	i, ok := 0, true
	if wide {
		var bad archsimd.Int64x8
		for ; i+lanes <= len(r); i += lanes {
			x := archsimd.LoadFloat64x8((*[lanes]float64)(a[i:])).Sub(archsimd.LoadFloat64x8((*[lanes]float64)(b[i:])))
			x.Store((*[lanes]float64)(r[i:]))
			bad = bad.Or(x.Sub(x).AsInt64x8()) // 0, or not a number where x is not finite
		}
		ok = !anySet(bad, ^uint64(0))
	}
	return subFloatsPlain(r[i:], a[i:], b[i:]) && ok
}

func mulFloats(r, a, b []float64) bool {
	i, ok := 0, true
	if wide {
		var bad archsimd.Int64x8
		for ; i+lanes <= len(r); i += lanes {
			x := archsimd.LoadFloat64x8((*[lanes]float64)(a[i:])).Mul(archsimd.LoadFloat64x8((*[lanes]float64)(b[i:])))
			x.Store((*[lanes]float64)(r[i:]))
			bad = bad.Or(x.Sub(x).AsInt64x8()) // 0, or not a number where x is not finite
		}
		ok = !anySet(bad, ^uint64(0))
	}
	return mulFloatsPlain(r[i:], a[i:], b[i:]) && ok
}

func divFloats(r, a, b []float64) bool {
	i, ok := 0, true
	if wide {
		var bad archsimd.Int64x8
		for ; i+lanes <= len(r); i += lanes {
			x := archsimd.LoadFloat64x8((*[lanes]float64)(a[i:])).Div(archsimd.LoadFloat64x8((*[lanes]float64)(b[i:])))
			x.Store((*[lanes]float64)(r[i:]))
			bad = bad.Or(x.Sub(x).AsInt64x8()) // 0, or not a number where x is not finite
		}
		ok = !anySet(bad, ^uint64(0))
	}
	return divFloatsPlain(r[i:], a[i:], b[i:]) && ok
}
