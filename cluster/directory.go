package cluster

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/eau2db/eau2/cluster/vfs"
)

// directory keeps everything in the files of a directory. What each is for, and in which order they are written, is
// told in doc.go.
type directory struct {
	fs   vfs.FS
	path string
	identity
	lock io.Closer
	// A pack is full at this size, unless a chunk takes it beyond.
	packSize int64

	entries []Entry // of the catalogue, when it was opened

	mu     sync.Mutex
	packs  map[string][]string // files of each table, by id
	known  map[string]bool     // ids in the catalogue, dropped ones too
	broken error               // what ended half way, after which the files are not known well enough to change them
}

const (
	nodeFile    = "eau2.node"
	lockFile    = "eau2.lock"
	entrySuffix = ".table"
	packSuffix  = ".pack"
	valueSuffix = ".value"
)

// openDirectory takes a directory, making it when there is none. Nothing is changed before it is known to be ours.
func openDirectory(fs vfs.FS, path string) (*directory, error) {
	d := &directory{fs: fs, path: path, packSize: packSize, packs: map[string][]string{}, known: map[string]bool{}}
	if err := d.take(); err != nil {
		return nil, err
	}
	if err := d.recover(); err != nil {
		return nil, also(err, d.lock.Close())
	}
	return d, nil
}

// take makes sure of the directory and locks it.
func (d *directory) take() error {
	files, err := d.fs.List(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		err = makeDir(d.fs, d.path)
	}
	if err != nil {
		return err
	}
	if _, err := d.identify(files); err != nil {
		return err
	}
	d.lock, err = d.fs.Lock(d.file(lockFile), fmt.Sprintf("process %d\n", os.Getpid()))
	if errors.Is(err, ErrLocked) {
		if note, readErr := d.fs.ReadFile(d.file(lockFile)); readErr == nil && len(note) > 0 && len(note) < 64 {
			return fmt.Errorf("%w by %s", ErrLocked, strings.TrimSpace(string(note)))
		}
	}
	return err
}

// identify reads whose directory it is: nobody's in a directory without one: an empty one, or one whose first opening
// was interrupted.
func (d *directory) identify(files []string) (i identity, err error) {
	if slices.Contains(files, nodeFile) {
		return d.readNode()
	}
	for _, f := range files {
		if f != lockFile && f != nodeFile+temporary {
			return i, fmt.Errorf("%w: it is not empty (%s) and has no file %s", ErrForeign, f, nodeFile)
		}
	}
	return i, nil
}

// recover reads the catalogue and clears what was interrupted.
func (d *directory) recover() error {
	files, err := d.fs.List(d.path)
	if err != nil {
		return err
	}
	if d.identity, err = d.identify(files); err != nil {
		return err
	}
	if d.node == "" {
		d.node = newID()
		if err := d.writeNode(); err != nil {
			return err
		}
	}
	if err := d.readEntries(files); err != nil {
		return err
	}
	// What is seen must be durable before anything is removed because of it: else a table whose entry was just
	// removed could come back without its values.
	if err := d.fs.SyncDir(d.path); err != nil {
		return err
	}
	return d.clear(files)
}

// readEntries reads the entries of the catalogue. One that cannot be read ends it: a table is not lost silently.
func (d *directory) readEntries(files []string) error {
	taken := map[string]string{}
	for _, f := range files {
		kind, id := classify(f)
		if kind != entrySuffix {
			continue
		}
		e, err := d.readEntry(id)
		if err != nil {
			return fail(Error{Op: "open", Table: id, Chunk: -1, File: d.file(f)}, err)
		}
		d.entries = append(d.entries, e)
		d.known[id] = true
		if e.Dropped || e.Named.Count > 0 { // names that nodes gave apart may be the same
			continue
		}
		if other := taken[e.Name]; other != "" {
			err := fmt.Errorf("%w: %s has the same name", ErrCorrupt, d.file(other))
			return fail(Error{Op: "open", Table: e.Name, Chunk: -1, File: d.file(f)}, err)
		}
		taken[e.Name] = f
	}
	return nil
}

// clear removes what an interrupted process left. Files that are not ours stay.
func (d *directory) clear(files []string) error {
	live := map[string]bool{}
	for _, e := range d.entries {
		live[e.ID] = !e.Dropped
	}
	for _, f := range files {
		kind, id := classify(f)
		if kind == packSuffix && live[id] {
			d.packs[id] = append(d.packs[id], d.file(f))
			continue
		}
		if kind == packSuffix || kind == temporary {
			if err := d.fs.Remove(d.file(f)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return inFile(d.file(f), fmt.Errorf("remove what an interrupted load left: %w", err))
			}
		}
	}
	return nil
}

// classify returns the suffix of a file that is ours, and the id in its name; "" for other files.
func classify(file string) (kind, id string) {
	base, isTemporary := strings.CutSuffix(file, temporary)
	switch {
	case base == nodeFile, base == membersFile:
		kind = base
	case strings.HasSuffix(base, entrySuffix):
		kind, id = entrySuffix, strings.TrimSuffix(base, entrySuffix)
	case strings.HasSuffix(base, packSuffix):
		kind = packSuffix
		var number string
		id, number, _ = strings.Cut(strings.TrimSuffix(base, packSuffix), "-")
		if _, ok := parseIndex(number); !ok {
			return "", ""
		}
	case strings.HasSuffix(base, valueSuffix):
		kind, id = valueSuffix, strings.TrimSuffix(base, valueSuffix)
		if len(id) != valueNameLen || strings.Trim(id, "0123456789abcdef") != "" {
			return "", ""
		}
	}
	if (kind == entrySuffix || kind == packSuffix) && !isTableID(id) {
		return "", ""
	}
	if kind != "" && isTemporary {
		kind = temporary
	}
	return kind, id
}

func (d *directory) file(name string) string { return filepath.Join(d.path, name) }

func (d *directory) close() error { return d.lock.Close() }

// makeDir makes a directory, and those above it that are missing, durably.
func makeDir(fsys vfs.FS, dir string) error {
	parent := filepath.Dir(dir)
	err := fsys.Mkdir(dir)
	if errors.Is(err, fs.ErrNotExist) && parent != dir {
		if err := makeDir(fsys, parent); err != nil {
			return err
		}
		err = fsys.Mkdir(dir)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return fsys.SyncDir(parent)
}

// writable returns an error once a change has ended half way.
func (d *directory) writable() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken != nil {
		return fmt.Errorf("the directory takes no changes until it is opened again, because one ended half way: %w", d.broken)
	}
	return nil
}

// halfWay notes that a change ended with err after it could have taken effect.
func (d *directory) halfWay(err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken == nil {
		d.broken = err
	}
	return err
}

// replace writes a small file: under a temporary name, synced, renamed, the directory synced. changed reports
// whether, with an error, the new content may be there nevertheless.
func (d *directory) replace(name string, content []byte) (changed bool, err error) {
	file := d.file(name)
	if err := d.writeTemporary(file+temporary, content); err != nil {
		_ = d.fs.Remove(file + temporary) // the next Open does it otherwise
		return false, inFile(file, err)
	}
	if err := d.fs.Rename(file+temporary, file); err != nil {
		_ = d.fs.Remove(file + temporary)
		return true, inFile(file, err)
	}
	if err := d.fs.SyncDir(d.path); err != nil {
		return true, inFile(d.path, err)
	}
	return true, nil
}

// addFile is replace for a file that was not there before, so that it can be taken back when it fails.
func (d *directory) addFile(name string, content []byte) error {
	changed, err := d.replace(name, content)
	if err == nil || !changed {
		return err
	}
	if undo := d.erase(name); undo != nil {
		return d.halfWay(also(err, undo))
	}
	return err
}

func (d *directory) writeTemporary(file string, content []byte) error {
	f, err := d.fs.Create(file)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(content, 0)
	if err == nil {
		err = f.Sync()
	}
	return also(err, f.Close())
}

// erase removes a file durably. It may be gone already.
func (d *directory) erase(name string) error {
	if err := d.fs.Remove(d.file(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return inFile(d.file(name), err)
	}
	return inFile(d.path, d.fs.SyncDir(d.path))
}
