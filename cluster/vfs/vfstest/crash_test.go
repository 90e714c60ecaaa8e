package vfstest

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
)

// disk returns a Disk with a synced file old, a file whose content is synced but not its name, and one of which
// nothing is; the second half of the content of old has been overwritten without a sync.
func disk(t *testing.T) *Disk {
	t.Helper()
	d := NewDisk()
	writeFile(t, d, "/old", "oldold")
	must(t, d.SyncDir("/"))
	writeFile(t, d, "/content", "content")
	f, err := d.Create("/nothing")
	must(t, err)
	_, err = f.WriteAt([]byte("nothing"), 0)
	must(t, err)
	f, err = d.Create("/old")
	must(t, err)
	_, err = f.WriteAt([]byte("oldNEW"), 0)
	must(t, err)
	return d
}

func TestCrashForgetsWhatWasNotSynced(t *testing.T) {
	d := disk(t)
	after := d.Crash(Forget, nil)
	wantFile(t, after, "/old", "oldold")
	for _, name := range []string{"/content", "/nothing"} {
		_, err := after.ReadFile(name)
		wantErr(t, err, fs.ErrNotExist)
	}
	_, err := d.ReadFile("/old")
	wantErr(t, err, ErrCrashed)
}

func TestDeathOfTheProcessKeepsWhatWasNotSynced(t *testing.T) {
	killed := disk(t).Crash(Keep, nil)
	wantFile(t, killed, "/old", "oldNEW")
	wantFile(t, killed, "/content", "content")
	wantFile(t, killed, "/nothing", "nothing")
	must(t, killed.SyncDir("/"))
	after := killed.Crash(Forget, nil) // still not synced: contents
	wantFile(t, after, "/old", "oldold")
	wantFile(t, after, "/content", "content")
	wantFile(t, after, "/nothing", "")
}

func TestRenameIsForgottenUnlessTheDirectoryIsSynced(t *testing.T) {
	d := NewDisk()
	writeFile(t, d, "/a", "a")
	writeFile(t, d, "/b", "b")
	must(t, d.SyncDir("/"))
	must(t, d.Rename("/a", "/b"))
	after := d.Clone().Crash(Forget, nil)
	wantFile(t, after, "/a", "a")
	wantFile(t, after, "/b", "b")
	must(t, d.SyncDir("/"))
	after = d.Crash(Forget, nil)
	wantFile(t, after, "/b", "a")
	_, err := after.ReadFile("/a")
	wantErr(t, err, fs.ErrNotExist)
}

func TestCrashKeepsSomeOfIt(t *testing.T) {
	seen := map[string]map[string]bool{"/old": {}, "/content": {}, "/nothing": {}}
	for seed := range uint64(1000) {
		after := disk(t).Crash(Some, rand.New(rand.NewPCG(seed, 0)))
		again := disk(t).Crash(Some, rand.New(rand.NewPCG(seed, 0)))
		for name, contents := range seen {
			b, err := after.ReadFile(name)
			b2, err2 := again.ReadFile(name)
			if string(b) != string(b2) || (err == nil) != (err2 == nil) {
				t.Fatalf("seed %d: %s is %q or %q", seed, name, b, b2)
			}
			if err != nil {
				b = []byte("absent")
			}
			contents[string(b)] = true
		}
	}
	for name, want := range map[string][]string{
		"/old":     {"oldold", "oldNEW", "", "oldN"},
		"/content": {"content", "absent"},
		"/nothing": {"nothing", "absent", "", "noth"},
	} {
		for _, w := range want {
			if !seen[name][w] {
				t.Errorf("%s was never %q", name, w)
			}
		}
	}
	if seen["/old"]["absent"] || len(seen["/content"]) != 2 {
		t.Error("what was synced got lost")
	}
}

func TestCrashMayKeepAnyNameSinceTheSync(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(100) {
		d := NewDisk()
		writeFile(t, d, "/f", "before")
		must(t, d.SyncDir("/"))
		writeFile(t, d, "/tmp", "between")
		must(t, d.Rename("/tmp", "/f"))
		must(t, d.Remove("/f"))
		b, err := d.Clone().Crash(Some, rand.New(rand.NewPCG(seed, 0))).ReadFile("/f")
		if err != nil {
			b = []byte("absent")
		}
		seen[string(b)] = true
	}
	if !seen["before"] || !seen["between"] || !seen["absent"] || len(seen) != 3 {
		t.Errorf("the file was %v", seen)
	}
}

func TestFailuresAreInjectedAndRecorded(t *testing.T) {
	d := NewDisk()
	d.Fail(func(op Op) error {
		switch {
		case op.Kind == "sync":
			return syscall.EIO
		case op.Kind == "write" && op.Off > 0:
			return PartialWrite{syscall.ENOSPC}
		}
		return nil
	})
	f, err := d.Create("/f")
	must(t, err)
	_, err = f.WriteAt([]byte("full"), 0)
	must(t, err)
	n, err := f.WriteAt([]byte("half"), 4)
	if n != 2 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("wrote %d bytes, %v", n, err)
	}
	wantErr(t, f.Sync(), syscall.EIO)
	must(t, f.Close())
	wantErr(t, f.Sync(), fs.ErrClosed)
	wantFile(t, d, "/f", "fullha")
	var ops []string
	for _, op := range d.Ops() {
		ops = append(ops, op.String())
	}
	if want := []string{"create /f", "write /f 0+4", "write /f 4+4", "sync /f", "read /f"}; !slices.Equal(ops, want) {
		t.Errorf("operations: %q", ops)
	}
}

func TestEditChangesAFileDurably(t *testing.T) {
	d := NewDisk()
	writeFile(t, d, "/f", "abc")
	must(t, d.SyncDir("/"))
	must(t, d.Edit("/f", func(b []byte) []byte { b[1] = 'X'; return b }))
	wantFile(t, d.Crash(Forget, nil), "/f", "aXc")
	wantErr(t, d.Edit("/none", nil), fs.ErrNotExist)
}

func TestClosedMappingReadsNonsense(t *testing.T) {
	d := NewDisk()
	writeFile(t, d, "/f", "abc")
	m, err := d.Map("/f")
	must(t, err)
	b := m.Bytes()
	if open, _ := d.Open(); open != 1 {
		t.Errorf("%d mappings", open)
	}
	must(t, m.Close())
	if string(b) == "abc" {
		t.Error("the memory of a closed mapping still reads as the file")
	}
	wantErr(t, m.Close(), fs.ErrClosed)
}
