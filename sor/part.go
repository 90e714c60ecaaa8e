package sor

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"sync"
)

// part is a range of whole lines that one worker reads. Parts are taken in the order of the input, and the state of
// the read goes through them in that order: a worker takes it from prev when it has read its part, accounts for the
// part, and gives it to next.
type part struct {
	blocks blocks
	prev   <-chan *progressive
	next   chan<- *progressive
	done   func() // gives back the memory of the blocks
}

// blocks gives the text of a part, then io.EOF.
type blocks interface {
	next(ctx context.Context) (block, error)
}

// parts hands out the parts of an input to workers.
type parts interface {
	// take returns the next part, or io.EOF. lines is the worker's own, for parts to read with.
	take(ctx context.Context, lines *lineReader) (part, error)
	// stop makes take return io.EOF from now on.
	stop()
	// last returns the state after the last part, once all parts are accounted for.
	last() *progressive
}

// relay links parts, one after the other.
type relay struct{ end chan *progressive }

func newRelay(s *progressive) relay {
	end := make(chan *progressive, 1)
	end <- s
	return relay{end}
}

func (r *relay) link(p *part) {
	next := make(chan *progressive, 1)
	p.prev, p.next = r.end, next
	r.end = next
}

func (r *relay) last() *progressive { return <-r.end }

// ranges are the parts of a Source: byte ranges cut without looking at the text. A range has the lines that begin
// after the first line break at or after its first byte, up to the one that has the first line break at or after its
// end. This is the rule for slices too, and it puts every line in exactly one range.
type ranges struct {
	source   Source
	mu       sync.Mutex
	relay    relay
	pos, end int64
	step     int64
}

func (r *ranges) take(ctx context.Context, lines *lineReader) (part, error) {
	r.mu.Lock()
	if r.pos >= r.end {
		r.mu.Unlock()
		return part{}, io.EOF
	}
	lo := r.pos
	hi := r.end
	if r.step < r.end-lo {
		hi = lo + r.step
	}
	r.pos = hi
	var p part
	r.relay.link(&p)
	r.mu.Unlock()

	lines.reset(&sourceReader{source: r.source, pos: lo}, lo, hi)
	p.blocks, p.done = lines, func() {}
	if lo > 0 {
		if _, err := lines.skipLine(ctx); err != nil {
			return part{}, err
		}
	}
	return p, nil
}

func (r *ranges) stop() {
	r.mu.Lock()
	r.pos = r.end
	r.mu.Unlock()
}

func (r *ranges) last() *progressive { return r.relay.last() }

// count returns the number of parts there are to take.
func (r *ranges) count() int64 { return (r.end - r.pos + r.step - 1) / max(r.step, 1) }

// cut chooses the length of the ranges: about chunk bytes each, and as many for every worker when there are few.
func (r *ranges) cut(chunk int64, threads int) {
	const small = 1 << 20 // not worth cutting
	total := r.end - r.pos
	n := max((total+chunk-1)/chunk, 1)
	if t := int64(threads); n < 4*t && total > small {
		n = (n + t - 1) / t * t
	}
	r.step = (total + n - 1) / n
}

// stream is the parts of a stream: blocks that one goroutine reads one after the other.
type stream struct {
	parts chan part
	free  chan []byte // buffers to read into
	relay relay
	quit  chan struct{}
	once  sync.Once
}

func newStream(s *progressive, buffers int) *stream {
	st := &stream{parts: make(chan part), free: make(chan []byte, buffers), relay: newRelay(s), quit: make(chan struct{})}
	for range buffers {
		st.free <- nil
	}
	return st
}

func (s *stream) take(ctx context.Context, _ *lineReader) (part, error) {
	select {
	case p, ok := <-s.parts:
		if !ok {
			return part{}, io.EOF
		}
		return p, nil
	case <-s.quit:
		return part{}, io.EOF
	case <-ctx.Done():
		return part{}, ctx.Err()
	}
}

func (s *stream) stop() { s.once.Do(func() { close(s.quit) }) }

func (s *stream) last() *progressive { return s.relay.last() }

// run reads the slice from+len of r and gives it to take, until there is no more. It returns the number of line breaks
// before the slice.
func (s *stream) run(ctx context.Context, r io.Reader, o *Options, aim int) (before int64, err error) {
	defer close(s.parts)
	lines := newLineReader(o.MaxRow, aim)
	end := int64(math.MaxInt64)
	if o.Len > 0 && o.From < end-o.Len {
		end = o.From + o.Len
	}
	if o.From > 0 {
		skip := &lineCounter{r: r}
		n, err := io.CopyN(io.Discard, skip, o.From)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		before = skip.lines
		if n < o.From {
			return before, nil
		}
		lines.reset(r, o.From, end)
		if _, err := lines.skipLine(ctx); err != nil {
			return before, err
		}
		before++
	} else {
		lines.reset(r, 0, end)
	}
	for {
		var buf []byte
		select {
		case buf = <-s.free:
		case <-s.quit:
			return before, nil
		case <-ctx.Done():
			return before, ctx.Err()
		}
		lines.detach(buf)
		b, err := lines.next(ctx)
		if errors.Is(err, io.EOF) {
			return before, nil
		}
		if err != nil {
			return before, err
		}
		used := lines.buf
		p := part{blocks: &pieces{b, o.block}, done: func() { s.free <- used }}
		s.relay.link(&p)
		select {
		case s.parts <- p:
		case <-s.quit:
			return before, nil
		case <-ctx.Done():
			return before, ctx.Err()
		}
	}
}

// pieces is the text of a part that is in memory: one block, given out in smaller ones.
type pieces struct {
	rest block
	aim  int // bytes of a piece
}

func (p *pieces) next(ctx context.Context) (block, error) {
	b := p.rest
	switch {
	case b.size == 0:
		return block{}, io.EOF
	case ctx.Err() != nil:
		return block{}, ctx.Err()
	case b.long || b.hi-b.lo <= p.aim:
		p.rest = block{}
		return b, nil
	}
	cut := b.lo + p.aim // the piece ends with the line that this is in
	n := int64(cut + bytes.IndexByte(b.buf[cut:b.hi], '\n') + 1 - b.lo)
	if n == int64(b.hi-b.lo) {
		p.rest = block{}
		return b, nil
	}
	piece := block{buf: b.buf, lo: b.lo, hi: b.lo + int(n), offset: b.offset, size: n}
	p.rest.lo += int(n)
	p.rest.offset += n
	p.rest.size -= n
	return piece, nil
}

// lineCounter counts the line breaks that go through it.
type lineCounter struct {
	r     io.Reader
	lines int64
}

func (c *lineCounter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.lines += int64(bytes.Count(p[:n], []byte{'\n'}))
	return n, err
}

// interrupted is a reader that ends with the context.
type interrupted struct {
	ctx context.Context
	r   io.Reader
}

func (i *interrupted) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.r.Read(p)
}
