package sor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Input is SoR text from a file or a stream. One goroutine uses it at a time.
type Input struct {
	name   string
	source Source // nil for a stream
	stream opener // nil for a Source
	size   int64  // of the file behind a stream, 0 when not known
	again  bool   // stream can be opened more than once
	close  func() error
}

// opener opens a stream from its beginning. Bytes read from the file behind it are added to read. Reading ends with
// the context.
type opener func(ctx context.Context, read *atomic.Int64) (io.ReadCloser, error)

// Open opens a file for reading: plain files as a Source, .gz and .zst as a stream, "-" as standard input. The
// error says what is wrong with a missing file, a directory or a file without read permission.
//
//	in, err := sor.Open(path)
//	report, dicts, err := in.Read(ctx, opts, emit)
func Open(path string) (*Input, error) {
	f, name := os.Stdin, "standard input"
	if path != "-" {
		name = path
		var err error
		if f, err = os.Open(path); err != nil {
			return nil, openError(path, err)
		}
	}
	in, err := fromFile(name, f)
	if err != nil {
		if path != "-" {
			f.Close()
		}
		return nil, err
	}
	if path == "-" {
		in.close = func() error { return nil }
	}
	return in, nil
}

// FromFile is Open of a file that is open already, which is closed with the Input, or when this fails. The name is for messages, and says
// how the file is compressed.
func FromFile(name string, f *os.File) (*Input, error) {
	in, err := fromFile(name, f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return in, nil
}

// openError names the path and what is wrong with it, without the system call's name.
func openError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("open %s: there is no such file: %w", path, fs.ErrNotExist)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("open %s: no permission to read it: %w", path, fs.ErrPermission)
	}
	return fmt.Errorf("open: %w", err)
}

// fromFile chooses how to read an open file, which the Input then owns.
func fromFile(name string, f *os.File) (*Input, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	if info.IsDir() {
		return nil, fmt.Errorf("open %s: it is a directory, not a file", name)
	}
	in := &Input{name: name, close: f.Close}
	unpack := unpacker(name)
	if !info.Mode().IsRegular() {
		in.stream = func(ctx context.Context, read *atomic.Int64) (io.ReadCloser, error) {
			return unpack(&counter{r: interruptible(ctx, f), n: read})
		}
		return in, nil
	}
	start, err := f.Seek(0, io.SeekCurrent) // standard input may have been read from
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	section := io.NewSectionReader(f, start, max(info.Size()-start, 0))
	if compression(name) == "" {
		in.source = section
		return in, nil
	}
	in.size, in.again = section.Size(), true
	in.stream = func(_ context.Context, read *atomic.Int64) (io.ReadCloser, error) {
		return unpack(&counter{r: io.NewSectionReader(section, 0, section.Size()), n: read})
	}
	return in, nil
}

// FromSource returns an Input that reads s, for text that is in memory or mapped. The name is for messages.
func FromSource(name string, s Source) *Input {
	return &Input{name: name, source: s, close: func() error { return nil }}
}

// FromReader returns an Input that reads r once, from where it stands; the name is for messages, and one that ends
// in .gz or .zst says that the text is compressed. A cancelled Read waits for the r.Read under way.
func FromReader(name string, r io.Reader) *Input {
	unpack := unpacker(name)
	return &Input{
		name:  name,
		close: func() error { return nil },
		stream: func(_ context.Context, read *atomic.Int64) (io.ReadCloser, error) {
			return unpack(&counter{r: r, n: read})
		},
	}
}

// Close closes the input.
func (in *Input) Close() error { return in.close() }

// compression returns the extension of a compressed file, or "".
func compression(name string) string {
	switch ext := strings.ToLower(filepath.Ext(name)); ext {
	case ".gz", ".zst":
		return ext
	}
	return ""
}

// unpacker returns what makes text of the bytes of a file of that name.
func unpacker(name string) func(io.Reader) (io.ReadCloser, error) {
	switch compression(name) {
	case ".gz":
		return func(r io.Reader) (io.ReadCloser, error) {
			z, err := gzip.NewReader(r)
			if err != nil {
				return nil, fmt.Errorf("uncompress: %w", err)
			}
			return z, nil
		}
	case ".zst":
		return func(r io.Reader) (io.ReadCloser, error) {
			z, err := zstd.NewReader(r)
			if err != nil {
				return nil, fmt.Errorf("uncompress: %w", err)
			}
			return z.IOReadCloser(), nil
		}
	}
	return func(r io.Reader) (io.ReadCloser, error) { return io.NopCloser(r), nil }
}

// counter counts the bytes that go through it.
type counter struct {
	r io.Reader
	n *atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// sourceReader reads a Source from an offset on, and says so when it has become shorter.
type sourceReader struct {
	source Source
	pos    int64
}

func (s *sourceReader) Read(p []byte) (int, error) {
	left := s.source.Size() - s.pos
	if left <= 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), left)]
	n, err := s.source.ReadAt(p, s.pos)
	s.pos += int64(n)
	if n < len(p) && errors.Is(err, io.EOF) {
		return n, fmt.Errorf("%w: it ends at byte %d, not at %d", ErrShrunk, s.pos, s.source.Size())
	}
	if n == len(p) {
		err = nil
	}
	return n, err
}
