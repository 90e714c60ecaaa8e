package column

import "math"

// Recode returns an array of the values of a, which has codes, with other codes for them, codes[c] in place of c, in the
// narrowest layout; its Dict is for the caller to set. When one of the values has no other code, NoCode, the values are
// plain strings. An array without codes is returned as it is.
func (a *Array) Recode(codes []uint32) *Array {
	var old []uint32
	switch a.Layout {
	case Code8:
		old = widen(a.C8)
	case Code16:
		old = widen(a.C16)
	case Code32:
		old = a.C32
	default:
		return a
	}
	r := *a
	r.Dict, r.C8, r.C16, r.C32 = nil, nil, nil, nil
	fresh := make([]uint32, a.N)
	top := uint32(0)
	for i, c := range old {
		if a.IsNull(i) {
			continue // stays 0
		}
		fresh[i] = codes[c]
		top = max(top, codes[c])
	}
	switch {
	case top == NoCode:
		r.Layout = Plain
		r.Off, r.Data = a.plain(old)
	case top <= math.MaxUint8:
		r.Layout, r.C8 = Code8, make([]uint8, a.N)
		narrowCodes8(r.C8, fresh)
	case top <= math.MaxUint16:
		r.Layout, r.C16 = Code16, make([]uint16, a.N)
		narrowCodes16(r.C16, fresh)
	default:
		r.Layout, r.C32 = Code32, fresh
	}
	return &r
}

func widen[T uint8 | uint16](s []T) []uint32 {
	w := make([]uint32, len(s))
	for i, c := range s {
		w[i] = uint32(c)
	}
	return w
}

// plain returns the strings of the codes of a.
func (a *Array) plain(codes []uint32) (off []int32, data []byte) {
	off, data = make([]int32, 1, a.N+1), []byte{}
	for i, c := range codes {
		if !a.IsNull(i) {
			data = append(data, a.Dict.Value(c)...)
		}
		off = append(off, int32(len(data)))
	}
	return off, data
}
