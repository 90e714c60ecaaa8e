package group

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
	"unsafe"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/exec/kernel"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// result makes one column of the result from the words of records.
type result interface {
	// emit fills out, which has a row for each record: the one whose state starts at state[off[i]].
	emit(r *reader, state []uint64, off []uint32, out *vector.Vec) error
}

// manyResult is a result with several rows a group: emit gives value r.nth[i] of the record, or NULL beyond the last.
type manyResult interface {
	result
	rows(state []uint64) int
}

type countResult struct{ n *slot }

func (c *countResult) emit(_ *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(column.Int, len(off))
	p := state[c.n.at:]
	for i, o := range off {
		out.Int[i] = int64(p[o])
	}
	return nil
}

// wide returns a sum of INTs as 128 bits.
func (s sum) wide(state []uint64, o uint32) (hi int64, lo uint64) {
	lo = state[s.at+int(o)]
	if s.kind == wideSum {
		return int64(state[s.at+int(o)+1]), lo
	}
	return int64(lo) >> 63, lo
}

// float returns a sum as a FLOAT and what its rounding took away.
func (s sum) float(state []uint64, o uint32) (x, rest float64) {
	p := state[s.at+int(o):]
	if s.kind == floatSum {
		return twoSum(math.Float64frombits(p[0]), math.Float64frombits(p[1]))
	}
	hi, lo := s.wide(state, o)
	if hi == int64(lo)>>63 {
		x = float64(int64(lo))
		if math.Abs(x) < 1<<62 {
			rest = float64(int64(lo) - int64(x))
		}
		return x, rest
	}
	return twoSum(float64(hi)*(1<<64), float64(lo))
}

type sumResult struct {
	agg *plan.Agg
	sum sum
	n   *slot
}

func (s *sumResult) emit(_ *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(s.agg.T, len(off))
	p, n := state[s.sum.at:], state[s.n.at:]
	for i, o := range off {
		switch {
		case n[o] == 0:
			setNull(out, i)
		case s.sum.kind == floatSum:
			out.Float[i] = math.Float64frombits(p[o]) + math.Float64frombits(p[o+1])
			if !finite(out.Float[i]) {
				return rangeError(s.agg)
			}
		default:
			hi, lo := s.sum.wide(state, o)
			if hi != int64(lo)>>63 {
				return rangeError(s.agg)
			}
			out.Int[i] = int64(lo)
		}
	}
	return nil
}

func setNull(out *vector.Vec, i int) {
	out.SetNull(i)
	switch out.Type {
	case column.Bool:
		out.Bool[i] = false
	case column.Int:
		out.Int[i] = 0
	case column.Float:
		out.Float[i] = 0
	case column.String:
		if out.Dict != nil {
			out.Code[i] = 0
		} else {
			out.Str[i] = ""
		}
	}
}

func finite(f float64) bool { return math.Abs(f) <= math.MaxFloat64 }

func rangeError(a *plan.Agg) error {
	return fmt.Errorf("%s: the result is out of the range of %s", a, a.T)
}

type avgResult struct {
	agg *plan.Agg
	sum sum
	n   *slot
}

func (s *avgResult) emit(_ *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(column.Float, len(off))
	n := state[s.n.at:]
	for i, o := range off {
		if n[o] == 0 {
			setNull(out, i)
			continue
		}
		x, rest := s.sum.float(state, o)
		out.Float[i] = (x + rest) / float64(n[o])
		if !finite(out.Float[i]) {
			return rangeError(s.agg)
		}
	}
	return nil
}

// centered returns the sum of (x-mean(x))*(y-mean(y)) over n rows, from the sums of x*y, x and y. What is below the
// rounding errors of the sums is 0.
func centered(state []uint64, o uint32, n float64, xy, x, y sum) float64 {
	if xy.kind == intSum && x.kind == intSum && y.kind == intSum {
		return centeredInts(int64(state[xy.at+int(o)]), int64(state[x.at+int(o)]), int64(state[y.at+int(o)]), n)
	}
	q, qrest := xy.float(state, o)
	a, arest := x.float(state, o)
	b, brest := y.float(state, o)
	p := float64(a * b)
	prest := math.FMA(a, b, -p) + float64(a*brest) + float64(b*arest)
	m := p / n
	mrest := (math.FMA(-m, n, p) + prest) / n
	d, drest := twoSum(q, -m)
	c := d + (drest + qrest - mrest)
	if math.Abs(c) <= 8*n*0x1p-106*max(math.Abs(q), math.Abs(m)) {
		return 0
	}
	return c
}

// centeredInts is (n*xy - x*y) / n without rounding in the difference.
func centeredInts(xy, x, y int64, n float64) float64 {
	ahi, alo := mul128(int64(n), xy)
	bhi, blo := mul128(x, y)
	lo, borrow := bits.Sub64(alo, blo, 0)
	hi, _ := bits.Sub64(ahi, bhi, borrow)
	negative := int64(hi) < 0
	if negative {
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	f := (float64(hi)*(1<<64) + float64(lo)) / n
	if negative {
		return -f
	}
	return f
}

// mul128 returns the signed product of a and b in 128 bits.
func mul128(a, b int64) (hi, lo uint64) {
	hi, lo = bits.Mul64(uint64(a), uint64(b))
	return hi - uint64(a>>63)&uint64(b) - uint64(b>>63)&uint64(a), lo
}

type varResult struct {
	agg          *plan.Agg
	sum, squares sum
	n            *slot
}

func (s *varResult) emit(_ *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(column.Float, len(off))
	for i, o := range off {
		n := float64(state[s.n.at+int(o)])
		if n == 0 {
			setNull(out, i)
			continue
		}
		v, ok := deviation(s.agg.Kind, max(0, centered(state, o, n, s.squares, s.sum, s.sum)), n)
		switch {
		case !ok:
			setNull(out, i)
		case !finite(v):
			return rangeError(s.agg)
		default:
			out.Float[i] = v
		}
	}
	return nil
}

// deviation returns the variance, or its root, from the sum of squared distances from the mean of n values; ok is false
// where there is none.
func deviation(kind plan.AggKind, squares, n float64) (v float64, ok bool) {
	if kind == plan.VarSamp || kind == plan.StddevSamp {
		if n == 1 {
			return 0, false
		}
		n--
	}
	v = squares / n
	if kind == plan.StddevSamp || kind == plan.StddevPop {
		v = math.Sqrt(v)
	}
	return v, true
}

// momentResult computes sums, means and deviations from the list of all values.
type momentResult struct {
	agg  *plan.Agg
	list *list
}

func (s *momentResult) emit(r *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(column.Float, len(off))
	p := state[s.list.at:]
	for i, o := range off {
		if err := r.cancelled(); err != nil {
			return err
		}
		v := r.gather(p[o : o+listWords])
		if len(v) == 0 {
			setNull(out, i)
			continue
		}
		x, ok := momentOf(s.agg.Kind, v)
		if !ok {
			setNull(out, i)
			continue
		}
		if !finite(x) {
			return rangeError(s.agg)
		}
		out.Float[i] = x
	}
	return nil
}

func momentOf(kind plan.AggKind, v []float64) (x float64, ok bool) {
	sum, rest := kernel.SumFloat(v)
	switch n := float64(len(v)); kind {
	case plan.Sum:
		return sum + rest, true
	case plan.Avg:
		return (sum + rest) / n, true
	default:
		squares := 0.0
		if lo, hi := kernel.MinMax(v); lo != hi {
			squares = kernel.SumSquares(v, (sum+rest)/n)
		}
		return deviation(kind, squares, n)
	}
}

type corrResult struct {
	agg              *plan.Agg
	x, y, xx, yy, xy sum
	n                *slot
}

// emit gives NULL where one side does not vary.
func (s *corrResult) emit(_ *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(column.Float, len(off))
	for i, o := range off {
		n := float64(state[s.n.at+int(o)])
		if n == 0 {
			setNull(out, i)
			continue
		}
		xx, yy := centered(state, o, n, s.xx, s.x, s.x), centered(state, o, n, s.yy, s.y, s.y)
		xy := centered(state, o, n, s.xy, s.x, s.y)
		if !finite(xx) || !finite(yy) || !finite(xy) {
			return rangeError(s.agg)
		}
		if xx <= 0 || yy <= 0 {
			setNull(out, i)
			continue
		}
		out.Float[i] = max(-1, min(1, xy/math.Sqrt(xx)/math.Sqrt(yy)))
	}
	return nil
}

type extremeResult struct {
	fold *extreme
	typ  column.Type
	n    *slot
}

func (s *extremeResult) emit(_ *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(s.typ, len(off))
	p, n := state[s.fold.at:], state[s.n.at:]
	for i, o := range off {
		if n[o] == 0 {
			setNull(out, i)
		} else {
			setWord(out, i, p[o], s.fold.reverse)
		}
	}
	return nil
}

// setWord stores the value of an ordered word.
func setWord(out *vector.Vec, i int, w uint64, reverse bool) {
	if reverse {
		w = ^w
	}
	switch out.Type {
	case column.Bool:
		out.Bool[i] = intOf(w) != 0
	case column.Int:
		out.Int[i] = intOf(w)
	case column.Float:
		out.Float[i] = floatOf(w)
	}
}

type stringResult struct{ fold *extremeString }

func (s *stringResult) emit(r *reader, state []uint64, off []uint32, out *vector.Vec) error {
	r.handles = resize(r.handles, len(off))
	p := state[s.fold.at:]
	for i, o := range off {
		r.handles[i] = p[o]
	}
	r.emitHandles(s.fold.args[0], r.handles, out)
	return nil
}

// emitHandles gives codes where all handles are of the home dictionary, else text.
func (r *reader) emitHandles(operand int, handles []uint64, out *vector.Vec) {
	home, text := r.a.homes[operand].Load(), false
	for _, h := range handles {
		text = text || h&pooled != 0
	}
	if home != nil && !text {
		out.SetDict(home, len(handles))
		for i, h := range handles {
			if h == 0 {
				setNull(out, i)
			} else {
				out.Code[i] = handleCode(h)
			}
		}
		return
	}
	out.Reset(column.String, len(handles))
	for i, h := range handles {
		if h == 0 {
			setNull(out, i)
		} else {
			out.Str[i] = r.a.text(operand, h)
		}
	}
}

type anyResult struct{ fold *anyValue }

func (s *anyResult) emit(r *reader, state []uint64, off []uint32, out *vector.Vec) error {
	typ, p := r.a.exprs[s.fold.args[0]].Type(), state[s.fold.at:]
	if typ == column.String {
		r.handles = resize(r.handles, len(off))
		for i, o := range off {
			r.handles[i] = p[o+1]
		}
		r.emitHandles(s.fold.args[0], r.handles, out)
		return nil
	}
	out.Reset(typ, len(off))
	for i, o := range off {
		if p[o] == 0 {
			setNull(out, i)
		} else {
			out.Set(i, r.a.plainValue(s.fold.args[0], typ, p[o+1]))
		}
	}
	return nil
}

type sketchResult struct{ sketch *sketch }

func (s *sketchResult) emit(r *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(column.Int, len(off))
	p := state[s.sketch.at:]
	for i, o := range off {
		if r.registers == nil {
			r.registers = new([registers / 8]uint64)
		}
		out.Int[i] = r.a.estimate(p[o:o+2], r.registers)
	}
	return nil
}

type quantileResult struct {
	agg  *plan.Agg
	list *list
}

func (s *quantileResult) emit(r *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(column.Float, len(off))
	p := state[s.list.at:]
	for i, o := range off {
		if err := r.cancelled(); err != nil {
			return err
		}
		v := r.gather(p[o : o+listWords])
		if len(v) == 0 {
			setNull(out, i)
			continue
		}
		out.Float[i] = r.selector.quantile(v, s.agg.Param)
	}
	return nil
}

// gather returns the FLOATs of a list, in memory that holds until the next call.
func (r *reader) gather(list []uint64) []float64 {
	v := r.floats[:0]
	r.a.entries(list, 1, func(run []uint64) { v = append(v, floatBits(run)...) })
	r.floats = v
	return v
}

// floatBits gives words as the FLOATs whose bits they are.
func floatBits(w []uint64) []float64 {
	return unsafe.Slice((*float64)(unsafe.Pointer(unsafe.SliceData(w))), len(w))
}

type concatResult struct {
	agg    *plan.Agg
	concat *concat
	typ    column.Type
}

func (s *concatResult) emit(r *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(column.String, len(off))
	p, size := state[s.concat.at:], s.concat.entryWords()
	for i, o := range off {
		if err := r.cancelled(); err != nil {
			return err
		}
		var entries [][]uint64
		r.a.entries(p[o:o+listWords], size, func(run []uint64) {
			entries = slices.AppendSeq(entries, slices.Chunk(run, size))
		})
		if len(entries) == 0 {
			setNull(out, i)
			continue
		}
		slices.SortFunc(entries, func(x, y []uint64) int { return s.compare(r, x, y) })
		var b strings.Builder
		for k, e := range entries {
			if k > 0 {
				b.WriteString(s.agg.Separator)
			}
			b.WriteString(r.a.plainValue(s.concat.args[0], s.typ, e[1]).String())
		}
		out.Str[i] = b.String()
	}
	return nil
}

func (s *concatResult) compare(r *reader, x, y []uint64) int {
	for k, key := range s.concat.keys {
		a, b := 2+2*k, 3+2*k
		c := cmp.Compare(x[a], y[a])
		if c == 0 && x[a] == 1 && x[b] != y[b] {
			operand, typ := s.concat.order[k], key.Expr.Type()
			c = r.a.plainValue(operand, typ, x[b]).Compare(r.a.plainValue(operand, typ, y[b]))
		}
		if c != 0 {
			if key.Desc {
				return -c
			}
			return c
		}
	}
	return cmp.Compare(x[0], y[0])
}

type topResult struct {
	fold *top
	typ  column.Type
	n    *slot
}

func (s *topResult) rows(state []uint64) int { return int(min(state[s.n.at], uint64(s.fold.k))) }

func (s *topResult) emit(r *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(s.typ, len(off))
	p, n := state[s.fold.at:], state[s.n.at:]
	for i, o := range off {
		if k := r.nth[i]; k < min(int(n[o]), s.fold.k) {
			setWord(out, i, p[int(o)+k], s.fold.reverse)
		} else {
			setNull(out, i)
		}
	}
	return nil
}

// topListResult gives the k largest or smallest of a list of all values.
type topListResult struct {
	list    *list
	k       int
	reverse bool
	typ     column.Type
}

func (s *topListResult) rows(state []uint64) int {
	return int(min(state[s.list.at+listCount], uint64(s.k)))
}

func (s *topListResult) emit(r *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(s.typ, len(off))
	var top []column.Value
	for i, o := range off {
		if i == 0 || o != off[i-1] {
			if err := r.cancelled(); err != nil {
				return err
			}
			top = s.sorted(r, state[s.list.at+int(o):])
		}
		if k := r.nth[i]; k < min(s.k, len(top)) {
			out.Set(i, top[k])
		} else {
			setNull(out, i)
		}
	}
	return nil
}

func (s *topListResult) sorted(r *reader, state []uint64) []column.Value {
	var all []column.Value
	r.a.entries(state[:listWords], 1, func(run []uint64) {
		for _, w := range run {
			all = append(all, r.a.plainValue(s.list.args[0], s.typ, w))
		}
	})
	slices.SortFunc(all, func(x, y column.Value) int {
		if s.reverse {
			return x.Compare(y)
		}
		return y.Compare(x)
	})
	return all
}
