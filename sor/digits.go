package sor

import "unsafe"

// digits is a run of texts to be read as unsigned numbers: of each, the eight bytes before its end, the eight before
// those, and its length. Longer ones than 16 bytes, and what is otherwise not a number of 1 to 16 digits, are bad.
type digits struct {
	low, high, length [vectorRows]uint64
	bad               [vectorRows / 8]uint8 // a bit for each text
}

// gather takes the texts of n fields: the first from two past *place to the place behind it, the others stride slots
// further each.
func (d *digits) gather(t text, place []uint32, stride, n int) {
	_ = place[(n-1)*stride+1]
	p := unsafe.Pointer(unsafe.SliceData(place))
	clear(d.bad[:(n+7)/8])
	for i := range n {
		slots := (*[2]uint32)(unsafe.Add(p, i*4*stride))
		end := slots[1]
		length := end - slots[0] - 2
		if length-1 >= 16 {
			d.bad[i>>3&(len(d.bad)-1)] |= 1 << (i & 7)
		}
		k := i & (vectorRows - 1)
		d.low[k], d.high[k], d.length[k] = t.load(end-8), t.load(end-16), uint64(length)
	}
	for i := n; i&7 != 0; i++ { // the kernels read eight at a time
		d.length[i] = 0
	}
}

// readDigits sets out to the numbers, and the bits of those that have a byte that is not a digit. It is the fastest
// version that the processor has.
var readDigits = readDigitsPlain

// readDigitsPlain is readDigits one at a time.
func readDigitsPlain(d *digits, out []int64) {
	for i := range out {
		n := d.length[i]
		v, ok := eightDigits(d.low[i], min(n, 8))
		if n > 8 {
			high, okHigh := eightDigits(d.high[i], min(n-8, 8))
			v += high * 1e8
			ok = ok && okHigh
		}
		if !ok {
			d.bad[i>>3] |= 1 << (i & 7)
		}
		out[i] = int64(v)
	}
}

// eightDigits reads the last n of eight digits, the first in the low bits of w. ok is false when one is not a digit.
func eightDigits(w, n uint64) (v uint64, ok bool) {
	w ^= '0' * ones
	w = w >> (64 - 8*n) << (64 - 8*n) // what is before them counts as zeros
	ok = (w|(w+0x76*ones))&highs == 0
	w = w*10 + w>>8 // pairs
	w = ((w&0x000000ff000000ff)*0x000f424000000064 + (w>>16&0x000000ff000000ff)*0x0000271000000001) >> 32
	return w & 0xffffffff, ok
}
