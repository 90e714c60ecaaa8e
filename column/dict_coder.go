package column

// batchRows is the number of strings looked up together: enough for their cache misses to overlap, few enough for
// their keys to stay in the first-level cache.
const batchRows = 512

// coder looks up the codes of one Builder's strings.
type coder struct {
	dict  *DictBuilder
	table dictTable // as it was when the lock was last taken
	rows  int       // rows looked up since then
	added int       // strings of this chunk that were new

	keys []key
	miss []int32
	seen []byte // scratch of used
}

// code returns the code of b, or ok false when b is new and the dictionary takes no more.
func (c *coder) code(b []byte) (code uint32, ok bool) {
	c.rows++
	k := c.table.seed.key(b)
	if code, ok = c.table.find(&k, b); ok {
		return code, true
	}
	c.lock()
	defer c.unlock()
	code, added, ok := c.dict.code(&k, b)
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
//
// Each step is a loop of its own without dependencies between rows, so that the processor has many rows' cache
// misses under way at once.
func (c *coder) codes(dst []uint32, text []byte, start, end []uint32) bool {
	if c.keys == nil {
		c.keys = make([]key, batchRows)
		c.miss = make([]int32, batchRows)
	}
	c.rows += len(dst)
	keys := c.keys[:len(dst)]
	long := c.table.seed.keys(keys, text, start, end)
	miss := c.table.probe(dst, keys, c.miss)
	if long {
		miss = c.table.verify(dst, text, start, end, miss)
	}
	return len(miss) == 0 || c.resolve(miss, dst, text, start, end)
}

// resolve finds the codes of the rows whose string was not in its first slots: first without the lock, then what is
// left with it.
func (c *coder) resolve(miss []int32, dst []uint32, text []byte, start, end []uint32) bool {
	left := miss[:0]
	for _, i := range miss {
		code, ok := c.table.find(&c.keys[i], text[start[i]:end[i]])
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
		code, added, ok := c.dict.code(&c.keys[i], text[start[i]:end[i]])
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

// finish ends the codes of a chunk, which are kept or turned into plain strings, and
// returns the table of all codes handed out so far.
func (c *coder) finish(kept bool) *dictTable {
	c.lock()
	defer c.unlock()
	c.dict.used = c.dict.used || kept
	c.added = 0
	c.table = c.dict.table
	return &c.table
}
