package vector

import (
	"encoding/binary"
	"unsafe"
)

// Bits64 returns 64 bits of a bitmap from bit lo on, the first one lowest; what lies behind the bitmap's end is clear.
func Bits64(src []byte, lo int) uint64 {
	at, shift := lo>>3, lo&7
	if at+8 < len(src) {
		w := binary.LittleEndian.Uint64(src[at:]) >> shift
		return w | uint64(src[at+8])<<(64-shift) // a shift by 64 gives 0
	}
	var w uint64
	for i, b := range src[min(at, len(src)):] {
		if i == 8 {
			return w>>shift | uint64(b)<<(64-shift)
		}
		w |= uint64(b) << (8 * i)
	}
	return w >> shift
}

// allSet reports whether bits lo to lo+n of a bitmap are set.
func allSet(src []byte, lo, n int) bool {
	for ; n >= 64; lo, n = lo+64, n-64 {
		if ^Bits64(src, lo) != 0 {
			return false
		}
	}
	return n == 0 || ^Bits64(src, lo)<<(64-n) == 0
}

// loadBits sets dst to bits lo+sel[i] of a bitmap, or lo+i where sel is nil, or to the contrary where invert is set.
func loadBits(dst []bool, bits []byte, lo int, sel []int32, invert bool) {
	if sel != nil {
		for i, s := range sel {
			k := lo + int(s)
			dst[i] = bits[k>>3]&(1<<(k&7)) != 0 != invert
		}
		return
	}
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(dst))), len(dst))
	flip := uint64(0)
	if invert {
		flip = ^flip
	}
	for len(bytes) > 0 {
		w := Bits64(bits, lo) ^ flip
		if len(bytes) < 64 {
			for i := range bytes {
				bytes[i] = byte(w >> i & 1)
			}
			return
		}
		for i := 0; i < 64; i += 8 {
			binary.LittleEndian.PutUint64(bytes[i:], spread(byte(w>>i)))
		}
		bytes, lo = bytes[64:], lo+64
	}
}

// spread puts each bit of b in a byte of its own.
func spread(b byte) uint64 {
	const ones = 0x0101010101010101
	w := uint64(b) * ones & 0x8040201008040201 // byte i has bit i of b, where it was
	return (w + 0x7f*ones) >> 7 & ones
}
