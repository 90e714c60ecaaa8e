package column

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"strings"
	"unsafe"
)

const (
	maxStatText = 64 // bytes of a string that is kept as minimum or maximum

	// A chunk of at least minPlainRows is stored plain when more than plainShare of its rows brought a new string.
	minPlainRows = 1 << 14
	plainShare   = 15. / 16
)

func (b *Builder) finishStrings(a *Array) {
	first := b.firstValid()
	switch {
	case first < 0:
		a.Layout, a.Off, a.Data = Plain, make([]int32, b.n+1), []byte{}
		return
	case b.plain:
		b.finishPlain(a)
		return
	case b.n >= minPlainRows && float64(b.coder.added) > plainShare*float64(b.n):
		b.toPlain()
		b.finishPlain(a)
		return
	}
	b.finishCodes(a, first)
}

func (b *Builder) finishPlain(a *Array) {
	a.Layout = Plain
	a.Off, a.Data = make([]int32, b.n+1), make([]byte, len(b.data))
	copy(a.Off, b.off)
	copy(a.Data, b.data)
	var e extremes
	for i := range b.n {
		if !b.isNull(i) {
			e.add(text(a.Data, a.Off[i], a.Off[i+1]))
		}
	}
	e.store(&a.Stats)
	a.Stats.Distinct = estimate(b.n, a.Stats.Nulls, func(i int) uint64 { return hashText(text(a.Data, a.Off[i], a.Off[i+1])) })
}

// text returns data[lo:hi] as a string that shares its memory.
func text(data []byte, lo, hi int32) string {
	if lo == hi {
		return ""
	}
	return unsafe.String(&data[lo], int(hi-lo))
}

func (b *Builder) finishCodes(a *Array, first int) {
	fillNulls(b.codes, b.null, b.codes[first])
	var e extremes
	strs := b.coder.finish(true)
	hi := 0
	for i, w := range b.coder.used(b.codes, len(strs)) {
		for ; w != 0; w &= w - 1 {
			hi = i*64 + bits.TrailingZeros64(w)
			e.add(strs[hi])
			a.Stats.Distinct++
		}
	}
	e.store(&a.Stats)
	fillNulls(b.codes, b.null, 0)
	switch {
	case hi <= math.MaxUint8:
		a.Layout, a.C8 = Code8, make([]uint8, b.n)
		narrowCodes8(a.C8, b.codes)
	case hi <= math.MaxUint16:
		a.Layout, a.C16 = Code16, make([]uint16, b.n)
		narrowCodes16(a.C16, b.codes)
	default:
		a.Layout, a.C32 = Code32, slices.Clone(b.codes)
	}
}

// used returns a bitmap of the codes that occur.
func (c *coder) used(codes []uint32, n int) []uint64 {
	words := (n + 63) / 64
	if cap(c.bitmap) < words {
		c.bitmap = make([]uint64, 2*words)
	}
	m := c.bitmap[:words]
	clear(m)
	for _, code := range codes {
		m[code/64] |= 1 << (code % 64)
	}
	return m
}

// extremes finds the least and the greatest of some strings. Most are told from them by their first eight bytes.
type extremes struct {
	any            bool
	loHead, hiHead uint64
	lo, hi         string
}

func (e *extremes) add(s string) {
	h := head(s)
	if !e.any {
		*e = extremes{true, h, h, s, s}
		return
	}
	if h < e.loHead || h == e.loHead && s < e.lo {
		e.lo, e.loHead = s, h
	}
	if h > e.hiHead || h == e.hiHead && s > e.hi {
		e.hi, e.hiHead = s, h
	}
}

// store sets the minimum and maximum of stats, each unless it is long.
func (e *extremes) store(stats *Stats) {
	if e.any && len(e.lo) <= maxStatText {
		stats.Min = StringValue(strings.Clone(e.lo))
	}
	if e.any && len(e.hi) <= maxStatText {
		stats.Max = StringValue(strings.Clone(e.hi))
	}
}

// head returns the first eight bytes of s as a big-endian number, with zeros behind a shorter one: as the strings
// compare, so do their heads, where these differ.
func head(s string) uint64 {
	if len(s) >= 8 {
		return binary.BigEndian.Uint64(unsafe.Slice(unsafe.StringData(s), 8))
	}
	var h uint64
	for i := range len(s) {
		h |= uint64(s[i]) << (56 - 8*i)
	}
	return h
}
