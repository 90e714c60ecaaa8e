package cluster

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/eau2db/eau2/column"
)

// directoryValues are the values of a table in packs. Each is checked and decoded when it is first read, in place,
// and then kept: arrays are little more than pointers into the mapping.
type directoryValues struct {
	manifest *manifest
	packs    []*pack
	at       location             // of the manifest
	arrays   []lazy[column.Array] // by chunk, then column
	dicts    []lazy[column.Dict]  // by column
}

// lazy is a value that is read when it is first needed.
type lazy[T any] struct {
	at    location
	mu    sync.Mutex
	value atomic.Pointer[T]
}

func (l *lazy[T]) get(read func([]byte) (*T, error)) (*T, error) {
	if v := l.value.Load(); v != nil {
		return v, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if v := l.value.Load(); v != nil {
		return v, nil
	}
	err := l.at.read(func(b []byte) error {
		v, err := read(b)
		if err == nil {
			l.value.Store(v)
		}
		return err
	})
	return l.value.Load(), err
}

func (d *directory) load(id string) (*content, error) {
	d.mu.Lock()
	files := d.packs[id]
	d.mu.Unlock()
	v := &directoryValues{}
	if err := v.open(d, id, files); err != nil {
		return nil, also(err, v.close())
	}
	return &content{manifest: v.manifest, values: v}, nil
}

func (v *directoryValues) open(d *directory, id string, files []string) error {
	places := map[part]location{}
	for _, file := range files {
		p, err := openPack(d.fs, file, func(name string, at location) error {
			owner, which, ok := parsePart(name)
			if !ok || owner != id {
				return fmt.Errorf("%w: a value %q in a pack of table %s", ErrCorrupt, name, id)
			}
			if _, twice := places[which]; twice {
				return fmt.Errorf("%w: value %q is there twice", ErrCorrupt, name)
			}
			places[which] = at
			return nil
		})
		if err != nil {
			return err
		}
		v.packs = append(v.packs, p)
	}
	if err := v.readManifest(id, places); err != nil {
		return fail(Error{Op: "open", Chunk: -1, File: d.file(id + "-*" + packSuffix)}, err)
	}
	return v.locate(d, places)
}

func (v *directoryValues) readManifest(id string, places map[part]location) error {
	at, ok := places[part{kind: partManifest}]
	if !ok {
		return fmt.Errorf("%w: no pack of table %s has its manifest", ErrCorrupt, id)
	}
	v.at = at
	return at.read(func(b []byte) error {
		m, err := readManifest(b)
		if err == nil && m.id != id {
			err = fmt.Errorf("%w: the manifest is that of table %s", ErrCorrupt, m.id)
		}
		v.manifest = m
		return err
	})
}

// locate finds the places of all values that the manifest names.
func (v *directoryValues) locate(d *directory, places map[part]location) error {
	m := v.manifest
	v.arrays, v.dicts = make([]lazy[column.Array], len(m.chunks)*len(m.fields)), make([]lazy[column.Dict], len(m.fields))
	missing := func(chunk, col int) error {
		return &Error{Chunk: chunk, Column: m.fields[col].Name, File: d.file(m.id + "-*" + packSuffix),
			Err: fmt.Errorf("%w: no pack has the value", ErrCorrupt)}
	}
	found := 1 // the manifest
	for col := range m.fields {
		if !m.dicts[col] {
			continue
		}
		at, ok := places[part{kind: partDict, col: col}]
		if !ok {
			return missing(-1, col)
		}
		v.dicts[col].at = at
		found++
	}
	for i, chunk := range m.chunks {
		for col := range m.fields {
			at, ok := places[part{chunk: chunk, col: col}]
			if !ok {
				return missing(i, col)
			}
			v.arrays[i*len(m.fields)+col].at = at
			found++
		}
	}
	if found != len(places) {
		return fmt.Errorf("%w: the packs have %d values, the manifest %d", ErrCorrupt, len(places), found)
	}
	return nil
}

func (v *directoryValues) array(i, col int) (*column.Array, error) {
	return v.arrays[i*len(v.manifest.fields)+col].get(func(b []byte) (*column.Array, error) {
		d, err := v.dict(col)
		if err != nil {
			return nil, err
		}
		a, err := column.ReadArray(b, d)
		if err != nil {
			return nil, err
		}
		if want := v.manifest.fields[col].Type; a.Type != want || a.N != v.manifest.rows[i] {
			return nil, fmt.Errorf("%w: %d values of %v in place of %d of %v", ErrCorrupt, a.N, a.Type, v.manifest.rows[i], want)
		}
		return a, nil
	})
}

func (v *directoryValues) dict(col int) (*column.Dict, error) {
	if !v.manifest.dicts[col] {
		return nil, nil
	}
	return v.dicts[col].get(column.ReadDict)
}

func (v *directoryValues) raw(p part) ([]byte, error) {
	at, kind := location{}, column.KindArray
	switch {
	case p.kind == partManifest:
		at, kind = v.at, column.KindManifest
	case p.col >= len(v.manifest.fields):
	case p.kind == partDict:
		at, kind = v.dicts[p.col].at, column.KindDict
	default:
		if i, ok := slices.BinarySearch(v.manifest.chunks, p.chunk); ok {
			at = v.arrays[i*len(v.manifest.fields)+p.col].at
		}
	}
	if at.pack == nil {
		return nil, ErrNoValue
	}
	var copied []byte
	err := at.read(func(b []byte) error {
		_, err := column.ReadFrame(b, kind)
		copied = slices.Clone(b)
		return err
	})
	if err != nil {
		return nil, err
	}
	return copied, nil
}

func (v *directoryValues) bytes() int64 {
	n := int64(0)
	for _, p := range v.packs {
		n += p.size()
	}
	return n
}

func (v *directoryValues) close() error {
	var errs []error
	for _, p := range v.packs {
		errs = append(errs, p.close())
	}
	return errors.Join(errs...)
}
