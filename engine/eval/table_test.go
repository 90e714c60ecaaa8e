package eval

import (
	"math"
	"slices"
	"strconv"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// testTable has a column of every layout, with nulls in the odd ones.
type testTable struct {
	arrays []*column.Array
	rows   [][]column.Value
}

const tableRows = 150

func makeTable(seed uint64) *testTable {
	t := &testTable{}
	x := seed
	random := func(n int64) int64 {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		return int64(x>>33) % n
	}
	for layout := column.Bits; layout <= column.Plain; layout++ {
		for _, nulls := range []bool{false, true} {
			var valid []bool
			for range tableRows {
				valid = append(valid, !nulls || random(4) > 0)
			}
			t.arrays = append(t.arrays, makeArray(layout, valid, random))
		}
	}
	for i := range tableRows {
		var row []column.Value
		for _, a := range t.arrays {
			row = append(row, a.Value(i))
		}
		t.rows = append(t.rows, row)
	}
	return t
}

func makeArray(layout column.Layout, valid []bool, random func(int64) int64) *column.Array {
	n := len(valid)
	ints, floats, bools, strs := make([]int64, n), make([]float64, n), make([]bool, n), make([]string, n)
	for i := range n {
		ints[i], floats[i] = random(21)-10, float64(random(41)-20)/4
		bools[i], strs[i] = random(2) == 0, testStrings[random(int64(len(testStrings)))]
	}
	switch layout {
	case column.Bits:
		return column.FromBools(bools, valid)
	case column.Int16:
		ints[0], ints[n-1], valid[0] = 1000, -1000, true
	case column.Int32:
		ints[0], ints[n-1], valid[0] = 100000, -100000, true
	case column.Int64:
		ints[0], ints[n-1], valid[0] = math.MaxInt64, math.MinInt64, true
	case column.Float64:
		return column.FromFloats(floats, valid)
	case column.Plain:
		return column.FromStrings(strs, valid)
	case column.Code8, column.Code16, column.Code32:
		return dictArray(layout, strs, valid)
	}
	return column.FromInts(ints, valid)
}

var testStrings = []string{"", "a", "b", "abc", "äöü", "12", "-3.5", "2024-02-29", "aXbXc", "zz"}

// dictArray makes an array of codes. The dictionary has strings that no row has, behind the others or before them.
func dictArray(layout column.Layout, strs []string, valid []bool) *column.Array {
	n := map[column.Layout]int{column.Code8: 0, column.Code16: 1000, column.Code32: 2 * stepSize}[layout]
	all := make([]string, 0, n+len(testStrings))
	for i := range n {
		all = append(all, "unused "+strconv.Itoa(i))
	}
	all = append(all, testStrings...)
	if n == 0 {
		for i := range 300 {
			all = append(all, "later "+strconv.Itoa(i))
		}
	}
	plain := column.FromStrings(strs, valid)
	a := &column.Array{Type: column.String, Layout: layout, N: len(strs), Valid: plain.Valid, Dict: column.NewDict(all), Stats: plain.Stats}
	for i, s := range strs {
		c := uint32(n + slices.Index(testStrings, s))
		if plain.IsNull(i) {
			c = 0
		}
		switch layout {
		case column.Code8:
			a.C8 = append(a.C8, uint8(c))
		case column.Code16:
			a.C16 = append(a.C16, uint16(c))
		case column.Code32:
			a.C32 = append(a.C32, c)
		}
	}
	return a
}

// batches returns the table's rows as batches of various kinds, with the numbers of the rows in each.
func (t *testTable) batches(g *generator) (bs []*vector.Batch, rows [][]int) {
	add := func(b *vector.Batch, rs []int) { bs, rows = append(bs, b), append(rows, rs) }
	lo := g.pick(70)
	whole := &vector.Batch{}
	whole.SetWindow(t.arrays, lo, tableRows-lo)
	var rs []int
	for i := range tableRows - lo {
		rs = append(rs, lo+i)
	}
	add(whole, rs)
	add(whole.Detach(), rs)

	var sel []int32
	var some []int
	for i := 0; i < tableRows-lo; i += 1 + g.pick(5) {
		sel, some = append(sel, int32(i)), append(some, lo+i)
	}
	chosen := &vector.Batch{}
	chosen.Sub(whole, sel)
	add(chosen, some)
	computed := whole.Detach()
	computed.Select(sel)
	add(computed, some)
	none := whole.Detach()
	none.Select(nil)
	add(none, nil)
	return bs, rows
}
