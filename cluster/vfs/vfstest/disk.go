package vfstest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/eau2db/eau2/cluster/vfs"
)

// Disk is a file system in memory. It may be used by any number of goroutines.
type Disk struct {
	mu     sync.Mutex
	root   *node
	locks  map[string]bool
	fail   func(Op) error
	ops    []Op
	mapped int
	open   int
}

// Op is an operation on a Disk.
type Op struct {
	Seq  int    // from 0, over all operations of the Disk
	Kind string // mkdir, list, create, read, map, rename, remove, syncdir, lock, write, sync
	Name string
	To   string // of rename
	Off  int64  // of write
	N    int    // of write, bytes
}

// String formats the operation as its kind, names and range.
func (o Op) String() string {
	switch o.Kind {
	case "rename":
		return fmt.Sprintf("rename %s %s", o.Name, o.To)
	case "write":
		return fmt.Sprintf("write %s %d+%d", o.Name, o.Off, o.N)
	}
	return o.Kind + " " + o.Name
}

// Changes reports whether the operation can change what is on the disk.
func (o Op) Changes() bool {
	switch o.Kind {
	case "list", "read", "map":
		return false
	}
	return true
}

// PartialWrite, returned for a write, does half of it and then fails with Err.
type PartialWrite struct{ Err error }

// Error returns the message of the cause.
func (p PartialWrite) Error() string { return "partial write: " + p.Err.Error() }

// ErrCrashed is for the operations of a process after its crash.
var ErrCrashed = errors.New("crashed")

// node is a file or a directory, as it is now and as a crash would leave it.
type node struct {
	isDir         bool
	entries       map[string]*node
	syncedEntries map[string]*node
	between       map[string][]*node // what the names were since the last sync, before they became what they are

	data, synced []byte
	pending      []write // since the last sync
}

type write struct {
	off      int64
	data     []byte
	truncate bool
}

func newDir() *node {
	return &node{isDir: true, entries: map[string]*node{}, syncedEntries: map[string]*node{}, between: map[string][]*node{}}
}

// set makes a name stand for a file, or for none.
func (n *node) set(name string, to *node) {
	n.between[name] = append(n.between[name], n.entries[name])
	if to == nil {
		delete(n.entries, name)
	} else {
		n.entries[name] = to
	}
}

// NewDisk returns an empty Disk: a root directory.
func NewDisk() *Disk { return &Disk{root: newDir(), locks: map[string]bool{}} }

// Fail sets the function that is asked before every operation; nil sets none. An error it returns is the
// operation's, which then does nothing (but see PartialWrite).
func (d *Disk) Fail(f func(Op) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = f
}

// Ops returns the operations so far.
func (d *Disk) Ops() []Op {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.ops)
}

// Open returns how many mappings and how many files being written are not closed.
func (d *Disk) Open() (mappings, files int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.mapped, d.open
}

// begin records an operation and asks whether it fails. It is called with the lock held.
func (d *Disk) begin(op Op) error {
	op.Seq = len(d.ops)
	d.ops = append(d.ops, op)
	if d.fail == nil {
		return nil
	}
	if err := d.fail(op); err != nil {
		if _, ok := err.(PartialWrite); ok {
			return err
		}
		return &fs.PathError{Op: op.Kind, Path: op.Name, Err: err}
	}
	return nil
}

func (d *Disk) find(name string) *node {
	n := d.root
	for part := range strings.SplitSeq(filepath.Clean(name), "/") {
		if part == "" || part == "." {
			continue
		}
		if n == nil || !n.isDir {
			return nil
		}
		n = n.entries[part]
	}
	return n
}

// lookup begins an operation and finds what it works on.
func (d *Disk) lookup(op Op, dir bool) (*node, error) {
	if err := d.begin(op); err != nil {
		return nil, err
	}
	n := d.find(op.Name)
	if n == nil {
		return nil, &fs.PathError{Op: op.Kind, Path: op.Name, Err: fs.ErrNotExist}
	}
	if n.isDir != dir {
		err := syscall.EISDIR
		if dir {
			err = syscall.ENOTDIR
		}
		return nil, &fs.PathError{Op: op.Kind, Path: op.Name, Err: err}
	}
	return n, nil
}

// parent finds the directory of a name that is to be made or removed.
func (d *Disk) parent(op, name string) (dir *node, base string, err error) {
	dir = d.find(filepath.Dir(name))
	if dir == nil {
		return nil, "", &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	if !dir.isDir {
		return nil, "", &fs.PathError{Op: op, Path: name, Err: syscall.ENOTDIR}
	}
	return dir, filepath.Base(name), nil
}

// Mkdir makes a directory.
func (d *Disk) Mkdir(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.begin(Op{Kind: "mkdir", Name: name}); err != nil {
		return err
	}
	if d.find(name) != nil {
		return &fs.PathError{Op: "mkdir", Path: name, Err: fs.ErrExist}
	}
	dir, base, err := d.parent("mkdir", name)
	if err != nil {
		return err
	}
	dir.set(base, newDir())
	return nil
}

// List returns the names in a directory.
func (d *Disk) List(name string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	dir, err := d.lookup(Op{Kind: "list", Name: name}, true)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(dir.entries)), nil
}

// Create makes or empties a file.
func (d *Disk) Create(name string) (vfs.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.begin(Op{Kind: "create", Name: name}); err != nil {
		return nil, err
	}
	n, err := d.make("create", name)
	if err != nil {
		return nil, err
	}
	d.open++
	return &file{disk: d, name: name, n: n}, nil
}

func (d *Disk) make(op, name string) (*node, error) {
	dir, base, err := d.parent(op, name)
	if err != nil {
		return nil, err
	}
	n := dir.entries[base]
	switch {
	case n == nil:
		n = &node{}
		dir.set(base, n)
	case n.isDir:
		return nil, &fs.PathError{Op: op, Path: name, Err: syscall.EISDIR}
	default:
		n.data, n.pending = nil, append(n.pending, write{truncate: true})
	}
	return n, nil
}

// ReadFile returns the content of a file.
func (d *Disk) ReadFile(name string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.lookup(Op{Kind: "read", Name: name}, false)
	if err != nil {
		return nil, err
	}
	return slices.Clone(n.data), nil
}

// Map returns a copy of the content of a file, as it is now.
func (d *Disk) Map(name string) (vfs.Mapping, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.lookup(Op{Kind: "map", Name: name}, false)
	if err != nil {
		return nil, err
	}
	d.mapped++
	return &mapping{Mapping: vfs.InMemory(n.data), disk: d, name: name}, nil
}

// Rename moves a file over another name.
func (d *Disk) Rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.begin(Op{Kind: "rename", Name: from, To: to}); err != nil {
		return err
	}
	source, base, err := d.parent("rename", from)
	if err != nil {
		return err
	}
	n := source.entries[base]
	if n == nil {
		return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
	}
	target, as, err := d.parent("rename", to)
	if err != nil {
		return err
	}
	source.set(base, nil)
	target.set(as, n)
	return nil
}

// Remove removes a file or an empty directory.
func (d *Disk) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.begin(Op{Kind: "remove", Name: name}); err != nil {
		return err
	}
	dir, base, err := d.parent("remove", name)
	if err != nil {
		return err
	}
	n := dir.entries[base]
	if n == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	if n.isDir && len(n.entries) > 0 {
		return &fs.PathError{Op: "remove", Path: name, Err: syscall.ENOTEMPTY}
	}
	dir.set(base, nil)
	return nil
}

// SyncDir makes the names in a directory survive a crash.
func (d *Disk) SyncDir(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	dir, err := d.lookup(Op{Kind: "syncdir", Name: name}, true)
	if err != nil {
		return err
	}
	dir.syncedEntries, dir.between = maps.Clone(dir.entries), map[string][]*node{}
	return nil
}

// Lock takes a lock of this Disk. The disk that Crash returns has none.
func (d *Disk) Lock(name, note string) (io.Closer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.begin(Op{Kind: "lock", Name: name}); err != nil {
		return nil, err
	}
	if d.locks[name] {
		return nil, &fs.PathError{Op: "lock", Path: name, Err: vfs.ErrLocked}
	}
	n, err := d.make("lock", name)
	if err != nil {
		return nil, err
	}
	n.data = []byte(note)
	d.locks[name] = true
	return &lock{disk: d, name: name}, nil
}

type lock struct {
	disk *Disk
	name string
}

func (l *lock) Close() error {
	l.disk.mu.Lock()
	defer l.disk.mu.Unlock()
	delete(l.disk.locks, l.name)
	return nil
}
