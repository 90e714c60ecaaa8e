package kernel

// Between copies the values from lo to hi to the front of dst, which is as long as v and may be v, in their order. It
// returns how many there are and how many values are below lo.
func Between(dst, v []float64, lo, hi float64) (kept, below int) {
	dst = dst[:len(v)]
	n, kept, below := betweenSIMD(dst, v, lo, hi)
	for _, x := range v[n:] {
		dst[kept] = x
		in, less := 0, 0
		if x >= lo {
			in = 1
		}
		if x > hi {
			in = 0
		}
		if x < lo {
			less = 1
		}
		kept, below = kept+in, below+less
	}
	return kept, below
}
