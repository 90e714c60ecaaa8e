package group

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"github.com/eau2db/eau2/column"
)

// component is how one key becomes a code, and where the code lies in a packed key or how it counts in a dense index.
// The code of a value is its distance from lo, plus 1 where NULL can occur, which is code 0.
type component struct {
	typ      column.Type
	operand  int    // number of the expression
	lo       int64  // of INT and BOOL
	span     uint64 // number of values, 0 for all 2^64
	nullable bool
	guessed  bool       // lo and span may be too narrow
	ids      *stringIDs // of STRING

	word  int // packed: place of the code
	shift uint
	bits  uint
	// A 64-bit INT that may be NULL has its bits in a word of their own, and a NULL bit elsewhere.
	split     bool
	nullWord  int
	nullShift uint

	mult uint32 // dense: indexes from one value to the next
}

// floatNull is the code's distance from the bits of a FLOAT: a NaN that no value is, so that code 0 is free for NULL.
const floatNull = 0x7FF8_0000_DEAD_BEEF

// codes returns the number of codes, or 0 when it is 2^64 or more.
func (c *component) codes() uint64 {
	if c.span == 0 || !c.nullable {
		return c.span
	}
	return c.span + 1 // 0 at 2^64
}

// layout is how the keys of an aggregation become records.
type layout struct {
	comps   []component
	dense   bool
	slots   int      // dense: number of indexes
	words   int      // packed: words of a key, at least 1
	stride  int      // words of a record
	hotPlan *hotPlan // dense: the compact form of records, nil for none
}

// dense limits: words of all records of one worker, and slots when the ranges are guesses.
const (
	maxDenseWords   = 1 << 21
	maxGuessedSlots = 1 << 16
)

// chooseLayout makes the layout for components whose ranges have been found out; rows bounds the input.
func chooseLayout(comps []component, stateWords int, rows int64) *layout {
	l := &layout{comps: slices.Clone(comps)}
	if slots, ok := denseSlots(l.comps, stateWords, rows); ok {
		l.dense, l.slots, l.stride = true, slots, stateWords
		mult := uint32(1)
		for i := len(l.comps) - 1; i >= 0; i-- {
			c := &l.comps[i]
			c.mult = mult
			mult *= uint32(c.codes())
		}
		return l
	}
	l.widen()
	l.pack()
	l.stride = l.words + stateWords
	return l
}

// anyLayout makes the layout that takes every key.
func anyLayout(comps []component, stateWords int) *layout {
	l := &layout{comps: slices.Clone(comps)}
	for i := range l.comps {
		c := &l.comps[i]
		c.guessed, c.nullable = false, true
		switch c.typ {
		case column.Int:
			c.lo, c.span = math.MinInt64, 0
		case column.String:
			c.span = maxStringID
		}
	}
	l.pack()
	l.stride = l.words + stateWords
	return l
}

func denseSlots(comps []component, stateWords int, rows int64) (int, bool) {
	slots, guessed := uint64(1), false
	for i := range comps {
		n := comps[i].codes()
		if n == 0 || n > maxDenseWords {
			return 0, false
		}
		slots *= n
		if slots*uint64(stateWords) > maxDenseWords {
			return 0, false
		}
		guessed = guessed || comps[i].guessed
	}
	if guessed && slots > maxGuessedSlots {
		return 0, false
	}
	few := max(1024, min(4*rows, 1<<16), rows/2)
	return int(slots), int64(slots) <= few
}

// widen gives guessed ranges the bits that are left in one word.
func (l *layout) widen() {
	used, guesses := uint(0), uint(0)
	for i := range l.comps {
		used += l.comps[i].width()
		if l.comps[i].guessed {
			guesses++
		}
	}
	if guesses == 0 || used >= 64 {
		return
	}
	for i := range l.comps {
		c := &l.comps[i]
		if !c.guessed {
			continue
		}
		extra := (64 - used) / guesses
		switch w := c.width() + extra; {
		case c.typ == column.String:
			c.span = 1<<min(w, 32) - 2
		case w >= 63:
			c.lo, c.span = math.MinInt64, 0
			if c.nullable { // one value has no code, and goes to the second table
				c.lo, c.span = math.MinInt64+1, math.MaxUint64
			}
		default:
			c.grow(1<<w - 2)
		}
	}
}

// grow makes the range of an INT span values (at most 2^63) wide, around what it was. It does not go round the end of the
// numbers: whether a batch is in it is asked of its least and greatest value.
func (c *component) grow(span uint64) {
	below := int64((span - c.span) / 2)
	switch last := math.MaxInt64 - int64(span-1); {
	case c.lo < math.MinInt64+below:
		c.lo = math.MinInt64
	case c.lo-below > last:
		c.lo = last
	default:
		c.lo -= below
	}
	c.span = span
}

// width returns the bits of the component's codes.
func (c *component) width() uint {
	n := c.codes()
	if c.typ == column.Float || n == 0 {
		return 64
	}
	return uint(bits.Len64(n - 1))
}

// pack places the codes in words, the widest first.
func (l *layout) pack() {
	var free []uint // bits left in each word
	place := func(width uint) (word int, shift uint) {
		if width == 0 { // a single value: its code 0 changes no word
			return 0, 0
		}
		for w := range free {
			if free[w] >= width {
				free[w] -= width
				return w, 64 - free[w] - width
			}
		}
		free = append(free, 64-width)
		return len(free) - 1, 0
	}
	order := make([]int, len(l.comps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(l.comps[b].width(), l.comps[a].width()) })
	for _, i := range order {
		c := &l.comps[i]
		c.bits = c.width()
		c.split = c.typ == column.Int && c.span == 0 && c.nullable
		c.word, c.shift = place(c.bits)
		if c.split {
			c.nullWord, c.nullShift = place(1)
		}
	}
	l.words = max(1, len(free))
}
