package eval

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var lengths = []int{0, 1, 15, 63, 64, 65, 128, 200, 300}

// kernelCase calls a kernel with random bits set and compares what is left with keep.
func kernelCase(t *testing.T, r *rand.Rand, n int, kernel func(m bitmap), keep func(i int) bool) {
	t.Helper()
	var m bitmap
	m = m.ones(n)
	for i := range m {
		switch r.IntN(4) {
		case 0:
			m[i] = 0
		case 1:
			m[i] &= r.Uint64()
		case 2:
			m[i] &= r.Uint64() & r.Uint64() & r.Uint64()
		}
	}
	want := slices.Clone(m)
	for i := range 64 * len(m) {
		if i >= n || !keep(i) {
			want[i/64] &^= 1 << (i % 64)
		}
	}
	kernel(m)
	if !slices.Equal(m, want) {
		t.Errorf("%d rows: %x, want %x", n, m, want)
	}
}

func withinCase[U unsigned](t *testing.T, name string, kernel func(m bitmap, vals []U, lo, span U, want bool)) {
	t.Run(name, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, n := range lengths {
			for range 50 {
				vals := make([]U, n)
				for i := range vals {
					vals[i] = U(r.Uint64N(40)) - 20
				}
				lo, span, want := U(r.Uint64N(40))-20, U(r.Uint64N(20)), r.IntN(2) == 0
				kernelCase(t, r, n, func(m bitmap) { kernel(m, vals, lo, span, want) }, func(i int) bool { return (vals[i]-lo <= span) == want })
			}
		}
	})
}

func TestWithin(t *testing.T) {
	withinCase(t, "8", within8)
	withinCase(t, "16", within16)
	withinCase(t, "32", within32)
	withinCase(t, "64", within64)
	withinCase(t, "plain 8", withinPlain[uint8])
	withinCase(t, "plain 64", withinPlain[uint64])
}

func TestBetween(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, kernel := range []func(m bitmap, vals []float64, lo, hi float64, want bool){between, betweenPlain} {
		for _, n := range lengths {
			for range 50 {
				vals := make([]float64, n)
				for i := range vals {
					vals[i] = float64(r.IntN(10)) / 2
				}
				lo, hi, want := float64(r.IntN(5)), float64(r.IntN(5)), r.IntN(2) == 0
				if r.IntN(4) == 0 {
					lo = math.Inf(-1)
				}
				kernelCase(t, r, n, func(m bitmap) { kernel(m, vals, lo, hi, want) }, func(i int) bool { return (vals[i] >= lo && vals[i] <= hi) == want })
			}
		}
	}
}

func TestLookup(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var table [256]uint8
	for _, n := range lengths {
		for range 50 {
			for i := range table {
				table[i] = uint8(r.IntN(2))
			}
			vals := make([]uint8, n)
			for i := range vals {
				vals[i] = uint8(r.IntN(256))
			}
			kernelCase(t, r, n, func(m bitmap) { lookup8(m, vals, &table) }, func(i int) bool { return table[vals[i]] == 1 })
			lo := uint8(r.IntN(256))
			kernelCase(t, r, n, func(m bitmap) { lookupPlain(m, vals, lo, table[:100]) }, func(i int) bool {
				return vals[i]-lo < 100 && table[vals[i]-lo] == 1
			})
		}
	}
}

func TestBitmapRows(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range lengths {
		for _, density := range []int{0, 1, 10, 99, 100} {
			var want []int32
			var m bitmap
			m = m.ones(n)
			for i := range n {
				if r.IntN(100) < density {
					want = append(want, int32(i))
				} else {
					m[i/64] &^= 1 << (i % 64)
				}
			}
			plain := make([]int32, n)
			if got := m.rows(nil); !slices.Equal(got, want) || m.count() != len(want) || m.none() != (len(want) == 0) {
				t.Errorf("rows of %x: %v, want %v", m, got, want)
			}
			if got := plain[:m.rowsPlain(plain)]; !slices.Equal(got, want) {
				t.Errorf("plain rows of %x: %v, want %v", m, got, want)
			}
		}
	}
}

func TestBitmapOfBits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	src := make([]byte, 60)
	for i := range src {
		src[i] = byte(r.Uint32())
	}
	bit := func(k int) bool { return src[k/8]>>(k%8)&1 == 1 }
	for lo := range 70 {
		for _, n := range lengths {
			for _, want := range []bool{false, true} {
				kernelCase(t, r, n, func(m bitmap) { m.andBits(src[:(lo+n+7)/8], lo, want) }, func(i int) bool { return bit(lo+i) == want })
				bools := make([]bool, n)
				for i := range bools {
					bools[i] = bit(lo + i)
				}
				kernelCase(t, r, n, func(m bitmap) { m.and(bools, want) }, func(i int) bool { return bools[i] == want })
				kernelCase(t, r, n, func(m bitmap) { m.andNot(bools) }, func(i int) bool { return !bools[i] })
			}
		}
	}
}
