package engine

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/sor"
)

// read reads a range: the first here, any other at its node.
func (l *rangeLoad) read(ctx context.Context, r *fileRange) error {
	if r.index == 0 {
		return l.readHere(ctx, r)
	}
	if err := l.readThere(ctx, r); err != nil {
		return fmt.Errorf("node %s: %w", nodeName(r.node), err)
	}
	return nil
}

// readHere reads the first range, whose chunks go to the table as they are.
func (l *rangeLoad) readHere(ctx context.Context, r *fileRange) error {
	o := l.o
	o.From, o.Len = r.From, r.Len
	o.Progress = func(p sor.Progress) { l.advance(r, p) }
	var chunks atomic.Int64
	report, dicts, err := l.in.Read(ctx, o, func(c sor.Chunk) error {
		chunks.Add(1)
		return l.w.Write(ctx, c.Seq, c.Arrays)
	})
	if row := (*sor.RowError)(nil); errors.As(err, &row) {
		l.fail(r, row)
		return nil
	}
	if err != nil {
		return err
	}
	l.done(r, &rangeRead{Report: report, Chunks: int(chunks.Load())})
	for col, d := range dicts {
		if d != nil {
			l.mergers[col].Add(d)
		}
	}
	close(r.merged)
	return nil
}

// advance notes how far a range is.
func (l *rangeLoad) advance(r *fileRange, p sor.Progress) {
	r.bytes.Store(p.Bytes)
	r.rows.Store(p.Rows)
	l.telling.Lock()
	defer l.telling.Unlock()
	l.progress()
}

// readThere asks the node of a range to read it, and takes what it answers: notes, the last of which says what it has read;
// the dictionaries that this names; and what the table must know of its chunks.
func (l *rangeLoad) readThere(ctx context.Context, r *fileRange) error {
	q := l.request
	q.Index, q.Slice = r.index, r.Slice
	var left []int // columns whose dictionaries are to come
	var read *rangeRead
	var part []byte
	err := l.engine.node.Fetch(ctx, r.node, kindRange, encode(q), func(block []byte) (err error) {
		switch {
		case read == nil:
			if read, err = l.note(ctx, r, block); err != nil || read == nil || read.Failed != nil {
				return err
			}
			left = read.Dicts
		case len(left) > 0:
			if err := l.merge(r, left[0], block); err != nil {
				return err
			}
			left = left[1:]
		case part == nil && read.Chunks > 0:
			part = block
			return nil
		default:
			return errAnswer
		}
		if len(left) == 0 {
			close(r.merged)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case read == nil || len(left) > 0:
		return errAnswer
	case read.Failed != nil || read.Chunks == 0:
		return nil
	case part == nil:
		return errAnswer
	}
	return l.w.Add(part)
}

// note takes a note of a node. It returns what the node has read, once that is known, and when the turn has come to merge
// its dictionaries.
func (l *rangeLoad) note(ctx context.Context, r *fileRange, block []byte) (*rangeRead, error) {
	var n rangeNote
	if err := decode(block, &n); err != nil {
		return nil, err
	}
	if n.Progress != nil {
		l.advance(r, *n.Progress)
	}
	if n.Read == nil {
		return nil, nil
	}
	if n.Read.Failed != nil {
		l.fail(r, &sor.RowError{Problem: *n.Read.Failed})
		return n.Read, nil
	}
	if n.Read.Report == nil || n.Read.Chunks < 0 {
		return nil, errAnswer
	}
	l.done(r, n.Read)
	before := l.ranges[r.index-1]
	select {
	case <-before.merged:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	r.first, r.codes = before.first+before.chunks, map[int][]uint32{}
	return n.Read, nil
}

// merge takes the dictionary of a column of a range.
func (l *rangeLoad) merge(r *fileRange, col int, block []byte) error {
	if col < 0 || col >= len(l.mergers) || l.mergers[col] == nil || r.codes[col] != nil {
		return errAnswer
	}
	d, err := column.ReadDict(block)
	if err != nil {
		return err
	}
	r.codes[col] = l.mergers[col].Add(d)
	return nil
}
