package group

import "math"

// quantile returns the p-quantile of v, interpolating linearly between the two values nearest to p*(len(v)-1). It
// reorders v, which is not empty.
func quantile(v []float64, p float64) float64 {
	at := p * float64(len(v)-1)
	k := min(int(at), len(v)-1)
	lo := selectNth(v, k)
	f := at - float64(k)
	if f == 0 || k+1 >= len(v) {
		return lo
	}
	hi := math.Inf(1)
	for _, x := range v[k+1:] {
		hi = min(hi, x)
	}
	if d := hi - lo; finite(d) {
		return lo + d*f
	}
	return lo*(1-f) + hi*f
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
