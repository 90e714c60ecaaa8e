package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func open(t *testing.T, path string) *history {
	t.Helper()
	h, err := openHistory(path)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHistoryComesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	h := open(t, path)
	entries := []string{"select 1;", "select\n  2\n;", `select '\n' \G`, "a\\\nb", "日本"}
	for _, e := range entries {
		if err := h.add(e); err != nil {
			t.Fatal(err)
		}
		if got := open(t, path).entries; !slices.Equal(got, h.entries) {
			t.Errorf("not on disk after %q: %q", e, got)
		}
	}
	if !slices.Equal(h.entries, entries) {
		t.Errorf("entries %q", h.entries)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestHistoryLeavesOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	h := open(t, path)
	for _, e := range []string{"a", "a", " a \n", "", "  ", strings.Repeat("x", historyLength+1), "b", "a"} {
		if err := h.add(e); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"a", "b", "a"}
	if got := open(t, path).entries; !slices.Equal(h.entries, want) || !slices.Equal(got, want) {
		t.Errorf("kept %q, on disk %q", h.entries, got)
	}
}

func TestHistoryIsCapped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	var b strings.Builder
	for i := range 2*historyEntries + 1 {
		fmt.Fprintf(&b, "select %d;\n", i)
	}
	write(t, path, b.String())
	h := open(t, path)
	if len(h.entries) != historyEntries || h.entries[historyEntries-1] != fmt.Sprintf("select %d;", 2*historyEntries) {
		t.Errorf("%d entries, the last %s", len(h.entries), h.entries[len(h.entries)-1])
	}
	onDisk, err := os.ReadFile(path)
	if err != nil || strings.Count(string(onDisk), "\n") != historyEntries {
		t.Errorf("%d lines on disk, %v", strings.Count(string(onDisk), "\n"), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if h.add("one more"); len(h.entries) != historyEntries {
		t.Errorf("%d entries after one more", len(h.entries))
	}
}

// Two shells share the file: neither loses what the other adds.
func TestHistoryIsShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	a, b := open(t, path), open(t, path)
	a.add("a1")
	b.add("b1")
	a.add("a2")
	if got := open(t, path).entries; !slices.Equal(got, []string{"a1", "b1", "a2"}) {
		t.Errorf("on disk %q", got)
	}
}

func TestHistoryFileThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	if _, err := openHistory(dir); err == nil {
		t.Error("a directory is read")
	}
	h := open(t, filepath.Join(dir, "missing", "history"))
	if err := h.add("a"); err == nil || len(h.entries) != 1 {
		t.Errorf("added to a missing directory: %v, %q", err, h.entries)
	}
	nowhere := open(t, "")
	if err := nowhere.add("a"); err != nil || len(nowhere.entries) != 1 {
		t.Errorf("without a file: %v", err)
	}
}

func TestHistoryPath(t *testing.T) {
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	for _, c := range []struct {
		getenv func(string) string
		want   string
	}{{env("HOME", "/h"), "/h/.eau2_history"}, {env("HOME", "/h", "EAU2_HISTORY", "/x"), "/x"}, {env(), ""}} {
		if got := historyPath(c.getenv); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func FuzzHistoryEntryGoesThereAndBack(f *testing.F) {
	f.Add("a\\n\nb\\\\")
	f.Fuzz(func(t *testing.T, entry string) {
		line := encodeEntry(entry)
		if strings.ContainsAny(line, "\n\r") {
			t.Errorf("%q is written as %q", entry, line)
		}
		if got := decodeEntry(line); got != strings.ReplaceAll(entry, "\r", "") {
			t.Errorf("%q comes back as %q", entry, got)
		}
	})
}
