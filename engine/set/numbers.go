package set

import "math/bits"

// Numbers is a set of words: a hash table with open addressing. At least half of its places, of a small one nearly all, are empty
// and hold 0, so that most numbers that are not there meet an empty one at once.
type Numbers struct {
	zero  bool // 0 is in the set
	shift uint8
	slots []uint64 // each member, 0 excepted, at slot or behind
}

// smallNumbers is up to how many members a Numbers is nearly empty.
const smallNumbers = 1 << 12

// MakeNumbers returns an empty set with room for n members.
func MakeNumbers(n int) Numbers {
	space := 16
	if n > smallNumbers {
		space = 2
	}
	size := bits.Len(uint(space*n + 1))
	return Numbers{shift: uint8(64 - size), slots: make([]uint64, 1<<size)}
}

// Add adds a member, of which there are to be no more than MakeNumbers was told.
func (s *Numbers) Add(x uint64) {
	if x == 0 {
		s.zero = true
		return
	}
	s.slots[s.slot(x)] = x
}

// Has reports whether x is a member.
func (s *Numbers) Has(x uint64) bool {
	if x == 0 {
		return s.zero
	}
	return s.slots[s.slot(x)] == x
}

// slot returns the place of x, or the empty one where it would be.
func (s *Numbers) slot(x uint64) uint64 {
	i := x * Factor >> s.shift
	for s.slots[i] != x && s.slots[i] != 0 {
		i = (i + 1) & uint64(len(s.slots)-1)
	}
	return i
}
