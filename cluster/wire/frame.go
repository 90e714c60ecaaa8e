package wire

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc/mem"
)

// frame is a FlightData message. The codec writes its body without copying it, and reads it into one piece of memory
// that is aligned as Arrow wants it.
type frame struct {
	command  []byte   // of the FlightDescriptor, in the first frame of a put
	header   []byte   // an Arrow IPC message without its body
	metadata []byte   // app_metadata
	body     [][]byte // to be sent one behind the other; one piece at most when received
	err      error    // what was received is not a FlightData
}

// The fields of FlightData and FlightDescriptor, and protobuf's wire types.
const (
	fieldDescriptor = 1
	fieldHeader     = 2
	fieldMetadata   = 3
	fieldBody       = 1000

	fieldKind    = 1
	fieldCommand = 2
	kindCommand  = 2 // of a FlightDescriptor: it has a command, not a path

	typeVarint  = 0
	typeFixed64 = 1
	typeBytes   = 2
	typeFixed32 = 5
)

var errFrame = fmt.Errorf("%w: not a FlightData message", ErrGarbled)

// bodyBytes returns the length of the body.
func (f *frame) bodyBytes() (n int) {
	for _, b := range f.body {
		n += len(b)
	}
	return n
}

// marshal returns f in protobuf's encoding. The result shares the body's memory.
func (f *frame) marshal() mem.BufferSlice {
	b := make([]byte, 0, len(f.command)+len(f.header)+len(f.metadata)+64)
	if f.command != nil {
		var d []byte
		d = binary.AppendUvarint(d, fieldKind<<3|typeVarint)
		d = binary.AppendUvarint(d, kindCommand)
		d = appendField(d, fieldCommand, f.command)
		b = appendField(b, fieldDescriptor, d)
	}
	if len(f.header) > 0 {
		b = appendField(b, fieldHeader, f.header)
	}
	if len(f.metadata) > 0 {
		b = appendField(b, fieldMetadata, f.metadata)
	}
	n := f.bodyBytes()
	if n == 0 {
		return mem.BufferSlice{mem.SliceBuffer(b)}
	}
	b = binary.AppendUvarint(b, fieldBody<<3|typeBytes)
	b = binary.AppendUvarint(b, uint64(n))
	out := mem.BufferSlice{mem.SliceBuffer(b)}
	for _, p := range f.body {
		if len(p) > 0 {
			out = append(out, mem.SliceBuffer(p))
		}
	}
	return out
}

func appendField(b []byte, field uint64, value []byte) []byte {
	b = binary.AppendUvarint(b, field<<3|typeBytes)
	b = binary.AppendUvarint(b, uint64(len(value)))
	return append(b, value...)
}

// source is what frames are read from: the bytes of a message, or of a part of one.
type source interface {
	io.Reader
	io.ByteReader
	Remaining() int
}

// unmarshal reads a FlightData message into f, which must be zero. Fields it does not know are skipped.
func (f *frame) unmarshal(r source) error {
	return readFields(r, func(field uint64, n int) (err error) {
		switch field {
		case fieldDescriptor:
			var d []byte
			if d, err = readBytes(r, n); err != nil {
				return err
			}
			f.command, err = commandOf(d)
		case fieldHeader:
			f.header, err = readBytes(r, n)
		case fieldMetadata:
			f.metadata, err = readBytes(r, n)
		case fieldBody:
			body := memory.DefaultAllocator.Allocate(n)
			_, err = io.ReadFull(r, body)
			f.body = [][]byte{body}
		default:
			err = skip(r, n)
		}
		return err
	})
}

// commandOf returns the command of a FlightDescriptor.
func commandOf(descriptor []byte) (command []byte, err error) {
	r := mem.BufferSlice{mem.SliceBuffer(descriptor)}.Reader()
	err = readFields(r, func(field uint64, n int) (err error) {
		if field != fieldCommand {
			return skip(r, n)
		}
		command, err = readBytes(r, n)
		return err
	})
	return command, err
}

// readFields calls take for every field that holds bytes, to read its n bytes from r, and skips the others.
func readFields(r source, take func(field uint64, n int) error) error {
	for r.Remaining() > 0 {
		key, err := binary.ReadUvarint(r)
		if err != nil {
			return fmt.Errorf("%w: %w", errFrame, err)
		}
		var n int
		switch key & 7 {
		case typeVarint:
			_, err = binary.ReadUvarint(r)
		case typeFixed64:
			err = skip(r, 8)
		case typeFixed32:
			err = skip(r, 4)
		case typeBytes:
			if n, err = readLength(r); err == nil {
				err = take(key>>3, n)
			}
		default:
			err = fmt.Errorf("wire type %d", key&7)
		}
		if err != nil {
			return fmt.Errorf("%w: field %d: %w", errFrame, key>>3, err)
		}
	}
	return nil
}

// readLength reads the length of a field, which is never more than what is left.
func readLength(r source) (int, error) {
	n, err := binary.ReadUvarint(r)
	if err == nil && n > uint64(r.Remaining()) {
		err = io.ErrUnexpectedEOF
	}
	return int(n), err
}

func readBytes(r source, n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(r, b)
	return b, err
}

func skip(r source, n int) error {
	_, err := io.CopyN(io.Discard, r, int64(n))
	return err
}
