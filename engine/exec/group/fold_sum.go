package group

import (
	"math"
	"math/bits"

	"github.com/eau2db/eau2/engine/exec/kernel"
)

// sumInt sums INTs of which statistics say that no sum leaves 64 bits.
type sumInt struct {
	slot
	args []int // the first is summed, where none is NULL
}

func (*sumInt) words() int { return 1 }

func (f *sumInt) update(w *Worker, state []uint64, off []uint32) error {
	vs, off := w.args(f.args, off)
	p := state[f.at:]
	switch v := vs[0]; v.form {
	case formI8:
		addInts(p, off, v.i8)
	case formI16:
		addInts(p, off, v.i16)
	case formI32:
		addInts(p, off, v.i32)
	case formI64:
		addInts(p, off, v.i64)
	case formBool:
		addInts(p, off, v.u8)
	}
	return nil
}

func addInts[T kernel.Integer](p []uint64, off []uint32, v []T) {
	v = v[:len(off)]
	for i, o := range off {
		p[o] += uint64(v[i])
	}
}

func (f *sumInt) updateOne(w *Worker, rec []uint64) {
	vs, _ := w.args(f.args, nil)
	switch v := vs[0]; v.form {
	case formI8:
		rec[f.at] += uint64(kernel.Sum(v.i8))
	case formI16:
		rec[f.at] += uint64(kernel.Sum(v.i16))
	case formI32:
		rec[f.at] += uint64(kernel.Sum(v.i32))
	case formI64:
		rec[f.at] += uint64(kernel.Sum(v.i64))
	case formBool:
		rec[f.at] += uint64(kernel.Sum(v.u8))
	}
}

func (f *sumInt) merge(_ *Aggregation, dst, src []uint64) { dst[f.at] += src[f.at] }

// sumWide sums INTs in 128 bits: the low word, then the high one.
type sumWide struct {
	slot
	args []int
}

func (*sumWide) words() int { return 2 }

func (f *sumWide) update(w *Worker, state []uint64, off []uint32) error {
	vs, off := w.args(f.args, off)
	p := state[f.at:]
	switch v := vs[0]; v.form {
	case formI8:
		addWide(p, off, v.i8)
	case formI16:
		addWide(p, off, v.i16)
	case formI32:
		addWide(p, off, v.i32)
	case formI64:
		addWide(p, off, v.i64)
	case formBool:
		addWide(p, off, v.u8)
	}
	return nil
}

func addWide[T kernel.Integer](p []uint64, off []uint32, v []T) {
	v = v[:len(off)]
	for i, o := range off {
		x := int64(v[i])
		lo, carry := bits.Add64(p[o], uint64(x), 0)
		p[o] = lo
		p[o+1] += uint64(x>>63) + carry
	}
}

func (f *sumWide) updateOne(w *Worker, rec []uint64) {
	vs, _ := w.args(f.args, nil)
	v := vs[0]
	if v.form != formI64 { // 2^31 values of 32 bits do not leave 64
		sum := (&sumInt{slot: slot{0}, args: f.args})
		var s [1]uint64
		sum.updateOne(w, s[:])
		addTo128(rec[f.at:], int64(s[0]))
		return
	}
	lo, hi := rec[f.at], rec[f.at+1]
	for _, x := range v.i64 {
		var carry uint64
		lo, carry = bits.Add64(lo, uint64(x), 0)
		hi += uint64(x>>63) + carry
	}
	rec[f.at], rec[f.at+1] = lo, hi
}

func addTo128(p []uint64, x int64) {
	lo, carry := bits.Add64(p[0], uint64(x), 0)
	p[0] = lo
	p[1] += uint64(x>>63) + carry
}

func (f *sumWide) merge(_ *Aggregation, dst, src []uint64) {
	d, s := dst[f.at:f.at+2], src[f.at:f.at+2]
	lo, carry := bits.Add64(d[0], s[0], 0)
	d[0], d[1] = lo, d[1]+s[1]+carry
}

// sumFloat sums FLOATs, or others as FLOATs: the sum, and the sum of what rounding has taken from it (Knuth's TwoSum at
// each step), so that the result does not depend on the order.
type sumFloat struct {
	slot
	args []int
}

func (*sumFloat) words() int { return 2 }

func (f *sumFloat) update(w *Worker, state []uint64, off []uint32) error {
	vs, off := w.args(f.args, off)
	p := state[f.at:]
	v := vs[0].floats(&w.floatBuf[0])[:len(off)]
	for i, o := range off {
		q := p[o : o+2 : o+2]
		s, e := twoSum(math.Float64frombits(q[0]), v[i])
		q[0] = math.Float64bits(s)
		q[1] = math.Float64bits(math.Float64frombits(q[1]) + e)
	}
	return nil
}

func (f *sumFloat) updateOne(w *Worker, rec []uint64) {
	vs, _ := w.args(f.args, nil)
	s, c := kernel.SumFloat(vs[0].floats(&w.floatBuf[0]))
	addPair(rec[f.at:], s, c)
}

func (f *sumFloat) merge(_ *Aggregation, dst, src []uint64) {
	addPair(dst[f.at:], math.Float64frombits(src[f.at]), math.Float64frombits(src[f.at+1]))
}

// twoSum returns a+b rounded, and what the rounding took away, exactly.
func twoSum(a, b float64) (s, e float64) {
	s = a + b
	t := s - a
	return s, (a - (s - t)) + (b - t)
}

// addPair adds the sum s and its correction c to the two words of a float sum.
func addPair(p []uint64, s, c float64) {
	t, e := twoSum(math.Float64frombits(p[0]), s)
	p[0] = math.Float64bits(t)
	p[1] = math.Float64bits(math.Float64frombits(p[1]) + (e + c))
}

// sumProductInt sums the products of two INTs (or the squares of one) of which statistics say that no sum leaves 64 bits.
type sumProductInt struct {
	slot
	args []int // the factors, and further operands that must not be NULL
	x, y int   // places of the factors in args
}

func (*sumProductInt) words() int { return 1 }

func (f *sumProductInt) update(w *Worker, state []uint64, off []uint32) error {
	vs, off := w.args(f.args, off)
	p := state[f.at:]
	x, y := vs[f.x], vs[f.y]
	if x.form == formI8 && y.form == formI8 {
		a, b := x.i8[:len(off)], y.i8[:len(off)]
		for i, o := range off {
			p[o] += uint64(int64(a[i]) * int64(b[i]))
		}
		return nil
	}
	a, b := x.ints(&w.intBuf[0])[:len(off)], y.ints(&w.intBuf[1])[:len(off)]
	for i, o := range off {
		p[o] += uint64(a[i] * b[i])
	}
	return nil
}

func (f *sumProductInt) updateOne(w *Worker, rec []uint64) {
	vs, _ := w.args(f.args, nil)
	a, b := vs[f.x].ints(&w.intBuf[0]), vs[f.y].ints(&w.intBuf[1])
	b = b[:len(a)]
	sum := int64(0)
	for i, x := range a {
		sum += x * b[i]
	}
	rec[f.at] += uint64(sum)
}

func (f *sumProductInt) merge(_ *Aggregation, dst, src []uint64) { dst[f.at] += src[f.at] }

// sumProduct sums the products of two operands as FLOATs, with the rounding errors of both product and sum.
type sumProduct struct {
	slot
	args []int
	x, y int
}

func (*sumProduct) words() int { return 2 }

func (f *sumProduct) update(w *Worker, state []uint64, off []uint32) error {
	vs, off := w.args(f.args, off)
	p := state[f.at:]
	a, b := vs[f.x].floats(&w.floatBuf[0])[:len(off)], vs[f.y].floats(&w.floatBuf[1])[:len(off)]
	for i, o := range off {
		q := p[o : o+2 : o+2]
		x := float64(a[i] * b[i])
		lost := math.FMA(a[i], b[i], -x)
		s, e := twoSum(math.Float64frombits(q[0]), x)
		q[0] = math.Float64bits(s)
		q[1] = math.Float64bits(math.Float64frombits(q[1]) + (e + lost))
	}
	return nil
}

func (f *sumProduct) updateOne(w *Worker, rec []uint64) {
	vs, _ := w.args(f.args, nil)
	a, b := vs[f.x].floats(&w.floatBuf[0]), vs[f.y].floats(&w.floatBuf[1])
	b = b[:len(a)]
	var sum, lost [4]float64
	for i, x := range a {
		p := float64(x * b[i])
		s, e := twoSum(sum[i&3], p)
		sum[i&3] = s
		lost[i&3] += e + math.FMA(x, b[i], -p)
	}
	for i := range sum {
		addPair(rec[f.at:], sum[i], lost[i])
	}
}

func (f *sumProduct) merge(_ *Aggregation, dst, src []uint64) {
	addPair(dst[f.at:], math.Float64frombits(src[f.at]), math.Float64frombits(src[f.at+1]))
}
