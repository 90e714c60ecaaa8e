package data

import "math/bits"

// random is a source of numbers: splitmix64, of Steele, Lea and Flood, "Fast splittable pseudorandom number
// generators", 2014. It is integers only, so that every machine makes the same rows.
type random uint64

// seeded is the source of row n of a stream. Those of different rows, streams and seeds have nothing to do with each other.
func seeded(seed uint64, s stream, n uint64) random {
	return random(mix(mix(seed^uint64(s)<<56) + n))
}

// next is uniform in 64 bits.
func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	return mix(uint64(*r))
}

// below is uniform from 0 to n-1.
func (r *random) below(n uint64) uint64 {
	high, _ := bits.Mul64(r.next(), n)
	return high
}

// mix gives another number for each, with every bit depending on all.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// skewed is from 0 to n-1 by Zipf's law with exponent 1, but that the first head numbers are about as likely as each
// other: i has a chance in proportion to 1/(i+head). It takes one of the octaves head…2·head, 2·head…4·head, … and
// a number in it, which is that law in steps.
func (r *random) skewed(n, head uint64) uint64 {
	all := octaves(n, head)
	for {
		width := head << r.below(all)
		if i := width + r.below(width) - head; i < n {
			return i
		}
	}
}

// octaves is how many octaves from head on it takes for n numbers.
func octaves(n, head uint64) uint64 {
	return uint64(bits.Len64((n-1)/head + 1))
}

// scatter is a permutation of the numbers from 0 to n-1 that takes neighbours far apart.
type scatter struct{ n, factor, shift uint64 }

// newScatter returns a permutation that takes number from to number to.
func newScatter(n, from, to uint64) scatter {
	factor := n/8*5 + 1 // near the golden section, where multiples spread most evenly
	for gcd(factor, n) != 1 {
		factor++
	}
	s := scatter{n: n, factor: factor % n}
	s.shift = (to + n - s.of(from)) % n
	return s
}

func (s scatter) of(i uint64) uint64 { return (i*s.factor + s.shift) % s.n }

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
