package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func Example() {
	file := filepath.Join(os.TempDir(), fmt.Sprint("wordcount-", os.Getpid()))
	if err := os.WriteFile(file, []byte("a rose is a rose\nis a rose\n"), 0o600); err != nil {
		fmt.Println(err)
	}
	defer os.Remove(file)
	if err := run(context.Background(), []string{"-top", "2", file}, os.Stdout, os.Stderr); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 3	a
	// 3	rose
}

// text makes a text of about so many bytes, whose words are as unequal as those of a language, and odd ones.
func text(size int) string {
	r := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(r, 1.1, 3, 400_000)
	var b strings.Builder
	for b.Len() < size {
		n := zipf.Uint64()
		length := 1 + n%5 + n%7
		for range length {
			b.WriteByte(byte('a' + n%26))
			n = n/26 + 7
		}
		switch r.IntN(40) {
		case 0:
			b.WriteString("\r\n")
		case 1:
			b.WriteString(" \t\v\f ")
		case 2:
			b.WriteString("\x01é\x00 ")
		case 3, 4:
			b.WriteString("\n")
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func wordcount(t testing.TB, args ...string) string {
	t.Helper()
	var out, problems bytes.Buffer
	if err := run(t.Context(), args, &out, &problems); err != nil {
		t.Fatal(err, problems.String())
	}
	return out.String()
}

// The counts are those that sort and uniq give.
func TestWordsAreCountedAsBySortAndUniq(t *testing.T) {
	first, second := write(t, "first", text(1<<20)), write(t, "second", "last word without an end")
	cmd := exec.Command("sh", "-c", `cat "$0" "$1" | tr -s '[:space:]' '\n' | sort | uniq -c | sort -k1,1nr -k2`, first, second)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	sorted, err := cmd.Output()
	if err != nil {
		t.Skip("no sort and uniq here:", err)
	}
	var want strings.Builder
	for line := range strings.Lines(string(sorted)) {
		n, word, _ := strings.Cut(strings.TrimLeft(line, " "), " ")
		fmt.Fprintf(&want, "%s\t%s", n, word)
	}
	if got := wordcount(t, first, second); got != want.String() || got == "" {
		t.Errorf("wordcount gives %d bytes, sort and uniq %d", len(got), want.Len())
	}
	if got := wordcount(t, "-nodes", "4", first, second); got != want.String() {
		t.Errorf("wordcount on 4 nodes gives %d bytes, sort and uniq %d", len(got), want.Len())
	}
}

func TestWordsOfSoRFiles(t *testing.T) {
	file := write(t, "t.sor", "<1> <\"to be or\"> <\"not to be\">\n<2> <> <\"is\">\n")
	for _, nodes := range []string{"1", "2"} {
		if got := wordcount(t, "-sor", "-nodes", nodes, file, file); got != "4\tbe\n4\tto\n2\tis\n2\tnot\n2\tor\n" {
			t.Errorf("on %s nodes: %q", nodes, got)
		}
	}
	if got := wordcount(t, "-sor", write(t, "u.sor", "<1>\n<2>\n")); got != "" {
		t.Errorf("no text has %q", got)
	}
}

// A node of another process counts with this one.
func TestNodesThatServe(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	r, w := io.Pipe()
	served := make(chan error, 1)
	go func() { served <- run(ctx, []string{"-serve"}, w, io.Discard) }()
	line := make([]byte, 200)
	n, err := r.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`^wordcount -nodes 2 -join (\S+) FILE…\n$`).FindSubmatch(line[:n])
	if m == nil {
		t.Fatalf("it says %q", line[:n])
	}
	if got := wordcount(t, "-nodes", "2", "-join", string(m[1]), write(t, "text", "a b\nb")); got != "2\tb\n1\ta\n" {
		t.Errorf("%q", got)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestMistakesAreReported(t *testing.T) {
	for _, args := range [][]string{{}, {"-nodes", "0", "x"}, {"-serve", "x"}, {"-none"}, {"missing.txt"}, {"-sor", "missing.sor"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%q gives no error", args)
		}
	}
}

// Counts are the same after their journey, and in what order they are merged.
func TestCountsTravel(t *testing.T) {
	whole := newCounts()
	var merged counts
	if err := merged.UnmarshalBinary([]byte{0}); err != nil {
		t.Fatal(err)
	}
	all := text(1 << 18)
	for len(all) > 0 {
		part := newCounts()
		at := min(len(all), 50_000)
		if i := strings.IndexByte(all[at:], '\n'); i >= 0 {
			at += i
		} else {
			at = len(all)
		}
		part.addText(all[:at])
		whole.addText(all[:at])
		part.flush()
		all = all[at:]
		b, err := part.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var back counts
		if err := back.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		back.merge(&merged)
		merged = back
	}
	whole.flush()
	if want, got := byText(whole), byText(&merged); !maps.Equal(want, got) || len(want) < 1000 {
		t.Errorf("%d words, want %d", len(got), len(want))
	}
}

func byText(c *counts) map[string]int64 {
	m := map[string]int64{}
	for _, w := range c.top(0) {
		m[w.text] = w.count
	}
	return m
}

func FuzzCounts(f *testing.F) {
	c := newCounts()
	c.addText("to be or not to be, wherefore")
	c.flush()
	b, err := c.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 1, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		var c counts
		if err := c.UnmarshalBinary(b); err == nil {
			c.top(3)
		}
	})
}

// BenchmarkWords counts 64 MB.
func BenchmarkWords(b *testing.B) {
	file := write(b, "text", strings.Repeat(text(8<<20), 8))
	b.SetBytes(64 << 20)
	for b.Loop() {
		wordcount(b, "-top", "10", file)
	}
}
