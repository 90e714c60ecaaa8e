package sor

import "encoding/binary"

// masks tell where in 64 bytes of text the bytes are that matter to its layout: bit i stands for byte i.
type masks struct {
	open  uint64 // <
	close uint64 // >
	quote uint64 // "
	line  uint64 // line break
	blank uint64 // space and all below, the line break too
}

// findMasks fills m for the first 64*len(m) bytes of text. It is the fastest version that the processor has.
var findMasks = findMasksPlain

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
	lows  = 0x7f7f7f7f7f7f7f7f
)

// findMasksPlain is findMasks eight bytes at a time.
func findMasksPlain(m []masks, text []byte) {
	text = text[:64*len(m)]
	for i := range m {
		b := text[64*i : 64*i+64]
		var r masks
		for k := range 8 {
			w := binary.LittleEndian.Uint64(b[8*k:])
			r.open |= gather(equal(w, '<')) << (8 * k)
			r.close |= gather(equal(w, '>')) << (8 * k)
			r.quote |= gather(equal(w, '"')) << (8 * k)
			r.line |= gather(equal(w, '\n')) << (8 * k)
			r.blank |= gather(^((w&lows+(0x7f-' ')*ones)|w)&highs) << (8 * k)
		}
		m[i] = r
	}
}

// equal sets the high bit of the bytes of w that are c, and no others.
func equal(w uint64, c byte) uint64 {
	w ^= uint64(c) * ones
	return ^((w&lows + lows) | w) & highs
}

// gather moves the high bits of eight bytes together.
func gather(high uint64) uint64 { return high >> 7 * 0x0102040810204080 >> 56 }

// prefixXor returns, for every bit, the parity of the bits up to it: with x the quotes, what is inside of them.
func prefixXor(x uint64) uint64 {
	x ^= x << 1
	x ^= x << 2
	x ^= x << 4
	x ^= x << 8
	x ^= x << 16
	x ^= x << 32
	return x
}
