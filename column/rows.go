package column

import (
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
)

// Rows on their way from one node to another: narrow arrays, as those of a chunk, but without statistics, and all columns
// in one frame.

// AppendRows appends arrays, one at least and all of the same number of rows, as a frame of KindRows to dst. The payload is
// an Arrow IPC stream of one record batch. Codes go without their dictionary.
func AppendRows(dst []byte, arrays []*Array) ([]byte, error) {
	fields := make([]arrow.Field, len(arrays))
	columns := make([]arrow.Array, len(arrays))
	size := len(dst) + FrameHeader + 512
	for i, a := range arrays {
		t := a.Layout.ArrowType()
		switch a.Layout {
		case Code8, Code16, Code32:
			t = a.Layout.codeType()
		case Plain:
			t = arrow.BinaryTypes.Binary
		}
		fields[i] = arrow.Field{Name: "c", Type: t, Nullable: true}
		columns[i] = a.arrow(t)
		defer columns[i].Release()
		size += int(a.Size()) + 320
	}
	if cap(dst) < size {
		dst = append(make([]byte, 0, size), dst...)
	}
	dst, at := beginFrame(dst)
	dst, err := appendStream(dst, arrow.NewSchema(fields, nil), columns...)
	if err != nil {
		return nil, fmt.Errorf("write rows: %w", err)
	}
	endFrame(dst[at:], KindRows)
	return dst, nil
}

// Size returns the bytes that a's values take, without the dictionary.
func (a *Array) Size() int64 {
	return int64(len(a.Valid) + len(a.Bits) + len(a.I8) + 2*len(a.I16) + 4*len(a.I32) + 8*len(a.I64) + 8*len(a.F64) +
		len(a.C8) + 2*len(a.C16) + 4*len(a.C32) + 4*len(a.Off) + len(a.Data))
}

// ReadRows reads the frame b, which AppendRows wrote of columns of these types; dict gives the dictionary of a column of
// codes. The arrays point into b, which must stay as it is and should begin at a multiple of eight. The error wraps
// ErrCorrupt or ErrVersion, or is dict's.
func ReadRows(b []byte, types []Type, dict func(column int) (*Dict, error)) ([]*Array, error) {
	payload, err := ReadFrame(b, KindRows)
	if err != nil {
		return nil, err
	}
	r, err := readStream(payload)
	if err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	if len(r.columns) != len(types) {
		return nil, fmt.Errorf("read rows: %w: %d columns in place of %d", ErrCorrupt, len(r.columns), len(types))
	}
	arrays := make([]*Array, len(types))
	for i, t := range types {
		if arrays[i], err = r.rowsColumn(i, t, dict); err != nil {
			return nil, fmt.Errorf("read rows: column %d: %w", i, err)
		}
	}
	return arrays, nil
}

func (r *batch) rowsColumn(i int, t Type, dict func(column int) (*Dict, error)) (*Array, error) {
	c := &r.columns[i]
	codes := t == String && c.typ != arrow.BINARY
	layout, ok := storedLayouts[stored{t, c.typ, codes}]
	if !ok {
		return nil, fmt.Errorf("%w: values of Arrow type %v in a column of type %v", ErrCorrupt, c.typ, t)
	}
	a := &Array{Type: t, Layout: layout, N: r.rows, Stats: Stats{Rows: int64(r.rows), Nulls: int64(c.nulls), Min: Null(t), Max: Null(t)}}
	if err := a.setBuffers(c); err != nil || !codes {
		return a, err
	}
	d, err := dict(i)
	if err != nil {
		return nil, err
	}
	return a, a.setDict(d)
}

// NarrowInts makes an INT Array of vals without looking at more than their range; valid is its validity bitmap, nil for
// all. Those of NULL rows must be zero.
func NarrowInts(vals []int64, valid []byte) *Array {
	a := rows(Int, len(vals), valid)
	lo, hi := int64(0), int64(0)
	if len(vals) > 0 {
		lo, hi = minMax(vals)
	}
	a.setInts(vals, lo, hi)
	return a
}

// setInts gives an INT array its values, which are lo to hi.
func (a *Array) setInts(vals []int64, lo, hi int64) {
	switch {
	case lo >= math.MinInt8 && hi <= math.MaxInt8:
		a.Layout, a.I8 = Int8, make([]int8, a.N)
		narrow8(a.I8, vals)
	case lo >= math.MinInt16 && hi <= math.MaxInt16:
		a.Layout, a.I16 = Int16, make([]int16, a.N)
		narrow16(a.I16, vals)
	case lo >= math.MinInt32 && hi <= math.MaxInt32:
		a.Layout, a.I32 = Int32, make([]int32, a.N)
		narrow32(a.I32, vals)
	default:
		a.Layout, a.I64 = Int64, make([]int64, a.N)
		copy(a.I64, vals)
	}
}

// NarrowCodes makes a STRING Array of codes into d, as NarrowInts does.
func NarrowCodes(codes []uint32, valid []byte, d *Dict) *Array {
	a := rows(String, len(codes), valid)
	a.Dict = d
	switch n := d.Len(); {
	case n <= 1<<8:
		a.Layout, a.C8 = Code8, make([]uint8, a.N)
		narrowCodes8(a.C8, codes)
	case n <= 1<<16:
		a.Layout, a.C16 = Code16, make([]uint16, a.N)
		narrowCodes16(a.C16, codes)
	default:
		a.Layout, a.C32 = Code32, codes
	}
	return a
}

// Floats makes a FLOAT Array over vals, as NarrowInts does, which it keeps.
func Floats(vals []float64, valid []byte) *Array {
	a := rows(Float, len(vals), valid)
	a.Layout, a.F64 = Float64, vals
	return a
}

// Bools makes a BOOL Array of vals, as NarrowInts does.
func Bools(vals []bool, valid []byte) *Array {
	a := rows(Bool, len(vals), valid)
	a.Layout, a.Bits = Bits, packBools(vals)
	return a
}

// Texts makes a STRING Array of text, which it keeps; string i begins at off[i] and ends where the next begins.
func Texts(off []int32, text []byte, valid []byte) *Array {
	a := rows(String, len(off)-1, valid)
	a.Layout, a.Off, a.Data = Plain, off, text
	return a
}

// rows returns an Array of n rows without values.
func rows(t Type, n int, valid []byte) *Array {
	a := &Array{Type: t, N: n, Stats: Stats{Rows: int64(n), Min: Null(t), Max: Null(t)}}
	if valid != nil {
		a.Stats.Nulls = int64(n - onesCount(valid))
	}
	if a.Stats.Nulls > 0 {
		a.Valid = valid
	}
	return a
}
