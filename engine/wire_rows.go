package engine

import (
	"fmt"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/eau2db/eau2/cluster/wire"
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// Rows go over the wire in records of about recordBytes, or of what there was after recordDelay: a client sees the
// first rows of a slow query as they come.
const (
	recordBytes = 1 << 20
	recordDelay = 20 * time.Millisecond
)

// rowSchema returns the columns of records of these fields.
func rowSchema(fields []Column) *arrow.Schema {
	fs := make([]arrow.Field, len(fields))
	for i, f := range fields {
		fs[i] = arrow.Field{Name: f.Name, Type: arrowType(f.Type), Nullable: true}
	}
	return arrow.NewSchema(fs, nil)
}

// rowSender sends batches as records.
type rowSender struct {
	out    *wire.Sender
	schema *arrow.Schema
	sent   func(rows, bytes int64)

	mu      sync.Mutex
	cols    []columnGatherer
	rows    int
	timer   *time.Timer // sends what has gathered
	pending bool        // timer is set
	err     error
}

func newRowSender(out *wire.Sender, fields []Column, sent func(rows, bytes int64)) *rowSender {
	s := &rowSender{out: out, schema: rowSchema(fields), sent: sent, cols: make([]columnGatherer, len(fields))}
	for i, f := range fields {
		s.cols[i].t = f.Type
	}
	s.timer = time.AfterFunc(time.Hour, s.late)
	s.timer.Stop()
	return s
}

// add takes the rows of b, and sends when there are enough.
func (s *rowSender) add(b *vector.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for lo := 0; lo < b.Len() && s.err == nil; {
		hi := s.take(b, lo)
		s.rows += hi - lo
		lo = hi
		if s.bytes() >= recordBytes {
			s.err = s.send()
		}
	}
	if s.rows > 0 && !s.pending {
		s.pending = true
		s.timer.Reset(recordDelay)
	}
	return s.err
}

// take gathers rows of b from lo on, up to the one that makes the record long enough, and returns where it stopped.
func (s *rowSender) take(b *vector.Batch, lo int) (hi int) {
	hi = b.Len()
	room := int64(recordBytes)
	for i := range s.cols {
		if s.cols[i].t != column.String {
			continue
		}
		text := int64(0)
		for k, v := lo, b.Col(i); k < hi; k++ {
			if text += int64(len(textOf(v, k))); text > room {
				hi = k + 1
			}
		}
	}
	for i := range s.cols {
		s.cols[i].add(b.Col(i), lo, hi)
	}
	return hi
}

// textOf returns row i of a STRING vector. Unlike Strings it does not fill memory that the garbage collector looks through.
func textOf(v *vector.Vec, i int) string {
	if v.Dict != nil {
		return v.Dict.Value(v.Code[i])
	}
	return v.Str[i]
}

func (s *rowSender) bytes() (n int) {
	for i := range s.cols {
		n += s.cols[i].bytes()
	}
	return n + s.rows/8 // of rows without columns, too
}

// late sends rows that have waited long enough.
func (s *rowSender) late() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = false
	if s.rows > 0 && s.err == nil {
		s.err = s.send()
	}
}

// flush sends what is left. Nothing is sent after it.
func (s *rowSender) flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer.Stop()
	s.pending = true
	if s.rows > 0 && s.err == nil {
		s.err = s.send()
	}
	return s.err
}

func (s *rowSender) send() error {
	cols := make([]arrow.Array, len(s.cols))
	bytes := int64(s.bytes())
	for i := range cols {
		cols[i] = s.cols[i].array()
	}
	rows := s.rows
	s.rows = 0
	if err := s.out.Record(array.NewRecordBatch(s.schema, cols, int64(rows)), nil); err != nil {
		return err
	}
	s.sent(int64(rows), bytes)
	return nil
}

// columnGatherer makes an Arrow array of vectors.
type columnGatherer struct {
	t     Type
	n     int
	nulls int
	valid []byte // nil while no row is NULL
	bits  []byte
	ints  []int64
	flts  []float64
	off   []int32
	text  []byte
}

// add takes the rows lo to hi of v.
func (c *columnGatherer) add(v *vector.Vec, lo, hi int) {
	n := hi - lo
	c.addNulls(v, lo, hi)
	switch c.t {
	case column.Bool:
		c.bits = growBits(c.bits, c.n+n)
		for i, b := range v.Bool[lo:hi] {
			if b {
				bitutil.SetBit(c.bits, c.n+i)
			}
		}
	case column.Int:
		c.ints = append(c.ints, v.Int[lo:hi]...)
	case column.Float:
		c.flts = append(c.flts, v.Float[lo:hi]...)
	case column.String:
		if c.off == nil {
			c.off = make([]int32, 1, n+1)
		}
		for i := lo; i < hi; i++ {
			if !v.IsNull(i) {
				c.text = append(c.text, textOf(v, i)...)
			}
			c.off = append(c.off, int32(len(c.text)))
		}
	}
	c.n += n
}

func (c *columnGatherer) addNulls(v *vector.Vec, lo, hi int) {
	if v.Null == nil && c.valid == nil {
		return
	}
	before := c.n
	if c.valid == nil {
		c.valid = growBits(nil, before)
		bitutil.SetBitsTo(c.valid, 0, int64(before), true)
	}
	c.valid = growBits(c.valid, before+hi-lo)
	for i := lo; i < hi; i++ {
		if v.IsNull(i) {
			c.nulls++
		} else {
			bitutil.SetBit(c.valid, before+i-lo)
		}
	}
}

// growBits returns b with room for n bits, new ones zero.
func growBits(b []byte, n int) []byte {
	for len(b) < (n+7)/8 {
		b = append(b, 0)
	}
	return b
}

func (c *columnGatherer) bytes() int {
	return len(c.valid) + len(c.bits) + 8*len(c.ints) + 8*len(c.flts) + 4*len(c.off) + len(c.text)
}

// array returns what has gathered, and begins anew.
func (c *columnGatherer) array() arrow.Array {
	var valid *memory.Buffer
	if c.valid != nil {
		valid = memory.NewBufferBytes(c.valid)
	}
	buffers := []*memory.Buffer{valid}
	switch c.t {
	case column.Bool:
		buffers = append(buffers, memory.NewBufferBytes(c.bits))
	case column.Int:
		buffers = append(buffers, memory.NewBufferBytes(arrow.Int64Traits.CastToBytes(c.ints)))
	case column.Float:
		buffers = append(buffers, memory.NewBufferBytes(arrow.Float64Traits.CastToBytes(c.flts)))
	case column.String:
		buffers = append(buffers, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(c.off)), memory.NewBufferBytes(append(c.text, 0)[:len(c.text)]))
	}
	a := array.MakeFromData(array.NewData(arrowType(c.t), c.n, buffers, nil, c.nulls, 0))
	*c = columnGatherer{t: c.t, ints: room(c.ints), flts: room(c.flts), off: room(c.off), text: room(c.text)}
	if c.off != nil {
		c.off = append(c.off, 0)
	}
	return a
}

// room returns an empty slice for about as much as s has, which is given away.
func room[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return make([]T, 0, len(s)+len(s)/8)
}

// fieldsOf returns the columns of records that come in.
func fieldsOf(s *arrow.Schema) ([]Column, error) {
	fields := make([]Column, s.NumFields())
	for i, f := range s.Fields() {
		fields[i].Name = f.Name
		switch f.Type.ID() {
		case arrow.BOOL:
			fields[i].Type = Bool
		case arrow.INT64:
			fields[i].Type = Int
		case arrow.FLOAT64:
			fields[i].Type = Float
		case arrow.STRING:
			fields[i].Type = String
		default:
			return nil, fmt.Errorf("%w: column %s is a %v", wire.ErrGarbled, f.Name, f.Type)
		}
	}
	return fields, nil
}

// batchOf returns rows lo to hi of a record as a batch, which shares its memory.
func batchOf(r arrow.RecordBatch, lo, hi int) *vector.Batch {
	cols := make([]*vector.Vec, r.NumCols())
	for i := range cols {
		cols[i] = vecOf(r.Column(i), lo, hi)
	}
	return vector.NewBatch(hi-lo, cols)
}

func vecOf(a arrow.Array, lo, hi int) *vector.Vec {
	v := &vector.Vec{}
	switch a := a.(type) {
	case *array.Boolean:
		v.Type, v.Bool = Bool, make([]bool, hi-lo)
		for i := range v.Bool {
			v.Bool[i] = a.Value(lo + i)
		}
	case *array.Int64:
		v.Type, v.Int = Int, a.Int64Values()[lo:hi]
	case *array.Float64:
		v.Type, v.Float = Float, a.Float64Values()[lo:hi]
	case *array.String:
		v.Type, v.Str = String, make([]string, hi-lo)
		for i := range v.Str {
			v.Str[i] = a.Value(lo + i)
		}
	}
	if a.NullN() > 0 {
		for i := lo; i < hi; i++ {
			if a.IsNull(i) {
				v.SetNull(i - lo)
			}
		}
	}
	return v
}
