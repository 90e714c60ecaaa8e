package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/column"
)

const packSize = 256 << 20

// directorySink writes the values of a new table into packs, one after the other, each filled by all who write.
// Packs that are full are finished while the load goes on.
type directorySink struct {
	d     *directory
	id    string
	first int  // number of the first pack
	grows bool // a table of which something is here

	mu        sync.Mutex
	packs     []*packWriter // the last one is being filled, if it is not full
	finishing errgroup.Group
	failure   atomic.Pointer[error] // of finishing
}

func (d *directory) begin(id string) sink { return d.sink(id) }

// grow takes further packs of a table.
func (d *directory) grow(id string, _ values) sink {
	s := d.sink(id)
	s.grows = true
	s.first = d.nextPack(id)
	return s
}

// nextPack returns a number that is after those of all packs of a table.
func (d *directory) nextPack(id string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := 0
	for _, f := range d.packs[id] {
		_, number, _ := strings.Cut(strings.TrimSuffix(filepath.Base(f), packSuffix), "-")
		n, _ := parseIndex(number)
		next = max(next, n+1)
	}
	return next
}

func (d *directory) sink(id string) *directorySink {
	s := &directorySink{d: d, id: id}
	s.finishing.SetLimit(2)
	return s
}

// buffers are for the bytes of a chunk before they are written.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func (s *directorySink) write(chunk int, arrays []*column.Array) error {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	sizes, b, err := appendArrays((*buf)[:0], arrays)
	*buf = b
	if err != nil {
		return err
	}
	return s.writeFrames(chunk, sizes, b)
}

// appendArrays appends the frames of arrays, each padded.
func appendArrays(b []byte, arrays []*column.Array) (sizes []int64, _ []byte, err error) {
	for col, a := range arrays {
		at := len(b)
		if b, err = a.AppendBytes(b); err != nil {
			return nil, b, fmt.Errorf("column %d: %w", col, err)
		}
		sizes = append(sizes, int64(len(b)-at))
		b = pad(b)
	}
	return sizes, b, nil
}

func (s *directorySink) writeFrames(chunk int, sizes []int64, frames []byte) error {
	entries := make([]packEntry, len(sizes))
	for col, size := range sizes {
		entries[col] = packEntry{part{chunk: chunk, col: col}.name(s.id), size}
	}
	return s.store(entries, frames)
}

// store writes values, each padded, into the pack that is being filled.
func (s *directorySink) store(entries []packEntry, b []byte) error {
	p, off, err := s.reserve(entries, int64(len(b)))
	if err != nil {
		return err
	}
	err = p.write(b, off)
	s.mu.Lock()
	defer s.mu.Unlock()
	p.writing--
	p.failed = p.failed || err != nil
	if p.full {
		s.finishWhenWritten(p)
	}
	return err
}

func (s *directorySink) reserve(entries []packEntry, size int64) (p *packWriter, off int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.failure.Load(); err != nil {
		return nil, 0, *err
	}
	if len(s.packs) > 0 {
		p = s.packs[len(s.packs)-1]
	}
	if p != nil && !p.full && p.size > 0 && p.size+size > s.d.packSize {
		p.full = true
		s.finishWhenWritten(p)
	}
	if p == nil || p.full {
		if p, err = s.create(); err != nil {
			return nil, 0, err
		}
	}
	return p, p.reserve(entries, size), nil
}

func (s *directorySink) create() (*packWriter, error) {
	if err := s.d.writable(); err != nil {
		return nil, err
	}
	p, err := createPack(s.d.fs, s.d.file(fmt.Sprintf("%s-%d%s", s.id, s.first+len(s.packs), packSuffix)))
	if err != nil {
		return nil, err
	}
	s.packs = append(s.packs, p)
	return p, nil
}

// finishWhenWritten finishes a full pack once nobody writes into it.
func (s *directorySink) finishWhenWritten(p *packWriter) {
	if p.writing > 0 || p.failed {
		return
	}
	s.finishing.Go(func() error {
		err := p.finish()
		if err != nil {
			s.failure.Store(&err)
		}
		return err
	})
}

// commit writes dictionaries and manifest behind the chunks and makes all of it durable.
func (s *directorySink) commit(m *manifest, dicts []*column.Dict) (values, error) {
	if !s.grows {
		if err := s.writeTail(m, dicts); err != nil {
			return nil, err
		}
	}
	last := s.packs[len(s.packs)-1]
	last.full = true
	s.finishWhenWritten(last)
	if err := s.finishing.Wait(); err != nil {
		return nil, err
	}
	if err := s.d.fs.SyncDir(s.d.path); err != nil {
		return nil, inFile(s.d.path, err)
	}
	s.d.mu.Lock()
	s.d.packs[s.id] = append(slices.Clone(s.d.packs[s.id]), s.files()...)
	s.d.mu.Unlock()
	c, err := s.d.load(s.id)
	if err != nil {
		return nil, err
	}
	return c.values, nil
}

func (s *directorySink) files() []string {
	files := make([]string, len(s.packs))
	for i, p := range s.packs {
		files[i] = p.file
	}
	return files
}

func (s *directorySink) writeTail(m *manifest, dicts []*column.Dict) error {
	for col, d := range dicts {
		if d == nil {
			continue
		}
		b, err := d.AppendBytes(nil)
		if err != nil {
			return fmt.Errorf("dictionary of column %s: %w", m.fields[col].Name, err)
		}
		if err := s.storeOne(part{kind: partDict, col: col}, b); err != nil {
			return err
		}
	}
	return s.storeOne(part{kind: partManifest}, m.bytes())
}

func (s *directorySink) storeOne(p part, b []byte) error {
	return s.store([]packEntry{{p.name(s.id), int64(len(b))}}, pad(b))
}

// abort removes the packs, unless the table may be in the catalogue.
func (s *directorySink) abort() error {
	_ = s.finishing.Wait() // its error is known, or of no interest now
	s.d.mu.Lock()
	keep := s.d.broken != nil
	s.d.packs[s.id] = slices.DeleteFunc(slices.Clone(s.d.packs[s.id]), func(f string) bool { return slices.Contains(s.files(), f) })
	if len(s.d.packs[s.id]) == 0 {
		delete(s.d.packs, s.id)
	}
	s.d.mu.Unlock()
	var errs []error
	for _, p := range s.packs {
		errs = append(errs, p.close())
		if keep {
			continue
		}
		for _, f := range []string{p.file, p.file + temporary} {
			if err := s.d.fs.Remove(f); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, inFile(f, err))
			}
		}
	}
	s.packs = nil
	return errors.Join(errs...)
}
