package group

// hugePage is the size that the memory of big tables is asked to lie in pages of: with small pages a random access
// into hundreds of megabytes misses the processor's page tables as well as its caches.
const hugePage = 2 << 20

// newWords returns n words, all zero.
func newWords(n int) []uint64 {
	w := make([]uint64, n)
	if 8*n >= hugePage {
		adviseHuge(w)
	}
	return w
}

// slabs is a worker's memory for many small pieces: it is taken in large ones.
type slabs struct {
	free   []uint64
	next   int // size of the next slab
	memory *account
}

const (
	firstSlab = 1 << 13 // words
	lastSlab  = 1 << 20
)

// take returns n words, all zero.
func (s *slabs) take(n int) ([]uint64, error) {
	if n > len(s.free) {
		s.next = max(firstSlab, min(2*s.next, lastSlab))
		size := max(n, s.next)
		if err := s.memory.use(8 * int64(size)); err != nil {
			return nil, err
		}
		s.free = newWords(size)
	}
	w := s.free[:n:n]
	s.free = s.free[n:]
	return w, nil
}
