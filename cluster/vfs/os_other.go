//go:build !unix

package vfs

import (
	"io"
	"os"
)

func startWriteBack(*os.File, int64, int64) {}

// SyncDir does nothing: names are durable with the file where there is no other way to ask.
func (osFS) SyncDir(string) error { return nil }

// Map reads the file into memory.
func (osFS) Map(name string) (Mapping, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return InMemory(b), nil
}

// Lock makes the file anew, so that only the process that holds it open can have it.
func (osFS) Lock(name, note string) (io.Closer, error) {
	if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
		return nil, &os.PathError{Op: "lock", Path: name, Err: ErrLocked}
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	_, _ = f.WriteString(note) // for people only
	return f, nil
}
