package sor

import (
	"bytes"
	"math/bits"
)

// carry is what the layout of 64 bytes says about the 64 after them: bits for the first of those, and whether it is in
// quotes (all ones) or not (zero).
type carry struct{ open, close, closed, line, ret, inside uint64 }

// scanner finds the rows of a text and their fields, and gives them to a taker.
type scanner struct {
	vector
	taker  taker
	maxRow int
	masks  [32]masks // of the text that comes next
	fields []field   // of the last odd row
}

// taker takes the rows that a scanner finds, in their order. Each method reports whether to go on.
type taker interface {
	// rows takes the rows collected in the vector. The scanner then forgets them.
	rows() bool
	// odd takes a row whose layout is not ordinary. taken is false when the row should go into the vector.
	odd(at int, line []byte, fields []field) (taken, more bool)
	// malformed takes a row that is malformed.
	malformed(at int, err error) bool
	// early reports whether the rows before a malformed row have to be taken before it.
	early() bool
}

func newScanner(t taker, width int, o *Options) scanner {
	return scanner{vector: newVector(width, o.vector), taker: t, maxRow: o.MaxRow}
}

// split finds the fields of a row by itself. They are valid until the next call.
func (s *scanner) split(line []byte) (fields []field, err error) {
	if len(line) > s.maxRow {
		return nil, errTooLong(s.maxRow)
	}
	s.fields, err = splitRow(line, s.fields[:0])
	return s.fields, err
}

// flush gives the rows collected to the taker.
func (s *scanner) flush() bool {
	if s.n > 0 && !s.taker.rows() {
		return false
	}
	s.clear()
	return true
}

// scan finds the rows of the text buf[lo:hi], whole lines. It goes through the text in steps of 64 bytes and takes a
// row as ordinary when all of this holds, and leaves it to splitRow otherwise:
//
//   - a line begins with <, and after > comes < or the line break, perhaps with a carriage return before it;
//   - outside of quotes there is no other <, no other line break and no blank;
//   - quotes come in pairs, the first right after < and the second right before >.
//
// What is between two > of such a row is then one field: a quote pair has no third quote inside that could have closed
// it earlier, or not yet. scan returns false when the taker wants no more.
func (s *scanner) scan(buf []byte, lo, hi int) bool {
	s.begin(buf, lo)
	var c carry
	start := lo             // of the row where the scan begins, or begins again
	first, behind := lo, lo // masks are of this range
	for base := lo; base < hi; base += 64 {
		if base >= behind {
			n := min(len(s.masks), (hi-base+63)/64)
			findMasks(s.masks[:n], buf[base:])
			first, behind = base, base+64*n
		}
		m := &s.masks[(base-first)/64]
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
			s.quotes = true
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
		ordinary, more := s.marks(base, (closing|line)&good, line&good)
		if more && (bad != 0 || !ordinary) {
			start, more = s.odd(hi)
			base = lo + (start-lo)&^63 - 64
		}
		if !more {
			return false
		}
	}
	return s.flush()
}

// marks takes the places of closing brackets and line breaks in the 64 bytes at base. ordinary is false when it comes to
// a row that has more fields than the table, or is too long.
func (s *scanner) marks(base int, marks, lines uint64) (ordinary, more bool) {
	before := s.next // less the marks up to the row being read
	s.emit(base, marks)
	for ; lines != 0; lines &= lines - 1 {
		through := lines ^ (lines - 1)
		at := before + bits.OnesCount64(marks&through) - 1
		if at > s.row+s.stride || int(uint32(s.slots[at])-uint32(s.slots[s.row]))-1 > s.maxRow {
			return false, true
		}
		if at < s.row+s.stride {
			s.end(at)
			s.next = s.row + 1
			s.emit(base, marks&^through)
			before = s.row + 1 - bits.OnesCount64(marks&through)
		} else {
			s.row = at
			s.n++
		}
		if s.n == s.limit {
			before -= s.row
			if !s.flush() {
				return true, false
			}
		}
	}
	return s.next <= s.row+s.stride, true
}

// odd reads the row that begins after the line break in the vector's current slot. It returns the place of the row
// after it.
func (s *scanner) odd(hi int) (next int, more bool) {
	at := int(uint32(s.slots[s.row])) + 1
	end := at + bytes.IndexByte(s.buf[at:hi], '\n')
	line := s.buf[at:end]
	fields, err := s.split(line)
	more = true
	switch {
	case err != nil:
		if s.taker.early() {
			s.next = s.row + 1
			more = s.flush()
		}
		more = more && s.taker.malformed(at, err)
		s.skip(end)
	case len(fields) == 0:
		s.skip(end)
	default:
		taken := false
		if taken, more = s.taker.odd(at, line, fields); taken {
			s.skip(end)
			break
		}
		s.add(fields, end)
		if s.n == s.limit {
			more = s.flush()
		}
	}
	return end + 1, more
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
