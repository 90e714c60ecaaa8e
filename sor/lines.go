package sor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
)

const (
	pad        = 64        // spare bytes before and behind a block's text, so that wide loads stay inside the buffer
	blockBytes = 256 << 10 // text a block aims at: stays in the second-level cache while it is parsed
	overshoot  = 4 << 10   // bytes read at a time past the end of a part, to complete its last row
)

// block is a piece of the input made of whole lines.
type block struct {
	buf    []byte // holds the text in lo:hi; every line ends with a line break, the last of the input too
	lo, hi int    // at least pad bytes from either end of buf
	offset int64  // of the first byte in the input
	size   int64  // bytes of the input it stands for
	long   bool   // a single line over the limit, whose text is left out
	open   bool   // its last line has no line break in the input
}

func (b *block) text() []byte { return b.buf[b.lo:b.hi] }

// lines returns the number of line breaks of the block in the input.
func (b *block) lines() int64 {
	n := int64(bytes.Count(b.text(), []byte{'\n'}))
	switch {
	case b.long && !b.open:
		n++
	case b.open && !b.long:
		n--
	}
	return n
}

// lineReader cuts text into blocks.
type lineReader struct {
	r    io.Reader
	max  int   // longest line, without its break
	aim  int   // bytes a block aims at
	end  int64 // the last line is the one whose break is the first at or after this offset
	pos  int64 // offset in the input of the text read ahead
	buf  []byte
	from int // the text read ahead is buf[from:from+have]
	have int
	eof  bool
	done bool
}

// reset makes l read r, whose first byte has the offset pos, to the first line break at or after end. It keeps the
// buffer.
func (l *lineReader) reset(r io.Reader, pos, end int64) {
	*l = lineReader{r: r, max: l.max, aim: l.aim, end: end, pos: pos, buf: l.buf, from: pad}
}

func newLineReader(maxRow, aim int) *lineReader {
	return &lineReader{max: maxRow, aim: aim, end: math.MaxInt64, from: pad}
}

// detach gives l another buffer, so that the blocks given out stay valid.
func (l *lineReader) detach(buf []byte) {
	if need := pad + l.have + 1 + pad; len(buf) < need {
		buf = make([]byte, need)
	}
	copy(buf[pad:], l.ahead())
	l.buf, l.from = buf, pad
}

// next returns the next block, which is valid until the call after it, or io.EOF.
func (l *lineReader) next(ctx context.Context) (block, error) {
	for !l.done {
		if err := ctx.Err(); err != nil {
			return block{}, err
		}
		if err := l.fill(); err != nil {
			return block{}, err
		}
		text := l.ahead()
		if n := l.cut(text); n > 0 {
			return l.take(n), nil
		}
		if len(text) > l.max {
			return l.skipLong(ctx)
		}
		if l.eof {
			return l.last()
		}
	}
	return block{}, io.EOF
}

// ahead returns the text read ahead.
func (l *lineReader) ahead() []byte {
	if l.have == 0 {
		return nil
	}
	return l.buf[l.from : l.from+l.have]
}

// cut returns how much of the text is whole lines that belong to the part.
func (l *lineReader) cut(text []byte) int {
	if past := l.pos + int64(len(text)) - l.end; past > 0 {
		lo := max(0, int(int64(len(text))-past))
		if k := bytes.IndexByte(text[lo:], '\n'); k >= 0 {
			l.done = true
			return lo + k + 1
		}
	}
	return bytes.LastIndexByte(text, '\n') + 1
}

// take gives out the first n bytes of the text read ahead.
func (l *lineReader) take(n int) block {
	b := block{buf: l.buf, lo: l.from, hi: l.from + n, offset: l.pos, size: int64(n)}
	l.from += n
	l.have -= n
	l.pos += int64(n)
	return b
}

// last gives out the last line of the input, which has no line break, with one.
func (l *lineReader) last() (block, error) {
	l.done = true
	if l.have == 0 {
		return block{}, io.EOF
	}
	n := l.have
	b := l.take(n)
	l.buf[b.hi] = '\n'
	b.hi++
	b.open = true
	return b, nil
}

// skipLong reads over a line that is longer than the limit. All of the text read ahead belongs to it.
func (l *lineReader) skipLong(ctx context.Context) (block, error) {
	b := block{offset: l.pos, long: true}
	for {
		b.size += int64(l.have)
		l.pos += int64(l.have)
		l.have = 0
		if l.eof {
			l.done, b.open = true, true
			return b, nil
		}
		if err := ctx.Err(); err != nil {
			return b, err
		}
		if err := l.fill(); err != nil {
			return b, err
		}
		text := l.ahead()
		if k := bytes.IndexByte(text, '\n'); k >= 0 {
			l.done = l.pos+int64(k) >= l.end
			b.size += int64(l.take(k + 1).size)
			return b, nil
		}
	}
}

// skipLine reads over the rest of a line: through the first line break, or to the end of the part when there is none
// before it. It returns the number of bytes skipped.
func (l *lineReader) skipLine(ctx context.Context) (int64, error) {
	start := l.pos
	for !l.done {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if err := l.fill(); err != nil {
			return 0, err
		}
		text := l.ahead()
		k := bytes.IndexByte(text, '\n')
		if k >= 0 {
			l.done = l.pos+int64(k) >= l.end
			l.take(k + 1)
			break
		}
		l.take(len(text))
		l.done = l.eof || l.pos >= l.end
	}
	return l.pos - start, nil
}

// fill moves the text read ahead to the front of the buffer and reads about a block more.
func (l *lineReader) fill() error {
	want := l.aim
	if left := l.end - l.pos - int64(l.have) + 1; left < int64(want) {
		want = int(max(left, overshoot))
	}
	if l.have >= l.aim { // a long line: double the block, so that it is not searched too often
		want = max(want, min(l.have, l.max-l.have+1))
	}
	if need := pad + l.have + want + 1 + pad; need > len(l.buf) {
		grown := make([]byte, need)
		copy(grown[pad:], l.ahead())
		l.buf = grown
	} else if l.from != pad {
		copy(l.buf[pad:], l.ahead())
	}
	l.from = pad
	for want > 0 && !l.eof {
		n, err := l.r.Read(l.buf[pad+l.have : pad+l.have+want])
		l.have += n
		want -= n
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			l.eof = true
		default:
			return fmt.Errorf("at byte %d: %w", l.pos+int64(l.have), err)
		}
	}
	return nil
}
