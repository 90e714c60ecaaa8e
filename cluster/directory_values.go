package cluster

import (
	"context"
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
	if len(files) == 0 {
		return nil, inFile(d.file(id+"-*"+packSuffix), fmt.Errorf("%w: no pack of table %s is there", ErrNoValue, id))
	}
	v := &directoryValues{}
	if err := v.open(d, id, files); err != nil {
		return nil, also(err, v.close())
	}
	return &content{manifest: v.manifest, values: v}, nil
}

// placed is a value in the index of a pack.
type placed struct {
	part part
	at   location
}

func (v *directoryValues) open(d *directory, id string, files []string) error {
	var all []placed
	for _, file := range files {
		p, err := openPack(d.fs, file, func(name string, at location) error {
			owner, which, ok := parsePart(name)
			if !ok || owner != id {
				return fmt.Errorf("%w: a value %q in a pack of table %s", ErrCorrupt, name, id)
			}
			if which.kind == partManifest {
				v.at = at
			}
			all = append(all, placed{which, at})
			return nil
		})
		if err != nil {
			return err
		}
		v.packs = append(v.packs, p)
	}
	err := v.readManifest(id)
	if err == nil {
		err = v.place(all)
	}
	if err == nil {
		err = v.complete()
	}
	return inFile(d.file(id+"-*"+packSuffix), err)
}

func (v *directoryValues) readManifest(id string) error {
	if v.at.pack == nil {
		return fmt.Errorf("%w: no pack of table %s has its manifest", ErrCorrupt, id)
	}
	return v.at.read(func(b []byte) error {
		m, err := readManifest(b)
		if err == nil && m.id != id {
			err = fmt.Errorf("%w: the manifest is that of table %s", ErrCorrupt, m.id)
		}
		v.manifest = m
		return err
	})
}

// place notes where each value is, and refuses those that the manifest does not name.
func (v *directoryValues) place(all []placed) error {
	m := v.manifest
	v.arrays, v.dicts = make([]lazy[column.Array], len(m.chunks)*len(m.fields)), make([]lazy[column.Dict], len(m.fields))
	for _, p := range all {
		at := v.slot(p.part)
		if at == nil || at.pack != nil && *at != p.at {
			err := fmt.Errorf("%w: value %q is not one of the table, or is there twice", ErrCorrupt, p.part.name(m.id))
			return inFile(p.at.pack.file, err)
		}
		*at = p.at
	}
	return nil
}

// slot returns where the place of a value is noted, nil for values that the manifest does not name.
func (v *directoryValues) slot(p part) *location {
	m := v.manifest
	switch {
	case p.kind == partManifest:
		return &v.at
	case p.col >= len(m.fields):
	case p.kind == partDict:
		if m.dicts[p.col] {
			return &v.dicts[p.col].at
		}
	default:
		i, ok := p.chunk, p.chunk < len(m.chunks) && m.chunks[p.chunk] == p.chunk // unless there were empty ones
		if !ok {
			i, ok = slices.BinarySearch(m.chunks, p.chunk)
		}
		if ok {
			return &v.arrays[i*len(m.fields)+p.col].at
		}
	}
	return nil
}

// complete checks that all values have been found.
func (v *directoryValues) complete() error {
	m := v.manifest
	for col, f := range m.fields {
		if m.dicts[col] && v.dicts[col].at.pack == nil {
			return &Error{Chunk: -1, Column: f.Name, Err: fmt.Errorf("%w: no pack has the dictionary", ErrCorrupt)}
		}
	}
	for i := range v.arrays {
		if v.arrays[i].at.pack == nil {
			if m.spread && v.lacks(i/len(m.fields)) {
				continue
			}
			chunk, col := i/len(m.fields), i%len(m.fields)
			return &Error{Chunk: chunk, Column: m.fields[col].Name, Err: fmt.Errorf("%w: no pack has the array", ErrCorrupt)}
		}
	}
	return nil
}

// lacks reports whether no array of chunk i is here.
func (v *directoryValues) lacks(i int) bool {
	width := len(v.manifest.fields)
	for k := i * width; k < (i+1)*width; k++ {
		if v.arrays[k].at.pack != nil {
			return false
		}
	}
	return true
}

func (v *directoryValues) has(i int) bool {
	return len(v.manifest.fields) == 0 || v.arrays[i*len(v.manifest.fields)].at.pack != nil
}

func (v *directoryValues) array(i, col int) (*column.Array, error) {
	if !v.has(i) {
		return nil, ErrNoValue
	}
	return v.arrays[i*len(v.manifest.fields)+col].get(func(b []byte) (*column.Array, error) {
		d, err := v.dict(context.Background(), col)
		if err != nil {
			return nil, err
		}
		a, err := column.ReadArray(b, d)
		if err != nil {
			return nil, err
		}
		return a, v.manifest.checkArray(a, i, col)
	})
}

func (v *directoryValues) dict(_ context.Context, col int) (*column.Dict, error) {
	if !v.manifest.dicts[col] {
		return nil, nil
	}
	return v.dicts[col].get(column.ReadDict)
}

func (v *directoryValues) raw(p part) ([]byte, error) {
	at := v.slot(p)
	if at == nil || at.pack == nil {
		return nil, ErrNoValue
	}
	var copied []byte
	err := at.read(func(b []byte) error {
		_, err := column.ReadFrame(b, p.frame())
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
