package group

import (
	"math"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/exec/kernel"
)

// encoder turns the keys of batches into indexes or packed keys, for one worker.
type encoder struct {
	operands []*operand
	interns  []*internWorker // by component; nil but for STRING

	off     []uint32   // dense: where each row's record starts
	keys    [][]uint64 // packed: the words of each row's key, word by word
	misfit  []bool     // rows whose key has no code; nil when all have
	foreign bool       // the strings of the batch are not to be kept
	ints    []int64
	numbers [][]uint32 // by component: of the current batch's strings, nil when they are home codes
	buf     []int64
	t32     target32
	t64     target64
}

// check finds the rows of n whose key does not fit l.
func (e *encoder) check(l *layout, n int) error {
	e.misfit = nil
	for i := range l.comps {
		c := &l.comps[i]
		o := e.operands[c.operand]
		if o.null != nil && !c.nullable {
			e.bad(n)
			for r, null := range o.null {
				e.misfit[r] = e.misfit[r] || null
			}
		}
		switch c.typ {
		case column.String:
			if err := e.checkStrings(c, i, n); err != nil {
				return err
			}
		case column.Int:
			if c.span != 0 && !o.within(c) {
				e.checkInts(c, n)
			}
		}
	}
	return nil
}

func (e *encoder) bad(n int) {
	if e.misfit == nil {
		e.misfit = make([]bool, n)
	}
}

func (e *encoder) checkStrings(c *component, i, n int) error {
	o := e.operands[c.operand]
	e.numbers[i] = nil
	if o.all.dict != nil && o.all.dict == c.ids.home {
		return nil
	}
	ids, err := e.interns[i].numbers(&o.all, o.null, e.foreign)
	if err != nil {
		return err
	}
	e.numbers[i] = ids
	for r, id := range ids {
		if uint64(id) >= c.span && (o.null == nil || !o.null[r]) {
			e.bad(n)
			e.misfit[r] = true
		}
	}
	return nil
}

func (e *encoder) checkInts(c *component, n int) {
	o := e.operands[c.operand]
	for r, v := range o.all.ints(&e.buf) {
		if uint64(v-c.lo) >= c.span && (o.null == nil || !o.null[r]) {
			e.bad(n)
			e.misfit[r] = true
		}
	}
}

// within reports whether statistics or a look at all values show that they are in the component's range.
func (o *operand) within(c *component) bool {
	if a := o.array; a != nil && a.Stats.Min.Valid && a.Stats.Max.Valid {
		if c.holds(a.Stats.Min.Int) && c.holds(a.Stats.Max.Int) {
			return true
		}
	}
	if o.all.n == 0 || o.null != nil {
		return false
	}
	switch o.all.form {
	case formI8:
		return holdsAll(c, o.all.i8)
	case formI16:
		return holdsAll(c, o.all.i16)
	case formI32:
		return holdsAll(c, o.all.i32)
	case formI64:
		return holdsAll(c, o.all.i64)
	}
	return false
}

func (c *component) holds(v int64) bool { return c.span == 0 || uint64(v-c.lo) < c.span }

func holdsAll[T kernel.Integer](c *component, v []T) bool {
	lo, hi := kernel.MinMax(v)
	return c.holds(int64(lo)) && c.holds(int64(hi))
}

// index fills off with the rows' indexes in a dense layout times stride. All rows fit.
func (e *encoder) index(l *layout, n, stride int) {
	e.off = resize(e.off, n)
	if len(l.comps) == 0 {
		clear(e.off)
		return
	}
	for i := range l.comps {
		c := &l.comps[i]
		e.t32 = target32{e.off, c.mult * uint32(stride), i > 0}
		e.component(c, i, n, &e.t32)
	}
}

// pack fills keys for a packed layout. All rows fit.
func (e *encoder) pack(l *layout, n int) {
	for len(e.keys) < l.words {
		e.keys = append(e.keys, nil)
	}
	for w := range l.words {
		e.keys[w] = resize(e.keys[w], n)
		clear(e.keys[w])
	}
	for i := range l.comps {
		c := &l.comps[i]
		o := e.operands[c.operand]
		if c.typ == column.Float {
			packFloats(e.keys[c.word], o.all.f64, o.null)
			continue
		}
		e.t64 = target64{e.keys[c.word], c.shift}
		e.component(c, i, n, &e.t64)
		if c.split && o.null != nil {
			dst := e.keys[c.nullWord]
			for r, null := range boolBytes(o.null) {
				dst[r] += uint64(null) << c.nullShift
			}
		}
	}
}

// component adds the codes of one key, which is not a FLOAT, to a target.
func (e *encoder) component(c *component, i, n int, t target) {
	o := e.operands[c.operand]
	add := -uint64(c.lo)
	if c.nullable {
		add++
	}
	if c.split {
		add = 0
	}
	if o.null != nil {
		t.i64(e.patched(c, i), add)
		return
	}
	v := &o.all
	switch v.form {
	case formI8:
		t.i8(v.i8, add)
	case formI16:
		t.i16(v.i16, add)
	case formI32:
		t.i32(v.i32, add)
	case formI64:
		t.i64(v.i64, add)
	default:
		switch ids := e.numbersOf(i); {
		case ids != nil:
			t.u32(ids, add)
		case v.form == formBool || v.form == formC8:
			t.u8(v.u8, add)
		case v.form == formC16:
			t.u16(v.u16, add)
		default:
			t.u32(v.u32, add)
		}
	}
}

func (e *encoder) numbersOf(i int) []uint32 {
	if e.interns[i] == nil {
		return nil
	}
	return e.numbers[i]
}

// patched returns the values or numbers of a key with what gives code 0 in the NULL rows.
func (e *encoder) patched(c *component, i int) []int64 {
	o := e.operands[c.operand]
	e.ints = resize(e.ints, o.all.n)
	if c.typ != column.String {
		copy(e.ints, o.all.ints(&e.buf))
	} else if ids := e.numbersOf(i); ids != nil {
		widen32(e.ints, ids)
	} else {
		switch o.all.form {
		case formC8:
			widen(e.ints, o.all.u8)
		case formC16:
			widen(e.ints, o.all.u16)
		default:
			widen32(e.ints, o.all.u32)
		}
	}
	zero := c.lo - 1
	if c.split {
		zero = 0
	}
	for r, null := range o.null {
		if null {
			e.ints[r] = zero
		}
	}
	return e.ints
}

func widen32(dst []int64, src []uint32) {
	for i, x := range src {
		dst[i] = int64(x)
	}
}

func packFloats(dst []uint64, v []float64, null []bool) {
	for i, f := range v {
		dst[i] = floatCode(f)
	}
	for i, isNull := range null {
		if isNull {
			dst[i] = 0
		}
	}
}

func floatCode(f float64) uint64 {
	if f == 0 {
		f = 0 // -0.0 and 0.0 are one value
	}
	return math.Float64bits(f) ^ floatNull
}

// target takes the codes of one component in every encoded form; add is what makes a value its code.
type target interface {
	i8(v []int8, add uint64)
	i16(v []int16, add uint64)
	i32(v []int32, add uint64)
	i64(v []int64, add uint64)
	u8(v []uint8, add uint64)
	u16(v []uint16, add uint64)
	u32(v []uint32, add uint64)
}

// target32 multiplies codes into dense indexes, adding to those of the components before.
type target32 struct {
	dst    []uint32
	mult   uint32
	behind bool
}

func (t *target32) i8(v []int8, add uint64)    { affine(t, v, add) }
func (t *target32) i16(v []int16, add uint64)  { affine(t, v, add) }
func (t *target32) i32(v []int32, add uint64)  { affine(t, v, add) }
func (t *target32) i64(v []int64, add uint64)  { affine(t, v, add) }
func (t *target32) u8(v []uint8, add uint64)   { affine(t, v, add) }
func (t *target32) u16(v []uint16, add uint64) { affine(t, v, add) }
func (t *target32) u32(v []uint32, add uint64) { affine(t, v, add) }

func affine[T kernel.Integer](t *target32, v []T, add uint64) {
	if t.behind {
		kernel.AffineAdd32(t.dst, v, t.mult, uint32(add)*t.mult)
	} else {
		kernel.Affine32(t.dst, v, t.mult, uint32(add)*t.mult)
	}
}

// target64 shifts codes into a word of packed keys.
type target64 struct {
	dst   []uint64
	shift uint
}

func (t *target64) i8(v []int8, add uint64)    { kernel.ShiftAdd64(t.dst, v, t.shift, add<<t.shift) }
func (t *target64) i16(v []int16, add uint64)  { kernel.ShiftAdd64(t.dst, v, t.shift, add<<t.shift) }
func (t *target64) i32(v []int32, add uint64)  { kernel.ShiftAdd64(t.dst, v, t.shift, add<<t.shift) }
func (t *target64) i64(v []int64, add uint64)  { kernel.ShiftAdd64(t.dst, v, t.shift, add<<t.shift) }
func (t *target64) u8(v []uint8, add uint64)   { kernel.ShiftAdd64(t.dst, v, t.shift, add<<t.shift) }
func (t *target64) u16(v []uint16, add uint64) { kernel.ShiftAdd64(t.dst, v, t.shift, add<<t.shift) }
func (t *target64) u32(v []uint32, add uint64) { kernel.ShiftAdd64(t.dst, v, t.shift, add<<t.shift) }
