package sor

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/eau2db/eau2/column"
)

// worker makes chunks of parts, one part after the other.
type worker struct {
	rd       *reader
	o        *Options
	types    []column.Type
	builders []*column.Builder
	lines    *lineReader
	tally    tally
	chunks   []Chunk // of the part, without their numbers
	base     int64   // line breaks of the part before the block
	block    *block

	scanner  scanner
	digits   digits
	decimals decimals
	values   []column.Value // of the last row read alone

	// of the vector being converted
	starts, ends []uint32
	mismatches   []int64 // before it
	misfits      []misfit
	giveUp       bool
	nulls        []int // rows of the column
	found        int   // misfits of the column
}

func newWorker(rd *reader) *worker {
	w := &worker{rd: rd, o: &rd.o, lines: newLineReader(rd.o.MaxRow, rd.o.block)}
	for i, f := range rd.report.Fields {
		w.types = append(w.types, f.Type)
		w.builders = append(w.builders, column.NewBuilder(f.Type, rd.dicts[i]))
	}
	w.values = make([]column.Value, len(w.types))
	w.scanner = newScanner(w, len(w.types), w.o)
	w.starts, w.ends = make([]uint32, w.scanner.room), make([]uint32, w.scanner.room)
	w.setLimit()
	return w
}

// run reads parts until there are no more.
func (w *worker) run(ctx context.Context, source parts) error {
	for {
		p, err := source.take(ctx, w.lines)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := w.read(ctx, p.blocks); err != nil {
			return err
		}
		p.done()
		if w.tally.failure != nil {
			source.stop()
		}
		if err := w.finish(ctx, p); err != nil {
			return err
		}
	}
}

// read reads the rows of a part into chunks.
func (w *worker) read(ctx context.Context, blocks blocks) error {
	w.tally.reset(len(w.types))
	w.chunks, w.base = w.chunks[:0], 0
	for w.tally.failure == nil {
		b, err := blocks.next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		rows := w.tally.rows
		w.add(&b)
		w.tally.bytes += b.size
		w.base += b.lines()
		w.tally.lines = w.base
		w.rd.meter.add(b.size, w.tally.rows-rows)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	w.cut()
	w.setLimit()
	return nil
}

// finish accounts for a part, when all parts before it are, and emits its chunks.
func (w *worker) finish(ctx context.Context, p part) error {
	var s *progressive
	select {
	case s = <-p.prev:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := s.add(&w.tally); err != nil {
		return err
	}
	for i := range w.chunks {
		w.chunks[i].Seq = s.chunks
		s.chunks++
	}
	p.next <- s
	for _, c := range w.chunks {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.rd.emit(c); err != nil {
			return err
		}
	}
	return nil
}

// cut makes a chunk of the rows collected.
func (w *worker) cut() {
	if len(w.builders) == 0 || w.builders[0].Len() == 0 {
		return
	}
	c := Chunk{Arrays: make([]*column.Array, len(w.builders))}
	for i, b := range w.builders {
		c.Arrays[i] = b.Finish()
	}
	w.chunks = append(w.chunks, c)
}

// add reads the rows of a block.
func (w *worker) add(b *block) {
	w.block = b
	if b.long {
		w.malformed(b.lo, errTooLong(w.o.MaxRow))
		return
	}
	w.scanner.scan(b.buf, b.lo, b.hi)
}

// setLimit keeps chunks from growing beyond twice the rows they aim at.
func (w *worker) setLimit() {
	w.scanner.limit = min(w.scanner.room, 2*w.o.ChunkRows-w.builders[0].Len())
}

// rows implements taker.
func (w *worker) rows() bool {
	v := &w.scanner.vector
	if !w.convert(v) {
		for row := range v.n {
			w.row(v.at(row), v.line(row))
			if w.tally.failure != nil {
				return false
			}
		}
	}
	if w.builders[0].Len() >= 2*w.o.ChunkRows {
		w.cut()
	}
	w.setLimit()
	return true
}

// odd implements taker.
func (w *worker) odd(int, []byte, []field) (taken, more bool) { return false, true }

// early implements taker: problems are reported in the order of the rows.
func (w *worker) early() bool { return !w.tally.full() || w.o.OnError == FailLoad }

// row reads the row that begins at the given place of the block, all by itself. It is what reading a row means; scan
// and convert do the same for many rows together, as long as none has to be dropped.
func (w *worker) row(at int, line []byte) {
	fields, err := w.scanner.split(line)
	if err != nil {
		w.malformed(at, err)
		return
	}
	if len(fields) == 0 {
		return
	}
	misfit := false
	for i, t := range w.types {
		w.values[i] = column.Null(t)
		if i >= len(fields) || fields[i].missing() {
			continue
		}
		text := line[fields[i].start:fields[i].end]
		v, fit := convert(text, fields[i].quoted, t)
		if fit == tooLarge {
			w.malformed(at, errTooLarge(text))
			return
		}
		misfit = misfit || fit == misfits
		w.values[i] = v
	}
	if misfit && !w.keep(at, line) {
		return
	}
	if len(fields) > len(w.types) {
		w.tally.extra++
		w.problem(at, -1, w.extra(len(fields)))
	}
	for i, b := range w.builders {
		b.Append(w.values[i])
	}
	w.tally.rows++
}

// keep accounts for the values of a row that do not fit their columns, and reports whether the row stays.
func (w *worker) keep(at int, line []byte) bool {
	for i, f := range w.scanner.fields[:min(len(w.scanner.fields), len(w.types))] {
		if f.missing() || w.values[i].Valid {
			continue
		}
		text := line[f.start:f.end]
		switch w.o.OnMismatch {
		case MismatchSkip:
			w.tally.dropped++
			w.problem(at, i, w.mismatch(i, text, "row dropped"))
			return false
		case MismatchFail:
			w.fail(at, i, w.mismatch(i, text, "it does not fit the column"))
			return false
		}
		w.tally.mismatches[i]++
		w.problem(at, i, w.mismatch(i, text, "NULL instead"))
	}
	return true
}

// malformed implements taker: it drops a row.
func (w *worker) malformed(at int, err error) bool {
	if w.o.OnError == FailLoad {
		w.fail(at, -1, err.Error())
		return false
	}
	w.tally.dropped++
	w.tally.malformed++
	w.problem(at, -1, err.Error())
	return true
}

// problem describes what is wrong with the row at the given place of the block, and with its column if that is not -1.
func (w *worker) problem(at, column int, reason string) {
	if !w.tally.full() {
		w.tally.problems = append(w.tally.problems, w.describe(at, column, reason))
	}
}

// fail ends the read with a problem.
func (w *worker) fail(at, column int, reason string) {
	p := w.describe(at, column, reason)
	w.tally.failure = &p
}

func (w *worker) describe(at, column int, reason string) Problem {
	b := w.block
	line := w.base + int64(bytes.Count(b.buf[b.lo:at], []byte{'\n'})) + 1
	p := Problem{Line: line, Offset: b.offset + int64(at-b.lo), Reason: reason}
	if column >= 0 {
		p.Column = w.rd.report.Fields[column].Name
	}
	return p
}
