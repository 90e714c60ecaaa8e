package column

import (
	"slices"
	"unsafe"
)

// ChunkRows is the number of rows a chunk aims at.
const ChunkRows = 1 << 17

// maxChunkText is the text of one STRING chunk at which a Builder is Full, far below what 32-bit offsets reach.
const maxChunkText = 64 << 20

// Builder collects the values of one column and makes Arrays of them in the narrowest layout. One goroutine
// uses a Builder at a time; its buffers are reused from one chunk to the next. Rows are added one at a time (Append
// and its like) or a vector at a time (ExtendInts and its like), of the column's type.
type Builder struct {
	typ  Type
	n    int
	null []uint64 // bit i set: row i is NULL; shorter than the rows where the rest is valid

	bools  []bool
	ints   []int64
	floats []float64

	plain bool // STRING values go to off and data, not to codes
	codes []uint32
	coder coder
	off   []int32
	data  []byte

	starts, ends []uint32 // of a batch with nulls
}

// NewBuilder returns a Builder of one column. A STRING column is dictionary-coded through dict as long as dict
// accepts its strings; with a nil dict it is stored plain.
func NewBuilder(t Type, dict *DictBuilder) *Builder {
	b := &Builder{typ: t, plain: true, off: []int32{0}}
	if t == String && dict != nil {
		b.coder = coder{dict: dict, table: dict.view()}
		b.plain = dict.full.Load()
	}
	return b
}

// Len returns the number of rows so far.
func (b *Builder) Len() int { return b.n }

// Full reports whether the chunk should be finished: it has its rows, or its text has grown large. Who adds to a
// Builder asks after every vector, since the text of one chunk must stay below 2 GiB.
func (b *Builder) Full() bool { return b.n >= ChunkRows || len(b.data) >= maxChunkText }

// Append adds v, which must be of the column's type.
func (b *Builder) Append(v Value) {
	if !v.Valid {
		b.AppendNull()
		return
	}
	switch b.typ {
	case Bool:
		b.AppendBool(v.Int != 0)
	case Int:
		b.AppendInt(v.Int)
	case Float:
		b.AppendFloat(v.Float)
	case String:
		b.AppendString(v.Str)
	}
}

// AppendNull adds a NULL row.
func (b *Builder) AppendNull() {
	switch b.typ {
	case Bool:
		b.bools = append(b.bools, false)
	case Int:
		b.ints = append(b.ints, 0)
	case Float:
		b.floats = append(b.floats, 0)
	case String:
		b.appendEmpty()
	}
	b.n++
	b.markNull(b.n - 1)
}

// appendEmpty adds the slot of a NULL row to a STRING column.
func (b *Builder) appendEmpty() {
	if b.plain {
		b.off = append(b.off, int32(len(b.data)))
	} else {
		b.codes = append(b.codes, 0)
	}
}

// AppendBool adds a row to a BOOL column.
func (b *Builder) AppendBool(v bool) { b.bools = append(b.bools, v); b.n++ }

// AppendInt adds a row to an INT column.
func (b *Builder) AppendInt(v int64) { b.ints = append(b.ints, v); b.n++ }

// AppendFloat adds a row to a FLOAT column.
func (b *Builder) AppendFloat(v float64) { b.floats = append(b.floats, v); b.n++ }

// AppendString adds a row to a STRING column.
func (b *Builder) AppendString(s string) {
	b.n++
	if !b.plain {
		if c, ok := b.coder.code(unsafe.Slice(unsafe.StringData(s), len(s))); ok {
			b.codes = append(b.codes, c)
			return
		}
		b.toPlain()
	}
	b.data = append(b.data, s...)
	b.off = append(b.off, b.textEnd())
}

// textEnd returns the offset behind the text so far.
func (b *Builder) textEnd() int32 {
	n := int32(len(b.data))
	if int(n) != len(b.data) {
		panic("column: more than 2 GiB of text in one chunk: the caller does not heed Builder.Full")
	}
	return n
}

// toPlain turns the codes collected so far into plain strings.
func (b *Builder) toPlain() {
	b.plain = true
	table := b.coder.finish(false)
	b.off = slices.Grow(b.off[:1], len(b.codes))
	for i, c := range b.codes {
		if !b.isNull(i) {
			b.data = append(b.data, table.str(c)...)
		}
		b.off = append(b.off, b.textEnd())
	}
	b.codes = b.codes[:0]
}

// SetNull makes the row, counted from the chunk's first, NULL. The row has been appended.
func (b *Builder) SetNull(row int) {
	b.markNull(row)
	if b.typ == String && b.plain && b.off[row] < b.off[row+1] {
		lo, hi := b.off[row], b.off[row+1]
		b.data = slices.Delete(b.data, int(lo), int(hi))
		for i := row + 1; i < len(b.off); i++ {
			b.off[i] -= hi - lo
		}
	}
}

// markNull sets the null bit of row, whose slot Finish will zero.
func (b *Builder) markNull(row int) {
	for len(b.null) <= row/64 {
		b.null = append(b.null, 0)
	}
	b.null[row/64] |= 1 << (row % 64)
}

func (b *Builder) isNull(row int) bool {
	return row/64 < len(b.null) && b.null[row/64]&(1<<(row%64)) != 0
}

// Truncate drops the rows from n on.
func (b *Builder) Truncate(n int) {
	if n >= b.n {
		return
	}
	switch b.typ {
	case Bool:
		b.bools = b.bools[:n]
	case Int:
		b.ints = b.ints[:n]
	case Float:
		b.floats = b.floats[:n]
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

// reset empties the Builder for the next chunk.
func (b *Builder) reset() {
	b.n, b.null = 0, b.null[:0]
	b.bools, b.ints, b.floats = b.bools[:0], b.ints[:0], b.floats[:0]
	b.codes, b.off, b.data = b.codes[:0], b.off[:1], b.data[:0]
	b.plain = b.coder.dict == nil || b.coder.dict.full.Load()
}
