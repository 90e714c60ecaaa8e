package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"

	"github.com/eau2db/eau2/cluster/vfs/vfstest"
)

const dataDir = "/some/data"

// openDisk opens dataDir. In a new disk /some is missing, too.
func openDisk(disk *vfstest.Disk) (*Node, error) {
	return Open(context.Background(), Options{Dir: dataDir, FS: disk})
}

// dieAt makes the process die at the change of that number, from 0, on the disk. Whether it has is told by died.
func dieAt(disk *vfstest.Disk, number int) (died func() bool) {
	changes := 0
	disk.Fail(func(o vfstest.Op) error {
		if changes > number {
			return vfstest.ErrCrashed
		}
		if o.Changes() {
			changes++
		}
		if changes > number {
			return vfstest.ErrCrashed
		}
		return nil
	})
	return func() bool { return changes > number }
}

// crashAt runs the script on a new disk until a change at which the process dies. It returns the states that the
// disk may be in, and the node's id when Open had returned.
func crashAt(t *testing.T, change int) (disk *vfstest.Disk, may []state, id string, crashed bool) {
	disk = vfstest.NewDisk()
	died := dieAt(disk, change)
	now := state{}
	n, err := openDisk(disk)
	if err != nil {
		wantErr(t, err, vfstest.ErrCrashed)
		return disk, []state{now}, "", true
	}
	for _, s := range script {
		next, ok := s.apply(now)
		err := s.run(n)
		switch {
		case err == nil && ok:
			now = next
		case ok:
			wantErr(t, err, vfstest.ErrCrashed)
			return disk, []state{now, next}, n.ID(), true
		case err == nil:
			t.Fatalf("%v succeeded on %v", s, now)
		}
		if died() { // in the clean-up behind the step
			break
		}
	}
	return disk, []state{now}, n.ID(), died()
}

// losses are the ways of a crash to lose what was not synced.
var losses = []struct {
	kind vfstest.Loss
	seed uint64
}{{vfstest.Keep, 0}, {vfstest.Forget, 0}, {vfstest.Some, 1}, {vfstest.Some, 2}}

// wantState opens a disk and compares what is on it with the states it may be in.
func wantState(t *testing.T, disk *vfstest.Disk, may []state, id string) state {
	t.Helper()
	n, err := openDisk(disk)
	if err != nil {
		t.Fatalf("open after the crash: %v", err)
	}
	defer n.Close()
	got, err := read(n)
	if err != nil {
		t.Fatalf("read after the crash: %v", err)
	}
	if !slices.ContainsFunc(may, func(s state) bool { return maps.Equal(s, got) }) {
		t.Fatalf("the crash left %v, want one of %v", got, may)
	}
	if id != "" && n.ID() != id {
		t.Fatalf("the node is %s, was %s", n.ID(), id)
	}
	if extra := litter(disk, dataDir, got); len(extra) > 0 {
		t.Fatalf("the crash left files: %v", extra)
	}
	return got
}

func TestCrashLeavesEachTableAbsentOrWhole(t *testing.T) {
	for change := 0; ; change++ {
		disk, may, id, crashed := crashAt(t, change)
		for _, l := range losses {
			t.Run(fmt.Sprintf("change%d/%v%d", change, l.kind, l.seed), func(t *testing.T) {
				after := disk.Crash(l.kind, rand.New(rand.NewPCG(l.seed, uint64(change))))
				if l.kind == vfstest.Keep { // what is seen is not yet synced
					recoverWithCrashes(t, after, may, id)
				}
				// What the next start shows must stay, whatever happens next.
				shown := wantState(t, after, may, id)
				wantState(t, after.Crash(vfstest.Forget, nil), []state{shown}, id)
			})
		}
		if !crashed {
			if change < 80 {
				t.Errorf("the script makes only %d changes", change)
			}
			return
		}
	}
}

// recoverWithCrashes opens copies of the disk with a second crash at each change that Open makes.
func recoverWithCrashes(t *testing.T, disk *vfstest.Disk, may []state, id string) {
	for change := 0; ; change++ {
		again := disk.Clone()
		died := dieAt(again, change)
		n, err := openDisk(again)
		if err == nil {
			n.Close()
		}
		if !died() {
			return
		}
		wantErr(t, err, vfstest.ErrCrashed)
		wantState(t, again.Crash(vfstest.Forget, nil), may, id)
	}
}

func TestFailureLeavesEachTableAbsentOrWhole(t *testing.T) {
	failures := []struct {
		name   string
		stride int
		fail   func(at int) func(vfstest.Op) error
	}{
		{"once", 1, func(at int) func(vfstest.Op) error {
			return func(o vfstest.Op) error {
				if o.Seq == at {
					return syscall.EIO
				}
				return nil
			}
		}},
		{"all writes from then on", 3, func(at int) func(vfstest.Op) error {
			return func(o vfstest.Op) error {
				switch {
				case o.Seq < at:
					return nil
				case o.Kind == "write":
					return vfstest.PartialWrite{Err: syscall.ENOSPC}
				case o.Kind == "create" || o.Kind == "mkdir":
					return syscall.ENOSPC
				}
				return nil
			}
		}},
		{"all syncs of directories from then on", 3, func(at int) func(vfstest.Op) error {
			return func(o vfstest.Op) error {
				if o.Seq >= at && o.Kind == "syncdir" {
					return syscall.EIO
				}
				return nil
			}
		}},
		{"everything from then on", 3, func(at int) func(vfstest.Op) error {
			return func(o vfstest.Op) error {
				if o.Seq >= at {
					return syscall.EIO
				}
				return nil
			}
		}},
	}
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			for at := 0; ; at += f.stride {
				disk := vfstest.NewDisk()
				disk.Fail(f.fail(at))
				may, id := runFailing(t, disk, at)
				disk.Fail(nil)
				for _, l := range losses {
					after := disk.Clone().Crash(l.kind, rand.New(rand.NewPCG(l.seed, uint64(at))))
					wantState(t, after, may, id)
				}
				if len(disk.Ops()) <= at {
					return
				}
			}
		})
	}
}

// runFailing runs the script on a disk that fails sometimes, and checks after every step that the node has what it
// says. It returns the states that the disk may be in.
func runFailing(t *testing.T, disk *vfstest.Disk, at int) (may []state, id string) {
	t.Helper()
	now := state{}
	may = []state{now}
	n, err := openDisk(disk)
	if err != nil {
		wantFailure(t, at, "open", err)
		return may, ""
	}
	defer n.Close()
	sinceFailure := -1
	for _, s := range script {
		err := s.run(n)
		next, ok := s.apply(now)
		if sinceFailure >= 0 || ok && err != nil {
			sinceFailure++
		}
		switch {
		case err == nil && !ok:
			t.Fatalf("failure at %d: %v succeeded on %v", at, s, now)
		case err == nil:
			now = next
			may = everywhere(s, may)
		case ok:
			wantFailure(t, at, s.String(), err)
			may = append(may, everywhere(s, may)...)
		}
		if names := tablesOf(now); !slices.Equal(n.Tables(), names) {
			t.Fatalf("failure at %d: after %v (%v) the tables are %v, want %v", at, s, err, n.Tables(), names)
		}
		if sinceFailure == 1 { // a later step could cover the traces
			wantState(t, disk.Clone().Crash(vfstest.Keep, nil), may, n.ID())
		}
	}
	return may, n.ID()
}

// everywhere applies a step to the states in which it is no error.
func everywhere(s step, states []state) (after []state) {
	for _, before := range states {
		if next, ok := s.apply(before); ok {
			after = append(after, next)
		}
	}
	return after
}

func tablesOf(s state) (names []string) {
	for k := range s {
		if k[0] == 't' {
			names = append(names, k[2:])
		}
	}
	slices.Sort(names)
	return names
}

func wantFailure(t *testing.T, at int, what string, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Op == "" || !errors.Is(err, syscall.EIO) && !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("failure at %d: %s ended with %v", at, what, err)
	}
}

func TestFullDiskIsToldAndCleared(t *testing.T) {
	disk := vfstest.NewDisk()
	n, err := openDisk(disk)
	must(t, err)
	defer n.Close()
	must(t, script[0].run(n))
	before := disk.Files(dataDir)
	full := true
	disk.Fail(func(o vfstest.Op) error {
		if full && o.Kind == "write" {
			return vfstest.PartialWrite{Err: syscall.ENOSPC}
		}
		return nil
	})
	err = stepSample(5).load(n, "big")
	wantErr(t, err, syscall.ENOSPC)
	var e *Error
	if !errors.As(err, &e) || e.Op != "load" || e.Table != "big" || e.File == "" {
		t.Errorf("error is %+v", e)
	}
	if after := disk.Files(dataDir); !maps.EqualFunc(before, after, slices.Equal) {
		t.Errorf("files were %v, are %v", slices.Collect(maps.Keys(before)), slices.Collect(maps.Keys(after)))
	}
	full = false
	must(t, stepSample(5).load(n, "big"))
	must(t, stepSample(5).check(n, "big"))
	must(t, stepSample(1).check(n, "a"))
}

// A pack that is full is made durable while the load goes on. When that fails the load hears of it.
func TestFailureBehindTheLoadEndsIt(t *testing.T) {
	disk := vfstest.NewDisk()
	n, err := openDisk(disk)
	must(t, err)
	defer n.Close()
	d := n.place.(*directory)
	d.packSize = 1
	disk.Fail(func(o vfstest.Op) error {
		if o.Kind == "sync" {
			return syscall.EIO
		}
		return nil
	})
	before := disk.Files(dataDir)
	w, err := n.Create(t.Context(), "t")
	must(t, err)
	chunks, dicts := small.arrays()
	must(t, w.Write(t.Context(), 0, chunks[0]))
	must(t, w.Write(t.Context(), 1, chunks[1])) // fills the first pack
	wantErr(t, w.sink.(*directorySink).finishing.Wait(), syscall.EIO)
	wantErr(t, w.Write(t.Context(), 2, chunks[2]), syscall.EIO)
	_, err = w.Commit(t.Context(), sampleFields, dicts)
	wantErr(t, err, syscall.EIO)
	if after := disk.Files(dataDir); !maps.EqualFunc(before, after, slices.Equal) {
		t.Errorf("the load left %d files, there were %d", len(after), len(before))
	}
}
