package column

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"math/rand/v2"
	"sync/atomic"
)

// key stands for a string in a dictTable. Up to 16 bytes lo, hi and n are the string; beyond, lo is its hash and hi
// its first eight bytes.
type key struct {
	lo, hi uint64
	n      uint32
}

const maxKeyText = 16 // bytes of a string that a key holds entirely

// slot is an entry of a dictTable. Its writer sets code last and its readers load code first, both atomically, so
// that a reader without a lock sees either nothing or all of it.
type slot struct {
	lo, hi uint64
	n      uint32
	code   uint32 // the code plus one; 0 is a free slot
}

// dictTable is an open-addressing hash table from strings to codes, at most half full. One goroutine at a time adds
// to it while any number of others look strings up. A table that has grown is a copy: those who still hold the old
// one miss what was added since.
type dictTable struct {
	slots []slot
	mask  uint64
	strs  []string // by code; what was added after the copy was taken is missing
	seed  *tableSeed
}

// tableSeed makes the hashes of each dictionary different, so that no input is bad for all of them.
type tableSeed struct {
	lo, hi uint64
	long   maphash.Seed
}

func newDictTable() dictTable {
	const slots = 256
	seed := &tableSeed{lo: rand.Uint64(), hi: rand.Uint64(), long: maphash.MakeSeed()}
	return dictTable{slots: make([]slot, slots), mask: slots - 1, seed: seed}
}

// key returns the key of s.
func (s *tableSeed) key(b []byte) key {
	n := len(b)
	switch {
	case n > maxKeyText:
		return key{maphash.Bytes(s.long, b), binary.LittleEndian.Uint64(b), uint32(n)}
	case n >= 8:
		return key{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:]), uint32(n)}
	case n >= 4:
		return key{uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:])), uint32(n)}
	case n > 0:
		return key{uint64(b[0]) | uint64(b[n/2])<<8 | uint64(b[n-1])<<16, 0, uint32(n)}
	}
	return key{}
}

// hash returns the hash of a key: the folded product of its words, as in wyhash.
func (s *tableSeed) hash(lo, hi uint64, n uint32) uint64 {
	a, b := bits.Mul64(lo^s.lo, hi^s.hi^uint64(n)*0x9e3779b97f4a7c15)
	return a ^ b
}

// find returns the code of the string b, whose key is k.
func (t *dictTable) find(k key, b []byte) (code uint32, ok bool) {
	for i := t.seed.hash(k.lo, k.hi, k.n) & t.mask; ; i = (i + 1) & t.mask {
		s := &t.slots[i]
		c := atomic.LoadUint32(&s.code)
		if c == 0 {
			return 0, false
		}
		if s.lo == k.lo && s.hi == k.hi && s.n == k.n && t.same(c-1, b) {
			return c - 1, true
		}
	}
}

// same reports whether b, whose key is that of code, is its string. A code newer than the copy of strs is not looked
// up here: the caller then asks again with the lock held.
func (t *dictTable) same(code uint32, b []byte) bool {
	return len(b) <= maxKeyText || code < uint32(len(t.strs)) && t.strs[code] == string(b)
}

// add enters the next code for the string s, which the table does not hold. Only the owner of the lock adds.
func (t *dictTable) add(k key, s string) (code uint32) {
	code = uint32(len(t.strs))
	t.strs = append(t.strs, s)
	if 2*len(t.strs) > len(t.slots) {
		t.grow()
	}
	t.put(k.lo, k.hi, k.n, code+1)
	return code
}

func (t *dictTable) put(lo, hi uint64, n, code uint32) {
	i := t.seed.hash(lo, hi, n) & t.mask
	for t.slots[i].code != 0 {
		i = (i + 1) & t.mask
	}
	s := &t.slots[i]
	s.lo, s.hi, s.n = lo, hi, n
	atomic.StoreUint32(&s.code, code)
}

func (t *dictTable) grow() {
	old := t.slots
	t.slots = make([]slot, 4*len(old))
	t.mask = uint64(len(t.slots) - 1)
	for i := range old {
		if s := &old[i]; s.code != 0 {
			t.put(s.lo, s.hi, s.n, s.code)
		}
	}
}
