package sor

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"time"
)

// h2o writes rows like those of the db-benchmark groupby table.
func h2o(rows int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	for range rows {
		fmt.Fprintf(&b, "<id%03d><id%03d><id%010d><%d><%d><%d><%d><%d><%.6f>\n", r.IntN(100)+1, r.IntN(100)+1, r.IntN(rows/100+1)+1,
			r.IntN(100)+1, r.IntN(100)+1, r.IntN(rows/100+1)+1, r.IntN(5)+1, r.IntN(15)+1, r.Float64()*100)
	}
	return b.Bytes()
}

// commits writes rows of three integers.
func commits(rows int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	for range rows {
		fmt.Fprintf(&b, "<%d><%d><%d>\n", r.IntN(125e6), r.IntN(32e6), r.IntN(32e6))
	}
	return b.Bytes()
}

func BenchmarkRead(b *testing.B) {
	for _, c := range []struct {
		name string
		text []byte
	}{
		{"h2o", h2o(1e6)},
		{"commits", commits(2e6)},
	} {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/%d", c.name, threads), func(b *testing.B) {
				b.SetBytes(int64(len(c.text)))
				defer cpu(b, len(c.text))()
				for b.Loop() {
					in := FromSource(c.name, bytes.NewReader(c.text))
					if _, _, err := in.Read(context.Background(), Options{Threads: threads}, func(Chunk) error { return nil }); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkFile reads the file that SOR_FILE names.
func BenchmarkFile(b *testing.B) {
	path := os.Getenv("SOR_FILE")
	if path == "" {
		b.Skip("SOR_FILE names no file")
	}
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprint(threads), func(b *testing.B) {
			for b.Loop() {
				in, err := Open(path)
				if err != nil {
					b.Fatal(err)
				}
				report, _, err := in.Read(context.Background(), Options{Threads: threads}, func(Chunk) error { return nil })
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(report.Bytes)
				in.Close()
			}
		})
	}
}

// BenchmarkScan reads rows into builders that forget them: no chunks are made.
func BenchmarkScan(b *testing.B) {
	for _, c := range []struct {
		name string
		text []byte
	}{
		{"h2o", h2o(1e5)},
		{"commits", commits(2e5)},
		{"crlf", bytes.ReplaceAll(commits(2e5), []byte("\n"), []byte("\r\n"))},
		{"spaces", bytes.ReplaceAll(commits(2e5), []byte("><"), []byte("> <"))},
		{"short", bytes.ReplaceAll(commits(2e5), []byte("1>\n"), []byte("1>\n<2>\n"))},
		{"quoted", bytes.ReplaceAll(bytes.ReplaceAll(commits(2e5), []byte("<"), []byte("<\"")), []byte(">"), []byte("\">"))},
	} {
		b.Run(c.name, func(b *testing.B) {
			o, err := Options{}.filled()
			if err != nil {
				b.Fatal(err)
			}
			rd := &reader{in: FromSource("", bytes.NewReader(c.text)), o: o, meter: &meter{}}
			if err := rd.head(context.Background()); err != nil {
				b.Fatal(err)
			}
			w := newWorker(rd)
			w.tally.reset(len(w.types))
			const size = 1 << 18
			b.SetBytes(int64(len(c.text)))
			buf := append(append(make([]byte, pad), c.text...), make([]byte, pad)...)
			defer cpu(b, len(c.text))()
			for b.Loop() {
				for lo := pad; lo < len(c.text)+pad; {
					hi := min(lo+size, len(c.text)+pad)
					hi = lo + bytes.LastIndexByte(buf[lo:hi], '\n') + 1
					w.add(&block{buf: buf, lo: lo, hi: hi})
					for _, b := range w.builders {
						b.Truncate(0)
					}
					lo = hi
				}
			}
		})
	}
}

// cpu reports GB of text for each second of processor time, which other work on the machine changes little.
func cpu(b *testing.B, bytes int) func() {
	start := cpuTime()
	return func() {
		b.ReportMetric(float64(b.N)*float64(bytes)/float64((cpuTime()-start).Nanoseconds()), "GB/cpu-s")
	}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
