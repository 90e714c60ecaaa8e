package vfstest

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"
	"unsafe"

	"github.com/eau2db/eau2/cluster/vfs"
)

// inBoth runs a test on the operating system's file system and on a Disk, which must behave alike.
func inBoth(t *testing.T, test func(t *testing.T, fsys vfs.FS, dir string)) {
	t.Run("os", func(t *testing.T) { test(t, vfs.OS, t.TempDir()) })
	t.Run("disk", func(t *testing.T) {
		d := NewDisk()
		must(t, d.Mkdir("/tmp"))
		test(t, d, "/tmp")
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

func writeFile(t *testing.T, fsys vfs.FS, name, content string) {
	t.Helper()
	f, err := fsys.Create(name)
	must(t, err)
	_, err = f.WriteAt([]byte(content), 0)
	must(t, err)
	f.StartWriteBack(0, int64(len(content)))
	must(t, f.Sync())
	must(t, f.Close())
}

func wantFile(t *testing.T, fsys vfs.FS, name, want string) {
	t.Helper()
	b, err := fsys.ReadFile(name)
	if err != nil || string(b) != want {
		t.Fatalf("%s is %q, %v, want %q", name, b, err, want)
	}
}

func TestFilesAreWrittenAndRead(t *testing.T) {
	inBoth(t, func(t *testing.T, fsys vfs.FS, dir string) {
		name := filepath.Join(dir, "f")
		f, err := fsys.Create(name)
		must(t, err)
		for _, w := range []struct {
			off int64
			s   string
		}{{8, "late"}, {0, "early"}} {
			n, err := f.WriteAt([]byte(w.s), w.off)
			must(t, err)
			if n != len(w.s) {
				t.Errorf("wrote %d bytes of %q", n, w.s)
			}
		}
		must(t, f.Sync())
		must(t, f.Close())
		if err := f.Close(); err == nil {
			t.Error("closed twice")
		}
		wantFile(t, fsys, name, "early\x00\x00\x00late")
		writeFile(t, fsys, name, "new")
		wantFile(t, fsys, name, "new")
	})
}

func TestMappingOutlivesItsFile(t *testing.T) {
	inBoth(t, func(t *testing.T, fsys vfs.FS, dir string) {
		for _, content := range []string{"", "x", "something"} {
			name := filepath.Join(dir, "f")
			writeFile(t, fsys, name, content)
			m, err := fsys.Map(name)
			must(t, err)
			must(t, fsys.Remove(name))
			if string(m.Bytes()) != content {
				t.Errorf("the mapping is %q, want %q", m.Bytes(), content)
			}
			if at := uintptr(unsafe.Pointer(unsafe.SliceData(m.Bytes()))); at%64 != 0 {
				t.Errorf("the mapping begins at %#x", at)
			}
			must(t, m.Close())
		}
	})
}

func TestNamesChange(t *testing.T) {
	inBoth(t, func(t *testing.T, fsys vfs.FS, dir string) {
		a, b, sub := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "sub")
		writeFile(t, fsys, b, "old")
		writeFile(t, fsys, a, "new")
		must(t, fsys.Mkdir(sub))
		must(t, fsys.Rename(a, b))
		must(t, fsys.SyncDir(dir))
		wantFile(t, fsys, b, "new")
		names, err := fsys.List(dir)
		must(t, err)
		if !slices.Equal(names, []string{"b", "sub"}) {
			t.Errorf("names: %v", names)
		}
		must(t, fsys.Remove(b))
		must(t, fsys.Remove(sub))
	})
}

func TestErrorsAreThoseOfPackageFS(t *testing.T) {
	inBoth(t, func(t *testing.T, fsys vfs.FS, dir string) {
		f, missing := filepath.Join(dir, "f"), filepath.Join(dir, "missing")
		writeFile(t, fsys, f, "x")
		_, list := fsys.List(missing)
		_, read := fsys.ReadFile(missing)
		_, mapped := fsys.Map(missing)
		_, created := fsys.Create(filepath.Join(missing, "x"))
		for what, err := range map[string]error{
			"list": list, "read": read, "map": mapped, "create": created, "rename": fsys.Rename(missing, f), "remove": fsys.Remove(missing),
			"mkdir": fsys.Mkdir(filepath.Join(missing, "x")), "syncdir": fsys.SyncDir(missing),
		} {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: error is %v", what, err)
			}
		}
		wantErr(t, fsys.Mkdir(dir), fs.ErrExist)
		wantErr(t, fsys.Mkdir(f), fs.ErrExist)
		if _, err := fsys.List(f); err == nil {
			t.Error("listed a file")
		}
		if _, err := fsys.Map(dir); err == nil {
			t.Error("mapped a directory")
		}
		if _, err := fsys.ReadFile(dir); err == nil {
			t.Error("read a directory")
		}
	})
}

func TestLockHasOneHolder(t *testing.T) {
	inBoth(t, func(t *testing.T, fsys vfs.FS, dir string) {
		name := filepath.Join(dir, "lock")
		l, err := fsys.Lock(name, "me, at length")
		must(t, err)
		_, err = fsys.Lock(name, "you")
		wantErr(t, err, vfs.ErrLocked)
		wantFile(t, fsys, name, "me, at length")
		must(t, l.Close())
		l, err = fsys.Lock(name, "you")
		must(t, err)
		wantFile(t, fsys, name, "you")
		must(t, l.Close())
		_, err = fsys.Lock(filepath.Join(dir, "no", "lock"), "")
		wantErr(t, err, fs.ErrNotExist)
	})
}
