package sor

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpenRawReadsTheBytesAsTheyLie(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.sor.gz")
	if err := os.WriteFile(path, []byte("not really gzip"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := OpenRaw(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r.Reader(t.Context()))
	if string(b) != "not really gzip" || err != nil || r.Size != 15 || r.Name != path {
		t.Errorf("%q, %v, %+v", b, err, r)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := io.ReadAll(r.Reader(ctx)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := os.Truncate(path, 3); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r.Reader(t.Context())); !errors.Is(err, ErrShrunk) {
		t.Errorf("shrunk: %v", err)
	}
}

func TestOpenRawFailsAsOpenDoes(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "none")} {
		_, want := Open(path)
		_, got := OpenRaw(path)
		if got == nil || got.Error() != want.Error() || errors.Is(got, fs.ErrNotExist) != errors.Is(want, fs.ErrNotExist) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

// A pipe's size is not known, and waiting for it ends with the context.
func TestOpenRawOfAPipe(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer out.Close()
	before := os.Stdin
	os.Stdin = in
	defer func() { os.Stdin = before }()
	r, err := OpenRaw("-")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := out.WriteString("<1>\n"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	text := r.Reader(ctx)
	b := make([]byte, 10)
	n, err := text.Read(b)
	if string(b[:n]) != "<1>\n" || err != nil || r.Size != 0 || !strings.Contains(r.Name, "input") {
		t.Errorf("%q, %v, %+v", b[:n], err, r)
	}
	cancel()
	if _, err := text.Read(b); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
