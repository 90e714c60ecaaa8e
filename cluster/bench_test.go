package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/column"
)

// benchChunk is a chunk of 2^17 rows: four columns of integers, and one of floats.
func benchChunk() (fields []column.Field, arrays []*column.Array) {
	const rows = 1 << 17
	rng := rand.New(rand.NewPCG(1, 1))
	for i, top := range []int64{100, 1 << 15, 1 << 30, 1 << 60} {
		b := column.NewBuilder(column.Int, nil)
		for range rows {
			b.AppendInt(rng.Int64N(top))
		}
		fields, arrays = append(fields, column.Field{Name: fmt.Sprint("i", i), Type: column.Int}), append(arrays, b.Finish())
	}
	b := column.NewBuilder(column.Float, nil)
	for range rows {
		b.AppendFloat(rng.Float64())
	}
	return append(fields, column.Field{Name: "f", Type: column.Float}), append(arrays, b.Finish())
}

func writeChunks(b *testing.B, n *Node, name string, chunks int) {
	fields, arrays := benchChunk()
	w, err := n.Create(context.Background(), name)
	if err != nil {
		b.Fatal(err)
	}
	var g errgroup.Group
	g.SetLimit(2)
	for seq := range chunks {
		g.Go(func() error { return w.Write(context.Background(), seq, arrays) })
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
	t, err := w.Commit(context.Background(), fields, make([]*column.Dict, len(fields)))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(t.Bytes())
	if err := t.Release(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkLoad writes 600 MB into a directory, durably, and the same into a plain file for comparison.
func BenchmarkLoad(b *testing.B) {
	const chunks = 200
	b.Run("table", func(b *testing.B) {
		n, err := Open(b.Context(), Options{Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		defer n.Close()
		for i := 0; b.Loop(); i++ {
			writeChunks(b, n, fmt.Sprint(i), chunks)
			b.StopTimer()
			if err := n.Drop(b.Context(), fmt.Sprint(i)); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
	})
	b.Run("file", func(b *testing.B) {
		_, arrays := benchChunk()
		var buf []byte
		for _, a := range arrays {
			var err error
			if buf, err = a.AppendBytes(buf); err != nil {
				b.Fatal(err)
			}
		}
		b.SetBytes(int64(len(buf)) * chunks)
		for b.Loop() {
			name := filepath.Join(b.TempDir(), "f")
			f, err := os.Create(name)
			if err != nil {
				b.Fatal(err)
			}
			for range chunks {
				if _, err := f.Write(buf); err != nil {
					b.Fatal(err)
				}
			}
			if err := f.Sync(); err != nil {
				b.Fatal(err)
			}
			f.Close()
			b.StopTimer()
			os.Remove(name)
			b.StartTimer()
		}
	})
}

// BenchmarkFirstRead opens a directory of 150 MB, in the page cache, and reads all of it for the first time.
func BenchmarkFirstRead(b *testing.B) {
	dir := b.TempDir()
	n, err := Open(b.Context(), Options{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	writeChunks(b, n, "t", 50)
	if err := n.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		n, err := Open(b.Context(), Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		t, err := n.Table(b.Context(), "t")
		if err != nil {
			b.Fatal(err)
		}
		for chunk := range t.Chunks() {
			for col := range t.Fields() {
				if _, err := t.Column(b.Context(), chunk, col); err != nil {
					b.Fatal(err)
				}
			}
		}
		t.Release()
		n.Close()
	}
}

// BenchmarkOpen opens a directory and a table of 1000 chunks of one row.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	n, err := Open(b.Context(), Options{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	s := sample{seed: 1, rows: 1000, chunkRows: 1}
	if err := s.load(n, "t"); err != nil {
		b.Fatal(err)
	}
	if err := n.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		n, err := Open(b.Context(), Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		t, err := n.Table(b.Context(), "t")
		if err != nil {
			b.Fatal(err)
		}
		t.Release()
		n.Close()
	}
}
