package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/eau2db/eau2/cluster/vfs"
)

// Node is a node of a cluster, or a cluster of one: a store and a catalogue. It may be used by any number of goroutines.
type Node struct {
	id       string
	place    place
	store    *store
	net      Network // nil in a cluster of one
	replicas int

	remote     *remote // what others have
	placements placements
	withdrawn  withdrawals

	naming    turn       // held while a name is given to a table of a node of many
	change    sync.Mutex // held while the catalogue is changed, on disk and in memory
	mu        sync.RWMutex
	catalogue catalogue
	named     chan struct{}      // closed when a table has come or has another name
	tables    map[string]*stored // by id; nil once closed
	handlers  map[string]fetchHandler
	prepared  map[string]*prepared // that are not in the catalogue yet, by id
	repair    *repairer
	loads     map[string]*incoming // whose values are coming, by id
	loading   chan struct{}        // closed when there is another of loads
}

// Open opens the directory, making it when there is none, clears what an interrupted load left, and takes the
// directory's lock. ErrLocked, ErrForeign and ErrVersion say that the directory is not to be had; nothing in it has
// been touched then.
func Open(ctx context.Context, o Options) (*Node, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	n := &Node{tables: map[string]*stored{}, prepared: map[string]*prepared{}, replicas: max(o.Replicas, 1), naming: newTurn()}
	n.named = make(chan struct{})
	n.loads, n.loading = map[string]*incoming{}, make(chan struct{})
	n.catalogue.put()
	n.store = newStore(n)
	if o.Dir == "" {
		n.id, n.place = newID(), newMemory()
	} else {
		fs := o.FS
		if fs == nil {
			fs = vfs.OS
		}
		d, err := openDirectory(fs, o.Dir)
		if err != nil {
			return nil, fail(Error{Op: "open", Chunk: -1, File: o.Dir}, err)
		}
		n.id, n.place = d.node, d
		n.catalogue.put(d.entries...)
		for _, e := range d.entries {
			if !e.Dropped {
				n.tables[e.ID] = newStored(e.ID, n, nil)
			}
		}
	}
	return n, nil
}

// ID returns the id of the node. That of a directory is kept with it.
func (n *Node) ID() string { return n.id }

// Store returns the node's key-value store.
func (n *Node) Store() Store { return n.store }

// Close waits for nothing of its own: the caller has ended its queries. Tables that are still held can be read until
// they are released. A node of many leaves the others, and waits for the requests of theirs that it is answering.
func (n *Node) Close() error {
	var errs []error
	errs = append(errs, n.Leave())
	n.change.Lock()
	defer n.change.Unlock()
	n.mu.Lock()
	tables, prepared := n.tables, n.prepared
	n.tables, n.prepared = nil, nil
	n.mu.Unlock()
	if tables == nil {
		return nil
	}
	n.store.close()
	for _, p := range prepared {
		errs = append(errs, p.drop())
	}
	for _, s := range tables {
		errs = append(errs, s.release())
	}
	return errors.Join(append(errs, n.place.close())...)
}

// Tables lists the tables by name.
func (n *Node) Tables() []string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.catalogue.names.Names()
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
	t, err := s.table(ctx, name)
	if err != nil && !n.has(name, s) { // dropped meanwhile
		err = ErrNoTable
	}
	if err != nil {
		return nil, failTable("open", name, err)
	}
	return t, nil
}

// WaitTable is Table that waits until there is one, or ctx ends, or the node is closed.
func (n *Node) WaitTable(ctx context.Context, name string) (*Table, error) {
	for {
		n.mu.RLock()
		named := n.named // before looking, so that no table is missed
		n.mu.RUnlock()
		t, err := n.Table(ctx, name)
		if !errors.Is(err, ErrNoTable) {
			return t, err
		}
		if err := n.store.wait(ctx, named); err != nil {
			return nil, failTable("wait for", name, err)
		}
	}
}

// TableOf is Table for the id of a table, whatever its name.
func (n *Node) TableOf(ctx context.Context, id string) (*Table, error) {
	s, name, err := n.findID(id)
	if err != nil {
		return nil, failTable("open", id, err)
	}
	t, err := s.table(ctx, name)
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
	s := n.tables[n.catalogue.id(name)]
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
	if s := n.tables[id]; s != nil && s.acquire() {
		name, _ := n.catalogue.names.Name(id)
		return s, name, nil
	}
	if p := n.prepared[id]; p != nil { // others have its entry already
		if s := p.acquire(); s != nil {
			return s, id, nil
		}
	}
	return nil, "", ErrNoTable
}

func (n *Node) has(name string, s *stored) bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.catalogue.id(name) == s.id
}

// free returns nil when a new table may have the name.
func (n *Node) free(name string) error {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if n.tables == nil {
		return ErrClosed
	}
	if n.catalogue.id(name) != "" {
		return ErrTableExists
	}
	return nil
}

// Create starts a new table. ErrTableExists when the name is taken, now or at Commit.
func (n *Node) Create(ctx context.Context, name string) (*Writer, error) {
	return n.CreateAt(ctx, name, "")
}

// CreateAt is Create of a table that has a copy of each chunk on the node with the id home, as long as that is a member;
// ErrUnavailable when it is none now. With "" the copies are spread over all members.
func (n *Node) CreateAt(ctx context.Context, name, home string) (*Writer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	err := checkName(name)
	if err == nil {
		err = n.free(name)
	}
	if err == nil && home != "" && !slices.ContainsFunc(n.Members(), func(m Member) bool { return m.ID == home }) {
		err = fmt.Errorf("%w: there is no node %s", ErrUnavailable, home)
	}
	if err != nil {
		return nil, failTable("load", name, err)
	}
	id := newID() + home
	w := &Writer{node: n, name: name, id: id, chunks: map[int]*written{}}
	if n.net == nil {
		w.sink = n.place.begin(id)
		return w, nil
	}
	s, err := n.spread(ctx, id)
	if err != nil {
		return nil, failTable("load", name, err)
	}
	w.sink = s
	return w, nil
}

// publish makes a committed table visible, and holds it for the caller.
func (n *Node) publish(ctx context.Context, name string, s *stored) (*Table, error) {
	if n.net != nil {
		return n.announce(ctx, name, s)
	}
	n.change.Lock()
	defer n.change.Unlock()
	if err := n.free(name); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e := Entry{ID: s.id, Name: name}
	if err := n.place.publish(e); err != nil {
		return nil, err
	}
	t, err := s.hold(ctx, name)
	if err != nil {
		return nil, err
	}
	n.take(e, s)
	n.store.wakeTable(s.id)
	return t, nil
}

// take puts a table into the catalogue in memory.
func (n *Node) take(e Entry, s *stored) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.put(e, s)
}

// put is take while n.mu is held.
func (n *Node) put(e Entry, s *stored) {
	n.catalogue.set(e)
	n.tables[e.ID] = s
	n.tell()
}

// tell wakes those who wait for a table. n.mu is held.
func (n *Node) tell() {
	close(n.named)
	n.named = make(chan struct{})
}

// Drop removes a table. Queries that hold it finish undisturbed. ErrNoTable when there is none.
func (n *Node) Drop(ctx context.Context, name string) error {
	return failTable("drop", name, n.drop(ctx, name))
}

func (n *Node) drop(ctx context.Context, name string) error {
	if n.net != nil {
		return n.dropShared(ctx, name)
	}
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
	if err := n.forget(s.id); err != nil {
		return err
	}
	n.place.remove(s.id)
	return s.release()
}

// forget takes a table out of the catalogue: without a trace, unless other nodes know of it.
func (n *Node) forget(id string) error {
	e, _ := n.entry(id)
	if e.Named.Count > 0 {
		e = Entry{ID: id, Dropped: true}
		if err := n.place.publish(e); err != nil {
			return err
		}
	} else if err := n.place.forget(id); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if e.Dropped {
		n.catalogue.set(e)
	} else {
		n.catalogue.remove(id)
	}
	delete(n.tables, id)
	return nil
}

// Rename gives a table another name. Those who hold it keep it under the name they asked for. ErrNoTable,
// ErrTableExists.
func (n *Node) Rename(ctx context.Context, from, to string) error {
	return failTable("rename", from, n.rename(ctx, from, to))
}

func (n *Node) rename(ctx context.Context, from, to string) error {
	if n.net != nil {
		return n.renameShared(ctx, from, to)
	}
	n.change.Lock()
	defer n.change.Unlock()
	e, s, err := n.renamed(ctx, from, to)
	if err != nil {
		return err
	}
	defer s.release()
	if from == to {
		return nil
	}
	if e.Named.Count > 0 { // other nodes know of it
		e.Named = n.next()
	}
	if err := n.place.publish(e); err != nil {
		return err
	}
	n.take(e, s)
	return nil
}

// renamed returns the entry of a table under its new name, and holds the table.
func (n *Node) renamed(ctx context.Context, from, to string) (e Entry, s *stored, err error) {
	if err := ctx.Err(); err != nil {
		return e, nil, err
	}
	if s, err = n.find(from); err != nil {
		return e, nil, err
	}
	e, _ = n.entry(s.id)
	e.Name = to
	if from != to {
		if err = checkName(to); err == nil {
			err = failTable("to", to, n.free(to))
		}
	}
	if err != nil {
		return e, nil, also(err, s.release())
	}
	return e, s, nil
}

// entry returns the entry of a table.
func (n *Node) entry(id string) (Entry, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	e, ok := n.catalogue.entries[id]
	return e, ok
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
