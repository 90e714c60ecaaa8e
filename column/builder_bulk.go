package column

import (
	"math/bits"
	"slices"
)

// ChunkRows is the number of rows a chunk aims at.
const ChunkRows = 1 << 17

// maxChunkText is the text of one STRING chunk at which a Builder is Full, far below what 32-bit offsets reach.
const maxChunkText = 64 << 20

// Full reports whether the chunk should be finished: it has its rows, or its text has grown large. Who adds to a
// Builder asks after every vector, since the text of one chunk must stay below 2 GiB.
func (b *Builder) Full() bool { return b.n >= ChunkRows || len(b.data) >= maxChunkText }

// ExtendInts appends n valid rows to an INT column and returns their slots, which hold undefined values, for the
// caller to fill before the next call.
func (b *Builder) ExtendInts(n int) []int64 {
	b.ints = slices.Grow(b.ints, n)[:b.n+n]
	b.n += n
	return b.ints[b.n-n:]
}

// ExtendFloats is ExtendInts for a FLOAT column.
func (b *Builder) ExtendFloats(n int) []float64 {
	b.flts = slices.Grow(b.flts, n)[:b.n+n]
	b.n += n
	return b.flts[b.n-n:]
}

// ExtendBools is ExtendInts for a BOOL column.
func (b *Builder) ExtendBools(n int) []bool {
	b.bits = slices.Grow(b.bits, n)[:b.n+n]
	b.n += n
	return b.bits[b.n-n:]
}

// ExtendStrings appends len(start) rows to a STRING column: row i is text[start[i]:end[i]], or NULL where end[i] is
// below start[i]. The text is copied.
func (b *Builder) ExtendStrings(text []byte, start, end []uint32) {
	for i, s := range start {
		if end[i] < s {
			b.AppendNull()
		} else {
			b.AppendString(string(text[s:end[i]]))
		}
	}
}

// SetNull makes the row, counted from the chunk's first, NULL. It must have been appended; for a row of a vector from
// ExtendInts and its like the call comes after the slot was filled.
func (b *Builder) SetNull(row int) {
	b.markNull(row)
	switch b.typ {
	case Bool:
		b.bits[row] = false
	case Int:
		b.ints[row] = 0
	case Float:
		b.flts[row] = 0
	case String:
		if !b.plain {
			b.codes[row] = 0
		} else if lo, hi := b.off[row], b.off[row+1]; lo < hi {
			b.data = slices.Delete(b.data, int(lo), int(hi))
			for i := row + 1; i < len(b.off); i++ {
				b.off[i] -= hi - lo
			}
		}
	}
}

// Truncate drops the rows from n on.
func (b *Builder) Truncate(n int) {
	if n >= b.n {
		return
	}
	switch b.typ {
	case Bool:
		b.bits = b.bits[:n]
	case Int:
		b.ints = b.ints[:n]
	case Float:
		b.flts = b.flts[:n]
	case String:
		if b.plain {
			b.off = b.off[:n+1]
			b.data = b.data[:b.off[n]]
		} else {
			b.codes = b.codes[:n]
		}
	}
	b.n = n
	if len(b.null)*64 > n {
		b.null = b.null[:(n+63)/64]
		if n%64 != 0 {
			b.null[n/64] &= 1<<(n%64) - 1
		}
	}
}

func (b *Builder) markNull(row int) {
	for len(b.null) <= row/64 {
		b.null = append(b.null, 0)
	}
	b.null[row/64] |= 1 << (row % 64)
}

func (b *Builder) isNull(row int) bool {
	return row/64 < len(b.null) && b.null[row/64]&(1<<(row%64)) != 0
}

// validity returns the validity bitmap of the rows, nil without nulls, and the number of nulls.
func (b *Builder) validity() (valid []byte, nulls int64) {
	for _, w := range b.null {
		nulls += int64(bits.OnesCount64(w))
	}
	if nulls == 0 {
		return nil, 0
	}
	valid = make([]byte, (b.n+7)/8)
	for i := range valid {
		valid[i] = 0xff
		if i/8 < len(b.null) {
			valid[i] = ^byte(b.null[i/8] >> (i % 8 * 8))
		}
	}
	if b.n%8 != 0 {
		valid[len(valid)-1] &= 1<<(b.n%8) - 1
	}
	return valid, nulls
}
