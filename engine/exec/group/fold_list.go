package group

import (
	"math"

	"github.com/eau2db/eau2/engine/plan"
)

// list keeps all values of a group, in a list of plain words (INTs as FLOATs where asFloat).
type list struct {
	slot
	args    []int
	asFloat bool
}

func (*list) words() int { return listWords }

func (f *list) update(w *Worker, state []uint64, off []uint32) error {
	vs, off := w.args(f.args, off)
	p := state[f.at:]
	if f.asFloat {
		return f.updateFloats(w, p, off, vs[0].floats(&w.floatBuf[0]))
	}
	words, err := w.plainWords(vs[0], f.args[0])
	if err != nil {
		return err
	}
	for i, o := range off {
		e, err := w.pool.append(w.number, p[o:o+listWords], 1)
		if err != nil {
			return err
		}
		e[0] = words[i]
	}
	return nil
}

func (f *list) updateFloats(w *Worker, p []uint64, off []uint32, v []float64) error {
	chunks := w.pool.chunks
	v = v[:len(off)]
	for i, o := range off {
		q := p[o : o+listWords : o+listWords]
		c := q[listCursor]
		if c&0xff == 0 {
			var err error
			if c, err = w.pool.grow(w.number, q, 1); err != nil {
				return err
			}
			chunks = w.pool.chunks
		}
		chunks[c>>(cursorShift+chunkBits)][c>>cursorShift&(1<<chunkBits-1)] = math.Float64bits(v[i])
		q[listCursor] = c + 1<<cursorShift - 1
		q[listCount]++
	}
	return nil
}

func (f *list) merge(a *Aggregation, dst, src []uint64) { a.link(dst[f.at:], src[f.at:]) }

// concat keeps the values of GROUP_CONCAT with what orders them. An entry is the row's position (of the first such row, for
// DISTINCT), the value, and for each
// ORDER BY key 1 and its plain word, or 0 and 0 when it is NULL.
type concat struct {
	slot
	args  []int
	order []int // operands of the ORDER BY keys
	keys  []plan.SortKey
}

func (*concat) words() int { return listWords }

func (f *concat) entryWords() int { return 2 + 2*len(f.order) }

func (f *concat) update(w *Worker, state []uint64, off []uint32) error {
	vs, off := w.args(f.args, off)
	p := state[f.at:]
	for i, o := range off {
		e, err := w.pool.append(w.number, p[o:o+listWords], f.entryWords())
		if err != nil {
			return err
		}
		e[0] = w.position(i)
		if e[1], err = w.plainWord(vs[0], f.args[0], i); err != nil {
			return err
		}
		row := w.rowInBatch(i)
		for k, operand := range f.order {
			o := w.operands[operand]
			e[2+2*k], e[3+2*k] = 0, 0
			if o.null != nil && o.null[row] {
				continue
			}
			e[2+2*k] = 1
			if e[3+2*k], err = w.plainWord(&o.all, operand, row); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *concat) merge(a *Aggregation, dst, src []uint64) { a.link(dst[f.at:], src[f.at:]) }
