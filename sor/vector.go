package sor

import (
	"bytes"
	"math/bits"
)

// vectorRows is how many rows are converted at a time: few enough that what is known of them stays in the nearest
// cache, and many enough that a column is converted in a long loop.
const vectorRows = 512

// vector is a run of rows whose fields have been found but whose values have not been read.
//
// Each row has stride slots, one more than it has fields: slot 0 is the place of the line break before the row, slot j
// that of the bracket that closes field j-1. In an ordinary row, whose layout is <a><b>…, the text of field j lies from
// two past slot j to slot j+1. Odd rows have the same place in all their slots, and their fields in a list.
type vector struct {
	buf    []byte
	stride int
	room   int // rows it has slots for
	limit  int // rows to collect before they are converted
	n      int // rows
	slots  []uint32
	row    int  // slot 0 of the row that is being read
	next   int  // free slot
	quotes bool // its ordinary rows may have some
	odds   []oddRow
	values []field // of the odd rows, stride-1 for each
}

// oddRow is a row whose fields were found by splitRow.
type oddRow struct {
	row    int
	fields int // the row has, when more than the table; else 0
}

func newVector(width, rows int) vector {
	stride := width + 1
	rows = min(rows, max(1<<16/stride, 16))
	return vector{stride: stride, room: rows, limit: rows, slots: make([]uint32, (rows+1)*stride+2*64)}
}

// begin starts to read the rows of buf from lo on.
func (v *vector) begin(buf []byte, lo int) {
	v.buf, v.n, v.row, v.next = buf, 0, 0, 1
	v.slots[0], v.quotes = uint32(lo-1), false
	v.odds, v.values = v.odds[:0], v.values[:0]
}

// at returns the place of a row's first byte.
func (v *vector) at(row int) int { return int(v.slots[row*v.stride]) + 1 }

// line returns the text of a row.
func (v *vector) line(row int) []byte {
	text := v.buf[v.at(row):]
	return text[:bytes.IndexByte(text, '\n')]
}

// clear drops the rows collected and keeps the one that is being read.
func (v *vector) clear() {
	copy(v.slots, v.slots[v.row:v.next])
	v.next -= v.row
	v.n, v.row = 0, 0
	v.odds, v.values = v.odds[:0], v.values[:0]
}

// emit fills slots with the places of marks, bits of the 64 bytes at base.
func (v *vector) emit(base int, marks uint64) {
	slots := (*[64]uint32)(v.slots[v.next:])
	k := 0
	for ; marks != 0; marks &= marks - 1 {
		slots[k&63] = uint32(base + bits.TrailingZeros64(marks))
		k++
	}
	v.next += k
}

// end ends the row that is being read at the line break in slot at, which follows its last field.
func (v *vector) end(at int) {
	place := v.slots[at]
	for j := at; j < v.row+v.stride; j++ { // fields left out
		v.slots[j] = v.slots[j-1] + 2
	}
	v.row += v.stride
	v.slots[v.row] = place
	v.n++
}

// addOdd adds the row that is being read, which ends at the line break at the given place.
func (v *vector) addOdd(fields []field, end int) {
	start := v.slots[v.row]
	for j := range v.stride {
		v.slots[v.row+j] = start
	}
	o := oddRow{row: v.n}
	if len(fields) >= v.stride {
		o.fields = len(fields)
		fields = fields[:v.stride-1]
	}
	v.odds = append(v.odds, o)
	for _, f := range fields {
		f.start += int(start) + 1
		f.end += int(start) + 1
		v.values = append(v.values, f)
	}
	for range v.stride - 1 - len(fields) {
		v.values = append(v.values, field{})
	}
	v.row += v.stride
	v.slots[v.row] = uint32(end)
	v.next = v.row + 1
	v.n++
}

// skip leaves out the row that is being read, which ends at the line break at the given place.
func (v *vector) skip(end int) {
	v.slots[v.row] = uint32(end)
	v.next = v.row + 1
}
