package group

// fold is one part of the state of a group: some words of its record, at a place that is set once for all.
// What it reads and which rows it skips depend on its operands alone, so that aggregates can share it.
type fold interface {
	words() int
	place(at int)
	start() int // the place
	// update folds the rows of the worker's batch into records: row i into the one whose state starts at state[off[i]].
	update(w *Worker, state []uint64, off []uint32) error
	// merge adds the fold of one record, given by its state, to that of another, of the same group.
	merge(a *Aggregation, dst, src []uint64)
}

// wholeFold is a fold with a faster way to put all rows of a batch in one record.
type wholeFold interface {
	updateOne(w *Worker, rec []uint64)
}

// slot is the place of a fold's words in the state.
type slot struct{ at int }

func (s *slot) place(at int) { s.at = at }

func (s *slot) start() int { return s.at }

// countRows counts all rows.
type countRows struct{ slot }

func (*countRows) words() int { return 1 }

func (f *countRows) update(_ *Worker, state []uint64, off []uint32) error {
	p := state[f.at:]
	for _, o := range off {
		p[o]++
	}
	return nil
}

func (f *countRows) updateOne(w *Worker, rec []uint64) { rec[f.at] += uint64(w.rows) }

func (f *countRows) merge(_ *Aggregation, dst, src []uint64) { dst[f.at] += src[f.at] }

// countValues counts the rows in which no operand is NULL.
type countValues struct {
	slot
	args []int
}

func (*countValues) words() int { return 1 }

func (f *countValues) update(w *Worker, state []uint64, off []uint32) error {
	_, off = w.args(f.args, off)
	p := state[f.at:]
	for _, o := range off {
		p[o]++
	}
	return nil
}

func (f *countValues) updateOne(w *Worker, rec []uint64) {
	v, _ := w.args(f.args, nil)
	rec[f.at] += uint64(v[0].n)
}

func (f *countValues) merge(_ *Aggregation, dst, src []uint64) { dst[f.at] += src[f.at] }
