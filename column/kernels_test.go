package column

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestKernelsAgree compares the kernels chosen for this processor with the plain ones, at all small lengths and over
// values at the edges of their types.
func TestKernelsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for n := 1; n < 150; n++ {
		ints, small := make([]int64, n), make([]int64, n)
		floats := make([]float64, n)
		codes := make([]uint32, n)
		for i := range n {
			ints[i] = int64(r.Uint64()) >> r.IntN(64)
			small[i] = int64(int8(r.Uint32()))
			floats[i] = math.Copysign(float64(r.IntN(3)), float64(r.IntN(2))-.5) * math.Pow(10, float64(r.IntN(600)-300))
			codes[i] = r.Uint32() >> r.IntN(32)
		}
		lo, hi := minMax(ints)
		if lo != slices.Min(ints) || hi != slices.Max(ints) {
			t.Fatalf("%v go from %d to %d?", ints, lo, hi)
		}
		flo, fhi := minMaxFloats(floats)
		wlo, whi := minMaxFloatsPlain(floats)
		if !same(FloatValue(flo), FloatValue(wlo)) || !same(FloatValue(fhi), FloatValue(whi)) {
			t.Fatalf("%v go from %v to %v?", floats, flo, fhi)
		}
		checkNarrow(t, narrow8, ints)
		checkNarrow(t, narrow8, small)
		checkNarrow(t, narrow16, ints)
		checkNarrow(t, narrow32, ints)
		checkNarrow(t, narrowCodes8, codes)
		checkNarrow(t, narrowCodes16, codes)

		c8, c16 := make([]uint8, n), make([]uint16, n)
		narrow(c8, codes)
		narrow(c16, codes)
		if maxCode8(c8) != slices.Max(c8) || maxCode16(c16) != slices.Max(c16) || maxCode32(codes) != slices.Max(codes) {
			t.Fatalf("greatest of %v is %d, %d, %d?", codes, maxCode8(c8), maxCode16(c16), maxCode32(codes))
		}
	}
}

func checkNarrow[D int8 | int16 | int32 | uint8 | uint16, S int64 | uint32](t *testing.T, f func([]D, []S), src []S) {
	t.Helper()
	got, want := make([]D, len(src)+1), make([]D, len(src)+1)
	f(got[:len(src)], src)
	narrow(want, src)
	if !slices.Equal(got, want) {
		t.Fatalf("%v became %v", src, got)
	}
}

func TestAscendingFindsEveryFall(t *testing.T) {
	for n := 1; n < 70; n++ {
		off := make([]int32, n)
		for i := range off {
			off[i] = int32(i / 2)
		}
		if !ascending(off) {
			t.Fatalf("%d offsets that ascend are refused", n)
		}
		for i := 1; i < n; i++ {
			for _, v := range []int32{-1, math.MinInt32, math.MaxInt32, off[i-1] - 1} {
				bad := slices.Clone(off)
				bad[i] = v
				if want := slices.IsSorted(bad) && bad[i] >= 0; ascending(bad) != want {
					t.Fatalf("%v: %v", bad, !want)
				}
			}
		}
	}
}

func TestBoolsArePacked(t *testing.T) {
	for n := range 70 {
		v := make([]bool, n)
		ones := 0
		for i := range v {
			if v[i] = i%3 == 0 || i%7 == 1; v[i] {
				ones++
			}
		}
		m := packBools(v)
		for i := range v {
			if m[i/8]>>(i%8)&1 == 1 != v[i] {
				t.Fatalf("bit %d of %d", i, n)
			}
		}
		if onesCount(m) != ones {
			t.Fatalf("%d bits of %d are set, want %d", onesCount(m), n, ones)
		}
	}
}

func TestEstimateIsNearTheTruth(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, distinct := range []int{1, 2, 100, 1000, 30_000, 1 << 40} {
		for _, rows := range []int{100, 5000, ChunkRows} {
			ints := make([]int64, rows)
			seen := make(map[int64]bool, rows)
			for i := range ints {
				ints[i] = int64(r.IntN(distinct)) * 1000
				seen[ints[i]] = true
			}
			got, want := float64(estimateInts(ints, 0)), float64(len(seen))
			if got < want*.8 || got > want*1.25 {
				t.Errorf("%d rows: %v distinct values, estimated as %v", rows, want, got)
			}
		}
	}
}
