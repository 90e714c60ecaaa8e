package column

import "math"

// Builder collects the values of one column and makes Arrays of them in the narrowest layout. One goroutine
// uses a Builder at a time; its buffers are reused from one chunk to the next.
type Builder struct {
	typ   Type
	dict  *DictBuilder
	n     int
	null  []uint64 // bit i set: row i is NULL; shorter than the rows where the rest is valid

	bits  []bool
	ints  []int64
	flts  []float64
	codes []uint32
	off   []int32
	data  []byte
	plain bool // STRING values go to off and data, not to codes
}

// NewBuilder returns a Builder of one column. A STRING column is dictionary-coded through dict as long as dict
// accepts its strings; with a nil dict it is stored plain.
func NewBuilder(t Type, dict *DictBuilder) *Builder {
	b := &Builder{typ: t, dict: dict, plain: dict == nil}
	b.off = append(b.off, 0)
	return b
}

// Len returns the number of rows so far.
func (b *Builder) Len() int { return b.n }

// AppendNull adds a NULL row.
func (b *Builder) AppendNull() {
	switch b.typ {
	case Bool:
		b.bits = append(b.bits, false)
	case Int:
		b.ints = append(b.ints, 0)
	case Float:
		b.flts = append(b.flts, 0)
	case String:
		if b.plain {
			b.off = append(b.off, int32(len(b.data)))
		} else {
			b.codes = append(b.codes, 0)
		}
	}
	b.markNull(b.n)
	b.n++
}

// AppendBool adds a row to a BOOL column.
func (b *Builder) AppendBool(v bool) { b.bits = append(b.bits, v); b.n++ }

// AppendInt adds a row to an INT column.
func (b *Builder) AppendInt(v int64) { b.ints = append(b.ints, v); b.n++ }

// AppendFloat adds a row to a FLOAT column.
func (b *Builder) AppendFloat(v float64) { b.flts = append(b.flts, v); b.n++ }

// AppendString adds a row to a STRING column.
func (b *Builder) AppendString(s string) {
	if !b.plain {
		if c, ok := b.dict.Code(s); ok {
			b.codes = append(b.codes, c)
			b.n++
			return
		}
		b.toPlain()
	}
	b.data = append(b.data, s...)
	b.off = append(b.off, int32(len(b.data)))
	b.n++
}

// toPlain turns the codes collected so far into plain strings.
func (b *Builder) toPlain() {
	b.plain = true
	for i, c := range b.codes {
		if !b.isNull(i) {
			b.data = append(b.data, b.dict.value(c)...)
		}
		b.off = append(b.off, int32(len(b.data)))
	}
	b.codes = b.codes[:0]
}

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

// Finish makes an Array of the rows collected and empties the Builder for the next chunk. The Dict of a
// dictionary-coded Array is set by the caller, once DictBuilder.Dict has been called.
func (b *Builder) Finish() *Array {
	a := &Array{Type: b.typ, N: b.n, Stats: Stats{Rows: int64(b.n), Min: Null(b.typ), Max: Null(b.typ)}}
	a.Valid, a.Stats.Nulls = b.validity()
	switch b.typ {
	case Bool:
		a.Layout, a.Bits = Bits, bitmap(b.bits)
	case Int:
		b.finishInts(a)
	case Float:
		a.Layout, a.F64 = Float64, append([]float64(nil), b.flts...)
	case String:
		b.finishStrings(a)
	}
	for i := range b.n {
		v := a.peek(b, i)
		if !v.Valid {
			continue
		}
		if !a.Stats.Min.Valid || v.Compare(a.Stats.Min) < 0 {
			a.Stats.Min = v
		}
		if !a.Stats.Max.Valid || v.Compare(a.Stats.Max) > 0 {
			a.Stats.Max = v
		}
	}
	b.reset()
	return a
}

func (a *Array) peek(b *Builder, i int) Value {
	if a.IsNull(i) || a.Type == String && a.Layout != Plain {
		return Null(a.Type)
	}
	return a.Value(i)
}

func (b *Builder) finishInts(a *Array) {
	lo, hi := int64(math.MaxInt64), int64(math.MinInt64)
	for _, v := range b.ints {
		lo, hi = min(lo, v), max(hi, v)
	}
	switch {
	case b.n == 0 || lo >= math.MinInt8 && hi <= math.MaxInt8:
		a.Layout, a.I8 = Int8, narrow[int8](b.ints)
	case lo >= math.MinInt16 && hi <= math.MaxInt16:
		a.Layout, a.I16 = Int16, narrow[int16](b.ints)
	case lo >= math.MinInt32 && hi <= math.MaxInt32:
		a.Layout, a.I32 = Int32, narrow[int32](b.ints)
	default:
		a.Layout, a.I64 = Int64, narrow[int64](b.ints)
	}
}

func (b *Builder) finishStrings(a *Array) {
	if b.plain || a.Stats.Nulls == int64(b.n) {
		if !b.plain {
			b.toPlain()
		}
		a.Layout = Plain
		a.Off = append([]int32(nil), b.off...)
		a.Data = append([]byte(nil), b.data...)
		return
	}
	hi := uint32(0)
	for _, c := range b.codes {
		hi = max(hi, c)
	}
	switch {
	case hi <= math.MaxUint8:
		a.Layout, a.C8 = Code8, narrow[uint8](b.codes)
	case hi <= math.MaxUint16:
		a.Layout, a.C16 = Code16, narrow[uint16](b.codes)
	default:
		a.Layout, a.C32 = Code32, narrow[uint32](b.codes)
	}
}

func (b *Builder) reset() {
	b.n, b.null = 0, b.null[:0]
	b.bits, b.ints, b.flts, b.codes, b.data = b.bits[:0], b.ints[:0], b.flts[:0], b.codes[:0], b.data[:0]
	b.off = b.off[:1]
	b.plain = b.dict == nil || b.dict.full.Load()
}

func narrow[D int8 | int16 | int32 | int64 | uint8 | uint16 | uint32, S int64 | uint32](s []S) []D {
	d := make([]D, len(s))
	for i, v := range s {
		d[i] = D(v)
	}
	return d
}

func bitmap(v []bool) []byte {
	m := make([]byte, (len(v)+7)/8)
	for i, b := range v {
		if b {
			m[i>>3] |= 1 << (i & 7)
		}
	}
	return m
}
