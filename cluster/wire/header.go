package wire

import (
	"fmt"
	"math"

	flatbuffers "github.com/google/flatbuffers/go"
)

// Places of fields in the tables of Arrow's Message.fbs and Schema.fbs: the first is at 4, each further one 2 behind.
const (
	messageKind, messageHeader                                = 6, 8
	schemaFields, schemaMetadata                              = 6, 8
	fieldName, fieldType, fieldChildren, fieldCustomMetadata  = 4, 8, 14, 16
	dictionaryData, dictionaryDelta                           = 6, 8
	recordRows, recordNodes, recordBuffers, recordCompression = 4, 6, 8, 10
	recordVariadic                                            = 12

	kindSchema, kindDictionary, kindRecord = 1, 2, 3
)

// checkHeader finds what in the header of an Arrow message would make reading it take memory or time beyond its size:
// lengths of what is not there, names that many columns share, nested or compressed columns, which we do not send.
func checkHeader(b []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("an Arrow header that cannot be read: %v", p)
		}
	}()
	h := header{b: b}
	m := flatbuffers.Table{Bytes: b, Pos: flatbuffers.GetUOffsetT(b)}
	var t flatbuffers.Table
	o := m.Offset(messageHeader)
	if o == 0 {
		return fmt.Errorf("an Arrow message without a header")
	}
	m.Union(&t, flatbuffers.UOffsetT(o))
	switch kind := m.GetByteSlot(messageKind, 0); kind {
	case kindSchema:
		h.schema(t)
	case kindDictionary:
		d := t.Offset(dictionaryData)
		h.require(d != 0 && !t.GetBoolSlot(dictionaryDelta, false), "a dictionary without strings of its own")
		if d != 0 {
			h.record(flatbuffers.Table{Bytes: b, Pos: t.Indirect(t.Pos + flatbuffers.UOffsetT(d))})
		}
	case kindRecord:
		h.record(t)
	default:
		return fmt.Errorf("an Arrow message of kind %d", kind)
	}
	return h.err
}

// header is a header that is being checked.
type header struct {
	b    []byte
	text int // bytes of names
	err  error
}

func (h *header) require(ok bool, format string, args ...any) {
	if !ok && h.err == nil {
		h.err = fmt.Errorf(format, args...)
	}
}

// vector returns where a vector of elements of size bytes begins, and how many there are: none when it is not all there.
func (h *header) vector(t flatbuffers.Table, field flatbuffers.VOffsetT, size int) (at flatbuffers.UOffsetT, n int) {
	o := t.Offset(field)
	if o == 0 {
		return 0, 0
	}
	at, n = t.Vector(flatbuffers.UOffsetT(o)), t.VectorLen(flatbuffers.UOffsetT(o))
	if n < 0 || n > (len(h.b)-int(at))/size {
		h.require(false, "%d elements in %d bytes", n, len(h.b))
		return 0, 0
	}
	return at, n
}

func (h *header) schema(t flatbuffers.Table) {
	_, n := h.vector(t, schemaMetadata, 4)
	h.require(n == 0, "metadata of columns")
	at, n := h.vector(t, schemaFields, 4)
	for i := range n {
		f := flatbuffers.Table{Bytes: h.b, Pos: t.Indirect(at + flatbuffers.UOffsetT(4*i))}
		_, children := h.vector(f, fieldChildren, 4)
		_, metadata := h.vector(f, fieldCustomMetadata, 4)
		kind := f.GetByteSlot(fieldType, 0)
		h.require(children == 0 && metadata == 0 && kind >= 2 && kind <= 6, "column %d of type %d with %d columns within and %d entries of metadata", i, kind, children, metadata)
		_, name := h.vector(f, fieldName, 1)
		h.text += name
		h.require(h.text <= len(h.b), "names longer than all")
		if h.err != nil {
			return
		}
	}
}

func (h *header) record(t flatbuffers.Table) {
	_, variadic := h.vector(t, recordVariadic, 8)
	h.require(t.Offset(recordCompression) == 0 && variadic == 0, "a compressed record")
	rows := t.GetInt64Slot(recordRows, 0)
	h.require(rows >= 0 && rows <= math.MaxInt32, "%d rows", rows)
	h.vector(t, recordBuffers, 16)
	at, n := h.vector(t, recordNodes, 16)
	for i := range n {
		p := at + flatbuffers.UOffsetT(16*i)
		length, nulls := t.GetInt64(p), t.GetInt64(p+8)
		h.require(length >= 0 && length <= math.MaxInt32 && nulls >= 0 && nulls <= length, "column %d has %d rows, %d of them NULL", i, length, nulls)
	}
}
