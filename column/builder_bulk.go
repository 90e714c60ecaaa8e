package column

import "slices"

// ExtendInts appends n valid rows to an INT column and returns their slots, which hold undefined values, for the
// caller to fill before the next call.
func (b *Builder) ExtendInts(n int) []int64 {
	b.ints = extend(b.ints, n)
	b.n += n
	return b.ints[b.n-n:]
}

// ExtendFloats is ExtendInts for a FLOAT column.
func (b *Builder) ExtendFloats(n int) []float64 {
	b.floats = extend(b.floats, n)
	b.n += n
	return b.floats[b.n-n:]
}

// ExtendBools is ExtendInts for a BOOL column.
func (b *Builder) ExtendBools(n int) []bool {
	b.bools = extend(b.bools, n)
	b.n += n
	return b.bools[b.n-n:]
}

// ExtendStrings appends len(start) rows to a STRING column: row i is text[start[i]:end[i]], or NULL where end[i] is
// below start[i]. The text is copied.
func (b *Builder) ExtendStrings(text []byte, start, end []uint32) {
	for len(start) > 0 {
		n := min(len(start), batchRows)
		b.extendStrings(text, start[:n], end[:n])
		start, end = start[n:], end[n:]
	}
}

func (b *Builder) extendStrings(text []byte, start, end []uint32) {
	n := len(start)
	nulls := 0
	for i, s := range start {
		if end[i] < s {
			b.markNull(b.n + i)
			nulls++
		}
	}
	if !b.plain {
		b.codes = extend(b.codes, n)
		if b.extendCodes(b.codes[b.n:], nulls, text, start, end) {
			b.n += n
			return
		}
		b.codes = b.codes[:b.n]
		b.toPlain()
	}
	b.off = slices.Grow(b.off, n)
	for i, s := range start {
		if s < end[i] {
			b.data = append(b.data, text[s:end[i]]...)
		}
		b.off = append(b.off, b.textEnd())
	}
	b.n += n
}

// extendCodes sets dst to the codes of a batch, or returns false when the dictionary does not take its strings.
func (b *Builder) extendCodes(dst []uint32, nulls int, text []byte, start, end []uint32) bool {
	switch nulls {
	case 0:
		return b.coder.codes(dst, text, start, end)
	case len(dst):
		clear(dst)
		return true
	}
	// Look up some other row's string in place of each NULL; Finish zeroes the slots.
	starts, ends := b.starts[:0], b.ends[:0]
	some := 0
	for end[some] < start[some] {
		some++
	}
	for i, s := range start {
		e := end[i]
		if e < s {
			s, e = start[some], end[some]
		}
		starts, ends = append(starts, s), append(ends, e)
	}
	b.starts, b.ends = starts, ends
	return b.coder.codes(dst, text, starts, ends)
}

// extend makes s longer by n undefined values.
func extend[T any](s []T, n int) []T { return slices.Grow(s, n)[:len(s)+n] }
