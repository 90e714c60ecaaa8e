package sor

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// spoolMemory is how much of a stream a spool keeps in memory.
const spoolMemory = 64 << 20

// spool keeps what is read through it, so that a stream can be read again from its beginning: in memory, and what is
// beyond that in a temporary file.
type spool struct {
	rest   io.ReadCloser
	memory bytes.Buffer
	file   *os.File
	limit  int // of the memory, for tests; 0 is spoolMemory
}

func (s *spool) Read(p []byte) (int, error) {
	n, err := s.rest.Read(p)
	if kerr := s.keep(p[:n]); kerr != nil {
		return 0, fmt.Errorf("keep what was read for inference: %w", kerr)
	}
	return n, err
}

func (s *spool) keep(p []byte) error {
	limit := s.limit
	if limit == 0 {
		limit = spoolMemory
	}
	if s.file == nil && s.memory.Len()+len(p) <= limit {
		s.memory.Write(p)
		return nil
	}
	if s.file == nil {
		f, err := os.CreateTemp("", "eau2-*.sor")
		if err != nil {
			return err
		}
		s.file = f
	}
	_, err := s.file.Write(p)
	return err
}

// replay returns the whole stream: what was read, and the rest.
func (s *spool) replay() (io.Reader, error) {
	readers := []io.Reader{&s.memory}
	if s.file != nil {
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		readers = append(readers, s.file)
	}
	return io.MultiReader(append(readers, s.rest)...), nil
}

// close closes the stream and removes what was kept.
func (s *spool) close() {
	s.rest.Close()
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name())
	}
}
