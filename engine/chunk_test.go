package engine

import (
	"fmt"
	"testing"
)

// The rows of a chunk one at a time give what its slices give.
func TestRowsOfAChunk(t *testing.T) {
	e := sample(t, 3000, Options{Threads: 2})
	text := ""
	err := e.Table("t").Select(Col("row"), Col("f"), Col("s"), Col("p"), Col("none")).ForEachChunk(t.Context(), func(c Chunk) error {
		k := 0
		for r := range c.Rows() {
			if r.Index() != k || r.Int(0) != c.Ints(0)[k] || r.Float(1) != c.Floats(1)[k] || r.String(2) != c.Strings(2)[k] || r.Bool(3) != c.Bools(3)[k] {
				return fmt.Errorf("row %d is another", k)
			}
			if r.Null(1) != (c.Nulls(1) != nil && c.Nulls(1)[k]) || !r.Null(4) || r.Null(0) {
				return fmt.Errorf("row %d has other NULLs", k)
			}
			k++
		}
		if k != c.Len() {
			return fmt.Errorf("%d rows of %d", k, c.Len())
		}
		for range c.Rows() {
			text += "."
			break
		}
		return nil
	})
	if err != nil || text == "" {
		t.Errorf("%v, %q", err, text)
	}
}

// BenchmarkRows compares a loop over rows with one over slices: over 2 million rows of an INT and a STRING.
func BenchmarkRows(b *testing.B) {
	e := open(b, Options{})
	r, err := e.Query(b.Context(), "CREATE TABLE t AS SELECT 1 n, 'a' s")
	if err != nil {
		b.Fatal(err)
	}
	r.Close()
	frame := e.Table("t")
	for _, name := range []string{"u", "v", "w"} {
		for range 7 {
			frame = frame.Union(frame)
		}
		if frame, err = frame.Save(b.Context(), name); err != nil {
			b.Fatal(err)
		}
	}
	add := func(a, b int64) int64 { return a + b }
	zero := func() int64 { return 0 }
	for name, step := range map[string]func(int64, Chunk) (int64, error){
		"chunks": func(sum int64, c Chunk) (int64, error) {
			strs := c.Strings(1)
			for i, n := range c.Ints(0) {
				sum += n + int64(len(strs[i]))
			}
			return sum, nil
		},
		"rows": func(sum int64, c Chunk) (int64, error) {
			for r := range c.Rows() {
				sum += r.Int(0) + int64(len(r.String(1)))
			}
			return sum, nil
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if n, err := Reduce(b.Context(), frame, zero, step, add); err != nil || n != 2<<21 {
					b.Fatal(n, err)
				}
			}
		})
	}
}
