package engine

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/exec"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// batchWriter turns batches into blocks of bytes. A block has many batches' rows in the narrow form that chunks have, as
// column.AppendRows writes it, then what tells how to read them, and the length of that in four bytes:
//
//	kind            'b'
//	rows            their number
//	for each STRING column: 0, or the number of the table's column whose dictionary the codes are of, plus 1
//	runs            rows that have the same Seq: their number, Seq
//
// The last block has kind 'e' and the number of blocks before it.
type batchWriter struct {
	fields []column.Field
	dicts  map[*column.Dict]int // numbers of the table's columns
	out    func(block []byte) error
	rows   int // of a block

	n       int // rows that wait
	text    int // bytes of theirs
	columns []columnWriter
	runs    []seqRun
	blocks  uint64
}

type seqRun struct {
	seq  uint64
	rows int
}

// columnWriter collects the rows of a column: the slice of its type, or codes.
type columnWriter struct {
	bools  []bool
	ints   []int64
	floats []float64
	codes  []uint32
	off    []int32
	text   []byte
	null   []bool // shorter than the rows where no more is NULL
	dict   *column.Dict
}

const (
	blockBatch = 'b'
	blockEnd   = 'e'
)

// A block has so many rows, or bytes of text, before the next begins.
const (
	blockRows = 16 << 10
	blockText = 1 << 20
)

func newBatchWriter(fields []column.Field, dicts map[*column.Dict]int, out func([]byte) error) *batchWriter {
	return &batchWriter{fields: fields, dicts: dicts, out: out, rows: blockRows}
}

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

// write adds the rows of a batch, of which it keeps nothing.
func (w *batchWriter) write(b *vector.Batch) error {
	text := 0
	for i, f := range w.fields {
		if f.Type == column.String && w.dict(b.Col(i)) == nil {
			for _, s := range b.Col(i).Strings() {
				text += len(s)
			}
		}
	}
	if n := b.Len(); text > blockText && n > 1 { // offsets have 32 bits
		rows := make([]int32, n)
		for i := range rows {
			rows[i] = int32(i)
		}
		for _, half := range [][]int32{rows[:n/2], rows[n/2:]} {
			var part vector.Batch
			part.Sub(b, half)
			if err := w.write(&part); err != nil {
				return err
			}
		}
		return nil
	}
	if w.columns == nil {
		w.columns = make([]columnWriter, len(w.fields))
	}
	for i, f := range w.fields {
		if f.Type == column.String && w.n > 0 && w.dict(b.Col(i)) != w.columns[i].dict {
			if err := w.flush(); err != nil {
				return err
			}
			break
		}
	}
	for i := range w.fields {
		w.columns[i].add(b.Col(i), w.dict(b.Col(i)), w.n)
	}
	w.text += text
	if k := len(w.runs); k > 0 && w.runs[k-1].seq == b.Seq {
		w.runs[k-1].rows += b.Len()
	} else {
		w.runs = append(w.runs, seqRun{b.Seq, b.Len()})
	}
	if w.n += b.Len(); w.n >= w.rows || w.text >= blockText {
		return w.flush()
	}
	return nil
}

// dict returns the dictionary into which v has codes that the other side can read, or nil.
func (w *batchWriter) dict(v *vector.Vec) *column.Dict {
	if _, ok := w.dicts[v.Dict]; ok {
		return v.Dict
	}
	return nil
}

// add appends the rows of v behind the n that are there.
func (c *columnWriter) add(v *vector.Vec, d *column.Dict, n int) {
	switch v.Type {
	case column.Bool:
		c.bools = append(c.bools, v.Bool...)
	case column.Int:
		c.ints = append(c.ints, v.Int...)
	case column.Float:
		c.floats = append(c.floats, v.Float...)
	case column.String:
		if c.dict = d; d != nil {
			c.codes = append(c.codes, v.Code...)
			break
		}
		if n == 0 {
			c.off = append(c.off, 0)
		}
		for i, s := range v.Strings() {
			if !v.IsNull(i) {
				c.text = append(c.text, s...)
			}
			c.off = append(c.off, int32(len(c.text)))
		}
	}
	if v.Null == nil {
		return
	}
	c.null = append(c.null, make([]bool, n-len(c.null))...)
	c.null = append(c.null, v.Null...)
	for i, null := range v.Null { // whose values are any
		switch {
		case !null:
		case v.Type == column.Bool:
			c.bools[n+i] = false
		case v.Type == column.Int:
			c.ints[n+i] = 0
		case v.Type == column.Float:
			c.floats[n+i] = 0
		case d != nil:
			c.codes[n+i] = 0
		}
	}
}

// array returns the n rows of the column, whose memory is used again after reset.
func (c *columnWriter) array(t column.Type, n int) *column.Array {
	var valid []byte
	if c.null != nil {
		valid = make([]byte, (n+7)/8)
		for i := range n {
			if i >= len(c.null) || !c.null[i] {
				valid[i>>3] |= 1 << (i & 7)
			}
		}
	}
	switch {
	case t == column.Bool:
		return column.Bools(c.bools, valid)
	case t == column.Int:
		return column.NarrowInts(c.ints, valid)
	case t == column.Float:
		return column.Floats(c.floats, valid)
	case c.dict != nil:
		return column.NarrowCodes(c.codes, valid, c.dict)
	}
	return column.Texts(c.off, c.text, valid)
}

func (c *columnWriter) reset() {
	*c = columnWriter{bools: c.bools[:0], ints: c.ints[:0], floats: c.floats[:0], codes: c.codes[:0], off: c.off[:0], text: c.text[:0]}
}

// flush gives away the rows that wait, as a block.
func (w *batchWriter) flush() error {
	if w.n == 0 {
		return nil
	}
	tail := binary.AppendUvarint([]byte{blockBatch}, uint64(w.n))
	arrays := make([]*column.Array, len(w.fields))
	for i, f := range w.fields {
		arrays[i] = w.columns[i].array(f.Type, w.n)
		if f.Type == column.String {
			coded := 0
			if d := w.columns[i].dict; d != nil {
				coded = w.dicts[d] + 1
			}
			tail = binary.AppendUvarint(tail, uint64(coded))
		}
	}
	for _, r := range w.runs {
		tail = binary.AppendUvarint(tail, uint64(r.rows))
		tail = binary.AppendUvarint(tail, r.seq)
	}
	var block []byte
	if len(arrays) > 0 {
		var err error
		if block, err = column.AppendRows(nil, arrays); err != nil {
			return err
		}
	}
	for i := range w.columns {
		w.columns[i].reset()
	}
	w.n, w.text, w.runs = 0, 0, w.runs[:0]
	w.blocks++
	return w.out(withTail(block, tail))
}

func withTail(block, tail []byte) []byte {
	return binary.LittleEndian.AppendUint32(append(block, tail...), uint32(len(tail)))
}

// end says that all batches have been written.
func (w *batchWriter) end() error { return endAll([]*batchWriter{w}, w.out) }

// endAll is end of an answer that several have written.
func endAll(writers []*batchWriter, out func([]byte) error) error {
	blocks := uint64(0)
	for _, w := range writers {
		if err := w.flush(); err != nil {
			return err
		}
		blocks += w.blocks
	}
	return out(withTail(nil, binary.AppendUvarint([]byte{blockEnd}, blocks)))
}

// batchReader is the inverse of batchWriter. It keeps the blocks, which is less than their rows take as vectors.
type batchReader struct {
	fields []column.Field
	dict   func(col int) (*column.Dict, error) // of the table
	blocks uint64
	ended  bool
}

var errAnswer = errors.New("the answer is not what a node sends")

// read returns the rows of a block, which it keeps; those of the end has none.
func (r *batchReader) read(block []byte) ([]exec.Run, error) {
	block, tail, ok := cutTail(block)
	if !ok || r.ended {
		return nil, errAnswer
	}
	number, rest, ok := cutUvarint(tail[1:])
	switch {
	case ok && tail[0] == blockEnd && number == r.blocks && len(rest) == 0:
		r.ended = true
		return nil, nil
	case !ok || tail[0] != blockBatch || number > math.MaxInt32:
		return nil, errAnswer
	}
	r.blocks++
	arrays, rest, err := r.arrays(block, rest)
	if err != nil {
		return nil, err
	}
	for _, a := range arrays {
		if a.N != int(number) {
			return nil, errAnswer
		}
	}
	return cutRuns(arrays, int(number), rest)
}

func cutTail(block []byte) (rows, tail []byte, ok bool) {
	at := len(block) - 4
	if at < 1 {
		return nil, nil, false
	}
	n := int(binary.LittleEndian.Uint32(block[at:]))
	if n < 1 || n > at {
		return nil, nil, false
	}
	return block[: at-n : at-n], block[at-n : at], true
}

// arrays reads the columns, and from the tail how.
func (r *batchReader) arrays(block, tail []byte) ([]*column.Array, []byte, error) {
	types, coded := make([]column.Type, len(r.fields)), make([]uint64, len(r.fields))
	for i, f := range r.fields {
		types[i] = f.Type
		if f.Type != column.String {
			continue
		}
		var ok bool
		if coded[i], tail, ok = cutUvarint(tail); !ok || coded[i] > math.MaxInt32 {
			return nil, nil, errAnswer
		}
	}
	if len(types) == 0 {
		return nil, tail, nil
	}
	arrays, err := column.ReadRows(block, types, func(i int) (*column.Dict, error) {
		if coded[i] == 0 {
			return nil, errAnswer
		}
		return r.dict(int(coded[i]) - 1)
	})
	if errors.Is(err, column.ErrCorrupt) || errors.Is(err, column.ErrVersion) {
		err = fmt.Errorf("%w: %w", errAnswer, err)
	}
	return arrays, tail, err
}

// cutRuns reads how many of the n rows have which Seq.
func cutRuns(arrays []*column.Array, n int, tail []byte) (runs []exec.Run, err error) {
	lo := 0
	for len(tail) > 0 {
		rows, rest, ok := cutUvarint(tail)
		seq, rest, ok2 := cutUvarint(rest)
		if !ok || !ok2 || rows > uint64(n-lo) {
			return nil, errAnswer
		}
		tail = rest
		runs = append(runs, exec.WindowRun(seq, arrays, lo, int(rows)))
		lo += int(rows)
	}
	if lo != n {
		return nil, errAnswer
	}
	return runs, nil
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
	if !r.ended {
		return fmt.Errorf("%w: it is cut short", errAnswer)
	}
	return nil
}
