package exec

import (
	"context"

	"github.com/eau2db/eau2/engine/exec/group"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// A fragment runs over a part of the chunks that its Scan lists, Options.Chunks. Its morsels are numbered as always, from 0 on;
// their places are the numbers that they have in a run over all chunks. Rows from several parts are put in order by place,
// and that is the Seq of the batches that leave a Stream or go into the first half of an aggregate.

// Places returns, for each chunk that n lists, the place of its first morsel, and at the end the number of all morsels: the
// rows of the chunk with index i in the list have a Seq from Places(n)[i] up to Places(n)[i+1].
func Places(n *plan.Scan) []uint64 {
	chunks := n.Chunks
	if chunks == nil {
		chunks = make([]int, n.Table.Chunks())
		for c := range chunks {
			chunks[c] = c
		}
	}
	places := make([]uint64, len(chunks)+1)
	for i, c := range chunks {
		places[i+1] = places[i] + uint64((n.Table.ChunkRows(c)+morselRows-1)/morselRows)
	}
	return places
}

// placed sets b.Seq to its place.
func (q *query) placed(b *vector.Batch) *vector.Batch {
	if q.place != nil {
		b.Seq = q.place(b.Seq)
	}
	return b
}

// keep leaves only the morsels of the given chunks, and notes their places.
func (s *scan) keep(chunks []int) {
	wanted := map[int]bool{}
	for _, c := range chunks {
		wanted[c] = true
	}
	var parts []scanPart
	for m, p := range s.parts {
		if wanted[p.chunk] {
			parts, s.places = append(parts, p), append(s.places, uint64(m))
		}
	}
	s.parts = parts
}

// partial is the breaker of a plan.Partial.
type partial struct {
	*group.Partial
	q *query
}

func (p partial) worker(w int) (sinkWorker, error) { return partialWorker{p.Worker(w), p.q}, nil }
func (p partial) finish(ctx context.Context) error { return p.Finish(ctx) }
func (p partial) morsels() int                     { return p.Morsels() }
func (p partial) release()                         { p.Release() }

func (p partial) read(ctx context.Context, w, m int, push func(*vector.Batch) error) error {
	return p.Read(ctx, w, m, push)
}

type partialWorker struct {
	w *group.Worker
	q *query
}

func (w partialWorker) push(b *vector.Batch) error { return w.w.Push(w.q.placed(b)) }
func (w partialWorker) morselDone(uint64) error    { return nil }

func (q *query) partial(n *plan.Partial, s sink) error {
	p, err := group.NewPartial(n.Aggregate, q.threads, q.opt.Memory)
	if err != nil {
		return err
	}
	b := partial{p, q}
	defer b.release()
	if err := q.feed(n.Aggregate.Input, q.observe(n.Aggregate.Input, n, b)); err != nil {
		return err
	}
	q.place = nil // the state has no order
	return q.run(n, b, s)
}

// merge is the breaker of a plan.Merge: an aggregate that takes state.
type merge struct{ aggregate }

func (m merge) worker(w int) (sinkWorker, error) { return mergeWorker{m.Worker(w)}, nil }

type mergeWorker struct{ w *group.Worker }

func (w mergeWorker) push(b *vector.Batch) error { return w.w.PushState(b) }
func (w mergeWorker) morselDone(uint64) error    { return nil }

// top is the breaker of a plan.Top: a sort whose rows stay where they are.
type top struct {
	*sorter
	parts  [][]sortPart // by morsel
	places []uint64     // the morsels of the input that these were
	memory int64
}

func newTop(n *plan.Top, threads int, mem *Memory) *top {
	return &top{sorter: newSort(&plan.Sort{Keys: n.Keys, Limit: n.K}, threads, mem)}
}

func (t *top) finish(ctx context.Context) error {
	rows, err := t.collect()
	if err != nil {
		return err
	}
	n := int64(rows.n) * 40
	if err := t.mem.Grow(n, "ORDER BY"); err != nil {
		return err
	}
	defer t.mem.Shrink(n)
	order, err := sortParallel(ctx, t.threads, rows.comparer(t.threads))
	if err != nil {
		return err
	}
	kept := rows.pick(order[:min(int64(len(order)), t.keep)])
	t.memory = kept.bytes()
	if err := t.mem.Grow(t.memory, "ORDER BY"); err != nil {
		t.memory = 0
		return err
	}
	for _, p := range kept.parts {
		if k := len(t.places); k == 0 || t.places[k-1] != p.seq {
			t.parts, t.places = append(t.parts, nil), append(t.places, p.seq)
		}
		k := len(t.parts) - 1
		t.parts[k] = append(t.parts[k], p)
	}
	return nil
}

func (t *top) morsels() int { return len(t.parts) }

func (t *top) read(_ context.Context, _, m int, push func(*vector.Batch) error) error {
	for _, p := range t.parts[m] {
		if err := push(vector.NewBatch(p.n, p.vecs)); err != nil {
			return err
		}
	}
	return nil
}

func (t *top) release() {
	t.mem.Shrink(t.memory)
	t.sorter.release()
}

func (q *query) top(n *plan.Top, s sink) error {
	t := newTop(n, q.threads, q.opt.Memory)
	defer t.release()
	if err := q.feed(n.Input, q.observe(n.Input, n, t)); err != nil {
		return err
	}
	if input := q.place; input != nil {
		q.place = func(m uint64) uint64 { return input(t.places[m]) }
	}
	return q.run(n, t, s)
}
