package column

import (
	"slices"
	"strings"
	"sync"
)

// Dict is a dictionary: the distinct strings behind the codes of one column, shared by the chunks of a table.
// Codes are 0..Len()-1 in no particular order; Rank gives the order of the strings. A Dict is read-only and may
// be used by any number of goroutines.
type Dict struct {
	n    int
	strs []string // by code; or nil, and
	off  []int32  // string i is data[off[i]:off[i+1]]
	data []byte

	lazyStrs func() []string // of a dictionary made of text
	lazyText func() (off []int32, data []byte)

	sortOnce sync.Once
	rank     []uint32 // set from the start in a dictionary that was read from bytes
	order    []uint32
}

// NewDict makes a dictionary of distinct strings, which it keeps. All together have less than 2 GiB.
func NewDict(strs []string) *Dict {
	if strs == nil {
		strs = []string{}
	}
	return &Dict{n: len(strs), strs: strs, lazyText: sync.OnceValues(func() ([]int32, []byte) { return joinStrings(strs) })}
}

// newTextDict makes a dictionary of the distinct strings data[off[i]:off[i+1]]. It keeps both.
func newTextDict(off []int32, data []byte) *Dict {
	return &Dict{n: len(off) - 1, off: off, data: data, lazyStrs: sync.OnceValue(func() []string { return splitText(off, data) })}
}

// joinStrings puts strings behind one another.
func joinStrings(strs []string) (off []int32, data []byte) {
	n := 0
	for _, s := range strs {
		n += len(s)
	}
	data = make([]byte, 0, n)
	off = make([]int32, 1, len(strs)+1)
	for _, s := range strs {
		data = append(data, s...)
		off = append(off, int32(len(data)))
	}
	return off, data
}

// splitText returns the strings of joinStrings, which share the memory of data.
func splitText(off []int32, data []byte) []string {
	strs := make([]string, len(off)-1)
	for i := range strs {
		strs[i] = text(data, off[i], off[i+1])
	}
	return strs
}

// Len returns the number of strings.
func (d *Dict) Len() int { return d.n }

// Value returns the string of a code.
func (d *Dict) Value(code uint32) string {
	if d.strs != nil {
		return d.strs[code]
	}
	return text(d.data, d.off[code], d.off[code+1])
}

// Strings returns all strings, indexed by code. The caller must not change them. They are made at the first call;
// for a few strings Value is quicker.
func (d *Dict) Strings() []string {
	if d.strs != nil {
		return d.strs
	}
	return d.lazyStrs()
}

// Text returns all strings in one piece: string i is data[off[i]:off[i+1]]. The caller must not change them.
func (d *Dict) Text() (off []int32, data []byte) {
	if d.strs != nil {
		return d.lazyText()
	}
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
	d.order = sortStrings(d.Strings())
	d.rank = inverse(d.order)
}

// Find returns the code of s.
func (d *Dict) Find(s string) (code uint32, ok bool) {
	order := d.Order()
	i, ok := slices.BinarySearchFunc(order, s, func(c uint32, s string) int { return strings.Compare(d.Value(c), s) })
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
