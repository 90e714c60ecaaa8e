package column

import "math/bits"

// Finish makes an Array of the rows collected and empties the Builder for the next chunk. The Array has memory of
// its own. The Dict of a dictionary-coded Array is set by the caller, once DictBuilder.Dict has been called.
func (b *Builder) Finish() *Array {
	a := &Array{Type: b.typ, N: b.n}
	a.Valid, a.Stats = b.validity(), Stats{Rows: int64(b.n), Min: Null(b.typ), Max: Null(b.typ)}
	if a.Valid != nil {
		a.Stats.Nulls = int64(b.n - onesCount(a.Valid))
	}
	switch b.typ {
	case Bool:
		b.finishBools(a)
	case Int:
		b.finishInts(a)
	case Float:
		b.finishFloats(a)
	case String:
		b.finishStrings(a)
	}
	b.reset()
	return a
}

// validity returns the validity bitmap of the rows, nil without nulls.
func (b *Builder) validity() []byte {
	if b.firstNull() < 0 {
		return nil
	}
	valid := make([]byte, (b.n+7)/8)
	for i := range valid {
		valid[i] = 0xff
		if i/8 < len(b.null) {
			valid[i] = ^byte(b.null[i/8] >> (i % 8 * 8))
		}
	}
	if b.n%8 != 0 {
		valid[len(valid)-1] &= 1<<(b.n%8) - 1
	}
	return valid
}

func (b *Builder) firstNull() int {
	for i, w := range b.null {
		if w != 0 {
			return i*64 + bits.TrailingZeros64(w)
		}
	}
	return -1
}

// firstValid returns the first row that is not NULL, or -1.
func (b *Builder) firstValid() int {
	for i, w := range b.null {
		if ^w != 0 {
			if row := i*64 + bits.TrailingZeros64(^w); row < b.n {
				return row
			}
			return -1
		}
	}
	if len(b.null)*64 < b.n {
		return len(b.null) * 64
	}
	return -1
}

// fillNulls sets the slots of the NULL rows.
func fillNulls[T any](s []T, null []uint64, v T) {
	for i, w := range null {
		for ; w != 0; w &= w - 1 {
			s[i*64+bits.TrailingZeros64(w)] = v
		}
	}
}

func (b *Builder) finishBools(a *Array) {
	fillNulls(b.bools, b.null, false)
	a.Layout, a.Bits = Bits, packBools(b.bools)
	valid := b.n - int(a.Stats.Nulls)
	if valid == 0 {
		return
	}
	trues := onesCount(a.Bits)
	a.Stats.Min, a.Stats.Max = BoolValue(trues == valid), BoolValue(trues > 0)
	a.Stats.Distinct = 1
	if trues > 0 && trues < valid {
		a.Stats.Distinct = 2
	}
}

func (b *Builder) finishInts(a *Array) {
	first := b.firstValid()
	if first < 0 {
		a.Layout, a.I8 = Int8, make([]int8, b.n)
		return
	}
	fillNulls(b.ints, b.null, b.ints[first])
	lo, hi := minMax(b.ints)
	a.Stats.Min, a.Stats.Max = IntValue(lo), IntValue(hi)
	a.Stats.Distinct = estimateInts(b.ints, a.Stats.Nulls)
	if span := uint64(hi) - uint64(lo); span < uint64(a.Stats.Distinct) {
		a.Stats.Distinct = int64(span) + 1
	}
	fillNulls(b.ints, b.null, 0)
	a.setInts(b.ints, lo, hi)
}

func (b *Builder) finishFloats(a *Array) {
	a.Layout = Float64
	if first := b.firstValid(); first >= 0 {
		fillNulls(b.floats, b.null, b.floats[first])
		lo, hi := minMaxFloats(b.floats)
		a.Stats.Min, a.Stats.Max = FloatValue(lo), FloatValue(hi)
		a.Stats.Distinct = estimateFloats(b.floats, a.Stats.Nulls)
	}
	fillNulls(b.floats, b.null, 0)
	a.F64 = make([]float64, b.n)
	copy(a.F64, b.floats)
}
