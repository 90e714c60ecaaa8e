package kernel

// ScatterAdd adds v[i] to p[off[i]] for every i of off.
func ScatterAdd(p []uint64, off []uint32, v []uint64) {
	v = v[:len(off)]
	for len(off) >= 4 && len(v) >= 4 {
		a, b, c, d := off[0], off[1], off[2], off[3]
		p[a] += v[0]
		p[b] += v[1]
		p[c] += v[2]
		p[d] += v[3]
		off, v = off[4:], v[4:]
	}
	for i, o := range off {
		p[o] += v[i]
	}
}
