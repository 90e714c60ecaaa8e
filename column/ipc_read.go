package column

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
)

// batch is an Arrow IPC stream of one record batch, read in place: the part of the format that appendStream writes.
// arrow-go's reader takes ten times as long over a small stream, and allocates by counts that may be made up.
type batch struct {
	rows    int
	columns []batchColumn
	meta    []string // of the schema: key, value, key, value, …
}

// batchColumn is a column of a batch. Its buffers are validity, then values, or offsets and text.
type batchColumn struct {
	typ     arrow.Type
	nulls   int
	buffers [3][]byte
}

// Numbers in Arrow's Message.fbs and Schema.fbs: kinds of headers and types, and the places of fields in tables.
const (
	headerSchema, headerBatch                            = 1, 3
	versionV5                                            = 4
	messageVersion, messageKind, messageHeader, bodySize = 0, 1, 2, 3

	schemaEndianness, schemaFields, schemaMeta           = 0, 1, 2
	metaKey, metaValue                                   = 0, 1
	fieldTypeKind, fieldType, fieldDictionary            = 2, 3, 4
	typeInt, typeFloat, typeBinary, typeUTF8, typeBool   = 2, 3, 4, 5, 6
	intBits, intSigned, floatPrecision, precisionDouble  = 0, 1, 0, 2
	recordRows, recordNodes, recordBuffers, recordPacked = 0, 1, 2, 3
)

// message is a message of an IPC stream.
type message struct {
	flatbuf
	header table
	body   []byte
}

// readStream reads what appendStream wrote. The batch points into b, or into a copy where b is not aligned to
// eight bytes.
func readStream(b []byte) (*batch, error) {
	schema, rest, err := readMessage(aligned(b), headerSchema)
	if err != nil {
		return nil, err
	}
	records, _, err := readMessage(rest, headerBatch)
	if err != nil {
		return nil, err
	}
	r := &batch{}
	if err := r.setSchema(&schema); err != nil {
		return nil, err
	}
	if err := r.setBuffers(&records); err != nil {
		return nil, err
	}
	return r, nil
}

// aligned returns b, or a copy of it where the address is not a multiple of eight.
func aligned(b []byte) []byte {
	if uintptr(unsafe.Pointer(unsafe.SliceData(b)))%8 == 0 {
		return b
	}
	words := make([]uint64, (len(b)+7)/8)
	c := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(b))
	copy(c, b)
	return c
}

// readMessage reads the message that b begins with: a mark, the length of the metadata, the metadata, the body.
func readMessage(b []byte, kind uint64) (m message, rest []byte, err error) {
	const prefix = 8
	if len(b) < prefix || binary.LittleEndian.Uint32(b) != math.MaxUint32 {
		return m, nil, fmt.Errorf("%w: no Arrow IPC message", ErrCorrupt)
	}
	n := int(binary.LittleEndian.Uint32(b[4:]))
	b = b[prefix:]
	if n > len(b) {
		return m, nil, fmt.Errorf("%w: Arrow IPC metadata of %d bytes in %d", ErrCorrupt, n, len(b))
	}
	m.b = b[:n:n]
	b = b[n:]
	t := m.root()
	body := m.number(t, bodySize, 8)
	if m.number(t, messageVersion, 2) != versionV5 || m.number(t, messageKind, 1) != kind || m.bad || body > uint64(len(b)) {
		return m, nil, fmt.Errorf("%w: Arrow IPC message of another kind", ErrCorrupt)
	}
	m.header = m.table(t, messageHeader)
	m.body = b[:body:body]
	return m, b[body:], nil
}

// setSchema takes over the types of the columns, and the metadata.
func (r *batch) setSchema(m *message) error {
	fields, n := m.vector(m.header, schemaFields, 4)
	for i := range n {
		c := batchColumn{}
		if c.typ = m.columnType(table(m.follow(fields + 4*i))); c.typ == arrow.NULL {
			return fmt.Errorf("%w: column %d is of a type not used here", ErrCorrupt, i)
		}
		r.columns = append(r.columns, c)
	}
	pairs, n := m.vector(m.header, schemaMeta, 4)
	for i := range n {
		t := table(m.follow(pairs + 4*i))
		r.meta = append(r.meta, m.string(t, metaKey), m.string(t, metaValue))
	}
	if m.bad || m.number(m.header, schemaEndianness, 2) != 0 {
		return fmt.Errorf("%w: bad Arrow schema", ErrCorrupt)
	}
	return nil
}

// columnType returns the type of a field, NULL for one that is not used here.
func (m *message) columnType(field table) arrow.Type {
	t := m.table(field, fieldType)
	if m.table(field, fieldDictionary) >= 0 {
		return arrow.NULL
	}
	switch m.number(field, fieldTypeKind, 1) {
	case typeBool:
		return arrow.BOOL
	case typeUTF8:
		return arrow.STRING
	case typeBinary:
		return arrow.BINARY
	case typeFloat:
		if m.number(t, floatPrecision, 2) == precisionDouble {
			return arrow.FLOAT64
		}
	case typeInt:
		return intType(m.number(t, intBits, 4), m.number(t, intSigned, 1) != 0)
	}
	return arrow.NULL
}

func intType(bits uint64, signed bool) arrow.Type {
	switch {
	case bits == 8 && signed:
		return arrow.INT8
	case bits == 16 && signed:
		return arrow.INT16
	case bits == 32 && signed:
		return arrow.INT32
	case bits == 64 && signed:
		return arrow.INT64
	case bits == 8:
		return arrow.UINT8
	case bits == 16:
		return arrow.UINT16
	case bits == 32:
		return arrow.UINT32
	}
	return arrow.NULL
}

// setBuffers takes over the rows and buffers of a record batch.
func (r *batch) setBuffers(m *message) error {
	const pair = 16 // bytes of a node or buffer: two numbers
	rows := m.number(m.header, recordRows, 8)
	nodes, n := m.vector(m.header, recordNodes, pair)
	buffers, left := m.vector(m.header, recordBuffers, pair)
	if rows > math.MaxInt32 || n != len(r.columns) || m.table(m.header, recordPacked) >= 0 {
		return fmt.Errorf("%w: bad Arrow record batch", ErrCorrupt)
	}
	r.rows = int(rows)
	for i := range r.columns {
		c := &r.columns[i]
		length, nulls := m.uint(nodes+pair*i, 8), m.uint(nodes+pair*i+8, 8)
		if length != rows || nulls > rows {
			return fmt.Errorf("%w: column of %d rows in an Arrow record batch of %d", ErrCorrupt, length, rows)
		}
		c.nulls = int(nulls)
		parts := 2
		if c.typ == arrow.STRING || c.typ == arrow.BINARY {
			parts = 3
		}
		for k := range min(parts, left) {
			lo, size := m.uint(buffers, 8), m.uint(buffers+8, 8)
			if all := uint64(len(m.body)); lo > all || size > all-lo {
				return fmt.Errorf("%w: buffer of an Arrow record batch beyond its end", ErrCorrupt)
			}
			c.buffers[k] = m.body[lo : lo+size : lo+size]
			buffers += pair
		}
		left -= parts
	}
	if m.bad || left != 0 {
		return fmt.Errorf("%w: bad Arrow record batch", ErrCorrupt)
	}
	return nil
}

// get returns a value of the schema's metadata.
func (r *batch) get(key string) (value string, ok bool) {
	for i := 0; i < len(r.meta); i += 2 {
		if r.meta[i] == key {
			return r.meta[i+1], true
		}
	}
	return "", false
}

// first returns the first n bytes of a buffer.
func first(b []byte, n int) ([]byte, error) {
	if len(b) < n {
		return nil, fmt.Errorf("%w: buffer of %d bytes in place of %d", ErrCorrupt, len(b), n)
	}
	return b[:n:n], nil
}

// values returns the n values in a buffer, in place.
func values[T number](b []byte, n int) ([]T, error) {
	var t T
	size := int(unsafe.Sizeof(t))
	b, err := first(b, n*size)
	if err != nil || n == 0 {
		return []T{}, err
	}
	p := unsafe.Pointer(unsafe.SliceData(b))
	if uintptr(p)%uintptr(size) != 0 {
		return nil, fmt.Errorf("%w: buffer that is not aligned", ErrCorrupt)
	}
	return unsafe.Slice((*T)(p), n), nil
}
