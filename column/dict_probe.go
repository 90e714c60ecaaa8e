package column

import (
	"encoding/binary"
	"sync/atomic"
	"unsafe"
)

// keys sets dst to the keys of the strings text[start[i]:end[i]]. long says that one has more than maxKeyText bytes.
func (s *tableSeed) keys(dst []key, text []byte, start, end []uint32) (long bool) {
	base := unsafe.Pointer(unsafe.SliceData(text))
	start, end = start[:len(dst)], end[:len(dst)]
	for i := range dst {
		lo, hi := int(start[i]), int(end[i])
		n := hi - lo
		k := &dst[i]
		if uint(n) > maxKeyText || hi < 8 || hi > len(text) || lo+8 > len(text) {
			*k = s.key(text[lo:hi])
			long = long || n > maxKeyText
			continue
		}
		// The eight bytes from lo and the eight before hi are in text, whatever the length.
		k.lo = load8(base, lo) & (^uint64(0) >> (64 - 8*uint(min(n, 8))))
		k.hi = load8(base, hi-8)
		if n <= 8 {
			k.hi = 0
		}
		k.n = uint32(n) + 1
		k.h = s.hash(k.lo, k.hi, k.n)
	}
	return long
}

func load8(base unsafe.Pointer, at int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(base, at))[:])
}

// probe looks for each key in its first two slots. It sets dst to the codes and returns, in miss, the rows that need
// a closer look.
func (t *dictTable) probe(dst []uint32, keys []key, miss []int32) []int32 {
	slots, mask := t.slots, t.mask
	if len(slots) > touchSlots {
		touchTable(slots, mask, keys)
	}
	n := 0
	dst, miss = dst[:len(keys)], miss[:len(keys)]
	for i := range keys {
		k := &keys[i]
		code, diff := slots[k.h&mask].match(k)
		next, nextDiff := slots[(k.h+1)&mask].match(k)
		if diff != 0 {
			code = next
		}
		dst[i] = code - 1
		miss[n] = int32(i)
		if diff != 0 && nextDiff != 0 {
			n++
		}
	}
	return miss[:n]
}

// verify compares the texts that are longer than their keys, and adds to miss, which has the rows that were not
// found, those whose text is another.
func (t *dictTable) verify(dst []uint32, text []byte, start, end []uint32, miss []int32) []int32 {
	touchText(t.off, t.text, dst)
	left := miss
	for i, code := range dst {
		if len(left) > 0 && left[0] == int32(i) {
			left = left[1:]
			continue
		}
		if b := text[start[i]:end[i]]; len(b) > maxKeyText && !t.same(code, b) {
			miss = append(miss, int32(i))
		}
	}
	return miss
}

// touchSlots is the size of a table beyond which it does not stay in the caches next to the processor.
const touchSlots = 1 << 14

// touchTable reads the slots that keys will be looked for in. A loop this short has some fifty reads under way at
// once, where the loop that compares has seven, so that it takes less time even with the reads done twice.
//
//go:noinline
func touchTable(slots []slot, mask uint32, keys []key) (sum uint64) {
	for i := range keys {
		sum += atomic.LoadUint64(&slots[keys[i].h&mask].meta)
	}
	return sum
}

// touchText does the same for the texts of codes.
//
//go:noinline
func touchText(off []int32, text []byte, codes []uint32) (sum uint64) {
	for _, code := range codes {
		if int(code) < len(off) {
			if at := int(off[code]); at < len(text) {
				sum += uint64(text[at])
			}
		}
	}
	return sum
}
