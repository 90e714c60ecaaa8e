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
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/eau2db/eau2/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func Example() {
	file := filepath.Join(os.TempDir(), fmt.Sprint("wordcount-", os.Getpid()))
	if err := os.WriteFile(file, []byte("a rose is a rose\nis a rose\n"), 0o600); err != nil {
		fmt.Println(err)
	}
	defer os.Remove(file)
	a := &app{out: os.Stdout, notes: os.Stderr, top: 2, files: []string{file}}
	if err := engine.RunLocal(context.Background(), 1, a, engine.Options{}); err != nil {
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

// wordcount counts on some nodes in this process.
func wordcount(t testing.TB, nodes int, a app) string {
	t.Helper()
	var out, notes bytes.Buffer
	a.out, a.notes = &out, &notes
	if err := engine.RunLocal(t.Context(), nodes, &a, engine.Options{}); err != nil {
		t.Fatal(err)
	}
	if a.timing == (notes.Len() == 0) {
		t.Errorf("timing %v, and it says %q", a.timing, &notes)
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
	for _, nodes := range []int{1, 2, 3, 4, 8} {
		if got := wordcount(t, nodes, app{timing: nodes == 2, files: []string{first, second}}); got != want.String() || got == "" {
			t.Errorf("wordcount on %d nodes gives %d bytes, sort and uniq %d", nodes, len(got), want.Len())
		}
	}
}

func TestWordsOfSoRFiles(t *testing.T) {
	file := write(t, "t.sor", "<1> <\"to be or\"> <\"not to be\">\n<2> <> <\"is\">\n")
	for _, nodes := range []int{1, 2} {
		if got := wordcount(t, nodes, app{sor: true, files: []string{file, file}}); got != "4\tbe\n4\tto\n2\tis\n2\tnot\n2\tor\n" {
			t.Errorf("on %d nodes: %q", nodes, got)
		}
	}
	if got := wordcount(t, 1, app{sor: true, files: []string{write(t, "u.sor", "<1>\n<2>\n")}}); got != "" {
		t.Errorf("no text has %q", got)
	}
}

func TestMistakesAreReported(t *testing.T) {
	for want, a := range map[string]app{
		"which FILE":  {files: []string{}},
		"missing.txt": {files: []string{"missing.txt"}},
		"missing.sor": {sor: true, files: []string{"missing.sor"}},
	} {
		a.out, a.notes = io.Discard, io.Discard
		if err := engine.RunLocal(t.Context(), 2, &a, engine.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func TestTopIsTheBeginningOfAll(t *testing.T) {
	c := newCounts()
	c.addText(text(1 << 18))
	c.flush()
	all := c.top(0)
	for _, n := range []int{1, 2, 100, 1500, len(all) - 1, len(all), len(all) + 1} {
		if got, want := c.top(n), all[:min(n, len(all))]; !slices.Equal(got, want) {
			t.Errorf("the %d first of %d words are others than with all", n, len(all))
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
		wordcount(b, 1, app{top: 10, files: []string{file}})
	}
}
