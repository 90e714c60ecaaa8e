package cluster

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/eau2db/eau2/column"
)

// memory keeps everything in memory, arrays as they are.
type memory struct {
	mu    sync.Mutex
	loose map[Key][]byte
}

func newMemory() *memory { return &memory{loose: map[Key][]byte{}} }

func (m *memory) begin(string) sink {
	return &memorySink{chunks: map[int][]*column.Array{}, frames: map[int]frames{}}
}

func (m *memory) load(string) (*content, error) { return nil, ErrNoValue } // no table was there

func (m *memory) publish(Entry) error     { return nil }
func (m *memory) forget(string) error     { return nil }
func (m *memory) remove(string)           {}
func (m *memory) cluster() string         { return "" }
func (m *memory) setCluster(string) error { return nil }
func (m *memory) peers() []byte           { return nil }
func (m *memory) setPeers([]byte) error   { return nil }
func (m *memory) close() error            { return nil }

func (m *memory) put(k Key, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if old, ok := m.loose[k]; ok {
		return sameValue(old, value)
	}
	m.loose[k] = append([]byte{}, value...)
	return nil
}

// sameValue is the rule for a second Put.
func sameValue(old, value []byte) error {
	if !bytes.Equal(old, value) {
		return ErrValueExists
	}
	return nil
}

func (m *memory) get(k Key) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.loose[k]
	if !ok {
		return nil, ErrNoValue
	}
	return append([]byte{}, v...), nil
}

func (m *memory) keys(prefix string) (keys []Key, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k := range m.loose {
		if strings.HasPrefix(k.Name, prefix) {
			keys = append(keys, k)
		}
	}
	return keys, nil
}

func (m *memory) delete(k Key) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.loose[k]; !ok {
		return ErrNoValue
	}
	delete(m.loose, k)
	return nil
}

type memorySink struct {
	mu     sync.Mutex
	chunks map[int][]*column.Array
	frames map[int]frames // chunks that came as bytes
	grows  *memoryValues  // that commit adds to; nil for a new table
}

func (m *memory) grow(_ string, v values) sink {
	return &memorySink{chunks: map[int][]*column.Array{}, frames: map[int]frames{}, grows: v.(*memoryValues)}
}

// frames are the arrays of a chunk as bytes.
type frames struct {
	sizes []int64
	bytes []byte
}

func (s *memorySink) writeFrames(chunk int, sizes []int64, b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frames[chunk] = frames{slices.Clone(sizes), slices.Clone(b)}
	return nil
}

// arrays decodes the arrays of a chunk.
func (f frames) arrays(dicts []*column.Dict) ([]*column.Array, error) {
	arrays := make([]*column.Array, len(f.sizes))
	b := f.bytes
	for col, size := range f.sizes {
		a, err := column.ReadArray(b[:size:size], dicts[col])
		if err != nil {
			return nil, &Error{Chunk: -1, Column: fmt.Sprint(col), Err: err}
		}
		arrays[col] = a
		b = b[aligned(size):]
	}
	return arrays, nil
}

// write copies the heads of the arrays, because commit sets their dictionaries.
func (s *memorySink) write(chunk int, arrays []*column.Array) error {
	heads := make([]column.Array, len(arrays))
	own := make([]*column.Array, len(arrays))
	for i, a := range arrays {
		heads[i] = *a
		own[i] = &heads[i]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chunks[chunk] = own
	return nil
}

func (s *memorySink) commit(m *manifest, dicts []*column.Dict) (values, error) {
	v := &memoryValues{manifest: m, dicts: dicts, arrays: make([][]*column.Array, len(m.chunks))}
	if s.grows != nil {
		v = s.grows.clone()
	} else {
		for _, d := range dicts {
			v.size += dictBytes(d)
		}
	}
	for i, chunk := range m.chunks {
		arrays := s.chunks[chunk]
		if f, ok := s.frames[chunk]; ok {
			if len(f.sizes) != len(m.fields) {
				return nil, fmt.Errorf("%w: %d arrays for %d columns", ErrCorrupt, len(f.sizes), len(m.fields))
			}
			var err error
			if arrays, err = f.arrays(dicts); err != nil {
				return nil, err
			}
			for col, a := range arrays {
				if err := m.checkArray(a, i, col); err != nil {
					return nil, err
				}
			}
		}
		for col, a := range arrays {
			if coded(a.Layout) {
				a.Dict = dicts[col]
			}
			v.size += arrayBytes(a)
		}
		if arrays != nil {
			v.arrays[i] = arrays
		}
	}
	s.chunks, s.frames = nil, nil
	return v, nil
}

func (s *memorySink) abort() error {
	s.chunks, s.frames = nil, nil
	return nil
}

// coded reports whether a layout has codes into a dictionary.
func coded(l column.Layout) bool {
	return l == column.Code8 || l == column.Code16 || l == column.Code32
}

func arrayBytes(a *column.Array) int64 {
	return int64(len(a.Valid) + len(a.Bits) + len(a.I8) + 2*len(a.I16) + 4*len(a.I32) + 8*len(a.I64) + 8*len(a.F64) +
		len(a.C8) + 2*len(a.C16) + 4*len(a.C32) + 4*len(a.Off) + len(a.Data))
}

func dictBytes(d *column.Dict) int64 {
	if d == nil {
		return 0
	}
	const header = 16 // of a Go string
	n := int64(0)
	for _, s := range d.Strings() {
		n += header + int64(len(s))
	}
	return n
}

// memoryValues are the values of a table in memory: arrays by chunk and column. They do not change.
type memoryValues struct {
	manifest *manifest
	arrays   [][]*column.Array // nil where other nodes have the chunk
	dicts    []*column.Dict
	size     int64
}

func (v *memoryValues) clone() *memoryValues {
	c := *v
	c.arrays = slices.Clone(v.arrays)
	return &c
}

func (m *memory) shrink(_ string, v values, chunks map[int]bool) (values, error) {
	c := v.(*memoryValues).clone()
	for i, chunk := range c.manifest.chunks {
		if chunks[chunk] {
			for _, a := range c.arrays[i] {
				c.size -= arrayBytes(a)
			}
			c.arrays[i] = nil
		}
	}
	return c, nil
}

func (v *memoryValues) has(i int) bool {
	return len(v.manifest.fields) == 0 || v.arrays[i] != nil
}

func (v *memoryValues) array(i, col int) (*column.Array, error) {
	if !v.has(i) {
		return nil, ErrNoValue
	}
	return v.arrays[i][col], nil
}

func (v *memoryValues) dict(_ context.Context, col int) (*column.Dict, error) {
	return v.dicts[col], nil
}
func (v *memoryValues) bytes() int64 { return v.size }
func (v *memoryValues) close() error { return nil }

// raw makes the bytes that a directory would hold.
func (v *memoryValues) raw(p part) ([]byte, error) {
	switch p.kind {
	case partManifest:
		return v.manifest.bytes(), nil
	case partDict:
		if p.col < len(v.dicts) && v.dicts[p.col] != nil {
			return v.dicts[p.col].AppendBytes(nil)
		}
	case partChunk:
		i, ok := slices.BinarySearch(v.manifest.chunks, p.chunk)
		if ok && p.col < len(v.manifest.fields) && v.has(i) {
			return v.arrays[i][p.col].AppendBytes(nil)
		}
	}
	return nil, ErrNoValue
}
