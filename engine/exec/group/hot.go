package group

import (
	"math"
	"math/bits"
	"slices"

	"github.com/eau2db/eau2/engine/exec/kernel"
)

// hotPlan is the compact form that dense records have while rows come in. Counts and sums of small INTs lie side by side as
// fields of one word, so that a row adds to all of them at once; sums of FLOATs of one sign are plain (their rounding
// errors stay below 1e-9 for the rows that a hot record takes). Before a field can run over, the hot records are added to the full
// ones and begin anew.
type hotPlan struct {
	stride int // words of a record: the fields' words, then the floats
	words  int // of fields
	lanes  int // copies of all records, taken in turn by the rows, so that equal keys in a row do not wait for each other
	rows   int // after which the records are added to the full ones
	fields []hotField
	consts []uint64 // of each word: what every row adds
	floats []*sumFloat
	rest   []fold // what has no compact form
}

// hotField is a fold in a word: the bits shift to shift+bits hold the sum of value-bias.
type hotField struct {
	fold    fold
	operand int // what is added, -1 for 1 a row
	times   int // what it is multiplied by, or -1
	ones    bool
	bias    int64
	perRow  uint64 // the largest that a row adds
	word    int
	shift   uint
	bits    uint
}

const (
	hotFloatRows = 1 << 22 // rows that a plain float sum may take: 2^22 rounding errors of 2^-53 are 5e-10
	hotLaneWords = 1 << 10 // words of records up to which there are lanes
	hotLanes     = 4
	hotMinRows   = 1 << 12 // at least a batch
)

// planHot returns the compact form of the folds of phase 0 that takes at least minRows at a time, or nil when there is
// nothing to gain.
func (p *program) planHot(slots int, minRows int64) *hotPlan {
	h := &hotPlan{}
	for _, f := range p.phases[0].folds {
		if field, ok := p.hotField(f); ok {
			h.fields = append(h.fields, field)
		} else if s, ok := f.(*sumFloat); ok && p.hotFloat(s) {
			h.floats = append(h.floats, s)
		} else {
			h.rest = append(h.rest, f)
		}
	}
	if len(h.fields)+len(h.floats) < 2 || len(h.fields) == 0 {
		return nil
	}
	most := int64(1) << 31
	if len(h.floats) > 0 {
		most = hotFloatRows
	}
	most = min(most, 1<<bits.Len64(uint64(max(p.rows, minRows)-1)))
	least := max(minRows, min(most, 32*int64(slots)))
	words := math.MaxInt
	for rows := most; rows >= least; rows /= 2 {
		if n := h.pack(rows); n < words {
			words, h.rows = n, int(rows)
		}
	}
	h.words = h.pack(int64(h.rows))
	h.stride = h.words + len(h.floats)
	h.lanes = 1
	if slots*h.stride <= hotLaneWords {
		h.lanes = hotLanes
	}
	h.consts = make([]uint64, h.words)
	for i := range h.fields {
		f := &h.fields[i]
		if f.operand < 0 {
			h.consts[f.word] += 1 << f.shift
		} else {
			h.consts[f.word] -= uint64(f.bias) << f.shift
		}
	}
	return h
}

// hotFloat reports whether plain sums of f are good enough.
func (p *program) hotFloat(f *sumFloat) bool {
	b := p.bounds[f.args[0]]
	return !p.precise[f] && len(f.args) == 1 && b.ranged && (b.flo >= 0 || b.fhi <= 0)
}

// hotField returns f as a field, if it is a count or a sum that can be one.
func (p *program) hotField(f fold) (hotField, bool) {
	h := hotField{fold: f, operand: -1, times: -1, perRow: 1}
	switch f := f.(type) {
	case *countRows:
		return h, true
	case *countValues:
		h.operand, h.ones = f.args[0], true
		return h, len(f.args) == 1
	case *sumInt:
		h.operand = f.args[0]
		b := p.bounds[h.operand]
		if !b.ranged { // a BOOL
			b.lo, b.hi = 0, 1
		}
		if b.lo < 0 {
			h.bias = b.lo
		}
		h.perRow = uint64(b.hi - h.bias)
		return h, len(f.args) == 1 && (h.bias == 0 || b.nonNull)
	case *sumProductInt:
		h.operand, h.times = f.args[f.x], f.args[f.y]
		x, y := p.bounds[h.operand], p.bounds[h.times]
		h.perRow = p.magnitude(h.operand) * p.magnitude(h.times)
		for _, o := range f.args {
			if !p.bounds[o].nonNull {
				return h, false
			}
		}
		return h, x.ranged && y.ranged && x.lo >= 0 && y.lo >= 0
	}
	return h, false
}

// pack places the fields for the given number of rows and returns how many words they take.
func (h *hotPlan) pack(rows int64) int {
	order := make([]int, len(h.fields))
	for i := range h.fields {
		f := &h.fields[i]
		order[i] = i
		hi, lo := bits.Mul64(f.perRow, uint64(rows))
		f.bits = max(1, uint(bits.Len64(lo)))
		if hi != 0 {
			f.bits = 64
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(h.fields[b].bits) - int(h.fields[a].bits) })
	var used []uint
place:
	for _, i := range order {
		f := &h.fields[i]
		for w := range used {
			if used[w]+f.bits <= 64 {
				f.word, f.shift = w, used[w]
				used[w] += f.bits
				continue place
			}
		}
		f.word, f.shift = len(used), 0
		used = append(used, f.bits)
	}
	return len(used)
}

// foldHot folds the rows of w's batch, whose operands are loaded, into the hot records.
func (g *grouping) foldHot(w *Worker) error {
	h := g.hotPlan
	words := g.slots * h.stride
	if g.hot == nil {
		if err := g.memory.use(8 * int64(words*h.lanes)); err != nil {
			return err
		}
		g.hot = newWords(words * h.lanes)
	}
	if g.hotRows+w.rows > h.rows {
		if err := g.flushHot(w.a); err != nil {
			return err
		}
	}
	g.hotRows += w.rows
	w.enc.index(g.layout, w.rows, h.stride)
	off := w.enc.off
	if h.lanes > 1 {
		kernel.Spread(off, uint32(words))
	}
	for word := range h.words {
		h.add(w, word, g.hot, off)
	}
	for k, f := range h.floats {
		vs, off := w.args(f.args, off)
		addFloats(g.hot[h.words+k:], off, vs[0].f64)
	}
	if len(h.rest) == 0 {
		return nil
	}
	if err := g.makeDense(); err != nil {
		return err
	}
	w.enc.index(g.layout, w.rows, g.stride)
	return w.update(h.rest, g.dense, w.enc.off)
}

func addFloats(p []uint64, off []uint32, v []float64) {
	v = v[:len(off)]
	for i, o := range off {
		p[o] = math.Float64bits(math.Float64frombits(p[o]) + v[i])
	}
}

// add adds what the rows have for the fields of one word.
func (h *hotPlan) add(w *Worker, word int, hot []uint64, off []uint32) {
	buf := resize(w.hotBuf, w.rows)
	w.hotBuf = buf
	add, first := h.consts[word], true
	for i := range h.fields {
		f := &h.fields[i]
		if f.word != word || f.operand < 0 {
			continue
		}
		w.hotValues(f).shiftInto(buf, f.shift, add, first)
		add, first = 0, false
	}
	p := hot[word:]
	if first {
		for _, o := range off {
			p[o] += add
		}
		return
	}
	kernel.ScatterAdd(p, off, buf)
}

// shiftInto sets dst to the values times 2^shift plus add, or adds that to it.
func (v *values) shiftInto(dst []uint64, shift uint, add uint64, set bool) {
	switch v.form {
	case formI8:
		shiftInto(dst, v.i8, shift, add, set)
	case formI16:
		shiftInto(dst, v.i16, shift, add, set)
	case formI32:
		shiftInto(dst, v.i32, shift, add, set)
	case formI64:
		shiftInto(dst, v.i64, shift, add, set)
	case formBool:
		shiftInto(dst, v.u8, shift, add, set)
	}
}

func shiftInto[T kernel.Integer](dst []uint64, v []T, shift uint, add uint64, set bool) {
	if set {
		kernel.Shift64(dst, v, shift, add)
	} else {
		kernel.ShiftAdd64(dst, v, shift, add)
	}
}

// hotValues returns what the rows add to a field, with 0 for NULL.
func (w *Worker) hotValues(f *hotField) *values {
	o := w.operands[f.operand]
	v := &w.hotValue
	switch {
	case f.ones:
		w.hotBytes = resize(w.hotBytes, w.rows)
		for i := range w.hotBytes {
			w.hotBytes[i] = 1
		}
		for i, null := range boolBytes(o.null) {
			w.hotBytes[i] = null ^ 1
		}
		*v = values{form: formBool, n: w.rows, u8: w.hotBytes}
	case f.times >= 0:
		return w.hotProducts(o, w.operands[f.times])
	case o.null != nil:
		w.hotInts = resize(w.hotInts, w.rows)
		copy(w.hotInts, o.all.ints(&w.intBuf[0]))
		for i, null := range o.null {
			if null {
				w.hotInts[i] = 0
			}
		}
		*v = values{form: formI64, n: w.rows, i64: w.hotInts}
	default:
		return &o.all
	}
	return v
}

func (w *Worker) hotProducts(x, y *operand) *values {
	v := &w.hotValue
	if x.all.form == formI8 && y.all.form == formI8 {
		w.hotShorts = resize(w.hotShorts, w.rows)
		kernel.MulInt8(w.hotShorts, x.all.i8, y.all.i8)
		*v = values{form: formI16, n: w.rows, i16: w.hotShorts}
		return v
	}
	w.hotInts = resize(w.hotInts, w.rows)
	a, b := x.all.ints(&w.intBuf[0]), y.all.ints(&w.intBuf[1])
	for i := range w.hotInts {
		w.hotInts[i] = a[i] * b[i]
	}
	*v = values{form: formI64, n: w.rows, i64: w.hotInts}
	return v
}

// flushHot adds the hot records to the full ones and clears them.
func (g *grouping) flushHot(a *Aggregation) error {
	g.hotRows = 0
	if err := g.makeDense(); err != nil {
		return err
	}
	g.hotPlan.drain(g.hot, g.slots, 0, g.slots, g.dense, g.stride)
	clear(g.hot)
	return nil
}

// drain adds the hot records lo to hi of slots to full ones, which begin at the first of them.
func (h *hotPlan) drain(hot []uint64, slots, lo, hi int, recs []uint64, stride int) {
	for lane := range h.lanes {
		for slot := lo; slot < hi; slot++ {
			from := (lane*slots + slot) * h.stride
			rec := hot[from : from+h.stride]
			if rec[h.rowWord()] == 0 {
				continue
			}
			h.drainOne(rec, recs[(slot-lo)*stride:][:stride])
		}
	}
}

// rowWord returns the word that is not zero where there were rows: the one with their count.
func (h *hotPlan) rowWord() int { return h.fields[0].word }

func (h *hotPlan) drainOne(rec, full []uint64) {
	rows := int64(0)
	for i := range h.fields {
		f := &h.fields[i]
		x := int64(rec[f.word] >> (f.shift & 63))
		if f.bits < 64 {
			x &= 1<<f.bits - 1
		}
		if i == 0 {
			rows = x
		}
		x += f.bias * rows
		switch t := f.fold.(type) {
		case *countRows:
			full[t.at] += uint64(x)
		case *countValues:
			full[t.at] += uint64(x)
		case *sumInt:
			full[t.at] += uint64(x)
		case *sumProductInt:
			full[t.at] += uint64(x)
		}
	}
	for k, s := range h.floats {
		addPair(full[s.at:], math.Float64frombits(rec[h.words+k]), 0)
	}
}
