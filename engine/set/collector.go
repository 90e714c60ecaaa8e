package set

import (
	"sync"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
)

// Collector gathers numbers into a set, quickest where it is told between which bounds they lie. It is one goroutine's.
type Collector struct {
	window window
	rest   *roaring64.Bitmap // of numbers outside of window
	many   []uint64          // that wait for it
}

// windowBytes is the longest window of a Collector.
const windowBytes = 256 << 20

// NewCollector returns a Collector for numbers most of which lie from lo to hi; lo > hi says that nothing is known of them.
func NewCollector(lo, hi int64) *Collector {
	c := &Collector{}
	if lo <= hi && (uint64(hi)-uint64(lo))/8 <= windowBytes {
		c.window = newWindow(lo, hi)
	}
	return c
}

// integer is a type of a column's numbers.
type integer interface {
	int8 | int16 | int32 | int64
}

// Collect adds numbers.
func Collect[T integer](c *Collector, xs []T) {
	base, words := uint64(c.window.base), c.window.words
	for _, x := range xs {
		at := uint64(int64(x)) - base
		if at>>6 < uint64(len(words)) {
			words[at>>6] |= 1 << (at & 63)
			continue
		}
		c.outside(uint64(int64(x)))
	}
}

// CollectRows adds the numbers xs[r] for the rows r.
func CollectRows[T integer](c *Collector, xs []T, rows []int32) {
	base, words := uint64(c.window.base), c.window.words
	for _, r := range rows {
		x := xs[r]
		at := uint64(int64(x)) - base
		if at>>6 < uint64(len(words)) {
			words[at>>6] |= 1 << (at & 63)
			continue
		}
		c.outside(uint64(int64(x)))
	}
}

func (c *Collector) outside(x uint64) {
	if c.many = append(c.many, x); len(c.many) == 1<<12 {
		c.flush()
	}
}

func (c *Collector) flush() {
	if len(c.many) == 0 {
		return
	}
	if c.rest == nil {
		c.rest = roaring64.New()
	}
	c.rest.AddMany(c.many)
	c.many = c.many[:0]
}

// Union returns the numbers of Collectors, which are not to be used any more. They are as made with the same bounds.
func Union(cs ...*Collector) *Set {
	all := &Set{}
	for _, c := range cs {
		c.flush()
		switch d := &all.dense; {
		case d.words == nil:
			*d = c.window
		case d.base == c.window.base && len(d.words) == len(c.window.words):
			for i, w := range c.window.words {
				d.words[i] |= w
			}
			recycle(c.window.words)
		default:
			all.Or(&Set{dense: c.window})
		}
	}
	words := all.dense.words
	if all.settle(); all.sparse != nil {
		recycle(words)
	}
	for _, c := range cs {
		if c.rest != nil {
			all.Or(&Set{sparse: c.rest})
		}
	}
	return all
}

// windows are those of Collectors that became sparse sets: the system's new pages cost more than filling them.
var windows sync.Pool

// recycled is how many words are worth to be kept.
const recycled = 1 << 13

func recycle(words []uint64) {
	if len(words) >= recycled {
		clear(words)
		windows.Put(&words)
	}
}

// newWords returns n words, all 0.
func newWords(n uint64) []uint64 {
	if n >= recycled {
		if w, ok := windows.Get().(*[]uint64); ok && uint64(cap(*w)) >= n {
			return (*w)[:n]
		}
	}
	return make([]uint64, n)
}
