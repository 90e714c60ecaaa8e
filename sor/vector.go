package sor

import (
	"bytes"
	"math/bits"
	"unsafe"
)

// A vector has up to vectorRows rows, fewer when they are wide, so that what is known of them stays in the nearest
// cache; and still many, so that a column is converted in a long loop.
const (
	vectorRows  = 512
	vectorSlots = 4096
)

// vector is a run of rows whose fields have been found but whose values have not been read.
//
// Each row has stride slots, one more than it has fields, of two places each. Together they say that the text of field j
// lies from two past place 2j+1 of the row to its place 2j+2, quotes and all. In an ordinary row, whose layout is
// <a><b>…, slot j has the place of the bracket that closes field j-1 twice: two past it begins field j. Place 0 is
// that of the line break before the row.
type vector struct {
	buf    []byte
	stride int
	room   int // rows it has slots for
	limit  int // rows to collect before they are converted
	n      int // rows
	slots  []uint64
	row    int       // slot 0 of the row that is being read
	next   int       // free slot
	quotes bool      // some fields may have quotes
	wide   []wideRow // rows with more fields than the table
}

// wideRow is a row with more fields than the table.
type wideRow struct{ row, fields int }

func newVector(width, rows int) vector {
	stride := width + 1
	rows = min(rows, max(vectorSlots/stride, 16))
	return vector{stride: stride, room: rows, limit: rows, slots: make([]uint64, (rows+1)*stride+2*64)}
}

// twice is a slot with the same place twice.
func twice(place int) uint64 { return uint64(uint32(place)) * (1<<32 + 1) }

// places returns the places of the rows, 2*stride for each, from the given one of the first row on.
func (v *vector) places(from int) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(v.slots))), 2*len(v.slots))[from:]
}

// column returns the two places of field j of the first row. Those of other rows are 2*stride apart.
func (v *vector) column(j int) []uint32 { return v.places(2*j + 1) }

// begin starts to read the rows of buf from lo on.
func (v *vector) begin(buf []byte, lo int) {
	v.buf, v.n, v.row, v.next, v.quotes = buf, 0, 0, 1, false
	v.slots[0] = twice(lo - 1)
	v.wide = v.wide[:0]
}

// at returns the place of a row's first byte.
func (v *vector) at(row int) int { return int(v.places(2 * row * v.stride)[0]) + 1 }

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
	v.wide = v.wide[:0]
}

// emit fills slots with the places of marks, bits of the 64 bytes at base.
func (v *vector) emit(base int, marks uint64) {
	slots := (*[64]uint64)(v.slots[v.next:])
	k := 0
	for ; marks != 0; marks &= marks - 1 {
		slots[k&63] = twice(base + bits.TrailingZeros64(marks))
		k++
	}
	v.next += k
}

// end ends the row that is being read at the line break in slot at, which follows its last field. Fields left out
// are missing: empty.
func (v *vector) end(at int) {
	line := v.slots[at]
	p := v.places(2 * v.row)
	for j := at - v.row - 1; j < v.stride-1; j++ {
		p[2*j+1], p[2*j+2] = uint32(line), uint32(line)+2
	}
	v.row += v.stride
	v.slots[v.row] = line
	v.n++
}

// add adds the row that is being read, which has these fields and ends at the line break at the given place.
func (v *vector) add(fields []field, end int) {
	if n := len(fields); n >= v.stride {
		v.wide = append(v.wide, wideRow{v.n, n})
		fields = fields[:v.stride-1]
	}
	p := v.places(2 * v.row)
	start := p[0] + 1
	for j := range v.stride - 1 {
		var f field
		if j < len(fields) {
			f = fields[j]
		}
		if f.quoted {
			f.start, f.end = f.start-1, f.end+1
			v.quotes = true
		}
		p[2*j+1], p[2*j+2] = start+uint32(f.start)-2, start+uint32(f.end)
	}
	v.row += v.stride
	v.n++
	v.skip(end)
}

// skip leaves out the row that is being read, which ends at the line break at the given place.
func (v *vector) skip(end int) {
	v.slots[v.row] = twice(end)
	v.next = v.row + 1
}
