package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eau2db/eau2/cluster"
)

// openIn lists what this process has open, or mapped, below a folder.
func openIn(t *testing.T, folder string) (files []string) {
	t.Helper()
	open, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(open) == 0 {
		t.Skip("here is no list of open files")
	}
	for _, f := range open {
		if to, err := os.Readlink(f); err == nil && strings.HasPrefix(to, folder) {
			files = append(files, to)
		}
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(maps)) {
		if i := strings.Index(line, folder); i >= 0 {
			files = append(files, "mapped: "+strings.TrimSpace(line[i:]))
		}
	}
	return files
}

// A run leaves no file open, however it ends; main_test looks after goroutines.
func TestRunsLeaveNoFileOpen(t *testing.T) {
	failure := errors.New("failure")
	for name, end := range map[string]func(cancel func()) error{
		"well":      func(func()) error { return nil },
		"failed":    func(func()) error { return failure },
		"panicked":  func(func()) error { panic(failure) },
		"cancelled": func(cancel func()) error { cancel(); return nil },
	} {
		for _, n := range []int{1, 3} {
			ctx, cancel := context.WithCancel(t.Context())
			folder := t.TempDir()
			seen := false
			app := ApplicationFunc(func(ctx context.Context, node *Node) error {
				if node.Index() > 0 {
					return node.Barrier(ctx, "never")
				}
				node.Engine().chunkRows = 7
				frame, err := node.Engine().FromSlices(ctx, "t", frameSlices(0, 100)...)
				if err != nil {
					return err
				}
				if err := Put(ctx, node.Store(), node.Key("k"), []int64{1, 2}); err != nil {
					return err
				}
				rows, err := frame.Collect(ctx)
				if err != nil {
					return err
				}
				defer rows.Close()
				rows.Next()
				seen = len(openIn(t, folder)) > 0
				if err := end(cancel); err != nil {
					return err
				}
				return node.Barrier(ctx, "never")
			})
			errs, err := runLocal(ctx, n, app, Options{Dir: folder, Threads: 1}, cluster.NewMesh())
			if err != nil {
				t.Fatal(err)
			}
			cancel()
			if !seen {
				t.Errorf("%s, %d nodes: nothing was open: %v", name, n, errs)
			}
			if left := openIn(t, folder); len(left) > 0 {
				t.Errorf("%s, %d nodes: open after the run:\n%s", name, n, strings.Join(left, "\n"))
			}
		}
	}
}
