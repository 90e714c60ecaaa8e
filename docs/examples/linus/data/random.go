package data

import "math/bits"

// random is a source of numbers: splitmix64, of Steele, Lea and Flood, "Fast splittable pseudorandom number
// generators", 2014. It is integers only, so that every machine makes the same rows.
type random uint64

// stream is a source for each number; those of different numbers, streams and seeds have nothing to do with each other.
type stream uint64

// newStream returns the stream of this kind and seed.
func newStream(seed uint64, kind uint8) stream { return stream(mix(seed ^ uint64(kind)<<56)) }

// at is the source of number n.
func (s stream) at(n uint64) random { return random(mix(uint64(s) + n)) }

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

// law is Zipf's with exponent 1 over the numbers below n, but that the first 2^head numbers are about as likely as each other: i has a
// chance in proportion to 1/(i+2^head).
type law struct {
	n       uint64
	head    uint64
	octaves uint64
}

func newLaw(n, head uint64) law {
	return law{n: n, head: head, octaves: uint64(bits.Len64((n-1)>>head + 1))}
}

// draw takes one of the octaves h…2h, 2h…4h, … with h = 2^head, and a number in it, which is the law in steps.
func (l law) draw(r *random) uint64 {
	for {
		octave, rest := bits.Mul64(r.next(), l.octaves)
		within, _ := bits.Mul64(rest, 1<<(l.head+octave))
		if i := 1<<(l.head+octave) + within - 1<<l.head; i < l.n {
			return i
		}
	}
}

// octave is the one that i lies in, from 0.
func (l law) octave(i uint64) int { return bits.Len64(i>>l.head+1) - 1 }

// scatter is a permutation of the numbers from 0 to n-1 that takes neighbours far apart.
type scatter struct{ n, factor, shift uint64 }

// newScatter returns a permutation that takes number from to number to.
func newScatter(n, from, to uint64) scatter {
	factor := n*0x9e3779b9>>32 + 1 // near the golden section of n, of which multiples spread most evenly
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
