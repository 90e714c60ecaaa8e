package group

import (
	"math"

	"github.com/eau2db/eau2/column"
)

// anyValue keeps the first value in the order of the input's rows: its position plus 1, then the value as a plain word.
type anyValue struct {
	slot
	args []int
}

func (*anyValue) words() int { return 2 }

func (f *anyValue) update(w *Worker, state []uint64, off []uint32) error {
	vs, off := w.args(f.args, off)
	p := state[f.at:]
	v := vs[0]
	for i, o := range off { // a worker's rows come in order
		if p[o] != 0 {
			continue
		}
		x, err := w.plainWord(v, f.args[0], i)
		if err != nil {
			return err
		}
		p[o], p[o+1] = w.position(i)+1, x
	}
	return nil
}

func (f *anyValue) merge(_ *Aggregation, dst, src []uint64) {
	if s := src[f.at]; s != 0 && (dst[f.at] == 0 || s < dst[f.at]) {
		dst[f.at], dst[f.at+1] = s, src[f.at+1]
	}
}

// plainWord returns value i as a word: a number or the handle of a string.
func (w *Worker) plainWord(v *values, operand, i int) (uint64, error) {
	switch v.form {
	case formI8:
		return uint64(v.i8[i]), nil
	case formI16:
		return uint64(v.i16[i]), nil
	case formI32:
		return uint64(v.i32[i]), nil
	case formI64:
		return uint64(v.i64[i]), nil
	case formF64:
		return math.Float64bits(v.f64[i]), nil
	case formBool:
		return uint64(v.u8[i]), nil
	}
	s := w.strings(operand)
	if v.form == formStr {
		return s.keep(v.str[i])
	}
	c := v.code(i)
	if s.isHome(v.dict) {
		return codeHandle(c), nil
	}
	return s.keep(v.dict.Value(c))
}

// code returns the dictionary code of value i.
func (v *values) code(i int) uint32 {
	switch v.form {
	case formC8:
		return uint32(v.u8[i])
	case formC16:
		return uint32(v.u16[i])
	}
	return v.u32[i]
}

// plainWords returns all values as plain words.
func (w *Worker) plainWords(v *values, operand int) ([]uint64, error) {
	switch v.form {
	case formF64:
		w.wordBuf = resize(w.wordBuf, v.n)
		for i, f := range v.f64 {
			w.wordBuf[i] = math.Float64bits(f)
		}
	case formStr, formC8, formC16, formC32:
		return w.strings(operand).handles(v, w)
	default:
		w.wordBuf = resize(w.wordBuf, v.n)
		for i, x := range v.ints(&w.intBuf[0]) {
			w.wordBuf[i] = uint64(x)
		}
	}
	return w.wordBuf, nil
}

// plainValue returns the value of a plain word.
func (a *Aggregation) plainValue(operand int, t column.Type, w uint64) column.Value {
	switch t {
	case column.Bool:
		return column.BoolValue(w != 0)
	case column.Int:
		return column.IntValue(int64(w))
	case column.Float:
		return column.FloatValue(math.Float64frombits(w))
	}
	return column.StringValue(a.text(operand, w))
}
