package vector

import "unsafe"

const (
	minBlock = 1 << 10
	maxBlock = 1 << 15
	minTail  = 32 // a block with less room than this is left for a new one
)

// Tail returns an empty slice with some room, for a value to be appended to it and stored with SetTail. The strings
// of many rows share a block of memory that way. Blocks are never reused, so strings may be kept as long as one likes.
func (v *Vec) Tail() []byte {
	if cap(v.text)-len(v.text) < minTail {
		v.text = make([]byte, 0, min(max(2*cap(v.text), minBlock), maxBlock))
	}
	return v.text[len(v.text):]
}

// SetTail makes row i of a STRING vector the bytes of b, which started as Tail. b must not be changed afterwards.
func (v *Vec) SetTail(i int, b []byte) {
	v.Str[i] = unsafe.String(unsafe.SliceData(b), len(b))
	if cap(b) == cap(v.text)-len(v.text) && unsafe.SliceData(b) == unsafe.SliceData(v.text[len(v.text):]) {
		v.text = v.text[:len(v.text)+len(b)]
	} else if cap(b)-len(b) > cap(v.text)-len(v.text) { // it has grown out of the block: go on behind it
		v.text = b
	}
}
