package vfstest

import (
	"io/fs"
	"slices"

	"github.com/eau2db/eau2/cluster/vfs"
)

type file struct {
	disk   *Disk
	name   string
	n      *node
	closed bool
}

func (f *file) begin(op Op) error {
	if f.closed {
		return &fs.PathError{Op: op.Kind, Path: f.name, Err: fs.ErrClosed}
	}
	return f.disk.begin(op)
}

func (f *file) WriteAt(b []byte, off int64) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.begin(Op{Kind: "write", Name: f.name, Off: off, N: len(b)}); err != nil {
		p, ok := err.(PartialWrite)
		if !ok {
			return 0, err
		}
		half := len(b) / 2
		f.n.write(b[:half], off)
		return half, &fs.PathError{Op: "write", Path: f.name, Err: p.Err}
	}
	f.n.write(b, off)
	return len(b), nil
}

func (n *node) write(b []byte, off int64) {
	w := write{off: off, data: slices.Clone(b)}
	n.data = w.apply(n.data)
	n.pending = append(n.pending, w)
}

// apply does the write on content that it may change in place.
func (w write) apply(data []byte) []byte {
	if w.truncate {
		return nil
	}
	if grow := w.off + int64(len(w.data)) - int64(len(data)); grow > 0 {
		data = append(data, make([]byte, grow)...)
	}
	copy(data[w.off:], w.data)
	return data
}

func (f *file) StartWriteBack(off, n int64) {}

func (f *file) Sync() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.begin(Op{Kind: "sync", Name: f.name}); err != nil {
		return err
	}
	f.n.synced, f.n.pending = slices.Clone(f.n.data), nil
	return nil
}

func (f *file) Close() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.closed {
		return &fs.PathError{Op: "close", Path: f.name, Err: fs.ErrClosed}
	}
	f.closed = true
	f.disk.open--
	return nil
}

type mapping struct {
	vfs.Mapping
	disk   *Disk
	name   string
	closed bool
}

// Close overwrites the memory, so that whoever still reads it reads nonsense.
func (m *mapping) Close() error {
	m.disk.mu.Lock()
	defer m.disk.mu.Unlock()
	if m.closed {
		return &fs.PathError{Op: "unmap", Path: m.name, Err: fs.ErrClosed}
	}
	m.closed = true
	m.disk.mapped--
	b := m.Bytes()
	for i := range b {
		b[i] = 0xA5
	}
	return m.Mapping.Close()
}
