package column

import "sync/atomic"

// batchRows is the number of strings looked up together: enough for their cache misses to overlap, few enough for
// their keys to stay in the first-level cache.
const batchRows = 512

// coder looks up the codes of one Builder's strings.
type coder struct {
	dict  *DictBuilder
	table dictTable // as it was when the lock was last taken
	rows  int       // rows looked up since then
	added int       // strings of this chunk that were new

	keys   []hashed
	miss   []int32
	bitmap []uint64 // scratch of used
}

// hashed is a key with its hash.
type hashed struct {
	lo, hi uint64
	n, h   uint32
}

// code returns the code of b, or ok false when b is new and the dictionary takes no more.
func (c *coder) code(b []byte) (code uint32, ok bool) {
	c.rows++
	k := c.table.seed.key(b)
	if code, ok = c.table.find(k, b); ok {
		return code, true
	}
	c.lock()
	defer c.unlock()
	code, added, ok := c.dict.code(k, b)
	if added {
		c.added++
	}
	return code, ok
}

func (c *coder) lock() {
	c.dict.mu.Lock()
	c.dict.rows += int64(c.rows)
	c.rows = 0
}

func (c *coder) unlock() {
	c.table = c.dict.table
	c.dict.mu.Unlock()
}

// codes sets dst to the codes of the strings text[start[i]:end[i]], at most batchRows of them. It returns false when
// one of them is new and the dictionary takes no more.
func (c *coder) codes(dst []uint32, text []byte, start, end []uint32) bool {
	if c.keys == nil {
		c.keys = make([]hashed, batchRows)
		c.miss = make([]int32, 0, batchRows)
	}
	c.rows += len(dst)
	keys := c.keys[:len(dst)]
	seed := c.table.seed
	start, end = start[:len(dst)], end[:len(dst)]
	for i := range keys {
		k := seed.key(text[start[i]:end[i]])
		keys[i] = hashed{k.lo, k.hi, k.n, uint32(seed.hash(k.lo, k.hi, k.n))}
	}
	miss := c.miss[:0]
	slots, mask := c.table.slots, uint32(c.table.mask)
	for i := range keys {
		k := &keys[i]
		s := &slots[k.h&mask]
		code := atomic.LoadUint32(&s.code)
		dst[i] = code - 1
		if code == 0 || s.lo != k.lo || s.hi != k.hi || s.n != k.n || k.n > maxKeyText {
			miss = append(miss, int32(i))
		}
	}
	return len(miss) == 0 || c.resolve(miss, dst, text, start, end)
}

// resolve finds the codes of the rows whose string was not in the first slot: first without the lock, then what is
// left with it.
func (c *coder) resolve(miss []int32, dst []uint32, text []byte, start, end []uint32) bool {
	left := miss[:0]
	for _, i := range miss {
		k := &c.keys[i]
		code, ok := c.table.find(key{k.lo, k.hi, k.n}, text[start[i]:end[i]])
		dst[i] = code
		if !ok {
			left = append(left, i)
		}
	}
	if len(left) == 0 {
		return true
	}
	c.lock()
	defer c.unlock()
	for _, i := range left {
		k := &c.keys[i]
		code, added, ok := c.dict.code(key{k.lo, k.hi, k.n}, text[start[i]:end[i]])
		if !ok {
			return false
		}
		if added {
			c.added++
		}
		dst[i] = code
	}
	return true
}

// finish ends the codes of a chunk, which are kept or turned into plain strings, and returns the strings by code.
func (c *coder) finish(kept bool) []string {
	c.lock()
	defer c.unlock()
	c.dict.used = c.dict.used || kept
	c.added = 0
	return c.dict.table.strs
}
