package kernel

import (
	"fmt"
	"math"
	"math/big"
	"math/rand"
	"slices"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lengths cover nothing, tails and whole vectors.
var lengths = []int{0, 1, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 200, 2048, 2049}

func random[T Integer](r *rand.Rand, n int) []T {
	v := make([]T, n)
	for i := range v {
		v[i] = T(r.Uint64())
	}
	return v
}

func random64(r *rand.Rand, n int) []uint64 {
	v := make([]uint64, n)
	for i := range v {
		v[i] = r.Uint64()
	}
	return v
}

func TestArithmeticOfKeysAgreesWithThePlainLoops(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for _, n := range lengths {
		testAffine[int8](t, r, n)
		testAffine[int16](t, r, n)
		testAffine[int32](t, r, n)
		testAffine[int64](t, r, n)
		testAffine[uint8](t, r, n)
		testAffine[uint16](t, r, n)
		testAffine[uint32](t, r, n)
	}
}

func testAffine[T Integer](t *testing.T, r *rand.Rand, n int) {
	t.Helper()
	src := random[T](r, n+3)
	name := fmt.Sprintf("%T of %d", src, n)
	mult, add, shift := r.Uint32(), r.Uint32(), uint(r.Intn(64))
	got, want := random[uint32](r, n), make([]uint32, n)
	base := slices.Clone(got)
	AffineAdd32(got, src, mult, add)
	for i := range want {
		want[i] = base[i] + uint32(src[i])*mult + add
	}
	if !slices.Equal(got, want) {
		t.Errorf("AffineAdd32 of %s: %v, want %v", name, got, want)
	}
	Affine32(got, src, mult, add)
	for i := range want {
		want[i] -= base[i]
	}
	if !slices.Equal(got, want) {
		t.Errorf("Affine32 of %s: %v, want %v", name, got, want)
	}
	got64, want64 := random64(r, n), make([]uint64, n)
	base64 := slices.Clone(got64)
	ShiftAdd64(got64, src, shift, uint64(add))
	for i := range want64 {
		want64[i] = base64[i] + uint64(src[i])<<shift + uint64(add)
	}
	if !slices.Equal(got64, want64) {
		t.Errorf("ShiftAdd64 of %s: %v, want %v", name, got64, want64)
	}
	Shift64(got64, src, shift, uint64(add))
	for i := range want64 {
		want64[i] -= base64[i]
	}
	if !slices.Equal(got64, want64) {
		t.Errorf("Shift64 of %s: %v, want %v", name, got64, want64)
	}
}

func TestSpreadAndMulInt8(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	for _, n := range lengths {
		v, a, b, got := random[uint32](r, n), random[int8](r, n), random[int8](r, n), make([]int16, n)
		want := slices.Clone(v)
		Spread(v, 1000)
		MulInt8(got, a, b)
		for i := range want {
			if want[i] += uint32(i%4) * 1000; v[i] != want[i] {
				t.Errorf("Spread of %d: row %d: %d, want %d", n, i, v[i], want[i])
			}
			if p := int16(a[i]) * int16(b[i]); got[i] != p {
				t.Errorf("MulInt8 of %d: row %d: %d, want %d", n, i, got[i], p)
			}
		}
	}
}

func TestBetweenKeepsTheRangeInOrder(t *testing.T) {
	r := rand.New(rand.NewSource(5))
	for _, n := range lengths {
		for _, top := range []int{1, 3, 10, 1000} {
			v := make([]float64, n)
			for i := range v {
				v[i] = float64(r.Intn(2*top) - top)
			}
			lo := float64(r.Intn(2*top) - top)
			hi := lo + float64(r.Intn(top))
			var want []float64
			less := 0
			for _, x := range v {
				if x >= lo && x <= hi {
					want = append(want, x)
				}
				if x < lo {
					less++
				}
			}
			dst := make([]float64, n)
			kept, below := Between(dst, v, lo, hi)
			if below != less || !slices.Equal(dst[:kept], want) {
				t.Errorf("Between of %d: %v and %d below, want %v and %d", n, dst[:kept], below, want, less)
			}
			kept, below = Between(v, v, lo, hi)
			if below != less || !slices.Equal(v[:kept], want) {
				t.Errorf("Between of %d: %v and %d below, want %v and %d", n, v[:kept], below, want, less)
			}
		}
	}
}

func TestSumsAndExtremesAgreeWithThePlainLoops(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for _, n := range append(lengths, 1<<17+5) {
		testSum[int8](t, r, n, math.MinInt8)
		testSum[int16](t, r, n, math.MinInt16)
		testSum[int32](t, r, n, math.MinInt32)
		testSum[int64](t, r, n, math.MinInt64)
		testSum[uint8](t, r, n, 255)
		testSum[uint16](t, r, n, 1<<16-1)
		testSum[uint32](t, r, n, 1<<32-1)
	}
}

func testSum[T Integer](t *testing.T, r *rand.Rand, n int, edge T) {
	t.Helper()
	constant := make([]T, n)
	for i := range constant {
		constant[i] = edge
	}
	for _, v := range [][]T{random[T](r, n), constant} {
		want := int64(0)
		for _, x := range v {
			want += int64(x)
		}
		if got := Sum(v); got != want {
			t.Errorf("Sum of %d %T: %d, want %d", n, v, got, want)
		}
		if n == 0 {
			continue
		}
		if lo, hi := MinMax(v); lo != slices.Min(v) || hi != slices.Max(v) {
			t.Errorf("MinMax of %d %T: %v, %v, want %v, %v", n, v, lo, hi, slices.Min(v), slices.Max(v))
		}
	}
}

func TestFloatSumsAreExactToTwiceThePrecision(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	for _, n := range append(lengths, 10_000) {
		v := make([]float64, n)
		want := new(big.Float).SetPrec(2000)
		for i := range v {
			v[i] = r.NormFloat64() * math.Pow(10, float64(r.Intn(20)))
			want.Add(want, big.NewFloat(v[i]))
		}
		for name, sum := range map[string]func([]float64) (float64, float64){"SumFloat": SumFloat, "sumFloat": sumFloat} {
			s, c := sum(v)
			got := new(big.Float).SetPrec(2000).Add(big.NewFloat(s), big.NewFloat(c))
			diff, _ := got.Sub(got, want).Float64()
			if math.Abs(diff) > 1e-9 { // the values reach 1e20
				t.Errorf("%s of %d values is %g off", name, n, diff)
			}
		}
		if n == 0 {
			continue
		}
		if lo, hi := MinMax(v); lo != slices.Min(v) || hi != slices.Max(v) {
			t.Errorf("MinMax of %d floats: %v, %v", n, lo, hi)
		}
	}
}

func BenchmarkKernels(b *testing.B) {
	v8, v32, f := random[int8](rand.New(rand.NewSource(1)), 2048), make([]uint32, 2048), make([]float64, 2048)
	v64 := make([]uint64, 2048)
	for name, run := range map[string]func(){
		"Affine32":       func() { Affine32(v32, v8, 3, 1) },
		"Affine32/plain": func() { affine32(v32, v8, 3, 1) },
		"Shift64":        func() { Shift64(v64, v8, 3, 1) },
		"Shift64/plain":  func() { shift64(v64, v8, 3, 1) },
		"Sum":            func() { Sum(v8) },
		"Sum/plain":      func() { sum(v8) },
		"SumFloat":       func() { SumFloat(f) },
		"SumFloat/plain": func() { sumFloat(f) },
		"MinMax":         func() { MinMax(f) },
		"MinMax/plain":   func() { minMax(f) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				run()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2048, "ns/value")
		})
	}
}
