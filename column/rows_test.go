package column

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// rowsOf are arrays of n rows in every form that AppendRows takes, and the dictionaries of those with codes.
func rowsOf(n int, r *rand.Rand) (arrays []*Array, dicts []*Dict) {
	valid := make([]byte, (n+7)/8)
	ok := func(i int) bool { return valid[i>>3]&(1<<(i&7)) != 0 }
	for i := range n {
		if r.IntN(3) > 0 {
			valid[i>>3] |= 1 << (i & 7)
		}
	}
	for _, v := range [][]byte{nil, valid} {
		there := func(i int) bool { return v == nil || ok(i) }
		for _, width := range []uint{1, 8, 16, 32, 64} {
			ints := make([]int64, n)
			for i := range ints {
				if there(i) {
					ints[i] = int64(r.Uint64()) >> (64 - width)
				}
			}
			arrays = append(arrays, NarrowInts(ints, v))
		}
		floats, bools, text, off := make([]float64, n), make([]bool, n), []byte{}, []int32{0}
		for i := range n {
			if there(i) {
				floats[i], bools[i] = r.NormFloat64(), r.IntN(2) == 0
				text = fmt.Appendf(text, "\xff%d", r.IntN(1000))
			}
			off = append(off, int32(len(text)))
		}
		arrays = append(arrays, Floats(floats, v), Bools(bools, v), Texts(off, text, v))
		for _, size := range []int{1, 256, 257, 70_000} {
			strs, codes := make([]string, size), make([]uint32, n)
			for i := range strs {
				strs[i] = fmt.Sprint(i)
			}
			for i := range codes {
				if there(i) {
					codes[i] = uint32(r.IntN(size))
				}
			}
			dicts = append(dicts, make([]*Dict, len(arrays)-len(dicts))...)
			dicts = append(dicts, NewDict(strs))
			arrays = append(arrays, NarrowCodes(codes, v, dicts[len(arrays)]))
		}
	}
	return arrays, dicts
}

func TestRowsAreReadAsWritten(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 7, 8, 9, 3000} {
		arrays, dicts := rowsOf(n, r)
		types := make([]Type, len(arrays))
		for i, a := range arrays {
			types[i] = a.Type
		}
		b, err := AppendRows([]byte("before"), arrays)
		if err != nil {
			t.Fatal(err)
		}
		dict := func(i int) (*Dict, error) { return dicts[i], nil }
		got, err := ReadRows(b[len("before"):], types, dict)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range arrays {
			if !slices.Equal(valuesOf(got[i]), valuesOf(a)) || got[i].Layout != a.Layout {
				t.Errorf("column %d of %d rows, layout %v: read %v", i, n, a.Layout, got[i].Layout)
			}
		}
		types[0] = Float
		if _, err := ReadRows(b[len("before"):], types, dict); !errors.Is(err, ErrCorrupt) {
			t.Errorf("with another type: %v", err)
		}
		if _, err := ReadRows(b[len("before"):], types[1:], dict); !errors.Is(err, ErrCorrupt) {
			t.Errorf("with fewer columns: %v", err)
		}
	}
}

// FuzzReadRows is FuzzReadArray for rows.
func FuzzReadRows(f *testing.F) {
	d := NewDict([]string{"a", "b", "c"})
	types := []Type{Int, String, String, Bool, Float}
	for _, n := range []int{0, 2} {
		b, err := AppendRows(nil, []*Array{NarrowInts(make([]int64, n), nil), NarrowCodes(make([]uint32, n), nil, d),
			Texts(make([]int32, n+1), nil, nil), Bools(make([]bool, n), []byte{1}), Floats(make([]float64, n), nil)})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for range 2 {
			arrays, err := ReadRows(b, types, func(int) (*Dict, error) { return d, nil })
			if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrVersion) {
				t.Fatalf("untyped error: %v", err)
			}
			for _, a := range arrays {
				for i := range a.N {
					a.Value(i)
				}
			}
			if b = seal(b, KindRows); b == nil {
				return
			}
		}
	})
}
