package cluster

import (
	"context"

	"github.com/eau2db/eau2/column"
)

// Options say where a Node keeps its values. The zero value is in memory.
type Options struct {
	Dir string // "" is in memory
}

// Node is a cluster of one: a store and a catalogue.
type Node struct{}

// Open opens the directory, clears what an interrupted load left, and takes the directory's lock.
func Open(ctx context.Context, o Options) (*Node, error) { panic("contract") }

// Close waits for nothing: the caller has ended its queries.
func (n *Node) Close() error { panic("contract") }

// Tables lists the tables by name.
func (n *Node) Tables() []string { panic("contract") }

// Table finds a table and holds it: its columns stay valid until Release. ErrNoTable when there is none.
func (n *Node) Table(ctx context.Context, name string) (*Table, error) { panic("contract") }

// Drop removes a table. Queries that hold it finish undisturbed.
func (n *Node) Drop(ctx context.Context, name string) error { panic("contract") }

// Rename gives a table another name.
func (n *Node) Rename(ctx context.Context, from, to string) error { panic("contract") }

// Create starts a new table. ErrTableExists when the name is taken, now or at Commit.
func (n *Node) Create(ctx context.Context, name string) (*Writer, error) { panic("contract") }

// Writer takes the chunks of a new table. Write may be called by several goroutines; nothing is visible until Commit, and
// Abort leaves nothing behind.
type Writer struct{}

// Write stores chunk seq (0, 1, …; every number once, in any order).
func (w *Writer) Write(ctx context.Context, seq int, arrays []*column.Array) error { panic("contract") }

// Commit stores the dictionaries (one entry a column, nil for none) and the manifest, makes them durable, and
// publishes the table.
func (w *Writer) Commit(ctx context.Context, fields []column.Field, dicts []*column.Dict) (*Table, error) {
	panic("contract")
}

// Abort drops everything written. After Commit it does nothing.
func (w *Writer) Abort() error { panic("contract") }

// Table is a committed table, held by the caller until Release. It implements plan.Table.
type Table struct{}
