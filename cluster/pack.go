package cluster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/zeebo/xxh3"

	"github.com/eau2db/eau2/cluster/vfs"
	"github.com/eau2db/eau2/column"
)

// A pack is an immutable file of many values. Every byte of it is checked when it is read: values by the checksums of
// their frames, the padding by being zero, index and trailer by checksums of their own.
//
//	┌──────────┬─┬──────────┬─┬─ … ─┬─┬─────────┬─┬─────────┐
//	│ value 0  │0│ value 1  │0│     │0│ index   │0│ trailer │
//	└──────────┴─┴──────────┴─┴─ … ─┴─┴─────────┴─┴─────────┘
//	0            ↑ each begins at a multiple of 64  ↑ 32 bytes
//
// The index is a frame, whose payload has for each value, in order: length of the name of its key and the name, length
// of the value (numbers are varints). The trailer, little-endian:
//
//	 0  8  magic "eau2pack"
//	 8  8  where the index begins
//	16  8  length of the index
//	24  8  XXH3-64 of the 24 bytes before
const (
	packAlign   = 64
	packTrailer = 32
	packMagic   = "eau2pack"
)

// packEntry is a value in the index of a pack.
type packEntry struct {
	name string
	size int64
}

// aligned returns n rounded up to where a value may begin.
func aligned(n int64) int64 { return (n + packAlign - 1) &^ (packAlign - 1) }

// pad appends zeros up to where the next value may begin. Position 0 of b is such a place.
func pad(b []byte) []byte {
	var zeros [packAlign]byte
	return append(b, zeros[:aligned(int64(len(b)))-int64(len(b))]...)
}

// appendTail appends what follows the values of a pack, which end at off: index, padding and trailer.
func appendTail(b []byte, entries []packEntry, off int64) []byte {
	var payload []byte
	for _, e := range entries {
		payload = binary.AppendUvarint(payload, uint64(len(e.name)))
		payload = append(payload, e.name...)
		payload = binary.AppendUvarint(payload, uint64(e.size))
	}
	b = column.AppendFrame(b, column.KindIndex, payload)
	size := len(b)
	return append(pad(b), trailer(off, int64(size))...)
}

// trailer returns the end of a pack whose index is at off.
func trailer(off, size int64) []byte {
	b := binary.LittleEndian.AppendUint64([]byte(packMagic), uint64(off))
	b = binary.LittleEndian.AppendUint64(b, uint64(size))
	return binary.LittleEndian.AppendUint64(b, xxh3.Hash(b))
}

// pack is an open pack.
type pack struct {
	file string
	m    vfs.Mapping
}

// location is the place of a value.
type location struct {
	pack      *pack
	off, size int64
}

// openPack maps a pack and calls f with every value in it.
func openPack(fs vfs.FS, file string, f func(name string, at location) error) (*pack, error) {
	m, err := fs.Map(file)
	if err != nil {
		return nil, inFile(file, err)
	}
	p := &pack{file: file, m: m}
	if err := p.readIndex(f); err != nil {
		return nil, inFile(file, also(err, m.Close()))
	}
	return p, nil
}

func (p *pack) size() int64 { return int64(len(p.m.Bytes())) }

func (p *pack) close() error { return inFile(p.file, p.m.Close()) }

func (p *pack) readIndex(f func(name string, at location) error) error {
	off, size, err := p.readTrailer()
	if err != nil {
		return err
	}
	at := location{pack: p, off: off, size: size}
	return at.read(func(frame []byte) error {
		b, err := column.ReadFrame(frame, column.KindIndex)
		if err != nil {
			return err
		}
		return p.readEntries(b, off, f)
	})
}

// readTrailer returns the place of the index, having checked that it ends where the trailer begins.
func (p *pack) readTrailer() (off, size int64, err error) {
	end := p.size() - packTrailer
	if end < 0 {
		return 0, 0, fmt.Errorf("%w: %d bytes are less than a trailer: the file is cut short", ErrCorrupt, p.size())
	}
	tail := location{pack: p, off: end, size: packTrailer}
	err = tail.read(func(b []byte) error {
		if string(b[:8]) != packMagic || binary.LittleEndian.Uint64(b[24:]) != xxh3.Hash(b[:24]) {
			return fmt.Errorf("%w: the file does not end as it should: it is cut short or damaged", ErrCorrupt)
		}
		off, size = int64(binary.LittleEndian.Uint64(b[8:])), int64(binary.LittleEndian.Uint64(b[16:]))
		if off < 0 || off%packAlign != 0 || off > end || size < 0 || size > end-off || aligned(size) != end-off {
			return fmt.Errorf("%w: the index does not end where the trailer begins", ErrCorrupt)
		}
		return nil
	})
	return off, size, err
}

// readEntries reads the payload of the index. The values fill the file up to the index.
func (p *pack) readEntries(b []byte, end int64, f func(name string, at location) error) error {
	bad := fmt.Errorf("%w: the index is not well-formed", ErrCorrupt)
	off := int64(0)
	for len(b) > 0 {
		n, w := binary.Uvarint(b)
		if w <= 0 || n > uint64(len(b)-w) {
			return bad
		}
		name := string(b[w : w+int(n)])
		b = b[w+int(n):]
		size, w := binary.Uvarint(b)
		if w <= 0 || size > uint64(end-off) || aligned(int64(size)) > end-off {
			return bad
		}
		b = b[w:]
		if err := f(name, location{pack: p, off: off, size: int64(size)}); err != nil {
			return err
		}
		off += aligned(int64(size))
	}
	if off != end {
		return bad
	}
	return nil
}

// read gives f the bytes of a value, which stay valid until the pack is closed, after checking the padding behind
// them. f must check the bytes: a disk that fails while it does is an error here.
func (l location) read(f func([]byte) error) error {
	b := l.pack.m.Bytes()
	end := min(aligned(l.off+l.size), int64(len(b)))
	return inFile(l.pack.file, catchFault(func() error {
		for _, c := range b[l.off+l.size : end] {
			if c != 0 {
				return fmt.Errorf("%w: the padding behind a value is not zero", ErrCorrupt)
			}
		}
		return f(b[l.off : l.off+l.size : l.off+l.size])
	}))
}

// catchFault turns a fault of f, on memory whose file has become unreadable or shorter, into an error.
func catchFault(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		var fault interface {
			runtime.Error
			Addr() uintptr
		}
		if e, ok := r.(error); ok && errors.As(e, &fault) {
			err = fmt.Errorf("%w: the file has become unreadable or shorter: %w", ErrCorrupt, e)
			return
		}
		panic(r)
	}()
	return f()
}
