package group

import (
	"math/rand"
	"slices"
	"testing"
)

func TestSelectingAgreesWithSorting(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	var s selector
	for range 2000 {
		v := make([]float64, 1+r.Intn(1+r.Intn(1500)))
		kinds := 1 + r.Intn(2000)
		for i := range v {
			switch v[i] = float64(r.Intn(kinds)); {
			case kinds%5 == 0: // ascending runs
				v[i] = float64(i % kinds)
			case kinds%7 == 0:
				v[i] = r.ExpFloat64()
			}
		}
		sorted := slices.Sorted(slices.Values(v))
		k := r.Intn(len(v))
		lo, hi := s.pair(v, k)
		if lo != sorted[k] || hi != sorted[min(k+1, len(v)-1)] {
			t.Fatalf("values %d and %d of %d: %v, %v, want %v, %v", k, k+1, len(v), lo, hi, sorted[k], sorted[min(k+1, len(v)-1)])
		}
	}
}
