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
		b.finishPlain(a, first)
		return
	case b.n >= minPlainRows && float64(b.coder.added) > plainShare*float64(b.n):
		b.toPlain()
		b.finishPlain(a, first)
		return
	}
	b.finishCodes(a, first)
}

func (b *Builder) finishPlain(a *Array, first int) {
	a.Layout = Plain
	a.Off, a.Data = make([]int32, b.n+1), make([]byte, len(b.data))
	copy(a.Off, b.off)
	copy(a.Data, b.data)
	e := extremes{data: a.Data}
	e.start(a.Off[first], a.Off[first+1])
	e.scan(a.Off, nil, b.isNull)
	e.store(&a.Stats)
	a.Stats.Distinct = estimate(b.n, a.Stats.Nulls, func(i int) uint64 { return hashText(text(a.Data, a.Off[i], a.Off[i+1])) })
}

func (b *Builder) finishCodes(a *Array, first int) {
	fillNulls(b.codes, b.null, b.codes[first])
	table := b.coder.finish(true)
	e := extremes{data: table.text}
	e.start(table.off[b.codes[0]], table.off[b.codes[0]+1])
	seen, top := b.coder.used(b.codes, table.size()), 0
	for i, s := range seen {
		if s != 0 {
			top = i
			a.Stats.Distinct++
		}
	}
	e.scan(table.off, seen, nil)
	e.store(&a.Stats)
	fillNulls(b.codes, b.null, 0)
	switch {
	case top <= math.MaxUint8:
		a.Layout, a.C8 = Code8, make([]uint8, b.n)
		narrowCodes8(a.C8, b.codes)
	case top <= math.MaxUint16:
		a.Layout, a.C16 = Code16, make([]uint16, b.n)
		narrowCodes16(a.C16, b.codes)
	default:
		a.Layout, a.C32 = Code32, slices.Clone(b.codes)
	}
}

// used tells of each of n codes whether it occurs, by a byte that is not zero. Bytes are set faster than bits: no
// store waits for another to the same word.
func (c *coder) used(codes []uint32, n int) []byte {
	if cap(c.seen) < n {
		c.seen = make([]byte, n+n/2)
	}
	seen := c.seen[:n]
	clear(seen)
	for _, code := range codes {
		seen[code] = 1
	}
	return seen
}

// extremes finds the least and the greatest of some strings, given as places in data.
type extremes struct {
	data           []byte
	lo, hi         string
	loHead, hiHead [2]uint64 // heads of lo and hi
}

// start takes the first string.
func (e *extremes) start(lo, hi int32) {
	e.lo = text(e.data, lo, hi)
	e.hi = e.lo
	e.loHead = heads(e.lo)
	e.hiHead = e.loHead
}

// scan takes the strings between the offsets: those that are seen, where that is not nil, and not NULL.
func (e *extremes) scan(off []int32, seen []byte, isNull func(row int) bool) {
	base := unsafe.Pointer(unsafe.SliceData(e.data))
	safe := len(e.data) - headText
	for i, lo := range off[:len(off)-1] {
		if seen != nil && seen[i] == 0 {
			continue
		}
		hi := off[i+1]
		if int(lo) <= safe {
			// Nearly all strings are told by their heads to lie between the two: without a branch for each word.
			p := (*[headText]byte)(unsafe.Add(base, lo))
			mask := &headMasks[min(uint32(hi-lo), headText)]
			a, b := binary.BigEndian.Uint64(p[:])&mask[0], binary.BigEndian.Uint64(p[8:])&mask[1]
			_, above := bits.Sub64(e.loHead[1], b, 0)
			_, above = bits.Sub64(e.loHead[0], a, above)
			_, below := bits.Sub64(b, e.hiHead[1], 0)
			_, below = bits.Sub64(a, e.hiHead[0], below)
			if above&below != 0 {
				continue
			}
		}
		if isNull == nil || !isNull(i) {
			e.add(text(e.data, lo, hi))
		}
	}
}

// add takes another string.
func (e *extremes) add(s string) {
	if s < e.lo {
		e.lo, e.loHead = s, heads(s)
	}
	if s > e.hi {
		e.hi, e.hiHead = s, heads(s)
	}
}

// store sets the minimum and maximum of stats, each unless it is long.
func (e *extremes) store(stats *Stats) {
	if len(e.lo) <= maxStatText {
		stats.Min = StringValue(strings.Clone(e.lo))
	}
	if len(e.hi) <= maxStatText {
		stats.Max = StringValue(strings.Clone(e.hi))
	}
}

const headText = 16 // bytes of a string in its heads

// heads returns the first sixteen bytes of s as two big-endian numbers, with zeros behind a shorter one: as strings
// compare, so do their heads, where these differ.
func heads(s string) [2]uint64 { return [2]uint64{head(s), head(s[min(len(s), 8):])} }

// head returns the first eight bytes of s as a big-endian number.
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

// headMasks has, by the length of a string, the bits of its heads that are its own.
var headMasks = func() (m [headText + 1][2]uint64) {
	for n := range m {
		m[n] = heads(strings.Repeat("\xff", n))
	}
	return m
}()
