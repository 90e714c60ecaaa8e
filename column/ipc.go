package column

import (
	"encoding/binary"
	"fmt"
	"io"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// appendStream appends the columns as an Arrow IPC stream of one record batch.
func appendStream(dst []byte, schema *arrow.Schema, columns ...arrow.Array) ([]byte, error) {
	out := appender{dst}
	w := ipc.NewWriter(&out, ipc.WithSchema(schema))
	batch := array.NewRecordBatch(schema, columns, int64(columns[0].Len()))
	defer batch.Release()
	if err := w.Write(batch); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.b, nil
}

// appender is a writer to the end of a slice.
type appender struct{ b []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.b = append(a.b, p...)
	return len(p), nil
}

// readStream reads what appendStream wrote. The batch points into b, or into a copy where b is not aligned to
// eight bytes.
func readStream(b []byte) (batch arrow.RecordBatch, err error) {
	defer func() { // arrow-go panics on metadata that is no flatbuffer
		if p := recover(); p != nil {
			batch, err = nil, fmt.Errorf("%w: no Arrow IPC stream: %v", ErrCorrupt, p)
		}
	}()
	r, err := ipc.NewReaderFromMessageReader(&messages{aligned(b)})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	batch, err = r.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return batch, nil
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

// messages reads the messages of an IPC stream in place.
type messages struct{ b []byte }

// Message returns the next message, whose body is a part of the stream's bytes.
func (m *messages) Message() (*ipc.Message, error) {
	const prefix = 8 // a continuation mark and the length of the metadata
	if len(m.b) < prefix {
		return nil, io.ErrUnexpectedEOF
	}
	mark, n := binary.LittleEndian.Uint32(m.b), int64(binary.LittleEndian.Uint32(m.b[4:]))
	if mark != 0xffffffff {
		return nil, fmt.Errorf("no message begins with %#x", mark)
	}
	if n == 0 {
		return nil, io.EOF
	}
	m.b = m.b[prefix:]
	if n > int64(len(m.b)) {
		return nil, io.ErrUnexpectedEOF
	}
	meta := memory.NewBufferBytes(m.b[:n])
	m.b = m.b[n:]
	body := ipc.NewMessage(meta, memory.NewBufferBytes(nil)).BodyLen()
	if body < 0 || body > int64(len(m.b)) {
		return nil, io.ErrUnexpectedEOF
	}
	msg := ipc.NewMessage(meta, memory.NewBufferBytes(m.b[:body:body]))
	m.b = m.b[body:]
	return msg, nil
}

// Retain and Release do nothing: the memory is the caller's.
func (m *messages) Retain()  {}
func (m *messages) Release() {}

// values returns the n values in buffer i of an array, in place.
func values[T number](data arrow.ArrayData, i, n int) ([]T, error) {
	var t T
	size := int(unsafe.Sizeof(t))
	b, err := bufferBytes(data, i, n*size)
	if err != nil || n == 0 {
		return []T{}, err
	}
	p := unsafe.Pointer(unsafe.SliceData(b))
	if uintptr(p)%uintptr(size) != 0 {
		return nil, fmt.Errorf("%w: buffer %d is not aligned", ErrCorrupt, i)
	}
	return unsafe.Slice((*T)(p), n), nil
}

// bufferBytes returns the first n bytes of buffer i of an array, in place.
func bufferBytes(data arrow.ArrayData, i, n int) ([]byte, error) {
	buffers := data.Buffers()
	if n == 0 {
		return []byte{}, nil
	}
	if i >= len(buffers) || buffers[i] == nil || buffers[i].Len() < n {
		return nil, fmt.Errorf("%w: buffer %d is shorter than %d bytes", ErrCorrupt, i, n)
	}
	return buffers[i].Bytes()[:n:n], nil
}
