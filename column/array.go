package column

import "unsafe"

// Layout is how the values of an Array lie in memory: the narrowest that holds them.
type Layout uint8

// The layouts of the four types.
const (
	Bits    Layout = iota // BOOL: a bit a row, least significant first
	Int8                  // INT in int8
	Int16                 // INT in int16
	Int32                 // INT in int32
	Int64                 // INT in int64
	Float64               // FLOAT
	Code8                 // STRING: uint8 codes into Dict
	Code16                // STRING: uint16 codes into Dict
	Code32                // STRING: uint32 codes into Dict
	Plain                 // STRING: Off and Data
)

// Array is one column of one chunk: N values of one type, in the memory layout of the Arrow array of the
// same kind. It is read-only once made and may be used by any number of goroutines. Exactly one of the value
// slices is set, as Layout says. The value of a NULL row is zero (code 0 in a dictionary layout, which is
// always a valid code; an empty string in Plain; a clear bit in Bits).
type Array struct {
	Type   Type
	Layout Layout
	N      int
	Valid  []byte // validity bitmap, bit i%8 of byte i/8 set where row i has a value; nil when Stats.Nulls is 0

	Bits []byte
	I8   []int8
	I16  []int16
	I32  []int32
	I64  []int64
	F64  []float64
	C8   []uint8
	C16  []uint16
	C32  []uint32
	Off  []int32 // N+1 offsets into Data
	Data []byte

	Dict  *Dict // of the Code layouts: holds at least one string
	Stats Stats
}

// Stats describes the values of an Array. Min and Max are NULL when there is no value; those of a STRING
// column may be left out (NULL) when the values are long.
type Stats struct {
	Rows, Nulls int64
	Min, Max    Value
	Distinct    int64 // estimate of the distinct values, 0 when not known
}

// IsNull reports whether row i is NULL.
func (a *Array) IsNull(i int) bool {
	return a.Valid != nil && a.Valid[i>>3]&(1<<(i&7)) == 0
}

// Value returns row i, for tests and for places where speed does not count.
func (a *Array) Value(i int) Value {
	if a.IsNull(i) {
		return Null(a.Type)
	}
	switch a.Layout {
	case Bits:
		return BoolValue(a.Bits[i>>3]&(1<<(i&7)) != 0)
	case Int8:
		return IntValue(int64(a.I8[i]))
	case Int16:
		return IntValue(int64(a.I16[i]))
	case Int32:
		return IntValue(int64(a.I32[i]))
	case Int64:
		return IntValue(a.I64[i])
	case Float64:
		return FloatValue(a.F64[i])
	case Code8:
		return StringValue(a.Dict.Value(uint32(a.C8[i])))
	case Code16:
		return StringValue(a.Dict.Value(uint32(a.C16[i])))
	case Code32:
		return StringValue(a.Dict.Value(a.C32[i]))
	}
	return StringValue(string(a.Data[a.Off[i]:a.Off[i+1]]))
}

// text returns data[lo:hi] as a string that shares its memory.
func text(data []byte, lo, hi int32) string {
	if lo == hi {
		return ""
	}
	return unsafe.String(&data[lo], int(hi-lo))
}
