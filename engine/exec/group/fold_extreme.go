package group

import (
	"math"

	"github.com/eau2db/eau2/engine/exec/kernel"
)

// Words whose order as unsigned numbers is that of the values: ^word reverses it.

const signBit = 1 << 63

func orderInt(v int64) uint64 { return uint64(v) ^ signBit }

func intOf(w uint64) int64 { return int64(w ^ signBit) }

func orderFloat(f float64) uint64 {
	b := math.Float64bits(f)
	return b ^ (uint64(int64(b)>>63) | signBit)
}

func floatOf(w uint64) float64 {
	return math.Float64frombits(w ^ (uint64(int64(^w)>>63) | signBit))
}

// extreme keeps the largest (or, with reverse, the smallest) BOOL, INT or FLOAT, as an ordered word, reversed for the
// smallest.
type extreme struct {
	slot
	args    []int
	reverse bool
}

func (*extreme) words() int { return 1 }

func (f *extreme) update(w *Worker, state []uint64, off []uint32) error {
	vs, off := w.args(f.args, off)
	p := state[f.at:]
	flip := f.flip()
	switch v := vs[0]; v.form {
	case formI8:
		maxInts(p, off, v.i8, flip)
	case formI16:
		maxInts(p, off, v.i16, flip)
	case formI32:
		maxInts(p, off, v.i32, flip)
	case formI64:
		maxInts(p, off, v.i64, flip)
	case formBool:
		maxInts(p, off, v.u8, flip)
	case formF64:
		flip ^= signBit
		x := v.f64[:len(off)]
		for i, o := range off {
			p[o] = max(p[o], orderFloat(x[i])^flip)
		}
	}
	return nil
}

// flip is what makes the bits of an INT the word that is kept.
func (f *extreme) flip() uint64 {
	if f.reverse {
		return signBit ^ math.MaxUint64
	}
	return signBit
}

func maxInts[T kernel.Integer](p []uint64, off []uint32, v []T, flip uint64) {
	v = v[:len(off)]
	for i, o := range off {
		p[o] = max(p[o], uint64(v[i])^flip)
	}
}

func (f *extreme) updateOne(w *Worker, rec []uint64) {
	vs, _ := w.args(f.args, nil)
	v := vs[0]
	if v.n == 0 {
		return
	}
	switch v.form {
	case formI8:
		keepInts(f, rec, v.i8)
	case formI16:
		keepInts(f, rec, v.i16)
	case formI32:
		keepInts(f, rec, v.i32)
	case formI64:
		keepInts(f, rec, v.i64)
	case formBool:
		keepInts(f, rec, v.u8)
	case formF64:
		lo, hi := kernel.MinMax(v.f64)
		f.keep(rec, orderFloat(lo), orderFloat(hi))
	}
}

func keepInts[T kernel.Integer](f *extreme, rec []uint64, v []T) {
	lo, hi := kernel.MinMax(v)
	f.keep(rec, orderInt(int64(lo)), orderInt(int64(hi)))
}

func (f *extreme) keep(rec []uint64, lo, hi uint64) {
	if f.reverse {
		rec[f.at] = max(rec[f.at], ^lo)
	} else {
		rec[f.at] = max(rec[f.at], hi)
	}
}

func (f *extreme) merge(_ *Aggregation, dst, src []uint64) { dst[f.at] = max(dst[f.at], src[f.at]) }

// orderedWords returns BOOL, INT or FLOAT values as ordered words, reversed on demand.
func (v *values) orderedWords(w *Worker, reverse bool) []uint64 {
	w.wordBuf = resize(w.wordBuf, v.n)
	flip := uint64(0)
	if reverse {
		flip = math.MaxUint64
	}
	if v.form == formF64 {
		for i, f := range v.f64 {
			w.wordBuf[i] = orderFloat(f) ^ flip
		}
		return w.wordBuf
	}
	for i, x := range v.ints(&w.intBuf[0]) {
		w.wordBuf[i] = orderInt(x) ^ flip
	}
	return w.wordBuf
}

// extremeString keeps a handle of the largest (or smallest) STRING.
type extremeString struct {
	slot
	args    []int
	reverse bool
}

func (*extremeString) words() int { return 1 }

func (f *extremeString) update(w *Worker, state []uint64, off []uint32) error {
	vs, off := w.args(f.args, off)
	p := state[f.at:]
	v, strs := vs[0], w.strings(f.args[0])
	if strs.isHome(v.dict) {
		return f.updateRanks(v, w, p, off)
	}
	text := v.texts(&w.strBuf)
	for i, o := range off {
		if p[o] == 0 || f.better(text[i], strs.value(p[o])) {
			h, err := strs.keep(text[i])
			if err != nil {
				return err
			}
			p[o] = h
		}
	}
	return nil
}

// updateRanks compares places in the dictionary's order instead of strings.
func (f *extremeString) updateRanks(v *values, w *Worker, p []uint64, off []uint32) error {
	rank := v.dict.Rank()
	strs := w.strings(f.args[0])
	for i, c := range v.codes(&w.codeBuf) {
		o := off[i]
		switch old := p[o]; {
		case old == 0:
			p[o] = codeHandle(c)
		case old&pooled != 0:
			if f.better(v.dict.Value(c), strs.value(old)) {
				p[o] = codeHandle(c)
			}
		case (rank[c] > rank[handleCode(old)]) != f.reverse && c != handleCode(old):
			p[o] = codeHandle(c)
		}
	}
	return nil
}

func (f *extremeString) better(a, b string) bool {
	if f.reverse {
		return a < b
	}
	return a > b
}

func (f *extremeString) merge(a *Aggregation, dst, src []uint64) {
	d, s := &dst[f.at], src[f.at]
	if s != 0 && (*d == 0 || f.better(a.text(f.args[0], s), a.text(f.args[0], *d))) {
		*d = s
	}
}
