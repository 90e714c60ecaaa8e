package engine

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// batchWriter turns batches into blocks of bytes: an Arrow IPC stream cut after each batch. A block begins with its kind; that
// of a batch is followed by its Seq, then for each STRING column 0, or the number of the table's column whose dictionary
// the values are codes into, plus 1, then Arrow's bytes; that of the end by the number of batches. Where the choice of
// columns with codes changes, a new stream of Arrow's begins.
type batchWriter struct {
	fields []column.Field
	dicts  map[*column.Dict]int // numbers of the table's columns
	out    func(block []byte) error
	coded  []int // of each column: 0, or the number of a dictionary's column plus 1
	schema *arrow.Schema
	buf    bytes.Buffer
	ipc    *ipc.Writer
	n      uint64
}

const (
	blockBatch = 'b'
	blockEnd   = 'e'
)

// tableDicts returns the numbers of the columns of t whose dictionaries are here.
func tableDicts(ctx context.Context, t plan.Table) (map[*column.Dict]int, error) {
	dicts := map[*column.Dict]int{}
	if t, ok := t.(*cluster.Table); ok {
		for i, f := range t.Fields() {
			if f.Type != column.String {
				continue
			}
			d, err := t.Dict(ctx, i)
			if err != nil {
				return nil, err
			}
			if d != nil {
				dicts[d] = i
			}
		}
	}
	return dicts, nil
}

func (w *batchWriter) write(b *vector.Batch) error {
	coded := make([]int, len(w.fields))
	for i, f := range w.fields {
		if f.Type == column.String {
			if col, ok := w.dicts[b.Col(i).Dict]; ok {
				coded[i] = col + 1
			}
		}
	}
	if w.ipc == nil || !slices.Equal(coded, w.coded) {
		w.coded = coded
		w.schema = codedSchema(w.fields, coded)
		w.ipc = ipc.NewWriter(&w.buf, ipc.WithSchema(w.schema))
	}
	w.buf.Reset()
	head := binary.AppendUvarint([]byte{blockBatch}, b.Seq)
	for i, f := range w.fields {
		if f.Type == column.String {
			head = binary.AppendUvarint(head, uint64(coded[i]))
		}
	}
	w.buf.Write(head)
	w.n++
	cols := make([]arrow.Array, len(w.fields))
	for i := range cols {
		if coded[i] > 0 {
			cols[i] = arrowCodes(b.Col(i))
		} else {
			cols[i] = arrowColumn(b.Col(i))
		}
	}
	r := array.NewRecordBatch(w.schema, cols, int64(b.Len()))
	defer r.Release()
	for _, c := range cols {
		c.Release()
	}
	if err := w.ipc.Write(r); err != nil {
		return err
	}
	return w.out(w.buf.Bytes())
}

// end says that all batches have been written.
func (w *batchWriter) end() error { return w.out(binary.AppendUvarint([]byte{blockEnd}, w.n)) }

// codedSchema is that of columns some of which are codes.
func codedSchema(columns []column.Field, coded []int) *arrow.Schema {
	fields := arrowSchema(columns).Fields()
	for i := range fields {
		if coded[i] > 0 {
			fields[i].Type = arrow.PrimitiveTypes.Uint32
		}
	}
	return arrow.NewSchema(fields, nil)
}

// batchReader is the inverse of batchWriter.
type batchReader struct {
	fields []column.Field
	dict   func(col int) (*column.Dict, error) // of the table
	coded  []int
	block  bytes.Reader
	ipc    *ipc.Reader
	n      uint64
	ended  bool
}

var errAnswer = errors.New("the answer is not what a node sends")

// read returns the batch of a block, nil for that of the end.
func (r *batchReader) read(block []byte) (b *vector.Batch, err error) {
	defer func() {
		if p := recover(); p != nil { // arrow's reader on bytes that are not Arrow's
			err = fmt.Errorf("%w: %v", errAnswer, p)
		}
	}()
	if len(block) == 0 || r.ended {
		return nil, errAnswer
	}
	number, rest, ok := cutUvarint(block[1:])
	switch {
	case ok && block[0] == blockEnd && number == r.n:
		r.ended = true
		return nil, nil
	case !ok || block[0] != blockBatch:
		return nil, errAnswer
	}
	r.n++
	if rest, err = r.begin(rest); err != nil {
		return nil, err
	}
	r.block.Reset(rest)
	if r.ipc == nil {
		if r.ipc, err = ipc.NewReader(&r.block, ipc.WithSchema(codedSchema(r.fields, r.coded))); err != nil {
			return nil, fmt.Errorf("%w: %w", errAnswer, err)
		}
	}
	record, err := r.ipc.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: %v", errAnswer, err)
	}
	cols := make([]*vector.Vec, len(r.fields))
	for i, f := range r.fields {
		if cols[i], err = r.column(f, i, record.Column(i), int(record.NumRows())); err != nil {
			return nil, err
		}
	}
	b = vector.NewBatch(int(record.NumRows()), cols)
	b.Seq = number
	return b, nil
}

// begin reads which columns are codes.
func (r *batchReader) begin(b []byte) (rest []byte, err error) {
	coded := make([]int, len(r.fields))
	for i, f := range r.fields {
		if f.Type != column.String {
			continue
		}
		n, rest, ok := cutUvarint(b)
		if !ok || n > math.MaxInt32 {
			return nil, errAnswer
		}
		coded[i], b = int(n), rest
	}
	if r.ipc != nil && !slices.Equal(coded, r.coded) {
		r.ipc.Release()
		r.ipc = nil
	}
	r.coded = coded
	return b, nil
}

func (r *batchReader) column(f column.Field, i int, a arrow.Array, n int) (*vector.Vec, error) {
	if r.coded[i] == 0 {
		v := vector.Make(f.Type, n)
		fromArrow(v, a)
		return v, nil
	}
	d, err := r.dict(r.coded[i] - 1)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, errAnswer
	}
	v := &vector.Vec{}
	v.SetDict(d, n)
	copy(v.Code, a.(*array.Uint32).Uint32Values())
	for _, c := range v.Code {
		if int(c) >= d.Len() && d.Len() > 0 {
			return nil, fmt.Errorf("%w: a code beyond its dictionary", errAnswer)
		}
	}
	nullsFromArrow(v, a)
	return v, nil
}

func cutUvarint(b []byte) (n uint64, rest []byte, ok bool) {
	n, w := binary.Uvarint(b)
	if w <= 0 {
		return 0, nil, false
	}
	return n, b[w:], true
}

// close returns an error unless the end has been read.
func (r *batchReader) close() error {
	if r.ipc != nil {
		r.ipc.Release()
	}
	if !r.ended {
		return fmt.Errorf("%w: it is cut short", errAnswer)
	}
	return nil
}

// fromArrow copies an array into a vector of its type and length.
func fromArrow(v *vector.Vec, a arrow.Array) {
	switch a := a.(type) {
	case *array.Boolean:
		for i := range v.Bool {
			v.Bool[i] = a.Value(i)
		}
	case *array.Int64:
		copy(v.Int, a.Int64Values())
	case *array.Float64:
		copy(v.Float, a.Float64Values())
	case *array.String:
		text := string(a.ValueBytes())
		offsets := a.ValueOffsets()
		for i := range v.Str {
			v.Str[i] = text[offsets[i]-offsets[0] : offsets[i+1]-offsets[0]]
		}
	default:
		panic(fmt.Sprintf("a column of %s", a.DataType()))
	}
	nullsFromArrow(v, a)
}

func nullsFromArrow(v *vector.Vec, a arrow.Array) {
	if a.NullN() == 0 {
		return
	}
	null := v.Nulls()
	for i := range null {
		null[i] = a.IsNull(i)
	}
}
