package set

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// numbers are members of different spread: dense, around 0, sparse and at the ends.
func numbers(r *rand.Rand, kind, n int) []int64 {
	var xs []int64
	for range n {
		switch kind {
		case 0:
			xs = append(xs, r.Int64N(int64(4*n)))
		case 1:
			xs = append(xs, r.Int64N(200)-100)
		case 2:
			xs = append(xs, int64(r.Uint64()))
		case 3:
			xs = append(xs, 1<<40+r.Int64N(int64(8*n)))
		case 4:
			xs = append(xs, []int64{math.MinInt64, math.MaxInt64, 0, -1, 1, 63, 64, 1 << 32, 1<<32 - 1}[r.IntN(9)])
		}
	}
	return xs
}

func TestSetsAreWhatMapsOfNumbersAre(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		a, b := numbers(r, r.IntN(5), r.IntN(500)), numbers(r, r.IntN(5), r.IntN(500))
		model := func(xs []int64) map[int64]bool {
			m := map[int64]bool{}
			for _, x := range xs {
				m[x] = true
			}
			return m
		}
		build := func(xs []int64) *Set {
			switch r.IntN(3) {
			case 0:
				return Of(xs...)
			case 1:
				s := &Set{}
				for _, x := range xs {
					s.Add(x)
				}
				return s
			}
			c := NewCollector(0, 300)
			Collect(c, xs)
			return Union(c, NewCollector(0, 300))
		}
		for op := range 3 {
			x, y := build(a), build(b)
			want := model(a)
			switch op {
			case 0:
				x.Or(y)
				maps.Copy(want, model(b))
			case 1:
				x.And(y)
				maps.DeleteFunc(want, func(n int64, _ bool) bool { return !model(b)[n] })
			case 2:
				x.AndNot(y)
				maps.DeleteFunc(want, func(n int64, _ bool) bool { return model(b)[n] })
			}
			sorted := slices.Sorted(maps.Keys(want))
			if got := slices.Collect(x.All()); !slices.Equal(got, sorted) {
				t.Fatalf("operation %d of %v and %v gives %v", op, a, b, got)
			}
			if !y.Equal(Of(b...)) {
				t.Fatalf("operation %d changes its argument", op)
			}
			bytes, err := x.MarshalBinary()
			if err != nil {
				t.Fatal(err)
			}
			back := &Set{}
			if err := back.UnmarshalBinary(bytes); err != nil || !back.Equal(x) || back.Len() != int64(len(want)) {
				t.Fatalf("%v is read as %v, %v", sorted, slices.Collect(back.All()), err)
			}
			table := back.Table()
			for _, n := range append(numbers(r, r.IntN(5), 100), append(a, b...)...) {
				if x.Has(n) != want[n] || table.Has(n) != want[n] {
					t.Fatalf("%d in %v: %v, by the table %v", n, sorted, x.Has(n), table.Has(n))
				}
			}
			x.Add(77)
			if !x.Has(77) || !x.Table().Has(77) {
				t.Fatal("an added number is not there")
			}
		}
	}
}

func TestRowsAreCollected(t *testing.T) {
	for _, c := range []*Collector{NewCollector(-5, 5), NewCollector(1, 0), NewCollector(math.MinInt64, math.MaxInt64)} {
		CollectRows(c, []int8{1, 2, 3, -4, 100}, []int32{0, 2, 3, 4})
		Collect(c, []int64{1 << 40})
		if got := slices.Collect(Union(c).All()); !slices.Equal(got, []int64{-4, 1, 3, 100, 1 << 40}) {
			t.Errorf("%v are collected", got)
		}
	}
}

func FuzzUnmarshalBinary(f *testing.F) {
	for _, s := range []*Set{{}, Of(1, 2, 3), Of(math.MinInt64, 5, math.MaxInt64), Of(1<<32, 1<<32+70000)} {
		b, err := s.MarshalBinary()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := &Set{}
		if s.UnmarshalBinary(b) != nil {
			return
		}
		n := int64(0)
		for x := range s.All() {
			if n++; !s.Has(x) {
				t.Fatal(x)
			}
			if n > 1000 {
				return
			}
		}
		if n != s.Len() {
			t.Fatalf("%d members, Len is %d", n, s.Len())
		}
	})
}
