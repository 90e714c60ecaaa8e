package group

import (
	"slices"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/exec/kernel"
	"github.com/eau2db/eau2/engine/vector"
)

// Worker takes the rows of one goroutine.
type Worker struct {
	a        *Aggregation
	number   int
	memory   account
	phase    int
	folding  *phase     // the one of that number, or that of state batches
	operands []*operand // nil where the phase has none
	enc      encoder
	groups   [2]*grouping // by layout, made when needed
	children []*Worker    // by phase - 1
	strs     []*stringHandles
	pool     pool

	rows  int    // of the current batch
	seq   uint64 // morsel of the current batch
	done  uint64 // rows of the morsel before the batch
	sel   []int32
	began bool
	// positions are those of the rows that a child's batch stands for, nil for others.
	positions []int64
	sub       vector.Batch
	argRow    []int32       // rows behind the last args; nil for all
	batch     *vector.Batch // being folded
	stateOps  []*operand    // of state batches
	stateSub  vector.Batch

	vals     []*values
	joint    []values // memory of args with several operands
	store    []store
	jointOf  []int // the operands in joint, nil when it is not of this batch
	jointRow []int32
	offBuf   []uint32
	nullBuf  []bool

	intBuf     [2][]int64
	floatBuf   [2][]float64
	wordBuf    []uint64
	codeBuf    []uint32
	strBuf     []string
	hotBuf     []uint64
	hotInts    []int64
	hotShorts  []int16
	hotBytes   []uint8
	hotValue   values
	hashedDict *column.Dict
	dictHash   []uint64
}

func (a *Aggregation) newWorker(n int) *Worker {
	w := &Worker{a: a, number: n}
	w.memory = account{budget: a.budget, total: &a.used}
	w.pool.slabs.memory = &w.memory
	w.strs = make([]*stringHandles, len(a.exprs))
	w.enter(0)
	for _, ph := range a.phases[1:] {
		w.children = append(w.children, ph.child.Worker(n))
	}
	return w
}

// enter prepares for the batches of a phase.
func (w *Worker) enter(phase int) {
	ph := &w.a.phases[phase]
	w.phase, w.folding = phase, ph
	w.operands = make([]*operand, len(w.a.exprs))
	for _, i := range slices.Concat(w.a.keys, ph.loads) {
		switch {
		case w.operands[i] != nil:
		case ph.child == nil:
			w.operands[i] = newOperand(w.a.exprs[i], w.a.programs[i])
		default:
			w.operands[i] = &operand{typ: w.a.exprs[i].Type(), col: ph.column[i]}
		}
	}
	w.enc.operands = w.operands
}

// Push folds the rows of b into their groups. It keeps nothing of b.
func (w *Worker) Push(b *vector.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	if !w.began || w.seq != b.Seq {
		w.began, w.seq, w.done = true, b.Seq, 0
	}
	if err := w.fold(b); err != nil {
		return err
	}
	w.done += uint64(b.Len())
	if w.phase > 0 {
		return nil
	}
	for _, c := range w.children {
		if err := c.Push(b); err != nil {
			return err
		}
	}
	return nil
}

func (w *Worker) fold(b *vector.Batch) error {
	w.begin(b.Len(), nil)
	if err := w.load(b, w.a.keys); err != nil {
		return err
	}
	w.a.once.Do(func() { w.a.arrange(w) })
	w.prepare()
	if err := w.enc.check(w.a.layouts[0], b.Len()); err != nil {
		return err
	}
	if w.enc.misfit == nil {
		return w.foldInto(0, b)
	}
	var rows [2][]int32
	for i, bad := range boolBytes(w.enc.misfit) {
		rows[bad] = append(rows[bad], int32(i))
	}
	for table, sel := range rows {
		if len(sel) == 0 {
			continue
		}
		w.sub.Sub(b, sel)
		w.begin(len(sel), sel)
		if err := w.load(&w.sub, w.a.keys); err != nil {
			return err
		}
		if err := w.enc.check(w.a.layouts[table], len(sel)); err != nil {
			return err
		}
		if err := w.foldInto(table, &w.sub); err != nil {
			return err
		}
	}
	return nil
}

// begin forgets what was loaded for the batch before.
func (w *Worker) begin(rows int, sel []int32) {
	w.rows, w.sel, w.jointOf = rows, sel, nil
	for _, o := range w.operands {
		if o != nil {
			o.reset()
		}
	}
}

func (w *Worker) load(b *vector.Batch, operands []int) error {
	for _, i := range operands {
		if err := w.operands[i].load(b); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes what depends on the layouts, once.
func (w *Worker) prepare() {
	if w.enc.interns != nil {
		return
	}
	comps := w.a.layouts[0].comps
	w.enc.interns = make([]*internWorker, len(comps))
	w.enc.numbers = make([][]uint32, len(comps))
	for i := range comps {
		if comps[i].typ == column.String {
			w.enc.interns[i] = &internWorker{ids: comps[i].ids, memory: &w.memory}
		}
	}
}

// foldInto folds the rows of b, whose keys are loaded and fit the layout, into one of the groupings.
func (w *Worker) foldInto(table int, b *vector.Batch) error {
	ph := w.folding
	if err := w.load(b, ph.loads); err != nil {
		return err
	}
	w.positions, w.batch = nil, b
	if ph.child != nil && ph.position >= 0 {
		w.positions = b.Col(ph.position).Int
	}
	g := w.groups[table]
	if g == nil {
		g = &grouping{layout: w.a.layouts[table], memory: &w.memory}
		w.groups[table] = g
	}
	return g.fold(w, ph.folds)
}

// update runs the folds of the phase that the records have.
func (w *Worker) update(folds []fold, state []uint64, off []uint32) error {
	for _, f := range folds {
		if f == w.a.folds[0] && len(w.a.active) < len(w.a.folds) {
			continue
		}
		if err := f.update(w, state, off); err != nil {
			return err
		}
	}
	return nil
}

// updateOne puts all rows in one record.
func (w *Worker) updateOne(folds []fold, rec []uint64) error {
	for _, f := range folds {
		if one, ok := f.(wholeFold); ok {
			one.updateOne(w, rec)
			continue
		}
		w.enc.off = resize(w.enc.off, w.rows)
		clear(w.enc.off)
		if err := f.update(w, rec, w.enc.off); err != nil {
			return err
		}
	}
	return nil
}

// args returns the values of operands in the rows where none is NULL, and those rows' part of off (nil for nil). argRow
// is set to the rows, nil when they are all.
func (w *Worker) args(operands []int, off []uint32) ([]*values, []uint32) {
	if len(operands) == 1 {
		o := w.operands[operands[0]]
		o.compact()
		w.vals = append(w.vals[:0], &o.some)
		w.argRow = o.rows
	} else {
		w.join(operands)
	}
	if w.argRow == nil || off == nil {
		return w.vals, off
	}
	w.offBuf = resize(w.offBuf, len(w.argRow))
	kernel.Gather(w.offBuf, off, w.argRow)
	return w.vals, w.offBuf
}

// join makes vals and argRow for several operands.
func (w *Worker) join(operands []int) {
	w.vals = w.vals[:0]
	null := false
	for _, i := range operands {
		null = null || w.operands[i].null != nil
		w.vals = append(w.vals, &w.operands[i].all)
	}
	w.argRow = nil
	if !null {
		return
	}
	if !slices.Equal(w.jointOf, operands) {
		w.nullBuf = resize(w.nullBuf, w.rows)
		clear(w.nullBuf)
		for _, i := range operands {
			for r, isNull := range w.operands[i].null {
				w.nullBuf[r] = w.nullBuf[r] || isNull
			}
		}
		w.jointRow = notNull(w.jointRow, w.nullBuf)
		for len(w.joint) < len(operands) {
			w.joint, w.store = append(w.joint, values{}), append(w.store, store{})
		}
		for k, i := range operands {
			w.joint[k] = w.operands[i].all.take(w.jointRow, &w.store[k])
		}
		w.jointOf = operands
	}
	for k := range operands {
		w.vals[k] = &w.joint[k]
	}
	w.argRow = w.jointRow
}

// rowInBatch returns the batch's row of value i of the last args.
func (w *Worker) rowInBatch(i int) int {
	if w.argRow != nil {
		return int(w.argRow[i])
	}
	return i
}

const positionShift = 32

// position returns the place in the input of the row of value i of the last args.
func (w *Worker) position(i int) uint64 {
	i = w.rowInBatch(i)
	if w.positions != nil {
		return uint64(w.positions[i])
	}
	if w.sel != nil {
		i = int(w.sel[i])
	}
	return w.seq<<positionShift | (w.done + uint64(i))
}

// strings returns the handles of an operand's strings.
func (w *Worker) strings(operand int) *stringHandles {
	s := w.strs[operand]
	if s == nil {
		s = &stringHandles{home: &w.a.homes[operand], worker: w.number, memory: &w.memory}
		w.strs[operand] = s
	}
	return s
}
