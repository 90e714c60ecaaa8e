package main

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
	"strings"
)

// counts says how often each word has come. Words of up to 15 bytes, most of them, are numbers in a hash table with open
// addressing, which costs one access to memory a word; the others are in a map.
type counts struct {
	slots []slot // a power of two of them, at most half of them taken
	shift int    // 64 less the bits of a slot's number
	taken int
	long  map[string]*int64

	keys [256]key // short words to be added
	n    int      // of them
}

// key is a short word: its bytes, the first one lowest in low, and in the highest byte of high its length.
type key struct{ low, high uint64 }

// slot has the count of a short word; no count, no word.
type slot struct {
	key
	count int64
}

func newCounts() *counts {
	const size = 12
	return &counts{slots: make([]slot, 1<<size), shift: 64 - size, long: map[string]*int64{}}
}

// addText adds the words of a text.
func (c *counts) addText(text string) {
	for i := 0; i < len(text); {
		low, high := load(text[i:]), uint64(0)
		k := firstBelow(low, ' '+1)
		last := low >> (8 * k)
		if k < 8 {
			low &= 1<<(8*k) - 1
		} else {
			high = load(text[min(i+8, len(text)):])
			more := firstBelow(high, ' '+1)
			last = high >> (8 * more)
			high &= 1<<(8*more) - 1
			k += more
		}
		if k == 16 || !blank[byte(last)] { // a long word, or one with a control character
			end := min(i+k, len(text))
			for end < len(text) && !blank[text[end]] {
				end++
			}
			c.addLong(text[i:end], 1)
			i = end + 1
			continue
		}
		if k > 0 {
			c.keys[c.n] = key{low, high | uint64(k)<<56}
			if c.n++; c.n == len(c.keys) {
				c.flush()
			}
		}
		i += k + 1
	}
}

// load returns the first eight bytes of a text, blanks behind its end.
func load(text string) uint64 {
	if len(text) < 8 {
		b := [8]byte{' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '}
		copy(b[:], text)
		return binary.LittleEndian.Uint64(b[:])
	}
	return uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
		uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56
}

// firstBelow returns the number of the first of eight bytes that is less than b, 8 if none is.
func firstBelow(eight uint64, b byte) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	return bits.TrailingZeros64((eight-ones*uint64(b))&^eight&high) / 8
}

// blank has the bytes that words stand between: those of [:space:] in the C locale.
var blank = [256]bool{' ': true, '\t': true, '\n': true, '\v': true, '\f': true, '\r': true}

// flush adds the short words that wait. Accesses to memory overlap, as one after the other they would not.
func (c *counts) flush() {
	for _, k := range c.keys[:c.n] {
		c.addShort(k, 1)
	}
	c.n = 0
}

func (c *counts) addShort(k key, n int64) {
	for at := (k.low ^ bits.RotateLeft64(k.high*0x9e3779b97f4a7c15, 32)) * 0x9e3779b97f4a7c15 >> c.shift; ; at++ {
		s := &c.slots[at&uint64(len(c.slots)-1)]
		if s.key == k {
			s.count += n
			return
		}
		if s.count == 0 {
			*s = slot{k, n}
			c.taken++
			c.reserve(0)
			return
		}
	}
}

// reserve makes room for n more short words. Who adds those of another table, in the order of their hashes, does so before.
func (c *counts) reserve(n int) {
	size := len(c.slots)
	for ; 2*(c.taken+n) > size; size *= 2 {
		c.shift--
	}
	if size == len(c.slots) {
		return
	}
	old := c.slots
	c.slots, c.taken = make([]slot, size), 0
	for _, s := range old {
		if s.count > 0 {
			c.addShort(s.key, s.count)
		}
	}
}

func (c *counts) addLong(word string, n int64) {
	if old := c.long[word]; old != nil {
		*old += n
		return
	}
	c.long[strings.Clone(word)] = &n
}

func (c *counts) merge(o *counts) {
	c.reserve(o.taken)
	for _, s := range o.slots {
		if s.count > 0 {
			c.addShort(s.key, s.count)
		}
	}
	for word, n := range o.long {
		c.addLong(word, *n)
	}
}

// bytes appends the 16 bytes of a key: the word, and at the end its length.
func (k key) bytes(b []byte) []byte {
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(b, k.low), k.high)
}

// word is a word and how often it has come.
type word struct {
	text  string
	count int64
}

// top returns the n most frequent words, 0 for all, and those that are equally frequent by their bytes.
func (c *counts) top(n int) []word {
	var best []word
	least := int64(0) // words that are less frequent are not among the best
	sort := func() {
		slices.SortFunc(best, func(a, b word) int { return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.text, b.text)) })
		if n > 0 && len(best) >= n {
			best, least = best[:n], best[n-1].count
		}
	}
	add := func(text string, count int64) {
		best = append(best, word{text, count})
		if n > 0 && len(best) > 2*n+1000 {
			sort()
		}
	}
	for _, s := range c.slots {
		if s.count > 0 && s.count >= least {
			text := s.key.bytes(nil)
			add(string(text[:text[15]]), s.count)
		}
	}
	for text, n := range c.long {
		if *n >= least {
			add(text, *n)
		}
	}
	sort()
	return best
}

// MarshalBinary makes bytes of the words, which travel to the node that merges them: the number of short ones, these, and the long
// ones behind their lengths, each with its count.
func (c *counts) MarshalBinary() ([]byte, error) {
	b := binary.AppendUvarint(nil, uint64(c.taken))
	for _, s := range c.slots {
		if s.count > 0 {
			b = binary.AppendUvarint(s.key.bytes(b), uint64(s.count))
		}
	}
	for word, n := range c.long {
		b = binary.AppendUvarint(append(binary.AppendUvarint(b, uint64(len(word))), word...), uint64(*n))
	}
	return b, nil
}

// UnmarshalBinary makes c the words that MarshalBinary made bytes.
func (c *counts) UnmarshalBinary(b []byte) error {
	*c = *newCounts()
	failed := false
	number := func() uint64 {
		n, w := binary.Uvarint(b)
		failed = failed || w <= 0
		b = b[max(w, 0):]
		return n
	}
	short := number()
	c.reserve(int(min(short, uint64(len(b)/17))))
	for ; short > 0 && !failed; short-- {
		if failed = len(b) < 16 || b[15] == 0 || b[15] > 15; !failed {
			k := key{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])}
			b = b[16:]
			n := int64(number())
			if failed = failed || n < 1; !failed {
				c.addShort(k, n)
			}
		}
	}
	for len(b) > 0 && !failed {
		n := number()
		if failed = failed || n > uint64(len(b)); !failed {
			word := b[:n]
			b = b[n:]
			c.addLong(string(word), int64(number()))
		}
	}
	if failed {
		return errors.New("these are no counts of words")
	}
	return nil
}
