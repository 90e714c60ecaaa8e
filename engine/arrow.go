package engine

import (
	"errors"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// Arrow returns the remaining rows as an Arrow record reader: BOOL as bool, INT as int64, FLOAT as float64, STRING as
// utf8. The reader takes over the Rows: its last Release closes them.
func (r *Rows) Arrow() (array.RecordReader, error) {
	if r.err != nil {
		return nil, r.err
	}
	return &arrowReader{rows: r, schema: arrowSchema(r.fields), refs: 1}, nil
}

func arrowSchema(columns []column.Field) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, f := range columns {
		fields[i] = arrow.Field{Name: f.Name, Type: arrowType(f.Type), Nullable: true}
	}
	return arrow.NewSchema(fields, nil)
}

func arrowType(t Type) arrow.DataType {
	switch t {
	case Bool:
		return arrow.FixedWidthTypes.Boolean
	case Int:
		return arrow.PrimitiveTypes.Int64
	case Float:
		return arrow.PrimitiveTypes.Float64
	}
	return arrow.BinaryTypes.String
}

// arrowReader turns batches into records.
type arrowReader struct {
	rows   *Rows
	schema *arrow.Schema
	record arrow.RecordBatch
	refs   int64
}

var errReleased = errors.New("arrow: the reader was released")

func (a *arrowReader) Schema() *arrow.Schema          { return a.schema }
func (a *arrowReader) RecordBatch() arrow.RecordBatch { return a.record }
func (a *arrowReader) Record() arrow.RecordBatch      { return a.record }
func (a *arrowReader) Retain()                        { atomic.AddInt64(&a.refs, 1) }

func (a *arrowReader) Err() error {
	if a.rows == nil {
		return errReleased
	}
	return a.rows.err
}

func (a *arrowReader) Release() {
	if atomic.AddInt64(&a.refs, -1) != 0 {
		return
	}
	if a.record != nil {
		a.record.Release()
		a.record = nil
	}
	a.rows.Close()
}

func (a *arrowReader) Next() bool {
	if a.record != nil {
		a.record.Release()
		a.record = nil
	}
	if !a.rows.nextBatch() {
		return false
	}
	a.record = arrowRecord(a.schema, a.rows.batch)
	return true
}

// arrowRecord wraps a batch that nobody else uses.
func arrowRecord(schema *arrow.Schema, b *vector.Batch) arrow.RecordBatch {
	cols := make([]arrow.Array, b.Width())
	for i := range cols {
		cols[i] = arrowColumn(b.Col(i))
	}
	r := array.NewRecordBatch(schema, cols, int64(b.Len()))
	for _, c := range cols {
		c.Release()
	}
	return r
}

// validity returns the bits of the rows that are not NULL, nil when none is, and the number of NULLs.
func validity(v *vector.Vec) (valid []byte, nulls int) {
	if v.Null == nil {
		return nil, 0
	}
	valid = make([]byte, (v.Len()+7)/8)
	for i, null := range v.Null {
		if null {
			nulls++
		} else {
			valid[i>>3] |= 1 << (i & 7)
		}
	}
	return valid, nulls
}

// arrowColumn wraps a vector that nobody else uses: numbers are not copied.
func arrowColumn(v *vector.Vec) arrow.Array {
	n := v.Len()
	valid, nulls := validity(v)
	var buffers []*memory.Buffer
	bytes := func(b []byte) *memory.Buffer {
		if b == nil {
			return nil
		}
		return memory.NewBufferBytes(b)
	}
	switch v.Type {
	case column.Bool:
		bits := make([]byte, (n+7)/8)
		for i, b := range v.Bool {
			if b {
				bits[i>>3] |= 1 << (i & 7)
			}
		}
		buffers = []*memory.Buffer{bytes(valid), bytes(bits)}
	case column.Int:
		buffers = []*memory.Buffer{bytes(valid), bytes(arrow.Int64Traits.CastToBytes(v.Int))}
	case column.Float:
		buffers = []*memory.Buffer{bytes(valid), bytes(arrow.Float64Traits.CastToBytes(v.Float))}
	case column.String:
		off := make([]int32, 1, n+1)
		var text []byte
		for _, s := range v.Strings() {
			text = append(text, s...)
			off = append(off, int32(len(text)))
		}
		buffers = []*memory.Buffer{bytes(valid), bytes(arrow.Int32Traits.CastToBytes(off)), bytes(append(text, 0)[:len(text)])}
	}
	d := array.NewData(arrowType(v.Type), n, buffers, nil, nulls, 0)
	defer d.Release()
	return array.MakeFromData(d)
}
