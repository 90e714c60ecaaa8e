package engine

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
)

func TestLinesOfFilesAreRows(t *testing.T) {
	files := []string{
		"", "\n", "a", "a\n", "a\nb", "\n\na\r\nb \r\n\r\n", "\r", "a\rb\n", strings.Repeat("long", 3000) + "\nb\n" + strings.Repeat("x", 5000),
		strings.Repeat("one\ntwo 2\n\nfour\n", 1000), "é\xff\x00\nlast",
	}
	for _, size := range []int64{0, 1, 2, 7, 4096} {
		nodes := openNodes(t, 3, Options{Threads: 2, replicas: 2})
		for _, e := range append(nodes, open(t, Options{Threads: 2}), open(t, Options{Threads: 2, Dir: t.TempDir()})) {
			e.lineBytes = size
			var paths, want []string
			for i, text := range files {
				paths = append(paths, write(t, "text", text))
				for line := range strings.Lines(text) {
					line, ended := strings.CutSuffix(line, "\n")
					if ended {
						line = strings.TrimSuffix(line, "\r")
					}
					want = append(want, line)
				}
				if i%4 != 0 {
					continue // some tables are of several files
				}
				d, err := e.LoadLines(t.Context(), "lines", paths...)
				if err != nil {
					t.Fatal(err)
				}
				_, rows := collect(t, must(d.Collect(t.Context())), nil)
				var got []string
				for _, r := range rows {
					got = append(got, r[0].Str)
				}
				if strings.Join(got, "\n") != strings.Join(want, "\n") || len(got) != len(want) {
					t.Errorf("chunks of %d bytes: %d lines, want %d", size, len(got), len(want))
				}
				mustQuery(t, e, "DROP TABLE `lines`")
				if i%8 == 0 {
					paths, want = nil, nil
				}
			}
			if size < 1 {
				break
			}
		}
	}
}

func TestLinesThatCannotBeRead(t *testing.T) {
	e := open(t, Options{})
	text := write(t, "text", "a\nb\n")
	if _, err := e.LoadLines(t.Context(), "lines", text, "missing.txt"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := e.LoadLines(t.Context(), "lines", t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := e.LoadLines(t.Context(), "", text); err == nil {
		t.Error("a table without a name")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.LoadLines(ctx, "lines", text); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	f, err := os.Open(text)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r lineReader
	if _, err := r.read(t.Context(), lineRange{f, 2, 10}); err == nil || err.Error() != "it has become shorter" {
		t.Errorf("a file that has shrunk: %v", err)
	}
	if tables := e.Tables(); len(tables) != 0 {
		t.Errorf("there are %v", tables)
	}
}
