package column

import "encoding/binary"

// flatbuf reads a flatbuffer, whose offsets are not to be trusted: what lies outside reads as zero and sets bad.
type flatbuf struct {
	b   []byte
	bad bool
}

// table is a table of a flatbuffer by its position, or -1 for one that is absent.
type table int

func (f *flatbuf) bytes(at, n int) []byte {
	if at < 0 || n < 0 || at > len(f.b)-n {
		f.bad = true
		return nil
	}
	return f.b[at : at+n]
}

func (f *flatbuf) uint(at, size int) uint64 {
	b := f.bytes(at, size)
	if b == nil {
		return 0
	}
	switch size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return binary.LittleEndian.Uint64(b)
}

// follow returns what the offset at a position points to.
func (f *flatbuf) follow(at int) int { return at + int(f.uint(at, 4)) }

// root returns the outermost table.
func (f *flatbuf) root() table { return table(f.follow(0)) }

// field returns the position of field i of a table, or -1 when it is absent.
func (f *flatbuf) field(t table, i int) int {
	if t < 0 {
		return -1
	}
	vtable := int(t) - int(int32(f.uint(int(t), 4)))
	if 4+2*i >= int(f.uint(vtable, 2)) {
		return -1
	}
	off := int(f.uint(vtable+4+2*i, 2))
	if off == 0 {
		return -1
	}
	return int(t) + off
}

// number returns a field of size bytes, or zero when it is absent.
func (f *flatbuf) number(t table, i, size int) uint64 {
	at := f.field(t, i)
	if at < 0 {
		return 0
	}
	return f.uint(at, size)
}

// table returns a field that is a table.
func (f *flatbuf) table(t table, i int) table {
	at := f.field(t, i)
	if at < 0 {
		return -1
	}
	return table(f.follow(at))
}

// vector returns position and length of a field that is a vector of elements of size bytes.
func (f *flatbuf) vector(t table, i, size int) (at, n int) {
	if at = f.field(t, i); at < 0 {
		return 0, 0
	}
	at = f.follow(at)
	n = int(f.uint(at, 4))
	at += 4
	if f.bytes(at, n*size) == nil && n > 0 {
		return 0, 0
	}
	return at, n
}

// string returns a field that is a string.
func (f *flatbuf) string(t table, i int) string {
	at, n := f.vector(t, i, 1)
	return string(f.bytes(at, n))
}
