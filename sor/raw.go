package sor

import (
	"context"
	"fmt"
	"io"
	"os"
)

// Raw is a file as its bytes lie, compressed or not, for who sends them elsewhere to be read.
type Raw struct {
	Name string // for FromReader and messages
	Size int64  // in bytes, 0 when not known
	file *os.File
	text Source // of a regular file
	own  bool
}

// OpenRaw opens what Open would.
func OpenRaw(path string) (*Raw, error) {
	r := &Raw{Name: "standard input", file: os.Stdin}
	if path != "-" {
		r.Name, r.own = path, true
		var err error
		if r.file, err = os.Open(path); err != nil {
			return nil, openError(path, err)
		}
	}
	if err := r.look(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// look finds out what kind of file it is.
func (r *Raw) look() error {
	info, err := r.file.Stat()
	switch {
	case err != nil:
		return fmt.Errorf("open: %w", err)
	case info.IsDir():
		return fmt.Errorf("open %s: it is a directory, not a file", r.Name)
	case !info.Mode().IsRegular():
		return nil
	}
	start, err := r.file.Seek(0, io.SeekCurrent) // standard input may have been read from
	if err != nil {
		return fmt.Errorf("open %s: %w", r.Name, err)
	}
	r.Size = max(info.Size()-start, 0)
	r.text = io.NewSectionReader(r.file, start, r.Size)
	return nil
}

// Reader returns a reader of the bytes, from where the file stands. Reading ends with ctx, and with ErrShrunk when the
// file has become shorter.
func (r *Raw) Reader(ctx context.Context) io.Reader {
	if r.text != nil {
		return &interrupted{ctx, &sourceReader{source: r.text}}
	}
	return &interrupted{ctx, interruptible(ctx, r.file)}
}

// Close closes the file.
func (r *Raw) Close() error {
	if !r.own {
		return nil
	}
	return r.file.Close()
}
