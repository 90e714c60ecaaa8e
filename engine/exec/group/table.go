package group

import (
	"math/bits"
)

// table is a hash table of records, by packed key. The records lie one after the other in the order of their making.
type table struct {
	words  int // of a key
	stride int // of a record
	recs   []uint64
	index  []uint64 // upper half: upper half of the hash; lower half: offset of the record plus 1; 0 is free
	count  int
	hashes []uint64
	memory *account
}

const minIndex = 1 << 10

func mix(k uint64) uint64 {
	hi, lo := bits.Mul64(k^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	return hi ^ lo
}

// hashKeys sets h to the hashes of keys given word by word.
func hashKeys(h []uint64, keys [][]uint64) {
	for i, k := range keys[0][:len(h)] {
		h[i] = mix(k)
	}
	for _, w := range keys[1:] {
		for i, k := range w[:len(h)] {
			h[i] = mix(h[i] ^ k)
		}
	}
}

// hashRecord returns the hash of a record's key.
func hashRecord(key []uint64) uint64 {
	h := mix(key[0])
	for _, k := range key[1:] {
		h = mix(h ^ k)
	}
	return h
}

// bytes returns the memory of n records and their index.
func (t *table) bytes() int64 { return 8 * int64(cap(t.recs)+len(t.index)) }

// reserve makes room for n more records.
func (t *table) reserve(n int) error {
	if need := (t.count + n) * t.stride; need > cap(t.recs) {
		c := max(need, 2*cap(t.recs))
		if err := t.memory.use(8 * int64(c-cap(t.recs))); err != nil {
			return err
		}
		recs := newWords(c)[:len(t.recs)]
		copy(recs, t.recs)
		t.recs = recs
	}
	if 3*(t.count+n) > 2*len(t.index) {
		size := max(minIndex, 1<<bits.Len(uint(2*(t.count+n)-1)))
		if err := t.memory.use(8 * int64(size-len(t.index))); err != nil {
			return err
		}
		t.rehash(size)
	}
	return nil
}

func (t *table) rehash(size int) {
	t.index = newWords(size)
	mask := uint64(size - 1)
	for o := 0; o < len(t.recs); o += t.stride {
		h := hashRecord(t.recs[o : o+t.words])
		p := h & mask
		for t.index[p] != 0 {
			p = (p + 1) & mask
		}
		t.index[p] = h&^0xffffffff | uint64(o+1)
	}
}

// find sets off to where the records of the keys start, making those that are new.
func (t *table) find(keys [][]uint64, off []uint32) error {
	if err := t.reserve(len(off)); err != nil {
		return err
	}
	t.hashes = resize(t.hashes, len(off))
	hashKeys(t.hashes, keys[:t.words])
	if t.words == 1 {
		t.find1(keys[0], off)
	} else {
		t.findN(keys, off)
	}
	return nil
}

func (t *table) find1(key []uint64, off []uint32) {
	index, recs := t.index, t.recs
	mask := uint64(len(index) - 1)
	key = key[:len(off)]
	for i, h := range t.hashes[:len(off)] {
		k := key[i]
		for p := h & mask; ; p = (p + 1) & mask {
			e := index[p&uint64(len(index)-1)]
			if e == 0 {
				o := len(recs)
				recs = recs[:o+t.stride]
				clear(recs[o:])
				recs[o] = k
				t.count++
				index[p] = h&^0xffffffff | uint64(o+1)
				off[i] = uint32(o)
				break
			}
			if o := uint32(e) - 1; (e^h)>>32 == 0 && recs[o] == k {
				off[i] = o
				break
			}
		}
	}
	t.recs = recs
}

func (t *table) findN(keys [][]uint64, off []uint32) {
	mask := uint64(len(t.index) - 1)
	for i, h := range t.hashes[:len(off)] {
		for p := h & mask; ; p = (p + 1) & mask {
			e := t.index[p]
			if e == 0 {
				off[i] = t.insert(keys, i)
				t.index[p] = h&^0xffffffff | uint64(off[i]+1)
				break
			}
			if o := uint32(e) - 1; (e^h)>>32 == 0 && t.equal(keys, i, o) {
				off[i] = o
				break
			}
		}
	}
}

func (t *table) insert(keys [][]uint64, i int) uint32 {
	o := len(t.recs)
	t.recs = t.recs[:o+t.stride]
	clear(t.recs[o:])
	for w := range t.words {
		t.recs[o+w] = keys[w][i]
	}
	t.count++
	return uint32(o)
}

func (t *table) equal(keys [][]uint64, i int, o uint32) bool {
	for w := range t.words {
		if t.recs[int(o)+w] != keys[w][i] {
			return false
		}
	}
	return true
}

// empty forgets all records and keeps the memory.
func (t *table) empty() {
	t.recs, t.count = t.recs[:0], 0
	clear(t.index)
}
