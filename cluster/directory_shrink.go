package cluster

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/eau2db/eau2/column"
)

// shrink removes chunks from the packs of a table: one of which something stays is written anew without them, under its own
// name, and takes the place of the old one at once; one of which nothing stays is removed. So each pack is at any time as it
// was or as it is to be, and the table whole but for some of those chunks.
func (d *directory) shrink(id string, v values, chunks map[int]bool) (values, error) {
	if err := d.writable(); err != nil {
		return nil, err
	}
	s := &shrinking{d: d, id: id, chunks: chunks, manifest: v.(*directoryValues).manifest}
	for _, p := range v.(*directoryValues).packs {
		if err := s.read(p); err != nil {
			return nil, err
		}
	}
	// A table that was made alone has a manifest that says that all chunks are here. The one that does not comes first.
	slices.SortStableFunc(s.packs, func(a, b *shrinkingPack) int {
		switch {
		case a.manifest && !b.manifest:
			return -1
		case b.manifest && !a.manifest:
			return 1
		}
		return 0
	})
	err := s.writeAll()
	s.note(v.(*directoryValues).packs)
	if err != nil {
		return nil, err
	}
	c, err := d.load(id)
	if err != nil {
		return nil, err
	}
	return c.values, nil
}

func (s *shrinking) writeAll() error {
	for _, p := range s.packs {
		if err := s.write(p); err != nil {
			return err
		}
	}
	return s.sync()
}

// shrinking is the removal of chunks of a table.
type shrinking struct {
	d        *directory
	id       string
	chunks   map[int]bool // to be removed, by number
	manifest *manifest
	packs    []*shrinkingPack
	removed  []string // files
}

// shrinkingPack is what stays of a pack.
type shrinkingPack struct {
	*pack
	stay     []placed
	goes     bool // some value does
	manifest bool // is in it
}

// note keeps which files the table has: those that were written, too, if it was dropped and they removed meanwhile.
func (s *shrinking) note(packs []*pack) {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	var files []string
	for _, p := range packs {
		if !slices.Contains(s.removed, p.file) {
			files = append(files, p.file)
		}
	}
	s.d.packs[s.id] = files
}

// read finds out what stays of a pack.
func (s *shrinking) read(p *pack) error {
	r := &shrinkingPack{pack: p}
	err := p.readIndex(func(name string, at location) error {
		_, which, _ := parsePart(name) // it was when the pack was opened
		if which.kind == partChunk && s.chunks[which.chunk] {
			r.goes = true
			return nil
		}
		r.manifest = r.manifest || which.kind == partManifest
		r.stay = append(r.stay, placed{which, at})
		return nil
	})
	if r.goes || r.manifest && !s.manifest.spread {
		s.packs = append(s.packs, r)
	}
	return inFile(p.file, err)
}

func (s *shrinking) write(p *shrinkingPack) error {
	if len(p.stay) == 0 {
		if err := s.d.fs.Remove(p.file); err != nil && !errors.Is(err, fs.ErrNotExist) { // it has failed half way before
			return inFile(p.file, err)
		}
		s.removed = append(s.removed, p.file)
		return nil
	}
	w, err := createPack(s.d.fs, p.file)
	if err != nil {
		return err
	}
	if err := s.copy(p, w); err != nil {
		return also(err, w.close(), inFile(p.file, s.d.fs.Remove(p.file+temporary)))
	}
	if err := w.finish(); err != nil {
		_ = s.d.fs.Remove(p.file + temporary) // the next Open does it otherwise
		return err
	}
	if p.manifest && !s.manifest.spread {
		return s.sync()
	}
	return nil
}

// copy writes what stays of a pack, having checked it.
func (s *shrinking) copy(p *shrinkingPack, w *packWriter) error {
	for _, v := range p.stay {
		err := v.at.read(func(b []byte) error {
			if _, err := column.ReadFrame(b, v.part.frame()); err != nil {
				return err
			}
			if v.part.kind == partManifest {
				m := *s.manifest
				m.spread = true
				b = m.bytes()
			}
			entry := packEntry{v.part.name(s.id), int64(len(b))}
			b = pad(slices.Clone(b))
			return w.write(b, w.reserve([]packEntry{entry}, int64(len(b))))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *shrinking) sync() error { return inFile(s.d.path, s.d.fs.SyncDir(s.d.path)) }
