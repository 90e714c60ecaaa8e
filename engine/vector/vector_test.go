package vector

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/eau2db/eau2/column"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var random = rand.New(rand.NewPCG(1, 2))

// testArrays are arrays of n rows of every layout, with and without nulls.
func testArrays(n int) []*column.Array {
	var as []*column.Array
	for _, nulls := range []bool{false, true} {
		var valid []bool
		bools, floats, strs := make([]bool, n), make([]float64, n), make([]string, n)
		codes := make([]uint32, n)
		for i := range n {
			valid = append(valid, !nulls || random.IntN(5) > 0)
			bools[i], floats[i], strs[i] = random.IntN(2) == 0, random.Float64(), strings.Repeat("x", random.IntN(5))
			if valid[i] {
				codes[i] = uint32(random.IntN(3))
			}
		}
		for _, limit := range []int64{100, 1 << 14, 1 << 30, 1 << 60} {
			ints := make([]int64, n)
			for i := range ints {
				ints[i] = random.Int64N(2*limit) - limit
			}
			as = append(as, column.FromInts(ints, valid))
		}
		plain := column.FromStrings(strs, valid)
		as = append(as, column.FromBools(bools, valid), column.FromFloats(floats, valid), plain)
		d := column.NewDict([]string{"a", "b", ""})
		a := column.Array{Type: column.String, N: n, Valid: plain.Valid, Dict: d}
		c8, c16, c32 := a, a, a
		c8.Layout, c16.Layout, c32.Layout, c32.C32 = column.Code8, column.Code16, column.Code32, codes
		for _, c := range codes {
			c8.C8, c16.C16 = append(c8.C8, uint8(c)), append(c16.C16, uint16(c))
		}
		as = append(as, &c8, &c16, &c32)
	}
	return as
}

func someRows(n int) []int32 {
	var sel []int32
	for i := range n {
		if random.IntN(3) == 0 {
			sel = append(sel, int32(i))
		}
	}
	return sel
}

func checkColumn(t *testing.T, what string, v *Vec, a *column.Array, rows []int) {
	t.Helper()
	if v.Len() != len(rows) || v.Type != a.Type {
		t.Fatalf("%s: %d rows of %s, want %d of %s", what, v.Len(), v.Type, len(rows), a.Type)
	}
	for i, r := range rows {
		if got, want := v.Value(i), a.Value(r); got != want {
			t.Fatalf("%s: row %d is %v, want %v", what, i, got, want)
		}
	}
	if v.Type == column.String {
		for i, s := range v.Strings() {
			if s != a.Value(rows[i]).Str {
				t.Fatalf("%s: string %d is %q, want %q", what, i, s, a.Value(rows[i]).Str)
			}
		}
	}
}

// TestBatchAgainstRowNumbers follows the rows of batches through windows, selections, subsets and copies.
func TestBatchAgainstRowNumbers(t *testing.T) {
	arrays := testArrays(3000)
	check := func(what string, b *Batch, rows []int) {
		t.Helper()
		if b.Len() != len(rows) || b.Width() != len(arrays) {
			t.Fatalf("%s: %d rows, want %d", what, b.Len(), len(rows))
		}
		for i, a := range arrays {
			checkColumn(t, fmt.Sprintf("%s, column %d (layout %d)", what, i, a.Layout), b.Col(i), a, rows)
		}
	}
	choose := func(rows []int, sel []int32) []int {
		var r []int
		for _, s := range sel {
			r = append(r, rows[s])
		}
		return r
	}
	var b, sub, again Batch
	for _, size := range []int{0, 1, 7, 63, 64, 65, 300, Size} {
		lo := random.IntN(900)
		b.SetWindow(arrays, lo, size)
		var rows []int
		for i := range size {
			rows = append(rows, lo+i)
		}
		check("window", &b, rows)
		sel := someRows(size)
		sub.Sub(&b, sel)
		subRows := choose(rows, sel)
		check("subset", &sub, subRows)
		sel = someRows(len(subRows))
		again.Sub(&sub, sel)
		check("subset of a subset", &again, choose(subRows, sel))

		copied := b.Detach()
		check("copy", copied, rows)
		sel = someRows(size)
		for _, x := range []*Batch{&b, copied} {
			x.Select(sel)
			selRows := choose(rows, sel)
			check("selection", x, selRows)
			sel2 := someRows(len(selRows))
			sub.Sub(x, sel2)
			check("subset of a selection", &sub, choose(selRows, sel2))
			x.Select(sel2)
			check("selection of a selection", x, choose(selRows, sel2))
		}
	}
}

func TestVectorsKeepTheirMemory(t *testing.T) {
	arrays := testArrays(2 * Size)
	var b Batch
	var v Vec
	sel := someRows(Size)
	null := column.Null(column.Int)
	round := func() {
		b.SetWindow(arrays, 100, Size)
		for i := range arrays {
			b.Col(i).Strings()
			v.Gather(b.Col(i), sel)
		}
		b.Select(sel)
		for i := range arrays {
			b.Col(i)
		}
		v.Reset(column.Int, Size)
		v.SetNull(3)
		v.AddNulls(v.Null)
		v.Fill(null, Size)
	}
	round()
	if n := testing.AllocsPerRun(10, round); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestNullsOfUsedVectorAreForgotten(t *testing.T) {
	var v Vec
	v.Fill(column.Null(column.Int), 5)
	v.Reset(column.Int, 4)
	if v.Null != nil {
		t.Error("Reset leaves nulls")
	}
	v.SetNull(2)
	if !slices.Equal(v.Null, []bool{false, false, true, false}) {
		t.Errorf("nulls %v", v.Null)
	}
	v.AddNulls(nil)
	v.AddNulls([]bool{true, false, false, false})
	if !slices.Equal(v.Null, []bool{true, false, true, false}) {
		t.Errorf("nulls %v", v.Null)
	}
}

// TestTailStringsStay checks that strings keep their value, whatever is made after them.
func TestTailStringsStay(t *testing.T) {
	var v Vec
	type kept struct{ got, want string }
	var all []kept
	for range 200 {
		v.Reset(column.String, 50)
		for i := range v.Str {
			b := v.Tail()
			if len(b) != 0 {
				t.Fatal("the tail is not empty")
			}
			if random.IntN(10) == 0 {
				continue // nothing is stored
			}
			n := random.IntN(20)
			if random.IntN(50) == 0 {
				n = random.IntN(5 * maxBlock)
			}
			want := strings.Repeat(string(rune('a'+random.IntN(26))), n)
			for len(want)-len(b) > 0 {
				b = append(b, want[len(b)])
			}
			v.SetTail(i, b)
			all = append(all, kept{v.Str[i], want})
		}
	}
	for _, k := range all {
		if k.got != k.want {
			t.Fatalf("%.20q of length %d, want %.20q of length %d", k.got, len(k.got), k.want, len(k.want))
		}
	}
}

func TestHeadSharesMemory(t *testing.T) {
	for _, a := range testArrays(100) {
		var v, head Vec
		Load(&v, a, 0, 100, nil)
		rows := make([]int, 30)
		for i := range rows {
			rows[i] = i
		}
		head.Head(&v, 30)
		checkColumn(t, fmt.Sprintf("head of layout %d", a.Layout), &head, a, rows)
	}
}

func TestBits64(t *testing.T) {
	src := make([]byte, 20)
	for i := range src {
		src[i] = byte(random.Uint32())
	}
	for lo := range 200 {
		var want uint64
		n := 0
		for i := range 64 {
			if k := lo + i; k < 8*len(src) && src[k/8]>>(k%8)&1 == 1 {
				want |= 1 << i
				n++
			}
		}
		if got := Bits64(src, lo); got != want {
			t.Errorf("from %d: %x, want %x", lo, got, want)
		}
	}
	full := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}
	for lo := range 40 {
		for n := range 80 - lo {
			if got, want := allSet(full, lo, n), lo+n < 80; got != want {
				t.Errorf("bits %d to %d all set: %v", lo, lo+n, got)
			}
		}
	}
}
