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
	Keep   Loss = iota // nothing: only the process died, and what was not synced is still to be
	Forget             // all of it: the power failed before anything was written by itself
	Some               // any part of it, in any order
)

// String returns the name of the loss.
func (l Loss) String() string { return [...]string{"keep", "forget", "some"}[l] }

// Crash returns the disk as the next start finds it: no locks, and what was not synced lost as l says. For Some, rng
// decides. The Disk itself stays as it is, and fails from now on with ErrCrashed.
func (d *Disk) Crash(l Loss, rng *rand.Rand) *Disk {
	d.Fail(func(Op) error { return ErrCrashed })
	return d.copy(l, rng)
}

// Clone returns a copy of the disk as it is.
func (d *Disk) Clone() *Disk { return d.copy(Keep, nil) }

func (d *Disk) copy(l Loss, rng *rand.Rand) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := copier{loss: l, rng: rng, done: map[*node]*node{}}
	after := NewDisk()
	after.root = c.copy(d.root)
	return after
}

// copier copies a tree. A file with two names is copied once.
type copier struct {
	loss Loss
	rng  *rand.Rand
	done map[*node]*node
}

func (c *copier) copy(n *node) *node {
	if n == nil {
		return nil
	}
	if c.done[n] != nil {
		return c.done[n]
	}
	m := &node{isDir: n.isDir, between: map[string][]*node{}}
	c.done[n] = m
	switch {
	case n.isDir && c.loss == Keep:
		m.entries, m.syncedEntries = c.names(n.entries), c.names(n.syncedEntries)
		for name, nodes := range n.between {
			for _, old := range nodes {
				m.between[name] = append(m.between[name], c.copy(old))
			}
		}
	case n.isDir:
		m.entries = c.names(c.surviving(n))
		m.syncedEntries = maps.Clone(m.entries)
	case c.loss == Keep:
		m.data, m.synced, m.pending = slices.Clone(n.data), slices.Clone(n.synced), slices.Clone(n.pending)
	default:
		m.data = slices.Clone(n.synced)
		if c.loss == Some {
			m.data = c.tear(m.data, n.pending)
		}
		m.synced = slices.Clone(m.data)
	}
	return m
}

func (c *copier) names(entries map[string]*node) map[string]*node {
	m := map[string]*node{}
	for _, name := range slices.Sorted(maps.Keys(entries)) { // in order, so that rng decides the same each time
		m[name] = c.copy(entries[name])
	}
	return m
}

// surviving returns the names that a directory has after the crash.
func (c *copier) surviving(n *node) map[string]*node {
	if c.loss == Forget {
		return n.syncedEntries
	}
	names := map[string]*node{}
	all := maps.Clone(n.syncedEntries)
	maps.Copy(all, n.entries)
	for name := range n.between {
		all[name] = nil
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		might := append([]*node{n.syncedEntries[name], n.entries[name]}, n.between[name]...)
		if e := might[c.rng.IntN(len(might))]; e != nil {
			names[name] = e
		}
	}
	return names
}

// tear does each write wholly, in part or not at all.
func (c *copier) tear(data []byte, writes []write) []byte {
	for _, w := range writes {
		switch c.rng.IntN(3) {
		case 1:
			data = w.apply(data)
		case 2:
			w.data = w.data[:c.rng.IntN(len(w.data)+1)]
			data = w.apply(data)
		}
	}
	return data
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
