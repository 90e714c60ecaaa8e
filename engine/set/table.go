package set

import "math/bits"

// Table looks up numbers quickly. Where Words is not nil, x is a member if bit x-Base of it is set; all others are not there.
// Where it is nil the members lie too far apart. Then bit x*Factor>>Shift of Filter is set for all members and few others.
type Table struct {
	Base  int64
	Words []uint64

	Filter []uint64
	Shift  uint8

	members Numbers // where Words is nil
}

// Factor spreads numbers over a Filter.
const Factor = 0x9e3779b97f4a7c15

// filterBits is about how many bits of a Filter there are for each member.
const filterBits = 64

// A Table has bits while they take at most flatBytes, or flatMember bytes for each member.
const (
	flatBytes  = 1 << 20
	flatMember = 64
)

// Table returns the table of the set, which is made once, until the set changes.
func (s *Set) Table() *Table {
	s.tabled.Lock()
	defer s.tabled.Unlock()
	if s.table == nil {
		s.table = s.newTable()
	}
	return s.table
}

func (s *Set) newTable() *Table {
	if s.sparse == nil {
		return &Table{Base: s.dense.base, Words: nonNil(s.dense.words)}
	}
	lo, hi, ok := s.bounds()
	if !ok {
		return &Table{Words: nonNil(nil)}
	}
	n := uint64(s.Len())
	if room := (uint64(hi) - uint64(lo)) / 8; room <= flatBytes || room/flatMember <= n {
		w := s.window(lo, hi)
		return &Table{Base: w.base, Words: w.words}
	}
	t := &Table{members: MakeNumbers(int(n))}
	size := max(6, bits.Len64(filterBits*n))
	t.Filter, t.Shift = make([]uint64, 1<<(size-6)), uint8(64-size)
	for it := s.sparse.Iterator(); it.HasNext(); {
		x := it.Next()
		at := x * Factor >> t.Shift
		t.Filter[at/64] |= 1 << (at % 64)
		t.members.Add(x)
	}
	return t
}

func nonNil(w []uint64) []uint64 {
	if w == nil {
		return []uint64{}
	}
	return w
}

// Has reports whether x is a member.
func (t *Table) Has(x int64) bool {
	if t.Words != nil {
		at := uint64(x) - uint64(t.Base)
		return at>>6 < uint64(len(t.Words)) && t.Words[at>>6]>>(at&63)&1 != 0
	}
	return t.members.Has(uint64(x))
}
