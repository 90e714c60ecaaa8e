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
	strs []string

	once  sync.Once
	rank  []uint32
	order []uint32
}

// NewDict makes a dictionary of distinct strings, which it keeps.
func NewDict(strs []string) *Dict { return &Dict{strs: strs} }

// Len returns the number of strings.
func (d *Dict) Len() int { return len(d.strs) }

// Value returns the string of a code.
func (d *Dict) Value(code uint32) string { return d.strs[code] }

// Strings returns all strings, indexed by code. The caller must not change them.
func (d *Dict) Strings() []string { return d.strs }

// Rank returns, for every code, the place of its string among all strings ordered by bytes: comparing ranks
// compares strings. It is made at the first call.
func (d *Dict) Rank() []uint32 {
	d.once.Do(d.sort)
	return d.rank
}

// Order returns the codes in the order of their strings, the inverse of Rank.
func (d *Dict) Order() []uint32 {
	d.once.Do(d.sort)
	return d.order
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

func (d *Dict) sort() {
	d.order = make([]uint32, len(d.strs))
	for i := range d.order {
		d.order[i] = uint32(i)
	}
	slices.SortFunc(d.order, func(a, b uint32) int { return strings.Compare(d.strs[a], d.strs[b]) })
	d.rank = make([]uint32, len(d.strs))
	for r, c := range d.order {
		d.rank[c] = uint32(r)
	}
}
