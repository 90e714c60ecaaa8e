package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/eau2db/eau2/cluster/vfs"
)

// Node is a cluster of one: a store and a catalogue. It may be used by any number of goroutines.
type Node struct {
	id    string
	place place
	store *store

	change sync.Mutex // held while the catalogue is changed, on disk and in memory
	mu     sync.RWMutex
	tables map[string]*stored // nil once closed
}

// Open opens the directory, making it when there is none, clears what an interrupted load left, and takes the
// directory's lock. ErrLocked, ErrForeign and ErrVersion say that the directory is not to be had; nothing in it has
// been touched then.
func Open(ctx context.Context, o Options) (*Node, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	n := &Node{tables: map[string]*stored{}}
	n.store = newStore(n)
	if o.Dir == "" {
		n.id, n.place = newID(), newMemory()
		return n, nil
	}
	fs := o.FS
	if fs == nil {
		fs = vfs.OS
	}
	d, err := openDirectory(fs, o.Dir)
	if err != nil {
		return nil, fail(Error{Op: "open", Chunk: -1, File: o.Dir}, err)
	}
	n.id, n.place = d.node, d
	for id, name := range d.names {
		n.tables[name] = newStored(id, d, nil)
	}
	return n, nil
}

// newID returns an id that nothing else has.
func newID() string { return strings.ToLower(rand.Text()) }

// ID returns the id of the node. That of a directory is kept with it.
func (n *Node) ID() string { return n.id }

// Store returns the node's key-value store.
func (n *Node) Store() Store { return n.store }

// Close waits for nothing: the caller has ended its queries. Tables that are still held can be read until they are
// released.
func (n *Node) Close() error {
	n.change.Lock()
	defer n.change.Unlock()
	n.mu.Lock()
	tables := n.tables
	n.tables = nil
	n.mu.Unlock()
	if tables == nil {
		return nil
	}
	n.store.close()
	var errs []error
	for _, s := range tables {
		errs = append(errs, s.release())
	}
	return errors.Join(append(errs, n.place.close())...)
}

// Tables lists the tables by name.
func (n *Node) Tables() []string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return slices.Sorted(maps.Keys(n.tables))
}

// Table finds a table and holds it: its columns stay valid until Release. ErrNoTable when there is none.
func (n *Node) Table(ctx context.Context, name string) (*Table, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := n.find(name)
	if err != nil {
		return nil, failTable("open", name, err)
	}
	t, err := s.table(name)
	if err != nil && !n.has(name, s) { // dropped meanwhile
		err = ErrNoTable
	}
	if err != nil {
		return nil, failTable("open", name, err)
	}
	return t, nil
}

// find returns the table of that name and a reference to it.
func (n *Node) find(name string) (*stored, error) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if n.tables == nil {
		return nil, ErrClosed
	}
	s := n.tables[name]
	if s == nil || !s.acquire() {
		return nil, ErrNoTable
	}
	return s, nil
}

// findID returns the table of that id and a reference to it, and its name.
func (n *Node) findID(id string) (*stored, string, error) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if n.tables == nil {
		return nil, "", ErrClosed
	}
	for name, s := range n.tables {
		if s.id == id && s.acquire() {
			return s, name, nil
		}
	}
	return nil, "", ErrNoTable
}

func (n *Node) has(name string, s *stored) bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.tables[name] == s
}

// free returns nil when a new table may have the name.
func (n *Node) free(name string) error {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if n.tables == nil {
		return ErrClosed
	}
	if n.tables[name] != nil {
		return ErrTableExists
	}
	return nil
}

// Create starts a new table. ErrTableExists when the name is taken, now or at Commit.
func (n *Node) Create(ctx context.Context, name string) (*Writer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	err := checkName(name)
	if err == nil {
		err = n.free(name)
	}
	if err != nil {
		return nil, failTable("load", name, err)
	}
	id := newID()
	return &Writer{node: n, name: name, id: id, sink: n.place.begin(id), chunks: map[int]*written{}}, nil
}

// publish makes a committed table visible, and holds it for the caller.
func (n *Node) publish(ctx context.Context, name string, s *stored) (*Table, error) {
	n.change.Lock()
	defer n.change.Unlock()
	if err := n.free(name); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := n.place.publish(s.id, name); err != nil {
		return nil, err
	}
	t, err := s.hold(name)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	n.tables[name] = s
	n.mu.Unlock()
	n.store.wakeTable(s.id)
	return t, nil
}

// Drop removes a table. Queries that hold it finish undisturbed. ErrNoTable when there is none.
func (n *Node) Drop(ctx context.Context, name string) error {
	return failTable("drop", name, n.drop(ctx, name))
}

func (n *Node) drop(ctx context.Context, name string) error {
	n.change.Lock()
	defer n.change.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	s, err := n.find(name)
	if err != nil {
		return err
	}
	defer s.release()
	if err := n.place.forget(s.id); err != nil {
		return err
	}
	n.mu.Lock()
	delete(n.tables, name)
	n.mu.Unlock()
	n.place.remove(s.id)
	return s.release()
}

// Rename gives a table another name. Those who hold it keep it under the name they asked for. ErrNoTable,
// ErrTableExists.
func (n *Node) Rename(ctx context.Context, from, to string) error {
	return failTable("rename", from, n.rename(ctx, from, to))
}

func (n *Node) rename(ctx context.Context, from, to string) error {
	n.change.Lock()
	defer n.change.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	s, err := n.find(from)
	if err != nil {
		return err
	}
	defer s.release()
	if from == to {
		return nil
	}
	if err := checkName(to); err != nil {
		return err
	}
	if err := n.free(to); err != nil {
		return failTable("to", to, err)
	}
	if err := n.place.publish(s.id, to); err != nil {
		return err
	}
	n.mu.Lock()
	delete(n.tables, from)
	n.tables[to] = s
	n.mu.Unlock()
	return nil
}

// checkName refuses names that the catalogue could not give back as they were.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("the name is empty")
	case !utf8.ValidString(name):
		return errors.New("the name is not UTF-8")
	case len(name) > 1<<12:
		return errors.New("the name is longer than 4096 bytes")
	}
	return nil
}
