package group

import (
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// Aggregates that only a child aggregation has: what GROUP_CONCAT(DISTINCT ...) orders by.
const (
	firstValue    plan.AggKind = 128 + iota // the value of the group's first row, also when it is NULL
	firstPosition                           // the position of the group's first row
)

// first keeps the position plus 1 of the first row, and of its value 1 and the plain word, or 0 and 0 when it is NULL. Without
// operand it keeps the position alone.
type first struct {
	slot
	operand int // or -1
}

func (f *first) words() int {
	if f.operand < 0 {
		return 1
	}
	return 3
}

func (f *first) update(w *Worker, state []uint64, off []uint32) error {
	p := state[f.at:]
	w.argRow = nil
	for i, o := range off { // a worker's rows come in order
		if p[o] != 0 {
			continue
		}
		p[o] = w.position(i) + 1
		if f.operand < 0 {
			continue
		}
		op := w.operands[f.operand]
		if op.null != nil && op.null[i] {
			continue
		}
		x, err := w.plainWord(&op.all, f.operand, i)
		if err != nil {
			return err
		}
		p[o+1], p[o+2] = 1, x
	}
	return nil
}

func (f *first) merge(_ *Aggregation, dst, src []uint64) {
	if s := src[f.at]; s != 0 && (dst[f.at] == 0 || s < dst[f.at]) {
		copy(dst[f.at:f.at+f.words()], src[f.at:f.at+f.words()])
	}
}

type firstResult struct{ fold *first }

func (s *firstResult) emit(r *reader, state []uint64, off []uint32, out *vector.Vec) error {
	p := state[s.fold.at:]
	if s.fold.operand < 0 {
		out.Reset(column.Int, len(off))
		for i, o := range off {
			out.Int[i] = int64(p[o] - 1)
		}
		return nil
	}
	typ := r.a.exprs[s.fold.operand].Type()
	out.Reset(typ, len(off))
	for i, o := range off {
		if p[o+1] == 0 {
			setNull(out, i)
		} else {
			out.Set(i, r.a.plainValue(s.fold.operand, typ, p[o+2]))
		}
	}
	return nil
}
