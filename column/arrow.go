package column

import (
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// ArrowType returns the Arrow type of a layout as Array.Arrow gives it.
func (l Layout) ArrowType() arrow.DataType {
	switch l {
	case Bits:
		return arrow.FixedWidthTypes.Boolean
	case Int8:
		return arrow.PrimitiveTypes.Int8
	case Int16:
		return arrow.PrimitiveTypes.Int16
	case Int32:
		return arrow.PrimitiveTypes.Int32
	case Int64:
		return arrow.PrimitiveTypes.Int64
	case Float64:
		return arrow.PrimitiveTypes.Float64
	case Code8, Code16, Code32:
		return &arrow.DictionaryType{IndexType: l.codeType(), ValueType: arrow.BinaryTypes.String}
	}
	return arrow.BinaryTypes.String
}

// codeType returns the Arrow type of the codes of a dictionary layout.
func (l Layout) codeType() arrow.DataType {
	switch l {
	case Code8:
		return arrow.PrimitiveTypes.Uint8
	case Code16:
		return arrow.PrimitiveTypes.Uint16
	}
	return arrow.PrimitiveTypes.Uint32
}

// Arrow returns a as an Arrow array of its layout's ArrowType, which shares a's memory. Strings that are not UTF-8
// are handed over as they are.
func (a *Array) Arrow() arrow.Array {
	switch a.Layout {
	case Code8, Code16, Code32:
		dict := a.Dict.Arrow()
		defer dict.Release()
		data := array.NewDataWithDictionary(a.Layout.ArrowType(), a.N, a.buffers(), int(a.Stats.Nulls), 0, dict.Data().(*array.Data))
		return array.NewDictionaryData(data)
	}
	return a.arrow(a.Layout.ArrowType())
}

// arrow returns the Arrow array of type t over a's buffers.
func (a *Array) arrow(t arrow.DataType) arrow.Array {
	return array.MakeFromData(array.NewData(t, a.N, a.buffers(), nil, int(a.Stats.Nulls), 0))
}

// buffers returns the Arrow buffers of a: validity, then values, or offsets and text.
func (a *Array) buffers() []*memory.Buffer {
	b := make([]*memory.Buffer, 1, 3)
	if a.Valid != nil {
		b[0] = memory.NewBufferBytes(a.Valid)
	}
	switch a.Layout {
	case Bits:
		return append(b, memory.NewBufferBytes(a.Bits))
	case Int8:
		return append(b, buffer(a.I8))
	case Int16:
		return append(b, buffer(a.I16))
	case Int32:
		return append(b, buffer(a.I32))
	case Int64:
		return append(b, buffer(a.I64))
	case Float64:
		return append(b, buffer(a.F64))
	case Code8:
		return append(b, buffer(a.C8))
	case Code16:
		return append(b, buffer(a.C16))
	case Code32:
		return append(b, buffer(a.C32))
	}
	return append(b, buffer(a.Off), memory.NewBufferBytes(a.Data))
}

// Arrow returns the strings as an Arrow array, indexed by code, that shares d's memory.
func (d *Dict) Arrow() arrow.Array { return d.arrow(arrow.BinaryTypes.String) }

func (d *Dict) arrow(t arrow.DataType) arrow.Array {
	off, data := d.Text()
	buffers := []*memory.Buffer{nil, buffer(off), memory.NewBufferBytes(data)}
	return array.MakeFromData(array.NewData(t, d.n, buffers, nil, 0, 0))
}

// number is a type of the values in an array's buffers.
type number interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | float64
}

// buffer returns the memory of s as a buffer.
func buffer[T number](s []T) *memory.Buffer {
	var t T
	return memory.NewBufferBytes(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(t))))
}
