package cluster

import (
	"github.com/eau2db/eau2/cluster/vfs"
)

// packWriter writes a pack. Its fields but the file are guarded by who uses it.
type packWriter struct {
	fs      vfs.FS
	file    string // when it is finished
	f       vfs.File
	size    int64 // of what has been reserved
	entries []packEntry
	writing int  // reservations that are being written
	full    bool // nothing more is reserved
	failed  bool
}

const temporary = ".tmp"

// createPack begins a pack under a temporary name.
func createPack(fs vfs.FS, file string) (*packWriter, error) {
	f, err := fs.Create(file + temporary)
	if err != nil {
		return nil, inFile(file, err)
	}
	return &packWriter{fs: fs, file: file, f: f}, nil
}

// reserve makes room for values that take size bytes with their padding, and returns where.
func (p *packWriter) reserve(entries []packEntry, size int64) (off int64) {
	off = p.size
	p.size += size
	p.entries = append(p.entries, entries...)
	p.writing++
	return off
}

// write writes into a range that was reserved. It may be called by several goroutines.
func (p *packWriter) write(b []byte, off int64) error {
	if _, err := p.f.WriteAt(b, off); err != nil {
		return inFile(p.file, err)
	}
	p.f.StartWriteBack(off, int64(len(b)))
	return nil
}

// finish writes the index, makes the file durable and gives it its name. The name becomes durable with the directory.
func (p *packWriter) finish() error {
	tail := appendTail(nil, p.entries, p.size)
	if err := p.write(tail, p.size); err != nil {
		return also(err, p.close())
	}
	if err := p.f.Sync(); err != nil {
		return also(inFile(p.file, err), p.close())
	}
	if err := p.close(); err != nil {
		return err
	}
	return inFile(p.file, p.fs.Rename(p.file+temporary, p.file))
}

// close closes the file, if that has not been done.
func (p *packWriter) close() error {
	if p.f == nil {
		return nil
	}
	f := p.f
	p.f = nil
	return inFile(p.file, f.Close())
}
