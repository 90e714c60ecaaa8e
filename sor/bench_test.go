package sor

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
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
