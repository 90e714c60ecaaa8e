package cluster

import (
	"bytes"
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

// stored returns a disk with two tables, the second in several packs, and a value.
func storedDisk(t *testing.T) (disk *vfstest.Disk, want state) {
	t.Helper()
	disk = vfstest.NewDisk()
	n, err := openDisk(disk)
	must(t, err)
	must(t, stepSample(1).load(n, "one"))
	n.place.(*directory).packSize = 2 << 10
	must(t, stepSample(2).load(n, "two"))
	must(t, n.Store().Put(t.Context(), Key{Name: "k"}, []byte("value")))
	want, err = read(n)
	must(t, err)
	must(t, n.Close())
	packs := 0
	for f := range disk.Files(dataDir) {
		if strings.HasSuffix(f, packSuffix) {
			packs++
		}
	}
	if packs < 3 {
		t.Fatalf("only %d packs", packs)
	}
	return disk, want
}

// readAll opens a disk and reads all that is on it, on one after another error.
func readAll(disk *vfstest.Disk) (state, error) {
	n, err := openDisk(disk)
	if err != nil {
		return nil, err
	}
	got, err := read(n)
	return got, errors.Join(err, n.Close())
}

func TestFlippedBitIsFound(t *testing.T) {
	disk, want := storedDisk(t)
	files := disk.Files(dataDir)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		t.Run(strings.Trim(filepath.Ext(file), "."), func(t *testing.T) {
			t.Parallel()
			damaged, size := disk.Clone(), len(files[file])
			bits := 8
			if size > 1<<8 {
				bits = 1
			}
			for at := range size {
				for i := range bits {
					mask := byte(1) << ((at + i) % 8)
					flip := func(b []byte) []byte { b[at] ^= mask; return b }
					must(t, damaged.Edit(file, flip))
					got, err := readAll(damaged)
					if filepath.Base(file) == lockFile {
						if err != nil || !maps.Equal(got, want) {
							t.Fatalf("byte %d: %v, %v", at, got, err)
						}
						continue // Open has written it anew
					}
					if err := wantDamage(file, err); err != nil {
						t.Fatalf("byte %d of %d of %s, bit %08b: %v", at, size, file, mask, err)
					}
					must(t, damaged.Edit(file, flip))
				}
			}
			got, err := readAll(damaged)
			if err != nil || !maps.Equal(got, want) {
				t.Fatalf("with the damage undone: %v, %v", got, err)
			}
			if !bytes.Equal(damaged.Files(dataDir)[file], files[file]) && filepath.Base(file) != lockFile {
				t.Error("the file was changed")
			}
		})
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
