package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/eau2db/eau2/cluster/vfs"
	"github.com/eau2db/eau2/cluster/vfs/vfstest"
)

func TestDirectoryKeepsTablesAndNode(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "by", "open")
	n, err := Open(t.Context(), Options{Dir: dir})
	must(t, err)
	must(t, small.load(n, "t"))
	must(t, small.load(n, "τable with spaces/and slashes"))
	must(t, n.Rename(t.Context(), "t", "u"))
	id := n.ID()
	must(t, n.Close())
	n = open(t, Options{Dir: dir})
	if got := n.Tables(); !slices.Equal(got, []string{"u", "τable with spaces/and slashes"}) {
		t.Errorf("tables: %q", got)
	}
	for _, name := range n.Tables() {
		must(t, small.check(n, name))
	}
	if n.ID() != id || !isID(id) {
		t.Errorf("the node is %q, was %q", n.ID(), id)
	}
	if other := open(t, Options{}); other.ID() == id {
		t.Error("two nodes have one id")
	}
}

func TestDirectoryHasOneNode(t *testing.T) {
	dir := t.TempDir()
	n, err := Open(t.Context(), Options{Dir: dir})
	must(t, err)
	must(t, small.load(n, "t"))
	_, err = Open(t.Context(), Options{Dir: dir})
	wantErr(t, err, ErrLocked)
	for _, want := range []string{dir, fmt.Sprint("by process ", os.Getpid())} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, without %q", err, want)
		}
	}
	must(t, small.check(n, "t"))
	must(t, n.Close())
	must(t, small.check(open(t, Options{Dir: dir}), "t"))
}

// snapshot returns the names and contents of all files below dir.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	must(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, path))
		files[path] = string(b)
		return err
	}))
	return files
}

func TestForeignDirectoryIsRefusedAndLeftAlone(t *testing.T) {
	cases := map[string]map[string]string{
		"files":                          {"notes.txt": "hello", "x.tmp": ""},
		"a file like ours":               {newID() + packSuffix: "x", newID() + "-0" + packSuffix + temporary: ""},
		"another's node file":            {nodeFile: "something else\n"},
		"only a directory":               {"sub/file": ""},
		"a lock file and something else": {lockFile: "", "LOCK": ""},
	}
	for name, files := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, content := range files {
				must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o777))
				must(t, os.WriteFile(filepath.Join(dir, file), []byte(content), 0o666))
			}
			_, err := Open(t.Context(), Options{Dir: dir})
			wantErr(t, err, ErrForeign)
			if !strings.Contains(err.Error(), dir) {
				t.Errorf("error is %v", err)
			}
			if after := snapshot(t, dir); !maps.Equal(after, files) {
				t.Errorf("the files became %v", after)
			}
		})
	}
}

func TestNewerFormatIsRefusedAndLeftAlone(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{
		nodeFile:                       nodeTitle + "\nformat 2\nand whatever it has\n",
		newID() + "-0" + packSuffix:    "x",
		newID() + ".future" + "" + "x": "",
	}
	for file, content := range files {
		must(t, os.WriteFile(filepath.Join(dir, file), []byte(content), 0o666))
	}
	_, err := Open(t.Context(), Options{Dir: dir})
	wantErr(t, err, ErrVersion)
	if !strings.Contains(err.Error(), "format 2") || !strings.Contains(err.Error(), dir) {
		t.Errorf("error is %v", err)
	}
	if after := snapshot(t, dir); !maps.Equal(after, files) {
		t.Errorf("the files became %v", after)
	}
}

func TestOpenClearsRemainsAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	n, err := Open(t.Context(), Options{Dir: dir})
	must(t, err)
	must(t, small.load(n, "t"))
	must(t, n.Store().Put(t.Context(), Key{Name: "k"}, []byte("v")))
	must(t, n.Close())
	before := snapshot(t, dir)
	id := newID()
	for _, file := range []string{
		nodeFile + temporary, id + "-0" + packSuffix, id + "-17" + packSuffix + temporary, id + entrySuffix + temporary,
		strings.Repeat("0a", valueNameLen/2) + valueSuffix + temporary,
	} {
		must(t, os.WriteFile(filepath.Join(dir, file), []byte("remains"), 0o666))
	}
	for _, file := range []string{
		"notes", "x.tmp", "x.pack", "x-0.pack", "README.table", id + "-0x.pack", id + "-.pack", id + ".pack", "0a.value", "0a.value.tmp",
		strings.ToUpper(id) + "-0.pack", "eau2.node.bak",
	} {
		must(t, os.WriteFile(filepath.Join(dir, file), []byte("of the user"), 0o666))
		before[file] = "of the user"
	}
	n, err = Open(t.Context(), Options{Dir: dir})
	must(t, err)
	must(t, small.check(n, "t"))
	must(t, n.Close())
	if after := snapshot(t, dir); !maps.Equal(after, before) {
		t.Errorf("files: %q, want %q", slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(before)))
	}
}

func TestDirectoryThatCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o666))
	_, err := Open(t.Context(), Options{Dir: file})
	wantErr(t, err, syscall.ENOTDIR)
	_, err = Open(t.Context(), Options{Dir: filepath.Join(file, "below")})
	wantErr(t, err, syscall.ENOTDIR)
	for _, kind := range []string{"mkdir", "list", "lock", "create"} {
		disk := vfstest.NewDisk()
		disk.Fail(func(o vfstest.Op) error {
			if o.Kind == kind {
				return syscall.EACCES
			}
			return nil
		})
		_, err := openDisk(disk)
		wantErr(t, err, fs.ErrPermission)
		var e *Error
		if !errors.As(err, &e) || e.Op != "open" || !strings.HasPrefix(e.File, dataDir) {
			t.Errorf("without permission to %s: error is %v", kind, err)
		}
		disk.Fail(nil)
		n, err := openDisk(disk) // the lock was given back
		must(t, err)
		must(t, n.Close())
	}
}

func TestOpenGivesTheLockBackAfterAnError(t *testing.T) {
	disk, want := storedDisk(t)
	disk.Fail(func(o vfstest.Op) error {
		if strings.HasSuffix(o.Name, entrySuffix) {
			return syscall.EIO
		}
		return nil
	})
	_, err := openDisk(disk)
	wantErr(t, err, syscall.EIO)
	disk.Fail(nil)
	got, err := readAll(disk)
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestTwoEntriesOfOneNameAreAnError(t *testing.T) {
	disk := vfstest.NewDisk()
	n, err := openDisk(disk)
	must(t, err)
	must(t, n.place.publish(Entry{ID: newID(), Name: "t"}))
	must(t, n.place.publish(Entry{ID: newID(), Name: "t"}))
	must(t, n.Close())
	_, err = openDisk(disk)
	wantErr(t, err, ErrCorrupt)
	if !strings.Contains(err.Error(), "table t") {
		t.Errorf("error is %v", err)
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Open(ctx, Options{})
	wantErr(t, err, context.Canceled)
}

// A file that shrinks under a mapping raises a signal where it is read; that must be an error, too.
func TestFileThatShrinksWhileItIsOpenIsAnError(t *testing.T) {
	dir := t.TempDir()
	n := open(t, Options{Dir: dir})
	large := sample{seed: 1, rows: 4000, chunkRows: 4000}
	must(t, large.load(n, "t"))
	tab, err := n.Table(t.Context(), "t")
	must(t, err)
	defer tab.Release()
	packs, err := filepath.Glob(filepath.Join(dir, "*"+packSuffix))
	must(t, err)
	must(t, os.Truncate(packs[0], 0))
	for col := range tab.Fields() {
		_, err := tab.Column(t.Context(), 0, col)
		var e *Error
		if !errors.As(err, &e) || e.File != packs[0] || e.Table != "t" || e.Chunk != 0 || e.Column != tab.Fields()[col].Name {
			t.Errorf("column %d: error is %v", col, err)
		}
	}
}

func TestFaultIsAnErrorAndPanicsStay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	must(t, os.WriteFile(file, make([]byte, 10), 0o666))
	m, err := vfs.OS.Map(file)
	must(t, err)
	defer m.Close()
	must(t, os.Truncate(file, 0))
	var sum byte
	err = catchFault(func() error { sum = m.Bytes()[0]; return nil })
	wantErr(t, err, ErrCorrupt)
	defer func() {
		if r := recover(); r != "other" {
			t.Errorf("recovered %v, %d", r, sum)
		}
	}()
	_ = catchFault(func() error { panic("other") })
}
