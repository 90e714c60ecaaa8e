package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/eau2db/eau2/cluster/vfs"
	"github.com/eau2db/eau2/column"
)

// Scratch keeps chunks that are not ready to be written to a table: in memory where the node has its tables there, else in
// a file of the directory, which the next Open removes if Close did not.
type Scratch interface {
	// Add keeps chunk seq. It may be called by several goroutines. Arrays with codes may lack their Dict.
	Add(seq int, arrays []*column.Array) error
	// Chunk gives a chunk back, once. No more are added then. dicts are the dictionaries of the columns, nil where there
	// are no codes. The arrays are valid until Close. It may be called by several goroutines.
	Chunk(seq int, dicts []*column.Dict) ([]*column.Array, error)
	// Close lets go of what is left.
	Close() error
}

// Scratch returns an empty one.
func (n *Node) Scratch() Scratch { return n.place.scratch() }

// memoryScratch keeps the arrays as they are.
type memoryScratch struct {
	mu     sync.Mutex
	chunks map[int][]*column.Array
}

func (m *memory) scratch() Scratch { return &memoryScratch{chunks: map[int][]*column.Array{}} }

func (s *memoryScratch) Add(seq int, arrays []*column.Array) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chunks[seq] = arrays
	return nil
}

func (s *memoryScratch) Chunk(seq int, dicts []*column.Dict) ([]*column.Array, error) {
	s.mu.Lock()
	arrays := s.chunks[seq]
	delete(s.chunks, seq)
	s.mu.Unlock()
	if arrays == nil {
		return nil, errNotKept(seq)
	}
	for i, a := range arrays {
		if coded(a.Layout) {
			own := *a
			own.Dict = dicts[i]
			arrays[i] = &own
		}
	}
	return arrays, nil
}

func (s *memoryScratch) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chunks = nil
	return nil
}

func errNotKept(seq int) error { return fmt.Errorf("chunk %d is not kept", seq) }

// directoryScratch keeps the arrays as frames in a file, one chunk behind the other. Nothing of it need be durable.
type directoryScratch struct {
	d    *directory
	name string

	mu      sync.Mutex
	made    bool     // there may be a file
	file    vfs.File // nil before the first chunk, and when no more are added
	size    int64
	chunks  map[int]scratchChunk
	mapping vfs.Mapping
}

// scratchChunk tells where a chunk is and how long its arrays are.
type scratchChunk struct {
	at    int64
	sizes []int64
}

func (d *directory) scratch() Scratch {
	return &directoryScratch{d: d, name: d.file(newID() + "-0" + packSuffix + temporary), chunks: map[int]scratchChunk{}}
}

func (s *directoryScratch) Add(seq int, arrays []*column.Array) error {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	sizes, b, err := appendArrays((*buf)[:0], arrays)
	*buf = b
	if err != nil {
		return err
	}
	f, at, err := s.reserve(seq, sizes, int64(len(b)))
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(b, at); err != nil {
		return inFile(s.name, err)
	}
	return nil
}

// reserve makes room for a chunk.
func (s *directoryScratch) reserve(seq int, sizes []int64, size int64) (f vfs.File, at int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		if err := s.d.writable(); err != nil {
			return nil, 0, err
		}
		s.made = true
		if s.file, err = s.d.fs.Create(s.name); err != nil {
			return nil, 0, inFile(s.name, err)
		}
	}
	at = s.size
	s.chunks[seq] = scratchChunk{at, sizes}
	s.size += size
	return s.file, at, nil
}

func (s *directoryScratch) Chunk(seq int, dicts []*column.Dict) ([]*column.Array, error) {
	b, sizes, err := s.take(seq)
	if err != nil {
		return nil, err
	}
	arrays := make([]*column.Array, len(sizes))
	for i, size := range sizes {
		a, err := column.ReadArray(b[:size:size], dicts[i])
		if err != nil {
			return nil, fail(Error{Op: "read", Chunk: seq, File: s.name}, err)
		}
		arrays[i], b = a, b[aligned(size):]
	}
	return arrays, nil
}

// take returns the bytes of a chunk, and what may be behind them.
func (s *directoryScratch) take(seq int) (b []byte, sizes []int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.chunks[seq]
	if !ok {
		return nil, nil, errNotKept(seq)
	}
	if s.mapping == nil {
		if err := s.read(); err != nil {
			return nil, nil, inFile(s.name, err)
		}
	}
	delete(s.chunks, seq)
	return s.mapping.Bytes()[c.at:], c.sizes, nil
}

// read maps the file, which then needs no name any more. s.mu is held.
func (s *directoryScratch) read() (err error) {
	if s.file == nil {
		return errors.New("it could not be read before")
	}
	err = s.file.Close()
	s.file = nil
	if err != nil {
		return err
	}
	if s.mapping, err = s.d.fs.Map(s.name); err != nil {
		return err
	}
	return s.remove()
}

// remove removes the file, if there is one. s.mu is held.
func (s *directoryScratch) remove() error {
	if !s.made {
		return nil
	}
	s.made = false
	if err := s.d.fs.Remove(s.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (s *directoryScratch) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chunks = nil
	var errs []error
	if s.file != nil {
		errs = append(errs, s.file.Close())
		s.file = nil
	}
	if s.mapping != nil {
		errs = append(errs, s.mapping.Close())
		s.mapping = nil
	}
	return inFile(s.name, errors.Join(append(errs, s.remove())...))
}
