package sor

import (
	"math"
	"math/bits"
	"unsafe"
)

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

// decimals is a run of texts to be read as FLOATs of up to eight digits before the point and up to eight behind it.
type decimals struct {
	whole, fraction          [vectorRows]uint64 // the eight bytes before the point, and before the end
	wholeDigits, fractDigits [vectorRows]uint64
	scale                    [vectorRows]float64 // ten to the power of fractDigits; negative if the number is
	bad                      [vectorRows / 8]uint8
}

// gather takes the texts of n fields, as digits.gather does.
func (d *decimals) gather(t text, place []uint32, stride, n int) {
	_ = place[(n-1)*stride+1]
	p := unsafe.Pointer(unsafe.SliceData(place))
	clear(d.bad[:(n+7)/8])
	for i := range n {
		slots := (*[2]uint32)(unsafe.Add(p, i*4*stride))
		s, e := slots[0]+2, slots[1]
		scales := &powers
		if c := t.byte(s); c == '-' || c == '+' {
			s++
			if c == '-' {
				scales = &negativePowers
			}
		}
		x := t.load(s) ^ '.'*ones
		x = (x - ones) &^ x & highs // the lowest bit set is right
		point := min(s+uint32(bits.TrailingZeros64(x)>>3), e)
		whole, fract := point-s, uint32(0)
		if point < e {
			fract = e - point - 1
		}
		k := i & (vectorRows - 1)
		if whole+fract-1 >= 16 || fract > 8 || point < e && t.byte(point) != '.' {
			d.bad[i>>3&(len(d.bad)-1)] |= 1 << (i & 7)
			whole, fract = 0, 0
		}
		d.whole[k], d.fraction[k] = t.load(point-8), t.load(e-8)
		d.wholeDigits[k], d.fractDigits[k] = uint64(whole), uint64(fract)
		d.scale[k] = scales[fract&15]
	}
	for i := n; i&7 != 0; i++ {
		d.wholeDigits[i], d.fractDigits[i], d.scale[i] = 0, 0, 1
	}
}

// powers are those of ten up to 1e8, and what they are to be when the number is negative.
var (
	powers         = [16]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}
	negativePowers = [16]float64{-1, -1e1, -1e2, -1e3, -1e4, -1e5, -1e6, -1e7, -1e8}
)

// readDecimals sets out to the numbers, and the bits of those that it does not read. Reading is exact: all digits
// together are below 2^53, so that they and the scale are exact as float64, and their quotient is rounded but once and
// so is the float nearest to the text (Clinger, "How to read floating point numbers accurately", 1990).
var readDecimals = readDecimalsPlain

// readDecimalsPlain is readDecimals one at a time.
func readDecimalsPlain(d *decimals, out []float64) {
	for i := range out {
		whole, ok1 := eightDigits(d.whole[i], d.wholeDigits[i])
		fraction, ok2 := eightDigits(d.fraction[i], d.fractDigits[i])
		all := float64(whole)*math.Abs(d.scale[i]) + float64(fraction)
		if !ok1 || !ok2 || all >= 1<<53 {
			d.bad[i>>3] |= 1 << (i & 7)
		}
		out[i] = all / d.scale[i]
	}
}
