package sor

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klauspost/compress/zstd"
)

const small = "<1><2><x>\n<0><3><\"y z\">\n<><4.5><>\n"

const smallRows = "true|2.0|x\nfalse|3.0|y z\nNULL|4.5|NULL\n"

func write(t *testing.T, name string, text []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstandard(t *testing.T, text string) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	return z.EncodeAll([]byte(text), nil)
}

func readFile(t *testing.T, path string, o Options) (table, error) {
	t.Helper()
	in, err := Open(path)
	if err != nil {
		return table{}, err
	}
	defer in.Close()
	return collect(in, o)
}

func TestFilesAndStreams(t *testing.T) {
	for _, c := range []struct {
		name string
		text []byte
	}{
		{"plain.sor", []byte(small)},
		{"packed.sor.gz", gzipped(t, small)},
		{"twice.sor.GZ", append(gzipped(t, small[:10]), gzipped(t, small[10:])...)},
		{"packed.zst", zstandard(t, small)},
		{"twice.zst", append(zstandard(t, small[:10]), zstandard(t, small[10:])...)},
	} {
		for _, sample := range []int{0, -1} {
			t.Run(c.name, func(t *testing.T) {
				got, err := readFile(t, write(t, c.name, c.text), Options{Sample: sample})
				if err != nil {
					t.Fatal(err)
				}
				if got.texts() != smallRows {
					t.Errorf("rows are\n%s", got.texts())
				}
				if got.report.Bytes != int64(len(small)) {
					t.Errorf("%d bytes of text, want %d", got.report.Bytes, len(small))
				}
			})
		}
	}
}

func TestReaderOfCompressedText(t *testing.T) {
	got, err := collect(FromReader("x.gz", bytes.NewReader(gzipped(t, small))), Options{Sample: -1})
	if err != nil {
		t.Fatal(err)
	}
	if got.texts() != smallRows {
		t.Errorf("rows are\n%s", got.texts())
	}
}

// standardInput makes f standard input until the test ends.
func standardInput(t *testing.T, f *os.File) {
	old := os.Stdin
	os.Stdin = f
	t.Cleanup(func() { os.Stdin = old })
}

func TestStandardInput(t *testing.T) {
	t.Run("a pipe", func(t *testing.T) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		go func() {
			io.WriteString(w, small)
			w.Close()
		}()
		standardInput(t, r)
		got, err := readFile(t, "-", Options{Sample: -1})
		if err != nil {
			t.Fatal(err)
		}
		if got.texts() != smallRows {
			t.Errorf("rows are\n%s", got.texts())
		}
	})
	t.Run("a file, from where it stands", func(t *testing.T) {
		f, err := os.Open(write(t, "in", []byte("header\n"+small)))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.Seek(7, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		standardInput(t, f)
		got, err := readFile(t, "-", Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got.texts() != smallRows {
			t.Errorf("rows are\n%s", got.texts())
		}
		if _, err := f.Stat(); err != nil {
			t.Errorf("Close closed standard input: %v", err)
		}
	})
}

func TestWhatIsNotReadable(t *testing.T) {
	dir := t.TempDir()
	secret := write(t, "secret.sor", []byte(small))
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("\x7fELF\x02\x01\x01\x00\x00\x00\x00\n", 1000)
	for _, c := range []struct {
		name, path string
		is         error
		says       string
	}{
		{"missing", filepath.Join(dir, "no.sor"), fs.ErrNotExist, "there is no such file"},
		{"directory", dir, nil, "is a directory"},
		{"unreadable", secret, fs.ErrPermission, "no permission"},
		{"empty", write(t, "empty.sor", nil), ErrNoRows, "empty.sor: no rows to infer a schema from"},
		{"blank", write(t, "blank.sor", []byte("\n \n\t\r\n")), ErrNoRows, "no rows"},
		{"binary", write(t, "bin.sor", []byte(long)), ErrNotSoR, "none of its first 500 lines"},
		{"one line", write(t, "text.sor", []byte("hello")), ErrNotSoR, "none of its first 1 line is"},
		{"gzip by content", write(t, "z.sor", gzipped(t, small)), ErrNotSoR, ".gz"},
		{"zstd by content", write(t, "z.sor", zstandard(t, strings.Repeat(small, 100))), ErrNotSoR, ".zst"},
		{"gzip by name", write(t, "z.gz", []byte(small)), gzip.ErrHeader, "z.gz: uncompress"},
		{"zstd by name", write(t, "z.zst", []byte(small)), nil, "z.zst: "},
		{"cut gzip", write(t, "z.gz", gzipped(t, strings.Repeat(small, 100))[:40]), io.ErrUnexpectedEOF, "z.gz: "},
		{"cut zstd", write(t, "z.zst", zstandard(t, strings.Repeat(small, 100))[:40]), io.ErrUnexpectedEOF, "z.zst: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "unreadable" && os.Getuid() == 0 {
				t.Skip("root reads everything")
			}
			_, err := readFile(t, c.path, Options{})
			if err == nil || c.is != nil && !errors.Is(err, c.is) && !strings.Contains(err.Error(), c.is.Error()) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error is %v, want one that says %q", err, c.says)
			}
		})
	}
}

func TestTypedColumnsNeedNoRows(t *testing.T) {
	typed := Options{Columns: []Column{{Name: "a", Typed: true}}}
	if got := mustRead(t, "", typed); len(got.rows) != 0 || got.types() != "BOOL" {
		t.Errorf("an empty input gives %v", got)
	}
	if got := mustRead(t, "\n", Options{Columns: []Column{{Name: "a"}}}); len(got.rows) != 0 || got.types() != "BOOL" {
		t.Errorf("a blank input gives %v", got)
	}
	if _, err := collect(fromText("a\nb\n"), typed); !errors.Is(err, ErrNotSoR) || !strings.Contains(err.Error(), "line 1 (byte 0)") {
		t.Errorf("text without a row gives %v", err)
	}
	typed.From, typed.Len = 1, 2
	if got := mustRead(t, "a\nb\nc\n<1>\n", typed); got.report.Dropped != 1 {
		t.Errorf("a slice without a row gives %v", got.report)
	}
}

func TestShrinkingFile(t *testing.T) {
	path := write(t, "rows.sor", bytes.Repeat([]byte(small), 10000))
	in, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	_, _, err = in.Read(context.Background(), Options{Threads: 1, part: 4096, block: 4096}, func(Chunk) error {
		return os.Truncate(path, 100000)
	})
	if !errors.Is(err, ErrShrunk) || !strings.Contains(err.Error(), "it ends at byte 100000") {
		t.Errorf("error is %v", err)
	}
}

// endless is text that is made while it is read: head, then fill for so many bytes, then tail.
type endless struct {
	head, tail string
	fill       int64
}

func (e endless) Size() int64 { return int64(len(e.head)) + e.fill + int64(len(e.tail)) }

func (e endless) ReadAt(p []byte, at int64) (n int, err error) {
	for n < len(p) && at < e.Size() {
		k := 0
		switch body := at - int64(len(e.head)); {
		case body < 0:
			k = copy(p[n:], e.head[at:])
		case body < e.fill:
			k = copy(p[n:n+int(min(int64(len(p)-n), e.fill-body))], filler[:])
		default:
			k = copy(p[n:], e.tail[body-e.fill:])
		}
		n += k
		at += int64(k)
	}
	if n < len(p) {
		err = io.EOF
	}
	return n, err
}

var filler = [1 << 16]byte{}

func init() {
	for i := range filler {
		filler[i] = 'a'
	}
}

func TestLineOfOneGigabyte(t *testing.T) {
	text := endless{"<1><a>\n<2><", "><x>\n<3><b>\n", 1 << 30}
	for _, c := range []struct {
		name string
		in   func() *Input
	}{
		{"file", func() *Input { return FromSource("long", text) }},
		{"stream", func() *Input { return FromReader("long", io.NewSectionReader(text, 0, text.Size())) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got, err := collect(c.in(), Options{Threads: 2})
			if err != nil {
				t.Fatal(err)
			}
			runtime.ReadMemStats(&after)
			if got.texts() != "1|a\n3|b\n" {
				t.Errorf("rows are\n%s", got.texts())
			}
			p := got.report.Problems
			if len(p) != 1 || p[0].String() != "line 2 (byte 7): row longer than the limit of 16777216 bytes" {
				t.Errorf("problems are %v", p)
			}
			if got.report.Bytes != text.Size() {
				t.Errorf("%d bytes of %d", got.report.Bytes, text.Size())
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 512<<20 { // of the gigabyte; how much depends on how the buffers happen to grow
				t.Errorf("it took %d MB", used>>20)
			}
		})
	}
}

func TestSpoolGoesToFile(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := &spool{rest: io.NopCloser(strings.NewReader(small + small)), limit: 10}
	if _, err := io.CopyN(io.Discard, s, 40); err != nil {
		t.Fatal(err)
	}
	r, err := s.replay()
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil || string(got) != small+small {
		t.Errorf("the stream is %q, %v", got, err)
	}
	s.close()
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestProgressIsNotTooOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		m := newMeter(fromText(small), &Options{Progress: func(Progress) { calls++ }})
		for range 1000 {
			m.add(1, 1)
			time.Sleep(time.Millisecond)
		}
		if calls < 9 || calls > 10 {
			t.Errorf("%d calls in a second", calls)
		}
	})
}

func TestProgressEndsAtTotal(t *testing.T) {
	path := write(t, "x.gz", gzipped(t, small))
	packed, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		open func() (*Input, error)
		o    Options
		want Progress
	}{
		{"file", func() (*Input, error) { return fromText(small), nil }, Options{}, Progress{int64(len(small)), int64(len(small)), 3}},
		{"file twice", func() (*Input, error) { return fromText(small), nil }, Options{Sample: -1}, Progress{2 * int64(len(small)), 2 * int64(len(small)), 3}},
		{"slice", func() (*Input, error) { return fromText(small), nil }, Options{From: 9, Len: 3}, Progress{3, 3, 1}},
		{"stream", func() (*Input, error) { return fromStream(small), nil }, Options{}, Progress{int64(len(small)), 0, 3}},
		{"gzip", func() (*Input, error) { return Open(path) }, Options{}, Progress{packed.Size(), packed.Size(), 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, err := c.open()
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			var last Progress
			c.o.Progress = func(p Progress) { last = p }
			if _, err := collect(in, c.o); err != nil {
				t.Fatal(err)
			}
			if last != c.want {
				t.Errorf("the last progress is %+v, want %+v", last, c.want)
			}
		})
	}
}
