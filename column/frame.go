package column

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/zeebo/xxh3"
)

// Errors of reading bytes. What is wrapped around them says what was read.
var (
	// ErrCorrupt: the bytes are not what was written, or not of the kind asked for.
	ErrCorrupt = errors.New("corrupt")
	// ErrVersion: the bytes were written by a newer version of this program.
	ErrVersion = errors.New("written by a newer version")
)

// Kind says what the payload of a frame is.
type Kind uint8

// The kinds of frames.
const (
	KindArray    Kind = 1 + iota // Array.AppendBytes
	KindDict                     // Dict.AppendBytes
	KindManifest                 // the manifest of a table
	KindIndex                    // the index of a file of many values
	KindEntry                    // an entry of the catalogue
	KindValue                    // a value that the store knows nothing of
	KindRows                     // AppendRows
)

// String names the kind.
func (k Kind) String() string {
	switch k {
	case KindArray:
		return "array"
	case KindDict:
		return "dictionary"
	case KindManifest:
		return "manifest"
	case KindIndex:
		return "index"
	case KindEntry:
		return "catalogue entry"
	case KindValue:
		return "value"
	case KindRows:
		return "rows"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// A frame is a header of FrameHeader bytes and a payload:
//
//	 0  4  magic "EAU2"
//	 4  2  format version, little-endian as are all numbers
//	 6  1  kind
//	 7  1  zero
//	 8  8  XXH3-64 of all bytes behind this field, seeded with the first eight bytes
//	16  8  length of the payload
//	24 40  zero
//
// Later format versions keep the header and the checksum as they are, so that damage and a newer version are told
// apart.
const (
	FrameHeader  = 64 // bytes before the payload
	frameVersion = 1
	frameMagic   = "EAU2"
)

// AppendFrame appends payload as a frame to dst.
func AppendFrame(dst []byte, kind Kind, payload []byte) []byte {
	dst, at := beginFrame(dst)
	dst = append(dst, payload...)
	endFrame(dst[at:], kind)
	return dst
}

// beginFrame appends room for a header, which stands at the place returned. The payload is appended next.
func beginFrame(dst []byte) ([]byte, int) {
	return append(dst, make([]byte, FrameHeader)...), len(dst)
}

// endFrame fills in the header of a whole frame.
func endFrame(b []byte, kind Kind) {
	copy(b, frameMagic)
	binary.LittleEndian.PutUint16(b[4:], frameVersion)
	b[6] = byte(kind)
	binary.LittleEndian.PutUint64(b[16:], uint64(len(b)-FrameHeader))
	binary.LittleEndian.PutUint64(b[8:], frameSum(b))
}

func frameSum(b []byte) uint64 {
	return xxh3.HashSeed(b[16:], binary.LittleEndian.Uint64(b))
}

// ReadFrame returns the payload of the frame b, which it checks. The payload shares b's memory. The error wraps
// ErrCorrupt or ErrVersion.
func ReadFrame(b []byte, kind Kind) (payload []byte, err error) {
	if len(b) < FrameHeader {
		return nil, fmt.Errorf("read %v: %w: %d bytes are less than a header", kind, ErrCorrupt, len(b))
	}
	if string(b[:4]) != frameMagic {
		return nil, fmt.Errorf("read %v: %w: it does not begin with %q", kind, ErrCorrupt, frameMagic)
	}
	if sum := binary.LittleEndian.Uint64(b[8:]); sum != frameSum(b) {
		return nil, fmt.Errorf("read %v: %w: wrong checksum over %d bytes", kind, ErrCorrupt, len(b))
	}
	if v := binary.LittleEndian.Uint16(b[4:]); v > frameVersion {
		return nil, fmt.Errorf("read %v: %w: format %d, this one knows up to %d", kind, ErrVersion, v, frameVersion)
	}
	if n := binary.LittleEndian.Uint64(b[16:]); n != uint64(len(b)-FrameHeader) {
		return nil, fmt.Errorf("read %v: %w: the payload has %d bytes in place of %d", kind, ErrCorrupt, len(b)-FrameHeader, n)
	}
	if k := Kind(b[6]); k != kind {
		return nil, fmt.Errorf("read %v: %w: it is of kind %v", kind, ErrCorrupt, k)
	}
	return b[FrameHeader:], nil
}
