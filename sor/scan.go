package sor

import (
	"bytes"
	"math/bits"
)

// carry is what the layout of 64 bytes says about the 64 after them: bits for the first of those, and whether it is in
// quotes (all ones) or not (zero).
type carry struct{ open, close, closed, line, ret, inside uint64 }

// scan finds the rows of the text buf[lo:hi], whole lines, and reads their values. It goes through the text in steps of
// 64 bytes and takes a row as ordinary when all of this holds, and leaves it to splitRow otherwise:
//
//   - a line begins with <, and after > comes < or the line break, perhaps with a carriage return before it;
//   - outside of quotes there is no other <, no other line break and no blank;
//   - quotes come in pairs, the first right after < and the second right before >.
//
// What is between two > of such a row is then one field: a quote pair has no third quote inside that could have closed
// it earlier, or not yet.
func (w *worker) scan(buf []byte, lo, hi int) {
	v := &w.vector
	v.begin(buf, lo)
	var c carry
	start := lo             // of the row where the scan begins, or begins again
	first, behind := lo, lo // masks are of this range
	for base := lo; base < hi; base += 64 {
		if base >= behind {
			n := min(len(w.masks), (hi-base+63)/64)
			findMasks(w.masks[:n], buf[base:])
			first, behind = base, base+64*n
		}
		m := &w.masks[(base-first)/64]
		live, begin := ^uint64(0), uint64(0)
		if start >= base {
			begin = 1 << (start - base)
			live = -begin
			c = carry{}
		}
		if rest := hi - base; rest < 64 {
			live &= 1<<rest - 1
		}
		open, closing, line, blank := m.open&live, m.close&live, m.line&live, m.blank&live
		bad := uint64(0)
		if quote := m.quote & live; quote|c.inside|c.closed != 0 {
			in := prefixXor(quote) ^ c.inside
			left, right := quote&in, quote&^in
			open &^= in
			closing &^= in
			blank &^= in
			bad = left&^(open<<1|c.open) | (right<<1|c.closed)&^closing | line&in
			c.inside, c.closed = uint64(int64(in)>>63), right>>63
		}
		blank &^= line
		var ret uint64
		if blank != 0 {
			ret = returns(buf, base, blank)
		}
		afterLine := line<<1 | c.line | begin
		after := closing<<1 | c.close | ret<<1 | c.ret | afterLine
		bad |= (after ^ (open | line | ret)) | afterLine&^open | blank&^ret
		bad &= live
		c.open, c.close, c.line, c.ret = open>>63, closing>>63, line>>63, ret>>63

		good := ^uint64(0)
		if bad != 0 {
			good = bad&-bad - 1
		}
		ok := w.marks(base, (closing|line)&good, line&good)
		if w.tally.failure != nil {
			return
		}
		if bad == 0 && ok {
			continue
		}
		start = w.odd(hi)
		if w.tally.failure != nil {
			return
		}
		base = lo + (start-lo)&^63 - 64
	}
	w.flush()
}

// marks takes the places of closing brackets and line breaks in the 64 bytes at base. It returns false when it comes to
// a row that is not ordinary: of more fields than the table has, or too long.
func (w *worker) marks(base int, marks, lines uint64) bool {
	v := &w.vector
	before := v.next // less the marks up to the row being read
	v.emit(base, marks)
	for ; lines != 0; lines &= lines - 1 {
		through := lines ^ (lines - 1)
		at := before + bits.OnesCount64(marks&through) - 1
		if at > v.row+v.stride || int(v.slots[at]-v.slots[v.row])-1 > w.o.MaxRow {
			return false
		}
		if at < v.row+v.stride {
			v.end(at)
			v.next = v.row + 1
			v.emit(base, marks&^through)
			before = v.row + 1 - bits.OnesCount64(marks&through)
		} else {
			v.row = at
			v.n++
		}
		if v.n == v.limit {
			before -= v.row
			w.flush()
			if w.tally.failure != nil {
				return false
			}
		}
	}
	return v.next <= v.row+v.stride
}

// odd reads the row that begins after the line break in the vector's current slot. It returns the place of the row
// after it.
func (w *worker) odd(hi int) int {
	v := &w.vector
	at := int(v.slots[v.row]) + 1
	n := bytes.IndexByte(v.buf[at:hi], '\n')
	line := v.buf[at : at+n]
	fields, err := w.split(line)
	switch {
	case err != nil:
		if !w.tally.full() || w.o.OnError == FailLoad { // what is wrong with the rows before comes first
			v.next = v.row + 1
			w.flush()
		}
		if w.tally.failure == nil {
			w.malformed(at, err)
		}
		v.skip(at + n)
	case len(fields) == 0:
		v.skip(at + n)
	default:
		v.addOdd(fields, at+n)
		if v.n == v.limit {
			w.flush()
		}
	}
	return at + n + 1
}

// returns gives those bits of blank that are a carriage return before a line break.
func returns(buf []byte, base int, blank uint64) (ret uint64) {
	for ; blank != 0; blank &= blank - 1 {
		i := base + bits.TrailingZeros64(blank)
		if buf[i] == '\r' && buf[i+1] == '\n' {
			ret |= blank & -blank
		} else {
			break // the row is odd
		}
	}
	return ret
}
