package wire

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// checkRecord finds what would make reading a record's columns panic or worse: buffers that are too short, offsets that
// lead out of the text, codes that are not in the dictionary.
func checkRecord(r arrow.RecordBatch) error {
	if r.NumRows() < 0 {
		return fmt.Errorf("a record of %d rows", r.NumRows())
	}
	for i, c := range r.Columns() {
		err := fmt.Errorf("it has %d rows, the record %d", c.Len(), r.NumRows())
		if int64(c.Len()) == r.NumRows() {
			err = checkArray(c)
		}
		if err != nil {
			return fmt.Errorf("column %d: %w", i, err)
		}
	}
	return nil
}

// checkArray checks an array of the types that a record may have.
func checkArray(a arrow.Array) error {
	d := a.Data()
	if d.Offset() < 0 || d.Len() < 0 {
		return fmt.Errorf("rows %d to %d", d.Offset(), d.Len())
	}
	rows := d.Offset() + d.Len()
	need := func(buffer, bytes int) error {
		b := d.Buffers()
		if buffer >= len(b) {
			return fmt.Errorf("it lacks buffer %d", buffer)
		}
		have := 0
		if b[buffer] != nil {
			have = b[buffer].Len()
		}
		if have < bytes {
			return fmt.Errorf("%d bytes in place of %d", have, bytes)
		}
		return nil
	}
	if b := d.Buffers(); len(b) > 0 && b[0] != nil && b[0].Len() > 0 {
		if err := need(0, (rows+7)/8); err != nil {
			return fmt.Errorf("validity: %w", err)
		}
	} else if a.NullN() > 0 {
		return fmt.Errorf("validity: it is missing")
	}
	switch t := d.DataType().(type) {
	case *arrow.BooleanType:
		return need(1, (rows+7)/8)
	case *arrow.StringType, *arrow.BinaryType:
		if err := need(1, (rows+1)*arrow.Int32SizeBytes); err != nil {
			if d.Len() == 0 {
				return nil // no rows need no offsets
			}
			return fmt.Errorf("offsets: %w", err)
		}
		return checkOffsets(d)
	case *arrow.DictionaryType:
		return checkCodes(a.(*array.Dictionary))
	case *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type, *arrow.Int64Type,
		*arrow.Uint8Type, *arrow.Uint16Type, *arrow.Uint32Type, *arrow.Uint64Type,
		*arrow.Float32Type, *arrow.Float64Type:
		return need(1, rows*t.(arrow.FixedWidthDataType).Bytes())
	}
	return fmt.Errorf("the type %v is not one that can be sent", d.DataType())
}

// checkOffsets checks that the offsets of a text array ascend and stay within the text. Whether the text is UTF-8 does
// not matter: eau2's strings are bytes.
func checkOffsets(d arrow.ArrayData) error {
	offsets := arrow.Int32Traits.CastFromBytes(d.Buffers()[1].Bytes())[d.Offset() : d.Offset()+d.Len()+1]
	text := 0
	if b := d.Buffers(); len(b) > 2 && b[2] != nil {
		text = b[2].Len()
	}
	last := int32(0)
	for i, o := range offsets {
		if o < last {
			return fmt.Errorf("offset %d is %d, less than the one before", i, o)
		}
		last = o
	}
	if int(last) > text {
		return fmt.Errorf("offsets up to %d in %d bytes of text", last, text)
	}
	return nil
}

func checkCodes(a *array.Dictionary) error {
	if err := checkArray(a.Indices()); err != nil {
		return fmt.Errorf("codes: %w", err)
	}
	if err := checkArray(a.Dictionary()); err != nil {
		return fmt.Errorf("dictionary: %w", err)
	}
	n := a.Dictionary().Len()
	for i := range a.Len() {
		if a.IsValid(i) {
			if c := a.GetValueIndex(i); c < 0 || c >= n {
				return fmt.Errorf("row %d has code %d of %d", i, c, n)
			}
		}
	}
	return nil
}
