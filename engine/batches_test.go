package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/exec"
	"github.com/eau2db/eau2/engine/vector"
)

var batchFields = []column.Field{{Name: "b", Type: Bool}, {Name: "i", Type: Int}, {Name: "f", Type: Float}, {Name: "s", Type: String}, {Name: "d", Type: String}}

// randomBatch is a batch of batchFields, the last of which has codes into d, or none where d is nil.
func randomBatch(r *rand.Rand, n int, d *column.Dict) *vector.Batch {
	cols := make([]*vector.Vec, len(batchFields))
	for i, f := range batchFields {
		v := vector.Make(f.Type, n)
		if i == 4 && d != nil {
			v.SetDict(d, n)
		}
		for row := range n {
			switch {
			case v.Dict != nil:
				v.Code[row] = uint32(r.IntN(d.Len()))
			case i == 0:
				v.Bool[row] = r.IntN(2) == 0
			case i == 1:
				v.Int[row] = r.Int64() >> r.IntN(64)
			case i == 2:
				v.Float[row] = r.NormFloat64()
			default:
				v.Str[row] = strings.Repeat("x", r.IntN(20)) + fmt.Sprint(r.IntN(100))
			}
		}
		if r.IntN(2) == 0 {
			for row := range n {
				v.Nulls()[row] = r.IntN(4) == 0 // the value below is any
			}
		}
		cols[i] = v
	}
	return vector.NewBatch(n, cols)
}

// rowTexts are the rows of batches, each with its Seq.
func rowTexts(b *vector.Batch) (rows []string) {
	for i := range b.Len() {
		row := fmt.Sprint(b.Seq)
		for c := range b.Width() {
			row += "|" + b.Col(c).Value(i).String()
		}
		rows = append(rows, row)
	}
	return rows
}

func TestBatchesAreReadAsWritten(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	known, unknown := column.NewDict([]string{"a", "b", "c"}), column.NewDict([]string{"d", "e"})
	for _, batches := range []int{0, 1, 2, 40} {
		var want, got []string
		var blocks [][]byte
		w := newBatchWriter(batchFields, map[*column.Dict]int{known: 7}, func(b []byte) error {
			blocks = append(blocks, b)
			return nil
		})
		for i := range batches {
			b := randomBatch(r, r.IntN(vector.Size), []*column.Dict{nil, known, known, known, unknown}[r.IntN(5)])
			b.Seq = uint64(i / 3)
			want = append(want, rowTexts(b)...)
			if err := w.write(b); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.end(); err != nil {
			t.Fatal(err)
		}
		in := &batchReader{fields: batchFields, dict: func(col int) (*column.Dict, error) {
			if col != 7 {
				t.Errorf("dictionary of column %d", col)
			}
			return known, nil
		}}
		for i, b := range blocks {
			if err := in.close(); !errors.Is(err, errAnswer) {
				t.Errorf("after %d of %d blocks: %v", i, len(blocks), err)
			}
			runs, err := in.read(b)
			if err != nil {
				t.Fatal(err)
			}
			for _, run := range runs {
				if err := run.Read(i%2 == 0, func(b *vector.Batch) error { got = append(got, rowTexts(b)...); return nil }); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := in.close(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%d batches: %d rows of %d, %v", batches, len(got), len(want), err)
		}
	}
}

// Strings that would not fit one block go in several.
func TestBatchesOfLongStrings(t *testing.T) {
	long := strings.Repeat("x", blockText/3)
	v := vector.Make(String, 10)
	for i := range v.Str {
		v.Str[i] = fmt.Sprint(i, long)
	}
	var runs []exec.Run
	fields := []column.Field{{Name: "s", Type: String}}
	in := &batchReader{fields: fields}
	w := newBatchWriter(fields, nil, func(b []byte) error {
		if len(b) > 2*blockText {
			t.Errorf("a block of %d bytes", len(b))
		}
		more, err := in.read(b)
		runs = append(runs, more...)
		return err
	})
	if err := errors.Join(w.write(vector.NewBatch(10, []*vector.Vec{v})), w.end(), in.close()); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, run := range runs {
		run.Read(false, func(b *vector.Batch) error {
			for _, s := range b.Col(0).Strings() {
				if s != v.Str[n] {
					t.Errorf("string %d is another", n)
				}
				n++
			}
			return nil
		})
	}
	if n != 10 {
		t.Errorf("%d strings", n)
	}
}

// FuzzBatches reads any bytes as a block.
func FuzzBatches(f *testing.F) {
	d := column.NewDict([]string{"a", "b", "c"})
	w := newBatchWriter(batchFields, map[*column.Dict]int{d: 1}, func(b []byte) error { f.Add(b); return nil })
	if err := errors.Join(w.write(randomBatch(rand.New(rand.NewPCG(1, 2)), 5, d)), w.end()); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		in := &batchReader{fields: batchFields, dict: func(int) (*column.Dict, error) { return d, nil }}
		runs, err := in.read(b)
		if err != nil && !errors.Is(err, errAnswer) {
			t.Fatalf("untyped error: %v", err)
		}
		for _, run := range runs {
			run.Read(false, func(b *vector.Batch) error { rowTexts(b); return nil })
		}
	})
}
