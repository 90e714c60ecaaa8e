package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/eau2db/eau2/column"
)

// Writer takes the chunks of a new table. Write may be called by several goroutines; nothing is visible until Commit,
// and Abort leaves nothing behind. One of the two must be called. The first error of a Write is that of Commit, too.
type Writer struct {
	node     *Node
	name, id string
	sink     sink

	end  sync.RWMutex // Write holds it to read, Commit and Abort to write
	done bool

	mu     sync.Mutex
	chunks map[int]*written
	err    error // the first of a Write
}

// written is what the manifest will say of a chunk.
type written struct {
	rows    int
	columns []writtenColumn
}

type writtenColumn struct {
	typ   column.Type
	coded bool
	dict  *column.Dict
	stats column.Stats
}

// Write stores chunk seq (0, 1, …; every number once, in any order). The arrays, one a column, have the same number
// of rows and must not be changed afterwards. Those with codes may lack their Dict until Commit. A chunk without rows
// counts in seq, but the table will not have it.
func (w *Writer) Write(ctx context.Context, seq int, arrays []*column.Array) error {
	w.end.RLock()
	defer w.end.RUnlock()
	if w.done {
		return w.fail(seq, ErrClosed)
	}
	if err := w.add(ctx, seq, arrays); err != nil {
		err = w.fail(seq, err)
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.err == nil {
			w.err = err
		}
		return err
	}
	return nil
}

func (w *Writer) fail(seq int, err error) error {
	return fail(Error{Op: "load", Table: w.name, Chunk: seq}, err)
}

func (w *Writer) add(ctx context.Context, seq int, arrays []*column.Array) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c, err := describe(arrays)
	if err != nil {
		return err
	}
	if err := w.register(seq, c); err != nil || c.rows == 0 {
		return err
	}
	return w.sink.write(seq, arrays)
}

// register notes a chunk before it is written, so that a second one of the same number is refused.
func (w *Writer) register(seq int, c *written) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return fmt.Errorf("the load has failed: %w", w.err)
	}
	if seq < 0 || seq > maxChunks {
		return fmt.Errorf("chunks are numbered from 0 to %d", maxChunks)
	}
	if w.chunks[seq] != nil {
		return errors.New("a chunk of that number was written before")
	}
	w.chunks[seq] = c
	return nil
}

const maxChunks = 999_999_999

func describe(arrays []*column.Array) (*written, error) {
	c := &written{columns: make([]writtenColumn, len(arrays))}
	for i, a := range arrays {
		if i == 0 {
			c.rows = a.N
		}
		if a.N != c.rows {
			return nil, fmt.Errorf("column %d has %d rows, column 0 has %d", i, a.N, c.rows)
		}
		s := a.Stats
		s.Rows, s.Min, s.Max = int64(a.N), bound(s.Min), bound(s.Max)
		c.columns[i] = writtenColumn{typ: a.Type, coded: coded(a.Layout), dict: a.Dict, stats: s}
	}
	return c, nil
}

// Commit stores the dictionaries (one entry a column, nil for none) and the manifest, makes them durable, and
// publishes the table. After an error nothing is left of the table.
func (w *Writer) Commit(ctx context.Context, fields []column.Field, dicts []*column.Dict) (*Table, error) {
	w.end.Lock()
	defer w.end.Unlock()
	if w.done {
		return nil, failTable("load", w.name, ErrClosed)
	}
	w.done = true
	s, err := w.finish(ctx, fields, dicts)
	if err != nil {
		return nil, failTable("load", w.name, also(err, w.sink.abort()))
	}
	t, err := w.node.publish(ctx, w.name, s)
	if err != nil {
		return nil, failTable("load", w.name, also(err, s.release(), w.sink.abort()))
	}
	return t, nil
}

// finish stores all that is to be stored before the table can be published.
func (w *Writer) finish(ctx context.Context, fields []column.Field, dicts []*column.Dict) (*stored, error) {
	if w.err != nil {
		return nil, w.err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := w.node.free(w.name); err != nil {
		return nil, err
	}
	m, err := newManifest(w.id, w.node.id, w.name, fields, dicts, w.chunks)
	if err != nil {
		return nil, err
	}
	v, err := w.sink.commit(m, dicts)
	if err != nil {
		return nil, err
	}
	return newStored(w.id, w.node, &content{manifest: m, values: v}), nil
}

// Abort drops everything written. After Commit it does nothing.
func (w *Writer) Abort() error {
	w.end.Lock()
	defer w.end.Unlock()
	if w.done {
		return nil
	}
	w.done = true
	return failTable("abort load of", w.name, w.sink.abort())
}
