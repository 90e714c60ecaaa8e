package column

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"math/rand/v2"
	"sync/atomic"
)

// key stands for a string in a dictTable. Up to 16 bytes it is the string: lo has the first eight bytes, hi the last
// eight of more than eight. Beyond, lo is a hash and hi the first eight bytes. n is the length plus one, so that no
// key is zero.
type key struct {
	lo, hi uint64
	n      uint32
	h      uint32 // place in the table, before masking
}

const maxKeyText = 16 // bytes of a string that a key holds entirely

// slot is an entry of a dictTable: a key, and the code with the key's n. The entry counts from when its code, the
// upper half of meta, is not zero. All words are read and written atomically, meta written last and read first, so
// that a reader needs no lock.
type slot struct {
	lo, hi uint64
	meta   uint64 // code plus one, n
}

// dictTable is an open-addressing hash table from strings to codes, at most half full. One goroutine at a time adds
// to it, with a lock held, while any number of others look strings up in copies of it that they took with the lock
// held. What is added later may be missing in a copy, in part or entirely, but never wrong.
type dictTable struct {
	slots []slot
	mask  uint32
	off   []int32 // string i is text[off[i]:off[i+1]]
	text  []byte
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
	return dictTable{slots: make([]slot, slots), mask: slots - 1, off: []int32{0}, seed: seed}
}

// key returns the key of b.
func (s *tableSeed) key(b []byte) key {
	n := len(b)
	k := key{n: uint32(n) + 1}
	switch {
	case n > maxKeyText:
		k.lo, k.hi = maphash.Bytes(s.long, b), binary.LittleEndian.Uint64(b)
	case n >= 8:
		k.lo = binary.LittleEndian.Uint64(b)
		if n > 8 {
			k.hi = binary.LittleEndian.Uint64(b[n-8:])
		}
	case n >= 4:
		k.lo = uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<(8*n-32)
	case n > 0:
		k.lo = uint64(b[0]) | uint64(b[n/2])<<(8*(n/2)) | uint64(b[n-1])<<(8*(n-1))
	}
	k.h = s.hash(k.lo, k.hi, k.n)
	return k
}

// hash returns the hash of a key: the folded product of its words, as in wyhash.
func (s *tableSeed) hash(lo, hi uint64, n uint32) uint32 {
	a, b := bits.Mul64(lo^s.lo, hi^s.hi^uint64(n)*0x9e3779b97f4a7c15)
	return uint32(a ^ b)
}

// find returns the code of the string b, whose key is k.
func (t *dictTable) find(k *key, b []byte) (code uint32, ok bool) {
	for i := k.h & t.mask; ; i = (i + 1) & t.mask {
		code, diff := t.slots[i].match(k)
		if code == 0 {
			return 0, false
		}
		if diff == 0 && t.same(code-1, b) {
			return code - 1, true
		}
	}
}

// match returns the slot's code plus one, 0 when it is free, and a difference that is 0 when the slot has the key k.
func (s *slot) match(k *key) (code uint32, diff uint64) {
	meta := atomic.LoadUint64(&s.meta)
	return uint32(meta >> 32), atomic.LoadUint64(&s.lo) ^ k.lo | atomic.LoadUint64(&s.hi) ^ k.hi | uint64(uint32(meta)^k.n)
}

// size returns the number of strings.
func (t *dictTable) size() int { return len(t.off) - 1 }

// str returns the string of a code. It shares the table's memory.
func (t *dictTable) str(code uint32) string { return text(t.text, t.off[code], t.off[code+1]) }

// same reports whether b, whose key is that of code, is its string. A code that is newer than this copy of the table
// counts as another: the caller then asks again with the lock held.
func (t *dictTable) same(code uint32, b []byte) bool {
	return len(b) <= maxKeyText || int(code) < t.size() && t.str(code) == string(b)
}

// add enters the next code for the string b, which the table does not hold.
func (t *dictTable) add(k *key, b []byte) (code uint32) {
	code = uint32(t.size())
	t.text = append(t.text, b...)
	t.off = append(t.off, int32(len(t.text)))
	if 2*t.size() > len(t.slots) {
		t.grow()
	}
	t.put(k.lo, k.hi, uint64(code+1)<<32|uint64(k.n))
	return code
}

func (t *dictTable) put(lo, hi, meta uint64) {
	i := t.seed.hash(lo, hi, uint32(meta)) & t.mask
	for t.slots[i].meta != 0 {
		i = (i + 1) & t.mask
	}
	s := &t.slots[i]
	atomic.StoreUint64(&s.lo, lo)
	atomic.StoreUint64(&s.hi, hi)
	atomic.StoreUint64(&s.meta, meta)
}

// grow moves the entries to a larger table, leaving the old one to those who read it.
func (t *dictTable) grow() {
	old := t.slots
	t.slots = make([]slot, 4*len(old))
	t.mask = uint32(len(t.slots) - 1)
	for i := range old {
		if s := &old[i]; s.meta != 0 {
			t.put(s.lo, s.hi, s.meta)
		}
	}
}
