package group

import (
	"errors"
	"fmt"

	"github.com/eau2db/eau2/engine/vector"
)

// PushState folds a batch of state, which a Partial of the same node gave, into w's groups. It keeps nothing of b but dictionaries.
// Rows may be pushed to the same Aggregation as well, before and after.
func (w *Worker) PushState(b *vector.Batch) error {
	f := w.a.state()
	if b.Width() != len(f.fields) {
		return fmt.Errorf("the state of %s has %d columns, not %d", w.a.node, b.Width(), len(f.fields))
	}
	for i, c := range f.fields {
		if t := b.Col(i).Type; t != c.Type {
			return fmt.Errorf("the state of %s has a column %s of type %s, not %s", w.a.node, c.Name, t, c.Type)
		}
	}
	phases := b.Col(0).Int
	for lo := 0; lo < len(phases); {
		hi := lo + 1
		for hi < len(phases) && phases[hi] == phases[lo] {
			hi++
		}
		part := b
		if hi-lo < len(phases) {
			part = &w.stateSub
			part.Sub(b, rowRange(lo, hi))
		}
		if err := w.pushPhase(phases[lo], part); err != nil {
			return err
		}
		lo = hi
	}
	return nil
}

func rowRange(lo, hi int) []int32 {
	rows := make([]int32, hi-lo)
	for i := range rows {
		rows[i] = int32(lo + i)
	}
	return rows
}

var errPhase = errors.New("a row of state is of no phase that there is")

func (w *Worker) pushPhase(phase int64, b *vector.Batch) error {
	switch {
	case phase == 0:
		return w.foldState(b)
	case 0 < phase && phase <= int64(len(w.children)):
		return w.children[phase-1].foldState(b)
	}
	return errPhase
}

// statePhase is the number of the phase of state batches.
const statePhase = -1

// foldState folds a batch that is all of w's phase.
func (w *Worker) foldState(b *vector.Batch) error {
	f := w.a.form
	if w.stateOps == nil {
		w.stateOps = make([]*operand, len(w.a.exprs))
		for i, k := range w.a.keys {
			w.stateOps[k] = &operand{typ: w.a.exprs[k].Type(), col: f.keys[i]}
		}
	}
	w.a.merging.Store(true)
	ops, phase, folding := w.operands, w.phase, w.folding
	w.operands, w.enc.operands, w.phase, w.folding = w.stateOps, w.stateOps, statePhase, &f.reader
	w.enc.foreign = true
	err := w.fold(b)
	w.enc.foreign = false
	w.operands, w.enc.operands, w.phase, w.folding = ops, ops, phase, folding
	return err
}
