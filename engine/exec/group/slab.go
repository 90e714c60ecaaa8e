package group

import "sync"

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
	next   int                // size of the next slab
	full   []*[bigSlab]uint64 // big ones that have been taken
	memory *account
}

const (
	firstSlab = 1 << 13 // words
	bigSlab   = 1 << 20
)

// bigSlabs are those between two queries. What is not used for a while the garbage collector takes: the next query saves
// the time that the system takes to find and clear pages, which is longer than that of using them.
var bigSlabs sync.Pool

// take returns n words of any contents.
func (s *slabs) take(n int) ([]uint64, error) {
	if n > len(s.free) {
		if err := s.more(n); err != nil {
			return nil, err
		}
	}
	w := s.free[:n:n]
	s.free = s.free[n:]
	return w, nil
}

func (s *slabs) more(n int) error {
	s.next = max(firstSlab, min(2*s.next, bigSlab))
	size := max(n, s.next)
	if err := s.memory.use(8 * int64(size)); err != nil {
		return err
	}
	if size != bigSlab {
		s.free = make([]uint64, size)
		return nil
	}
	b, ok := bigSlabs.Get().(*[bigSlab]uint64)
	if !ok {
		b = new([bigSlab]uint64)
		adviseHuge(b[:])
	}
	s.full = append(s.full, b)
	s.free = b[:]
	return nil
}

// release gives the memory back. Nothing may use it afterwards.
func (s *slabs) release() {
	for _, b := range s.full {
		bigSlabs.Put(b)
	}
	s.full, s.free = nil, nil
}
