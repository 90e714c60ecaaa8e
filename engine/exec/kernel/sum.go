package kernel

// Sum returns the sum of v, modulo 2^64.
func Sum[T Integer](v []T) int64 {
	if s, n := sumSIMD(v); n > 0 {
		return s + sum(v[n:])
	}
	return sum(v)
}

func sum[T Integer](v []T) int64 {
	var a, b, c, d int64
	for ; len(v) >= 4; v = v[4:] {
		a += int64(v[0])
		b += int64(v[1])
		c += int64(v[2])
		d += int64(v[3])
	}
	for _, x := range v {
		a += int64(x)
	}
	return a + b + c + d
}

// SumFloat returns the sum of v and a correction: their sum, in higher precision, is the sum of v, to about twice the
// precision of a float64 (Ogita, Rump and Oishi's Sum2 over several lanes).
func SumFloat(v []float64) (s, c float64) {
	if s, c, n := sumFloatSIMD(v); n > 0 {
		t, d := sumFloat(v[n:])
		return addPair(s, c, t, d)
	}
	return sumFloat(v)
}

func sumFloat(v []float64) (s, c float64) {
	var s0, s1, s2, s3, c0, c1, c2, c3 float64
	for ; len(v) >= 4; v = v[4:] {
		x0, x1, x2, x3 := v[0], v[1], v[2], v[3]
		t0, t1, t2, t3 := s0+x0, s1+x1, s2+x2, s3+x3
		b0, b1, b2, b3 := t0-s0, t1-s1, t2-s2, t3-s3
		c0 += (s0 - (t0 - b0)) + (x0 - b0)
		c1 += (s1 - (t1 - b1)) + (x1 - b1)
		c2 += (s2 - (t2 - b2)) + (x2 - b2)
		c3 += (s3 - (t3 - b3)) + (x3 - b3)
		s0, s1, s2, s3 = t0, t1, t2, t3
	}
	for _, x := range v {
		s0, c0 = addPair(s0, c0, x, 0)
	}
	s0, c0 = addPair(s0, c0, s1, c1)
	s2, c2 = addPair(s2, c2, s3, c3)
	return addPair(s0, c0, s2, c2)
}

func addPair(s, c, t, d float64) (float64, float64) {
	r := s + t
	b := r - s
	return r, c + (d + ((s - (r - b)) + (t - b)))
}

// SumSquares returns the sum of the squared distances of v from mean, where mean is that of v but for rounding (the
// error of which is taken off again: Chan, Golub and LeVeque, "Algorithms for computing the sample variance", 1983).
func SumSquares(v []float64, mean float64) float64 {
	var q, d [4]float64
	n := float64(len(v))
	for ; len(v) >= 4; v = v[4:] {
		x0, x1, x2, x3 := v[0]-mean, v[1]-mean, v[2]-mean, v[3]-mean
		q[0] += x0 * x0
		q[1] += x1 * x1
		q[2] += x2 * x2
		q[3] += x3 * x3
		d[0] += x0
		d[1] += x1
		d[2] += x2
		d[3] += x3
	}
	for _, x := range v {
		x -= mean
		q[0] += x * x
		d[0] += x
	}
	e := d[0] + d[1] + d[2] + d[3]
	return max(0, q[0]+q[1]+q[2]+q[3]-e*e/n)
}
