package group

import (
	"encoding/binary"
	"errors"
	"strings"
	"unsafe"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// pieceWords is about how many words of a list go in one row of a state batch.
const pieceWords = 1 << 14

// listState ships a list of entries as bytes: numbers as eight bytes, least significant first, strings as their length plus 1, a
// varint, and the bytes, 0 for none.
type listState struct {
	fold     fold
	slot     *slot
	operands []int // of each word of an entry that is a string; -1 for other words
	plain    bool  // none is
}

func (a *Aggregation) listState(f fold, at *slot, operands ...int) stateFold {
	s := &listState{fold: f, slot: at, operands: operands, plain: true}
	for i, o := range operands {
		if o >= 0 && !a.isText(o) {
			operands[i] = -1
		}
		s.plain = s.plain && operands[i] < 0
	}
	return s
}

func (*listState) types() []column.Type { return []column.Type{column.String} }

func (s *listState) size(state []uint64) (pieces, words int) {
	n := int(state[s.slot.at+listCount])
	per := s.entries()
	return max(1, (n+per-1)/per), min(n, per) * len(s.operands)
}

// entries returns how many entries a piece has.
func (s *listState) entries() int { return max(1, pieceWords/len(s.operands)) }

func (s *listState) write(r *reader, state []uint64, off []uint32, out []*vector.Vec) error {
	if r.lists == nil {
		r.lists = map[*listState]*listWalk{}
	}
	walk := r.lists[s]
	if walk == nil {
		walk = &listWalk{a: r.a, entryWords: len(s.operands)}
		r.lists[s] = walk
	}
	words := 0
	for i, o := range off {
		if r.nth == nil || r.nth[i] == 0 {
			_, n := s.size(state[int(o):])
			words += n
		}
	}
	buf := make([]byte, 0, 8*words+64) // not used again: strings of the batch lie in it
	ends := make([]int, len(off))
	for i, o := range off {
		if r.nth == nil || r.nth[i] == 0 {
			walk.begin(state[s.slot.at+int(o):][:listWords])
		}
		for left := s.entries(); left > 0; {
			run := walk.next(left)
			if run == nil {
				break
			}
			left -= len(run) / len(s.operands)
			buf = s.append(r, buf, run)
		}
		ends[i] = len(buf)
		if err := r.cancelled(); err != nil {
			return err
		}
	}
	out[0].Reset(column.String, len(off))
	from := 0
	for i, end := range ends {
		out[0].Str[i] = unsafe.String(unsafe.SliceData(buf[from:]), end-from)
		from = end
	}
	return nil
}

// append adds entries to b.
func (s *listState) append(r *reader, b []byte, run []uint64) []byte {
	if s.plain {
		for _, w := range run {
			b = binary.LittleEndian.AppendUint64(b, w)
		}
		return b
	}
	for i, w := range run {
		switch operand := s.operands[i%len(s.operands)]; {
		case operand < 0:
			b = binary.LittleEndian.AppendUint64(b, w)
		case w == 0:
			b = append(b, 0)
		default:
			text := r.a.text(operand, w)
			b = append(binary.AppendUvarint(b, uint64(len(text))+1), text...)
		}
	}
	return b
}

var errState = errors.New("the state of a group is garbled")

func (s *listState) read(w *Worker, cols []*vector.Vec, state []uint64, off []uint32) error {
	p := state[s.slot.at:]
	for i, text := range cols[0].Strings() {
		list := p[off[i] : off[i]+listWords]
		if len(s.operands) == 1 && s.plain {
			if err := w.readWords(list, text); err != nil {
				return err
			}
			continue
		}
		for len(text) > 0 {
			e, err := w.pool.append(w.number, list, len(s.operands))
			if err != nil {
				return err
			}
			if text, err = s.entry(w, e, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// readWords appends plain words to a list of them.
func (w *Worker) readWords(list []uint64, text string) error {
	if len(text)%8 != 0 {
		return errState
	}
	b := unsafe.Slice(unsafe.StringData(text), len(text))
	for len(b) > 0 {
		c := list[listCursor]
		if c&0xff == 0 {
			var err error
			if c, err = w.pool.grow(w.number, list, 1); err != nil {
				return err
			}
		}
		n := min(c&0xff, uint64(len(b)/8))
		for i, dst := uint64(0), w.pool.at(c>>cursorShift); i < n; i++ {
			dst[i] = binary.LittleEndian.Uint64(b[8*i:])
		}
		list[listCursor] = c + n<<cursorShift - n
		list[listCount] += n
		b = b[8*n:]
	}
	return nil
}

// entry reads one entry from the front of text, and returns the rest.
func (s *listState) entry(w *Worker, e []uint64, text string) (string, error) {
	for k, operand := range s.operands {
		if operand < 0 {
			if len(text) < 8 {
				return "", errState
			}
			e[k] = binary.LittleEndian.Uint64(unsafe.Slice(unsafe.StringData(text), 8))
			text = text[8:]
			continue
		}
		n, size := binary.Uvarint(unsafe.Slice(unsafe.StringData(text), min(len(text), binary.MaxVarintLen64)))
		if size <= 0 || n > uint64(len(text)-size)+1 {
			return "", errState
		}
		e[k] = 0
		text = text[size:]
		if n == 0 {
			continue
		}
		h, err := w.strings(operand).keep(strings.Clone(text[:n-1]))
		if err != nil {
			return "", err
		}
		e[k], text = h, text[n-1:]
	}
	return text, nil
}

// listWalk gives the entries of a list, and of those linked to it, run by run.
type listWalk struct {
	a          *Aggregation
	entryWords int

	head  uint64 // of the next list
	count uint64 // entries of the first, when it was not linked to
	pool  *pool
	block []uint64
	class int
	used  int // entries of the block
	left  int // entries of the list, from used on
}

// begin starts with another list.
func (l *listWalk) begin(list []uint64) {
	l.head, l.count, l.left = list[listHead], list[listCount], 0
}

// next returns up to limit entries that lie side by side, nil after the last.
func (l *listWalk) next(limit int) []uint64 {
	if l.left == 0 {
		if l.head == 0 {
			return nil
		}
		p, b := l.a.list(l.head)
		l.left = int(b[1])
		if l.left == 0 {
			l.left = int(l.count)
		}
		l.pool, l.block, l.head, l.class, l.used = p, b[listHeader:], b[0], 0, 0
	}
	size := firstEntries << l.class
	if l.used == size {
		l.block, l.used, l.class = l.pool.at(l.block[size*l.entryWords]), 0, min(l.class+1, lastClass)
		size = firstEntries << l.class
	}
	n := min(limit, size-l.used, l.left)
	run := l.block[l.used*l.entryWords : (l.used+n)*l.entryWords]
	l.used, l.left = l.used+n, l.left-n
	return run
}
