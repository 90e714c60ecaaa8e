package vfs

import (
	"errors"
	"io"
)

// FS is a file system. Names are paths as package path/filepath makes them. Errors are *fs.PathError or the like,
// and match fs.ErrNotExist, fs.ErrExist, fs.ErrPermission and syscall numbers where those apply. It may be used by
// any number of goroutines.
type FS interface {
	// Mkdir makes a directory. Its parent must exist, and the name must be free.
	Mkdir(name string) error
	// List returns the sorted names of the files in a directory.
	List(dir string) ([]string, error)
	// Create makes a file, emptying the one that has the name, if any.
	Create(name string) (File, error)
	// ReadFile returns the content of a file.
	ReadFile(name string) ([]byte, error)
	// Map makes the content of a file readable as memory.
	Map(name string) (Mapping, error)
	// Rename gives a file another name, replacing atomically the file that has it.
	Rename(from, to string) error
	// Remove removes a file. Mappings of it stay as they are.
	Remove(name string) error
	// SyncDir makes the names in a directory durable.
	SyncDir(dir string) error
	// Lock takes a file as a lock for this process until the Closer is closed or the process ends. It makes the file
	// when there is none, and writes note to it. ErrLocked when another holder has it.
	Lock(name, note string) (io.Closer, error)
}

// File is a file being written.
type File interface {
	// WriteAt writes b at off. It may be called by several goroutines, for ranges that do not overlap.
	WriteAt(b []byte, off int64) (int, error)
	// StartWriteBack says that the range will be synced: writing it to the disk may begin. It is a hint.
	StartWriteBack(off, n int64)
	// Sync makes the content durable.
	Sync() error
	Close() error
}

// Mapping is the content of a file as read-only memory. Writing to it is a fault; so is reading where the disk cannot
// be read, or the file has been cut short.
type Mapping interface {
	// Bytes returns the content; it begins at an address that is a multiple of 64. It is valid until Close.
	Bytes() []byte
	Close() error
}

// ErrLocked says that a lock has another holder.
var ErrLocked = errors.New("locked")
