package vector

import (
	"unsafe"

	"github.com/eau2db/eau2/column"
)

// Load makes v the rows lo+sel[k] of a (lo+k for k < n when sel is nil), widened. Strings with a dictionary stay
// codes.
func Load(v *Vec, a *column.Array, lo, n int, sel []int32) {
	if sel != nil {
		n = len(sel)
	}
	switch a.Layout {
	case column.Code8, column.Code16, column.Code32:
		v.SetDict(a.Dict, n)
	default:
		v.Reset(a.Type, n)
	}
	switch a.Layout {
	case column.Bits:
		loadBits(v.Bool, a.Bits, lo, sel, false)
	case column.Int8:
		widen(v.Int, a.I8[lo:], sel, widen8)
	case column.Int16:
		widen(v.Int, a.I16[lo:], sel, widen16)
	case column.Int32:
		widen(v.Int, a.I32[lo:], sel, widen32)
	case column.Int64:
		widen(v.Int, a.I64[lo:], sel, copyAll)
	case column.Float64:
		widen(v.Float, a.F64[lo:], sel, copyAll)
	case column.Code8:
		widen(v.Code, a.C8[lo:], sel, widenCode8)
	case column.Code16:
		widen(v.Code, a.C16[lo:], sel, widenCode16)
	case column.Code32:
		widen(v.Code, a.C32[lo:], sel, copyAll)
	case column.Plain:
		loadStrings(v.Str, a, lo, sel)
	}
	if a.Valid != nil && (sel != nil || !allSet(a.Valid, lo, n)) {
		v.nulls = resize(v.nulls, n)
		loadBits(v.nulls, a.Valid, lo, sel, true)
		v.Null = v.nulls
	}
}

type number interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | float64
}

// widen sets dst to the values sel of src, or to the first ones, by dense, where sel is nil.
func widen[D, S number](dst []D, src []S, sel []int32, dense func(dst []D, src []S)) {
	if sel == nil {
		dense(dst, src[:len(dst)])
		return
	}
	dst = dst[:len(sel)]
	for i, s := range sel {
		dst[i] = D(src[s])
	}
}

func copyAll[T number](dst, src []T) { copy(dst, src) }

func widenPlain[D, S number](dst []D, src []S) {
	src = src[:len(dst)]
	for i, s := range src {
		dst[i] = D(s)
	}
}

func loadStrings(dst []string, a *column.Array, lo int, sel []int32) {
	if len(a.Data) == 0 {
		clear(dst)
		return
	}
	base := unsafe.SliceData(a.Data)
	off := a.Off[lo:]
	for i := range dst {
		k := i
		if sel != nil {
			k = int(sel[i])
		}
		if off[k] == off[k+1] {
			dst[i] = "" // a pointer behind the text's end may be one to nothing
			continue
		}
		dst[i] = unsafe.String((*byte)(unsafe.Add(unsafe.Pointer(base), off[k])), int(off[k+1]-off[k]))
	}
}
