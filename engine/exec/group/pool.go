package group

// pool is a worker's memory for what does not fit records: chunks of words that never move. An address is the number
// of the chunk and the word in it.
type pool struct {
	chunks [][]uint64
	next   int // word of the last chunk
	slabs  slabs
}

const (
	chunkBits  = 16
	firstChunk = 1 << 10
)

// alloc returns the address of n new words (n ≤ 1<<chunkBits) of any contents.
func (p *pool) alloc(n int) (uint64, error) {
	if len(p.chunks) == 0 || p.next+n > len(p.chunks[len(p.chunks)-1]) {
		size := max(n, min(1<<chunkBits, firstChunk<<min(len(p.chunks), chunkBits)))
		chunk, err := p.slabs.take(size)
		if err != nil {
			return 0, err
		}
		p.chunks, p.next = append(p.chunks, chunk), 0
	}
	addr := uint64(len(p.chunks)-1)<<chunkBits | uint64(p.next)
	p.next += n
	return addr, nil
}

// at returns the words from an address to the end of its chunk.
func (p *pool) at(addr uint64) []uint64 {
	return p.chunks[addr>>chunkBits][addr&(1<<chunkBits-1):]
}

// Lists: the state is a head, a cursor and a count. The head is the handle (worker and address, plus 1) of the first
// block. Blocks hold 4, 8, 16, ... 64 entries and then the address of the next block; the first begins with two words more, used when
// lists are linked: the handle of the next list, and the count of the first. The cursor is the address of the next free
// entry, the class of its block, and how many entries are free there.
const (
	listHead = iota
	listCursor
	listCount
	listWords

	listHeader   = 2
	firstEntries = 4
	lastClass    = 4
	cursorShift  = 16
	poolShift    = 48
)

// append returns the words of a new entry of the list.
func (p *pool) append(worker int, list []uint64, entryWords int) ([]uint64, error) {
	c := list[listCursor]
	if c&0xff == 0 {
		var err error
		if c, err = p.grow(worker, list, entryWords); err != nil {
			return nil, err
		}
	}
	list[listCursor] = c + uint64(entryWords)<<cursorShift - 1
	list[listCount]++
	return p.at(c >> cursorShift)[:entryWords], nil
}

// grow adds a block to a list whose last one is full, and returns the new cursor.
func (p *pool) grow(worker int, list []uint64, entryWords int) (uint64, error) {
	class, header := uint64(0), 0
	if list[listHead] == 0 {
		header = listHeader
	} else {
		class = min(list[listCursor]>>8&0xff+1, lastClass)
	}
	entries := firstEntries << class
	addr, err := p.alloc(header + entries*entryWords + 1)
	if err != nil {
		return 0, err
	}
	if header > 0 {
		clear(p.at(addr)[:header])
		list[listHead] = uint64(worker)<<poolShift | addr + 1
	} else {
		p.at(list[listCursor] >> cursorShift)[0] = addr
	}
	return (addr+uint64(header))<<cursorShift | class<<8 | uint64(entries), nil
}

// list returns the pool and the words of a list's first block.
func (a *Aggregation) list(head uint64) (*pool, []uint64) {
	p := &a.workers[head>>poolShift].pool
	return p, p.at(head&(1<<poolShift-1) - 1)
}

// link adds the entries of list src to dst. src has not been linked to before.
func (a *Aggregation) link(dst, src []uint64) {
	if src[listHead] == 0 {
		return
	}
	if dst[listHead] == 0 {
		copy(dst, src[:listWords])
		return
	}
	_, d := a.list(dst[listHead])
	_, s := a.list(src[listHead])
	if d[1] == 0 {
		d[1] = dst[listCount]
	}
	s[0], s[1] = d[0], src[listCount]
	d[0] = src[listHead]
	dst[listCount] += src[listCount]
}

// entries calls f with runs of whole entries of a list and of those linked to it.
func (a *Aggregation) entries(list []uint64, entryWords int, f func(run []uint64)) {
	for head, first := list[listHead], true; head != 0; first = false {
		p, b := a.list(head)
		n := int(b[1])
		if first && n == 0 {
			n = int(list[listCount])
		}
		head, b = b[0], b[listHeader:]
		for class := 0; ; class = min(class+1, lastClass) {
			size := firstEntries << class
			f(b[:min(n, size)*entryWords])
			if n -= size; n <= 0 {
				break
			}
			b = p.at(b[size*entryWords])
		}
	}
}
