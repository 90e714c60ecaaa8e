package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/eau2db/eau2/cluster/vfs/vfstest"
)

// storedDisk returns a disk with two tables, the second in several packs, and a value.
func storedDisk(t *testing.T) (disk *vfstest.Disk, want state) {
	t.Helper()
	return storeOn(t, vfstest.NewDisk(), "one", "two", "k")
}

// storeOn stores tables one and two and a value k, or those of them that are named.
func storeOn(t *testing.T, disk *vfstest.Disk, names ...string) (*vfstest.Disk, state) {
	t.Helper()
	n, err := openDisk(disk)
	must(t, err)
	for _, name := range names {
		switch name {
		case "one":
			must(t, stepSample(1).load(n, name))
		case "two":
			n.place.(*directory).packSize = 2 << 10
			must(t, stepSample(2).load(n, name))
		case "k":
			must(t, n.Store().Put(t.Context(), Key{Name: name}, []byte("value")))
		}
	}
	want, err := read(n)
	must(t, err)
	must(t, n.Close())
	return disk, want
}

// readAll opens a disk and reads all that is on it.
func readAll(disk *vfstest.Disk) (state, error) {
	n, err := openDisk(disk)
	if err != nil {
		return nil, err
	}
	got, err := read(n)
	return got, errors.Join(err, n.Close())
}

func TestFlippedBitIsFound(t *testing.T) {
	for _, name := range []string{"one", "two", "k"} { // alone, so that there is less to read after each flip
		disk, want := storeOn(t, vfstest.NewDisk(), name)
		files := disk.Files(dataDir)
		for _, file := range slices.Sorted(maps.Keys(files)) {
			t.Run(name+"/"+strings.Trim(filepath.Ext(file), "."), func(t *testing.T) {
				t.Parallel()
				size, bits := len(files[file]), 8
				if size > 1<<8 {
					bits = 1
				}
				for at := 0; at < size; at += flipStride {
					for i := range bits {
						flipBit(t, disk, want, file, at, (at+i)%8)
					}
				}
			})
		}
	}
}

// flipBit flips a bit of a file on a copy of the disk and reads all.
func flipBit(t *testing.T, disk *vfstest.Disk, want state, file string, at, bit int) {
	t.Helper()
	damaged := disk.Clone()
	must(t, damaged.Edit(file, func(b []byte) []byte { b[at] ^= 1 << bit; return b }))
	got, err := readAll(damaged)
	if filepath.Base(file) == lockFile { // Open has written it anew
		if err != nil || !maps.Equal(got, want) {
			t.Fatalf("byte %d: %v, %v", at, got, err)
		}
		return
	}
	if err := wantDamage(file, err); err != nil {
		t.Fatalf("byte %d of %s, bit %d: %v", at, file, bit, err)
	}
}

// wantDamage checks that err tells of damage in a file, and of the table where it is one's.
func wantDamage(file string, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return fmt.Errorf("error is %v", err)
	}
	if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrVersion) && !errors.Is(err, ErrForeign) {
		return fmt.Errorf("error is %w", err)
	}
	kind, id := classify(filepath.Base(file))
	switch {
	case e.File != file && !(kind == packSuffix && e.File == filepath.Join(dataDir, id+"-*"+packSuffix)):
		return fmt.Errorf("the error names another file: %w", err)
	case kind == packSuffix && e.Table == "", kind == entrySuffix && e.Table != id:
		return fmt.Errorf("the error does not name the table: %w", err)
	case kind == packSuffix && e.Op == "read" && (e.Chunk < 0 || e.Column == ""):
		return fmt.Errorf("the error does not name chunk and column: %w", err)
	}
	return nil
}

func TestFileThatIsCutShortOrLongerIsFound(t *testing.T) {
	disk, _ := storedDisk(t)
	files := disk.Files(dataDir)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if filepath.Base(file) == lockFile {
			continue
		}
		whole := files[file]
		sizes := []int{0, 1, 31, 32, 63, 64, len(whole) / 2, len(whole) - 64, len(whole) - 32, len(whole) - 1, len(whole) + 1, len(whole) + 64}
		for _, size := range sizes {
			if size < 0 || size == len(whole) {
				continue
			}
			damaged := disk.Clone()
			must(t, damaged.Edit(file, func(b []byte) []byte { return append(b, make([]byte, 64)...)[:size] }))
			_, err := readAll(damaged)
			if err := wantDamage(file, err); err != nil {
				t.Errorf("%d of %d bytes of %s: %v", size, len(whole), file, err)
			}
		}
	}
}

func TestMissingPackIsFound(t *testing.T) {
	disk, want := storedDisk(t)
	for file := range disk.Files(dataDir) {
		if !strings.HasSuffix(file, packSuffix) {
			continue
		}
		damaged := disk.Clone()
		must(t, damaged.Remove(file))
		n, err := openDisk(damaged)
		must(t, err)
		bad := 0
		for name := range want {
			if name[0] != 't' {
				continue
			}
			tab, err := n.Table(context.Background(), name[2:])
			if err != nil {
				bad++
				wantErr(t, err, ErrCorrupt)
				continue
			}
			must(t, tab.Release())
		}
		if bad != 1 {
			t.Errorf("without %s %d tables cannot be opened", file, bad)
		}
		must(t, n.Close())
	}
}

func TestDamagedTableLeavesTheOthers(t *testing.T) {
	disk, _ := storedDisk(t)
	n, err := openDisk(disk)
	must(t, err)
	two, err := n.Table(t.Context(), "two")
	must(t, err)
	id := two.ID()
	must(t, two.Release())
	must(t, n.Close())
	for file := range disk.Files(dataDir) {
		if strings.Contains(file, id) && strings.HasSuffix(file, packSuffix) {
			must(t, disk.Edit(file, func([]byte) []byte { return nil }))
		}
	}
	n, err = openDisk(disk)
	must(t, err)
	defer n.Close()
	must(t, stepSample(1).check(n, "one"))
	wantErr(t, stepSample(2).check(n, "two"), ErrCorrupt)
	must(t, n.Rename(t.Context(), "two", "damaged"))
	must(t, n.Drop(t.Context(), "damaged"))
	must(t, stepSample(2).load(n, "two"))
	must(t, stepSample(2).check(n, "two"))
}

func TestPackThatDoesNotBelongIsFound(t *testing.T) {
	disk, _ := storedDisk(t)
	n, err := openDisk(disk)
	must(t, err)
	var ids []string
	for _, name := range []string{"one", "two"} {
		tab, err := n.Table(t.Context(), name)
		must(t, err)
		ids = append(ids, tab.ID())
		must(t, tab.Release())
	}
	must(t, n.Close())
	for what, from := range map[string]string{"a second time": ids[0], "of another table": ids[1]} {
		damaged := disk.Clone()
		file := filepath.Join(dataDir, ids[0]+"-7"+packSuffix)
		f, err := damaged.Create(file)
		must(t, err)
		_, err = f.WriteAt(disk.Files(dataDir)[filepath.Join(dataDir, from+"-0"+packSuffix)], 0)
		must(t, err)
		must(t, f.Close())
		n, err := openDisk(damaged)
		must(t, err)
		_, err = n.Table(t.Context(), "one")
		wantErr(t, err, ErrCorrupt)
		if !strings.Contains(err.Error(), ids[0]) {
			t.Errorf("a pack %s: error is %v", what, err)
		}
		must(t, stepSample(2).check(n, "two"))
		must(t, n.Close())
	}
}
