package column

import (
	"slices"
	"strings"
	"sync"
	"unsafe"
)

// Dict is a dictionary: the distinct strings behind the codes of one column, shared by the chunks of a table.
// Codes are 0..Len()-1 in no particular order; Rank gives the order of the strings. A Dict is read-only and may
// be used by any number of goroutines.
type Dict struct {
	strs []string

	textOnce sync.Once
	off      []int32
	data     []byte

	sortOnce sync.Once
	rank     []uint32 // set from the start in a dictionary that was read from bytes
	order    []uint32
}

// NewDict makes a dictionary of distinct strings, which it keeps.
func NewDict(strs []string) *Dict { return &Dict{strs: strs} }

// newTextDict makes a dictionary of the distinct strings data[off[i]:off[i+1]]. It keeps both.
func newTextDict(off []int32, data []byte) *Dict {
	d := &Dict{strs: make([]string, len(off)-1), off: off, data: data}
	d.textOnce.Do(func() {})
	base := unsafe.Pointer(unsafe.SliceData(data))
	lo := off[0]
	for i, hi := range off[1:] {
		if lo < hi { // an empty string has no address
			d.strs[i] = unsafe.String((*byte)(unsafe.Add(base, lo)), int(hi-lo))
		}
		lo = hi
	}
	return d
}

// Len returns the number of strings.
func (d *Dict) Len() int { return len(d.strs) }

// Value returns the string of a code.
func (d *Dict) Value(code uint32) string { return d.strs[code] }

// Strings returns all strings, indexed by code. The caller must not change them.
func (d *Dict) Strings() []string { return d.strs }

// Text returns all strings in one piece: string i is data[off[i]:off[i+1]]. All together have less than 2 GiB. The
// caller must not change them.
func (d *Dict) Text() (off []int32, data []byte) {
	d.textOnce.Do(func() {
		n := 0
		for _, s := range d.strs {
			n += len(s)
		}
		d.data = make([]byte, 0, n)
		d.off = make([]int32, 1, len(d.strs)+1)
		for _, s := range d.strs {
			d.data = append(d.data, s...)
			d.off = append(d.off, int32(len(d.data)))
		}
	})
	return d.off, d.data
}

// Rank returns, for every code, the place of its string among all strings ordered by bytes: comparing ranks
// compares strings. It is made at the first call, or comes with a dictionary that was read from bytes.
func (d *Dict) Rank() []uint32 {
	d.sortOnce.Do(d.sort)
	return d.rank
}

// Order returns the codes in the order of their strings, the inverse of Rank.
func (d *Dict) Order() []uint32 {
	d.sortOnce.Do(d.sort)
	return d.order
}

func (d *Dict) sort() {
	if d.rank != nil {
		d.order = inverse(d.rank)
		return
	}
	d.order = sortStrings(d.strs)
	d.rank = inverse(d.order)
}

// Find returns the code of s.
func (d *Dict) Find(s string) (code uint32, ok bool) {
	order := d.Order()
	i, ok := slices.BinarySearchFunc(order, s, func(c uint32, s string) int { return strings.Compare(d.strs[c], s) })
	if !ok {
		return 0, false
	}
	return order[i], true
}

// inverse returns the inverse of a permutation.
func inverse(p []uint32) []uint32 {
	q := make([]uint32, len(p))
	for i, v := range p {
		q[v] = uint32(i)
	}
	return q
}
