package set

import "github.com/RoaringBitmap/roaring/v2/roaring64"

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

// Set returns the numbers. The Collector is not to be used any more.
func (c *Collector) Set() *Set {
	c.flush()
	s := &Set{dense: c.window}
	s.settle()
	if c.rest != nil {
		s.Or(&Set{sparse: c.rest})
	}
	return s
}
