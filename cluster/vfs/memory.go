package vfs

import "unsafe"

// InMemory returns a Mapping of a copy of b.
func InMemory(b []byte) Mapping {
	return &memory{append(aligned(len(b)), b...)}
}

// aligned returns an empty slice of capacity n that begins at a multiple of 64.
func aligned(n int) []byte {
	b := make([]byte, n+63)
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) & 63
	return b[skip : skip : skip+n]
}

type memory struct{ b []byte }

func (m *memory) Bytes() []byte { return m.b }
func (m *memory) Close() error  { m.b = nil; return nil }
