package group

import (
	"math/bits"
	"unsafe"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/eval"
	"github.com/eau2db/eau2/engine/exec/kernel"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// form is how a run of values lies in memory.
type form uint8

const (
	formI8 form = iota
	formI16
	formI32
	formI64
	formF64
	formBool // u8, 0 or 1
	formC8   // u8, codes into dict
	formC16
	formC32
	formStr
)

// values are the values of one operand for the rows of a batch, as they lie in the chunk where that is possible.
type values struct {
	form form
	n    int
	i8   []int8
	i16  []int16
	i32  []int32
	i64  []int64
	f64  []float64
	u8   []uint8
	u16  []uint16
	u32  []uint32
	str  []string
	dict *column.Dict
}

// operand reads one expression from batches, for one worker. The slices it returns hold until the next batch.
type operand struct {
	typ  column.Type
	col  int // the input's column, or -1
	eval *eval.Evaluator

	loaded, packed bool     // all and some are those of the current batch
	all            values   // of all rows; what a NULL row holds is undefined
	null           []bool   // nil when no row is NULL
	some           values   // of the rows that are not NULL
	rows           []int32  // those rows; nil when all are
	buf            [2]store // memory behind all and some
	nullBuf        []bool
	rowBuf         []int32
	array          *column.Array // behind all, when that is a window of one
}

// store is reused memory for values that had to be copied.
type store struct {
	i8  []int8
	i16 []int16
	i32 []int32
	i64 []int64
	f64 []float64
	u8  []uint8
	u16 []uint16
	u32 []uint32
	str []string
}

// newOperand makes the operand of p, as a worker's own.
func newOperand(e plan.Expr, p *eval.Program) *operand {
	o := &operand{typ: e.Type(), col: -1}
	if c, ok := readAs(e).(*plan.Column); ok {
		o.col = c.Index
	} else {
		o.eval = p.New()
	}
	return o
}

// readAs returns the expression whose values are read for e: those of a BOOL cast to INT are 0 and 1 anyway.
func readAs(e plan.Expr) plan.Expr {
	if c, ok := e.(*plan.Cast); ok && c.To == column.Int && c.X.Type() == column.Bool {
		return c.X
	}
	return e
}

// load fills all and null from b.
func (o *operand) load(b *vector.Batch) error {
	if o.loaded {
		return nil
	}
	o.loaded, o.array = true, nil
	if o.col < 0 {
		v, err := o.eval.Eval(b)
		if err != nil {
			return err
		}
		o.fromVec(v)
		return nil
	}
	a, lo, sel, ok := b.Array(o.col)
	if !ok {
		o.fromVec(b.Col(o.col))
		return nil
	}
	o.array = a
	o.fromArray(a, lo, b.Len(), sel)
	return nil
}

func (o *operand) reset() { o.loaded, o.packed = false, false }

func (o *operand) fromVec(v *vector.Vec) {
	o.null = nil
	for _, isNull := range v.Null {
		if isNull {
			o.null = v.Null
			break
		}
	}
	o.all = values{n: v.Len()}
	switch {
	case v.Type == column.Bool:
		o.all.form, o.all.u8 = formBool, boolBytes(v.Bool)
	case v.Type == column.Int:
		o.all.form, o.all.i64 = formI64, v.Int
	case v.Type == column.Float:
		o.all.form, o.all.f64 = formF64, v.Float
	case v.Dict != nil:
		o.all.form, o.all.u32, o.all.dict = formC32, v.Code, v.Dict
	default:
		o.all.form, o.all.str = formStr, v.Str
	}
}

// boolBytes gives a []bool as the 0 and 1 it is made of.
func boolBytes(b []bool) []uint8 {
	return unsafe.Slice((*uint8)(unsafe.Pointer(unsafe.SliceData(b))), len(b))
}

func (o *operand) fromArray(a *column.Array, lo, n int, sel []int32) {
	s, v := &o.buf[0], values{n: n, dict: a.Dict}
	switch a.Layout {
	case column.Bits:
		v.form = formBool
		s.u8 = resize(s.u8, n)
		bitBytes(s.u8, a.Bits, lo, sel, 0)
		v.u8 = s.u8
	case column.Int8:
		v.form, v.i8 = formI8, window(a.I8, lo, n, sel, &s.i8)
	case column.Int16:
		v.form, v.i16 = formI16, window(a.I16, lo, n, sel, &s.i16)
	case column.Int32:
		v.form, v.i32 = formI32, window(a.I32, lo, n, sel, &s.i32)
	case column.Int64:
		v.form, v.i64 = formI64, window(a.I64, lo, n, sel, &s.i64)
	case column.Float64:
		v.form, v.f64 = formF64, window(a.F64, lo, n, sel, &s.f64)
	case column.Code8:
		v.form, v.u8 = formC8, window(a.C8, lo, n, sel, &s.u8)
	case column.Code16:
		v.form, v.u16 = formC16, window(a.C16, lo, n, sel, &s.u16)
	case column.Code32:
		v.form, v.u32 = formC32, window(a.C32, lo, n, sel, &s.u32)
	case column.Plain:
		v.form = formStr
		s.str = resize(s.str, n)
		for i := range s.str {
			k := lo + i
			if sel != nil {
				k = lo + int(sel[i])
			}
			from, to := a.Off[k], a.Off[k+1]
			s.str[i] = unsafe.String(unsafe.SliceData(a.Data[from:to]), int(to-from))
		}
		v.str = s.str
	}
	o.all, o.null = v, nil
	if a.Valid != nil && anyClear(a.Valid, lo, n, sel) {
		o.nullBuf = resize(o.nullBuf, n)
		bitBytes(boolBytes(o.nullBuf), a.Valid, lo, sel, 1)
		o.null = o.nullBuf
	}
}

// window returns the rows lo+sel of v, or a slice of v itself where all are kept.
func window[T any](v []T, lo, n int, sel []int32, buf *[]T) []T {
	v = v[lo:]
	if sel == nil {
		return v[:n]
	}
	*buf = resize(*buf, n)
	kernel.Gather(*buf, v, sel)
	return *buf
}

func resize[T any](s []T, n int) []T {
	if cap(s) >= n {
		return s[:n]
	}
	return make([]T, n, max(n, vector.Size))
}

// bitBytes sets dst to the bits of the rows, each xor flip.
func bitBytes(dst []uint8, m []byte, lo int, sel []int32, flip uint8) {
	for i := range dst {
		k := lo + i
		if sel != nil {
			k = lo + int(sel[i])
		}
		dst[i] = m[k>>3]>>(k&7)&1 ^ flip
	}
}

// anyClear reports whether one of the rows' bits is 0.
func anyClear(m []byte, lo, n int, sel []int32) bool {
	if sel != nil {
		all := uint8(1)
		for _, s := range sel {
			k := lo + int(s)
			all &= m[k>>3] >> (k & 7)
		}
		return all&1 == 0
	}
	set, k, end := 0, lo, lo+n
	for ; k < end && k&7 != 0; k++ {
		set += int(m[k>>3] >> (k & 7) & 1)
	}
	for ; k+8 <= end; k += 8 {
		set += bits.OnesCount8(m[k>>3])
	}
	for ; k < end; k++ {
		set += int(m[k>>3] >> (k & 7) & 1)
	}
	return set < n
}

// compact fills some and rows: the values that are not NULL. load has been called.
func (o *operand) compact() {
	if o.packed {
		return
	}
	o.packed = true
	if o.null == nil {
		o.some, o.rows = o.all, nil
		return
	}
	o.rowBuf = notNull(o.rowBuf, o.null)
	o.rows = o.rowBuf
	o.some = o.all.take(o.rows, &o.buf[1])
}

func notNull(rows []int32, null []bool) []int32 {
	rows = resize(rows, len(null))
	n := 0
	for i, b := range boolBytes(null) {
		rows[n] = int32(i)
		n += int(b ^ 1)
	}
	return rows[:n]
}

// take returns the given rows of v, in the memory of s.
func (v *values) take(rows []int32, s *store) values {
	w := values{form: v.form, n: len(rows), dict: v.dict}
	switch v.form {
	case formI8:
		w.i8 = pick(&s.i8, v.i8, rows)
	case formI16:
		w.i16 = pick(&s.i16, v.i16, rows)
	case formI32:
		w.i32 = pick(&s.i32, v.i32, rows)
	case formI64:
		w.i64 = pick(&s.i64, v.i64, rows)
	case formF64:
		w.f64 = pick(&s.f64, v.f64, rows)
	case formBool, formC8:
		w.u8 = pick(&s.u8, v.u8, rows)
	case formC16:
		w.u16 = pick(&s.u16, v.u16, rows)
	case formC32:
		w.u32 = pick(&s.u32, v.u32, rows)
	case formStr:
		w.str = pick(&s.str, v.str, rows)
	}
	return w
}

func pick[T any](buf *[]T, v []T, rows []int32) []T {
	*buf = resize(*buf, len(rows))
	kernel.Gather(*buf, v, rows)
	return *buf
}

// ints returns INT or BOOL values as int64, copied to buf where they are narrow.
func (v *values) ints(buf *[]int64) []int64 {
	if v.form == formI64 {
		return v.i64
	}
	*buf = resize(*buf, v.n)
	switch v.form {
	case formI8:
		widen(*buf, v.i8)
	case formI16:
		widen(*buf, v.i16)
	case formI32:
		widen(*buf, v.i32)
	case formBool:
		widen(*buf, v.u8)
	}
	return *buf
}

// floats returns INT, BOOL or FLOAT values as float64, copied to buf where they are not floats.
func (v *values) floats(buf *[]float64) []float64 {
	if v.form == formF64 {
		return v.f64
	}
	*buf = resize(*buf, v.n)
	switch v.form {
	case formI8:
		widen(*buf, v.i8)
	case formI16:
		widen(*buf, v.i16)
	case formI32:
		widen(*buf, v.i32)
	case formI64:
		widen(*buf, v.i64)
	case formBool:
		widen(*buf, v.u8)
	}
	return *buf
}

// codes returns dictionary codes as uint32, copied to buf where they are narrow.
func (v *values) codes(buf *[]uint32) []uint32 {
	if v.form == formC32 {
		return v.u32
	}
	*buf = resize(*buf, v.n)
	if v.form == formC8 {
		widen(*buf, v.u8)
	} else {
		widen(*buf, v.u16)
	}
	return *buf
}

func widen[D int64 | float64 | uint32, S int8 | int16 | int32 | int64 | uint8 | uint16](dst []D, src []S) {
	src = src[:len(dst)]
	for i, x := range src {
		dst[i] = D(x)
	}
}
