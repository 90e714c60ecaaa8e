package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/eau2db/eau2/column"
)

// Table is a committed table, held by the caller until Release. It may be used by any number of goroutines. Arrays
// and dictionaries lie in memory that goes with the table: after Release, and after that of every other holder, they
// must not be touched, nor strings that came from them.
type Table struct {
	stored   *stored
	content  *content
	name     string
	released atomic.Bool
}

// Name returns the name under which the table was asked for.
func (t *Table) Name() string { return t.name }

// ID returns the id of the table, which no other table ever has and no renaming changes.
func (t *Table) ID() string { return t.stored.id }

// Home returns the id of the node that the table was made for, "" when that is none.
func (t *Table) Home() string { return homeOf(t.stored.id) }

// Fields returns the columns. The caller must not change them.
func (t *Table) Fields() []column.Field { return t.content.manifest.fields }

// Shared reports whether other nodes know of the table.
func (t *Table) Shared() bool { return t.stored.node.net != nil }

// Rows returns the number of rows.
func (t *Table) Rows() int64 { return t.content.manifest.total }

// Chunks returns the number of chunks. None of them is empty.
func (t *Table) Chunks() int { return len(t.content.manifest.chunks) }

// Has reports whether a chunk is on this node, and stays readable here until Release.
func (t *Table) Has(chunk int) bool {
	return chunk >= 0 && chunk < t.Chunks() && t.content.values.has(chunk)
}

// ChunkRows returns the number of rows of a chunk.
func (t *Table) ChunkRows(chunk int) int { return t.content.manifest.rows[chunk] }

// ChunkStats returns the statistics of one column of one chunk, without reading it.
func (t *Table) ChunkStats(chunk, col int) column.Stats { return t.content.manifest.stats[col][chunk] }

// Key returns the key under which one column of one chunk is in the store.
func (t *Table) Key(chunk, col int) Key {
	m := t.content.manifest
	return Key{Name: part{chunk: m.chunks[chunk], col: col}.name(m.id), Home: m.home}
}

// Bytes returns the room that the table takes where it is kept: in memory, or in files.
func (t *Table) Bytes() int64 { return t.content.values.bytes() }

// Column returns the array of one column of one chunk. In a directory it is checked when it is first read, and an
// error names table, chunk, column and file.
func (t *Table) Column(ctx context.Context, chunk, col int) (*column.Array, error) {
	var a *column.Array
	err := t.check(ctx, col)
	if err == nil && (chunk < 0 || chunk >= t.Chunks()) {
		err = fmt.Errorf("there are %d chunks", t.Chunks())
	}
	if err == nil {
		a, err = t.array(ctx, chunk, col)
	}
	if err != nil {
		return nil, fail(Error{Op: "read", Table: t.name, Chunk: chunk, Column: t.columnName(col)}, err)
	}
	return a, nil
}

// array gets an array from here, or from another node.
func (t *Table) array(ctx context.Context, chunk, col int) (*column.Array, error) {
	a, err := t.content.values.array(chunk, col)
	if !errors.Is(err, ErrNoValue) {
		return a, err
	}
	r := t.stored.node.remote
	if r == nil {
		return nil, fmt.Errorf("%w here: the table is one of a cluster, and other nodes have this part of it", err)
	}
	return r.array(ctx, t.content, chunk, col)
}

// Dict returns the dictionary of a column, nil when it has none.
func (t *Table) Dict(ctx context.Context, col int) (*column.Dict, error) {
	var d *column.Dict
	err := t.check(ctx, col)
	if err == nil {
		d, err = t.content.values.dict(ctx, col)
	}
	if err != nil {
		return nil, fail(Error{Op: "read dictionary of", Table: t.name, Chunk: -1, Column: t.columnName(col)}, err)
	}
	return d, nil
}

func (t *Table) check(ctx context.Context, col int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if t.released.Load() {
		return ErrClosed
	}
	if col < 0 || col >= len(t.Fields()) {
		return fmt.Errorf("there are %d columns", len(t.Fields()))
	}
	return nil
}

func (t *Table) columnName(col int) string {
	if col < 0 || col >= len(t.Fields()) {
		return fmt.Sprint(col)
	}
	return t.Fields()[col].Name
}

// Acquire returns another hold on the table, with its own Release. The receiver must not have been released.
func (t *Table) Acquire() (*Table, error) {
	if !t.released.Load() && t.stored.acquire() {
		return &Table{stored: t.stored, content: t.content.hold(), name: t.name}, nil
	}
	return nil, failTable("acquire", t.name, ErrClosed)
}

// Release ends the hold. What the table takes is given back when it is dropped, or its Node closed, and nobody
// holds it. A second Release does nothing.
func (t *Table) Release() error {
	if t.released.Swap(true) {
		return nil
	}
	return failTable("release", t.name, errors.Join(t.content.release(), t.stored.release()))
}
