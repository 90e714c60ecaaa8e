package engine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// batchWriter turns batches into blocks of bytes: an Arrow IPC stream cut after each batch. A block begins with its kind; that
// of a batch is followed by its Seq and Arrow's bytes, that of the end by the number of batches.
type batchWriter struct {
	schema *arrow.Schema
	out    func(block []byte) error
	buf    bytes.Buffer
	ipc    *ipc.Writer
	n      uint64
}

const (
	blockBatch = 'b'
	blockEnd   = 'e'
)

func newBatchWriter(fields []column.Field, out func([]byte) error) *batchWriter {
	w := &batchWriter{schema: arrowSchema(fields), out: out}
	w.ipc = ipc.NewWriter(&w.buf, ipc.WithSchema(w.schema))
	return w
}

func (w *batchWriter) write(b *vector.Batch) error {
	w.buf.Reset()
	w.buf.Write(binary.AppendUvarint([]byte{blockBatch}, b.Seq))
	w.n++
	r := arrowRecord(w.schema, b)
	defer r.Release()
	if err := w.ipc.Write(r); err != nil {
		return err
	}
	return w.out(w.buf.Bytes())
}

// end says that all batches have been written.
func (w *batchWriter) end() error { return w.out(binary.AppendUvarint([]byte{blockEnd}, w.n)) }

// batchReader is the inverse of batchWriter.
type batchReader struct {
	fields []column.Field
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
	seq, w := binary.Uvarint(block[1:])
	if w <= 0 || block[0] != blockBatch && block[0] != blockEnd {
		return nil, errAnswer
	}
	if block[0] == blockEnd {
		if r.ended = seq == r.n; !r.ended {
			return nil, errAnswer
		}
		return nil, nil
	}
	r.n++
	r.block.Reset(block[1+w:])
	if r.ipc == nil {
		if r.ipc, err = ipc.NewReader(&r.block, ipc.WithSchema(arrowSchema(r.fields))); err != nil {
			return nil, fmt.Errorf("%w: %w", errAnswer, err)
		}
	}
	record, err := r.ipc.Read()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("%w: %w", errAnswer, err)
	}
	cols := make([]*vector.Vec, len(r.fields))
	for i, f := range r.fields {
		cols[i] = vector.Make(f.Type, int(record.NumRows()))
		fromArrow(cols[i], record.Column(i))
	}
	b = vector.NewBatch(int(record.NumRows()), cols)
	b.Seq = seq
	return b, nil
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
	if a.NullN() > 0 {
		null := v.Nulls()
		for i := range null {
			null[i] = a.IsNull(i)
		}
	}
}
