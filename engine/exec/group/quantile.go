package group

import (
	"slices"

	"github.com/eau2db/eau2/engine/exec/kernel"
)

// quantile returns the p-quantile of v, interpolating linearly between the two values nearest to p*(len(v)-1). It
// reorders v, which is not empty.
func (s *selector) quantile(v []float64, p float64) float64 {
	at := p * float64(len(v)-1)
	k := min(int(at), len(v)-1)
	lo, hi := s.pair(v, k)
	f := at - float64(k)
	if f == 0 || lo == hi {
		return lo
	}
	if d := hi - lo; finite(d) {
		return lo + d*f
	}
	return lo*(1-f) + hi*f
}

const (
	sampleSize   = 32
	sampleMargin = 5   // places of the sample on either side of the one wanted: about two standard deviations
	sampleFrom   = 128 // values from which on sampling pays
)

// selector is scratch memory for selecting.
type selector struct{ bufs [2][]float64 }

// pair returns the values that would be at k and k+1 (k where there is none) if v were ordered. It reorders v.
// While there are many, it keeps those between two values of a sample (Floyd and Rivest, "Expected time bounds for
// selection", 1975), which takes one pass without branches.
func (s *selector) pair(v []float64, k int) (lo, hi float64) {
	for turn := 0; len(v) >= sampleFrom; turn ^= 1 {
		var sample [sampleSize]float64
		for i := range sample {
			sample[i] = v[i*len(v)/sampleSize+i%3]
		}
		slices.Sort(sample[:])
		n, place := len(v), k*sampleSize/len(v)
		from, to := sample[max(0, place-sampleMargin)], sample[min(sampleSize-1, place+1+sampleMargin)]
		if cap(s.bufs[turn]) < n {
			s.bufs[turn] = make([]float64, n)
		}
		dst := s.bufs[turn][:n]
		kept, below := kernel.Between(dst, v, from, to)
		if k < below || min(k+1, n-1) >= below+kept || 4*kept > 3*n {
			break // out of luck, or many equal values
		}
		v, k = dst[:kept], k-below
	}
	lo = selectNth(v, k)
	if k+1 == len(v) {
		return lo, lo
	}
	return lo, slices.Min(v[k+1:])
}

// selectNth returns the value that has k smaller or equal ones before it, and leaves those before it in v and the others
// behind (Hoare's quickselect, the pivot the median of three).
func selectNth(v []float64, k int) float64 {
	lo, hi := 0, len(v)-1
	for hi > lo {
		a, b, c := v[lo], v[lo+(hi-lo)/2], v[hi]
		pivot := max(min(a, b), min(max(a, b), c))
		i, j := lo, hi
		for i <= j {
			for v[i] < pivot {
				i++
			}
			for v[j] > pivot {
				j--
			}
			if i <= j {
				v[i], v[j] = v[j], v[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return v[k]
		}
	}
	return v[k]
}
