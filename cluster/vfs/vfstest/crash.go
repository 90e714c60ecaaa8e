package vfstest

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
)

// Loss is what a crash does to what was not synced.
type Loss int

// The kinds of loss.
const (
	Forget Loss = iota // all of it is lost: the power failed before anything was written by itself
	Keep               // nothing is lost: only the process died
	Some               // any part of it is lost, in any order
)

// String returns the name of the loss.
func (l Loss) String() string { return [...]string{"forget", "keep", "some"}[l] }

// Crash returns the disk as the next start finds it: no locks, and what was not synced lost as l says. For Some, rng
// decides. The Disk itself stays as it is, and fails from now on with ErrCrashed.
func (d *Disk) Crash(l Loss, rng *rand.Rand) *Disk {
	d.Fail(func(Op) error { return ErrCrashed })
	d.mu.Lock()
	defer d.mu.Unlock()
	after := NewDisk()
	after.root = d.root.crash(l, rng)
	return after
}

// Clone returns a copy of the disk with nothing lost and nothing pending.
func (d *Disk) Clone() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := NewDisk()
	c.root = d.root.crash(Keep, nil)
	return c
}

func (n *node) crash(l Loss, rng *rand.Rand) *node {
	if n.isDir {
		return n.crashDir(l, rng)
	}
	data := n.synced
	switch l {
	case Keep:
		data = n.data
	case Some:
		data = slices.Clone(n.synced)
		for _, w := range n.pending {
			switch rng.IntN(3) {
			case 0: // lost
			case 1:
				data = w.apply(data)
			case 2: // torn
				data = write{w.off, w.data[:rng.IntN(len(w.data)+1)], w.truncate}.apply(data)
			}
		}
	}
	data = slices.Clone(data)
	return &node{data: data, synced: slices.Clone(data)}
}

func (n *node) crashDir(l Loss, rng *rand.Rand) *node {
	c := newDir()
	names := maps.Clone(n.syncedEntries)
	maps.Copy(names, n.entries)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		e := n.syncedEntries[name]
		if l == Keep || l == Some && rng.IntN(2) == 0 {
			e = n.entries[name]
		}
		if e != nil {
			c.entries[name] = e.crash(l, rng)
		}
	}
	c.syncedEntries = maps.Clone(c.entries)
	return c
}

// Files returns the content of all files below dir by their path.
func (d *Disk) Files(dir string) map[string][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	files := map[string][]byte{}
	d.find(dir).walk(dir, files)
	return files
}

func (n *node) walk(path string, files map[string][]byte) {
	if n == nil {
		return
	}
	if !n.isDir {
		files[path] = slices.Clone(n.data)
	}
	for name, e := range n.entries {
		e.walk(filepath.Join(path, name), files)
	}
}

// Edit replaces the content of a file that exists, as damage or another program would: durably, and without an
// operation being recorded.
func (d *Disk) Edit(name string, edit func([]byte) []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.find(name)
	if n == nil || n.isDir {
		return fmt.Errorf("edit %s: %w", name, fs.ErrNotExist)
	}
	n.data = edit(slices.Clone(n.data))
	n.synced, n.pending = slices.Clone(n.data), nil
	return nil
}
