package cluster

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/eau2db/eau2/cluster/vfs"
)

// The test binary runs itself as a child that changes a directory until it is killed: childDir names the directory,
// childFrom the first step.
const (
	childDir  = "EAU2_TEST_DIR"
	childFrom = "EAU2_TEST_FROM"
)

// childStep returns step i of the child's endless script.
func childStep(i int) step {
	round := i / 5
	switch i % 5 {
	case 0:
		return step{op: "load", name: fmt.Sprint("t", round), seed: int64(1 + round%4)}
	case 1:
		return step{op: "load", name: fmt.Sprint("s", round), seed: int64(round % 3)}
	case 2:
		return step{op: "rename", name: fmt.Sprint("t", round), to: fmt.Sprint("u", round)}
	case 3:
		return step{op: "drop", name: fmt.Sprint("s", round)}
	}
	if round%2 == 0 {
		return step{op: "put", name: "k", to: fmt.Sprint("value ", round)}
	}
	if round%4 == 1 {
		return step{op: "delete", name: "k"}
	}
	return step{op: "drop", name: fmt.Sprint("u", round-2)}
}

// runChild does the steps, and tells of each operation of the file system with a dot and of each step done with a line.
func runChild(dir string) {
	from, err := strconv.Atoi(os.Getenv(childFrom))
	if err != nil {
		panic(err)
	}
	n, err := Open(context.Background(), Options{Dir: dir, FS: tellingFS{vfs.OS}})
	if err != nil {
		panic(err)
	}
	for i := from; ; i++ {
		outcome := "done"
		if err := childStep(i).run(n); err != nil {
			outcome = "failed"
		}
		fmt.Printf("\n%s %d\n", outcome, i)
	}
}

// tellingFS prints a dot before every operation that changes something.
type tellingFS struct{ vfs.FS }

func tell() { os.Stdout.Write([]byte(".")) }

func (t tellingFS) Rename(from, to string) error { tell(); return t.FS.Rename(from, to) }
func (t tellingFS) Remove(name string) error     { tell(); return t.FS.Remove(name) }
func (t tellingFS) SyncDir(dir string) error     { tell(); return t.FS.SyncDir(dir) }
func (t tellingFS) Create(name string) (vfs.File, error) {
	tell()
	f, err := t.FS.Create(name)
	return tellingFile{f}, err
}

type tellingFile struct{ vfs.File }

func (t tellingFile) WriteAt(b []byte, off int64) (int, error) { tell(); return t.File.WriteAt(b, off) }
func (t tellingFile) Sync() error                              { tell(); return t.File.Sync() }

// runAndKill runs the child from a step on and kills it when it has done so many operations. It returns the
// outcomes that were told, by step.
func runAndKill(t *testing.T, dir string, from, operations int) (done map[int]string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, fmt.Sprint(childFrom, "=", from))
	var trouble strings.Builder
	cmd.Stderr = &trouble
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	r := bufio.NewReader(out)
	done = map[int]string{}
	var line strings.Builder
	for dots := 0; ; {
		b, err := r.ReadByte()
		if err == io.EOF {
			break
		}
		must(t, err)
		switch b {
		case '.':
			if dots++; dots == operations {
				must(t, cmd.Process.Kill())
			}
		case '\n':
			var outcome string
			var i int
			if _, err := fmt.Sscanf(line.String(), "%s %d", &outcome, &i); err == nil {
				done[i] = outcome
			}
			line.Reset()
		default:
			line.WriteByte(b)
		}
	}
	if err := cmd.Wait(); err == nil || trouble.Len() > 0 {
		t.Fatalf("the child ended by itself: %v\n%s", err, trouble.String())
	}
	return done
}

func TestKilledProcessLeavesEachTableAbsentOrWhole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	rng := rand.New(rand.NewPCG(1, 2))
	now, from, id := state{}, 0, ""
	for range 6 {
		done := runAndKill(t, dir, from, 1+rng.IntN(60))
		for done[from] != "" {
			next, ok := childStep(from).apply(now)
			if ok != (done[from] == "done") {
				t.Fatalf("step %d, %v, %s on %v", from, childStep(from), done[from], now)
			}
			if ok {
				now = next
			}
			from++
		}
		may := []state{now}
		if next, ok := childStep(from).apply(now); ok {
			may = append(may, next)
		}
		n, err := Open(t.Context(), Options{Dir: dir})
		must(t, err)
		got, err := read(n)
		must(t, err)
		which := slices.IndexFunc(may, func(s state) bool { return maps.Equal(s, got) })
		if which < 0 {
			t.Fatalf("killed in step %d, %v, it left %v, want one of %v", from, childStep(from), got, may)
		}
		if id != "" && n.ID() != id {
			t.Fatalf("the node is %s, was %s", n.ID(), id)
		}
		id = n.ID()
		must(t, n.Close())
		now, from = got, from+which
	}
	if from < 10 {
		t.Errorf("only %d steps were done", from)
	}
}

func TestLockOfAnotherProcessIsTold(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, childFrom+"=0")
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	r := bufio.NewReader(out)
	for { // until the first step is done
		line, err := r.ReadString('\n')
		must(t, err)
		if strings.HasPrefix(line, "done") {
			break
		}
	}
	_, err = Open(t.Context(), Options{Dir: dir})
	wantErr(t, err, ErrLocked)
	if want := fmt.Sprint("locked by process ", cmd.Process.Pid); !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), dir) {
		t.Errorf("error is %v", err)
	}
	must(t, cmd.Process.Kill())
	_, _ = io.Copy(io.Discard, r)
	_ = cmd.Wait()
	n, err := Open(t.Context(), Options{Dir: dir})
	must(t, err)
	must(t, n.Close())
}
