package exec

import (
	"context"
	"sync"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/exec/group"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// RunFragment runs the fragment n over some of the chunks of its Scan, of which it names all that there are to read, and
// gives push what comes of it, in the order of the rows where they stream: batches that push may keep. The Seq of those of
// a plan.Top is that of their rows in the whole table.
func RunFragment(ctx context.Context, n plan.Node, chunks []int, o Options, push func(*vector.Batch) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	q := &query{ctx: ctx, cancel: cancel, opt: o, threads: o.ThreadCount(), part: &scanChunks{only: map[int]bool{}}}
	defer q.background.Wait()
	defer cancel(nil)
	for _, c := range chunks {
		q.part.only[c] = true
	}
	var s sink = &lockedSink{f: push}
	switch n.(type) {
	case *plan.Top, *plan.Partial:
	default:
		s = newOrdered(ctx, q.threads, -1, 0, s)
	}
	return q.feed(n, s)
}

// scanChunks says which part of its Scan a fragment reads.
type scanChunks struct {
	only map[int]bool
	seqs []uint64 // of the morsels read, among those of all the chunks
}

// pick leaves a scan the morsels of the part's chunks.
func (p *scanChunks) pick(s *scan) {
	var parts []scanPart
	for seq, part := range s.parts {
		if p.only[part.chunk] {
			parts = append(parts, part)
			p.seqs = append(p.seqs, uint64(seq))
		}
	}
	s.parts = parts
}

// lockedSink gives all batches to a function, one at a time.
type lockedSink struct {
	mu sync.Mutex
	f  func(*vector.Batch) error
}

func (s *lockedSink) worker(int) (sinkWorker, error) { return s, nil }
func (s *lockedSink) finish(context.Context) error   { return nil }
func (s *lockedSink) morselDone(uint64) error        { return nil }

func (s *lockedSink) push(b *vector.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.f(b.Detach())
}

// partial is the breaker of a plan.Partial.
type partial struct {
	*group.Partial
	part *scanChunks
}

func newPartial(n *plan.Partial, threads int, o Options, part *scanChunks) (*partial, error) {
	p, err := group.NewPartial(n.Aggregate, threads, 1, o.Memory)
	return &partial{p, part}, err
}

func (p *partial) worker(w int) (sinkWorker, error) {
	return partialWorker{aggregateWorker{p.Worker(w)}, p.part}, nil
}

func (p *partial) finish(ctx context.Context) error { return p.Finish(ctx) }
func (p *partial) morsels() int                     { return p.Morsels() }
func (p *partial) release()                         { p.Release() }

func (p *partial) read(ctx context.Context, w, m int, push func(*vector.Batch) error) error {
	return p.Read(ctx, w, m, push)
}

type partialWorker struct {
	aggregateWorker
	part *scanChunks
}

// push gives the batch the Seq that it has in the whole table.
func (w partialWorker) push(b *vector.Batch) error {
	b.Seq = w.part.seqs[b.Seq]
	return w.aggregateWorker.push(b)
}

// top is the breaker of a plan.Top: it sorts with the position of each row as a further column, keeps the first rows, and
// gives them in the order of their positions.
type top struct {
	*sorter
	n     *plan.Top
	part  *scanChunks
	width int
	rows  []*vector.Batch // in the order of the table, each of one Seq
}

const positionShift = 32 // a position is a Seq and a number of the row in it

func newTop(n *plan.Top, threads int, mem *Memory, part *scanChunks) *top {
	s := newSort(&plan.Sort{Input: n.Input, Keys: n.Keys, Limit: n.K}, threads, mem)
	return &top{sorter: s, n: n, part: part, width: len(n.Input.Fields())}
}

func (t *top) worker(w int) (sinkWorker, error) {
	sw, err := t.sorter.worker(w)
	return &topWorker{sinkWorker: sw, t: t, cols: make([]*vector.Vec, t.width+1), from: fromAll(t.width)}, err
}

// fromAll are the numbers of columns, and a last one that is computed.
func fromAll(width int) []int {
	from := make([]int, width+1)
	for i := range from {
		from[i] = i
	}
	return from
}

type topWorker struct {
	sinkWorker // the sorter's
	t          *top
	cols       []*vector.Vec
	from       []int
	out        vector.Batch
	pos        vector.Vec
	seq        uint64
	done       int64 // rows of seq before the batch
}

func (w *topWorker) push(b *vector.Batch) error {
	seq := w.t.part.seqs[b.Seq]
	if seq != w.seq {
		w.seq, w.done = seq, 0
	}
	w.pos.Reset(column.Int, b.Len())
	for i := range w.pos.Int {
		w.pos.Int[i] = int64(seq<<positionShift) | (w.done + int64(i))
	}
	w.done += int64(b.Len())
	w.cols[w.t.width] = &w.pos
	w.out.Project(b, w.cols, w.from)
	return w.sinkWorker.push(&w.out)
}

// finish sorts by the keys, and then the rows kept by their positions.
func (t *top) finish(ctx context.Context) error {
	if err := t.sorter.finish(ctx); err != nil {
		return err
	}
	place := &plan.Column{Index: t.width, Name: "position", T: column.Int}
	again := newSort(&plan.Sort{Keys: []plan.SortKey{{Expr: place}}, Limit: -1}, 1, nil)
	sw, err := again.worker(0)
	if err != nil {
		return err
	}
	for m := range t.sorter.morsels() {
		if err := t.sorter.read(ctx, 0, m, sw.push); err != nil {
			return err
		}
	}
	if err := again.finish(ctx); err != nil {
		return err
	}
	for m := range again.morsels() {
		if err := again.read(ctx, 0, m, func(b *vector.Batch) error { t.add(b.Detach()); return nil }); err != nil {
			return err
		}
	}
	return nil
}

// add cuts a batch by the Seq of its rows, and the positions off.
func (t *top) add(b *vector.Batch) {
	pos := b.Col(t.width).Int
	cols := make([]*vector.Vec, t.width)
	for i := range cols {
		cols[i] = b.Col(i)
	}
	for lo := 0; lo < len(pos); {
		hi := lo + 1
		for hi < len(pos) && pos[hi]>>positionShift == pos[lo]>>positionShift {
			hi++
		}
		part := vector.NewBatch(len(pos), cols)
		part.Select(rowRange(lo, hi))
		part = part.Detach()
		part.Seq = uint64(pos[lo] >> positionShift)
		t.rows = append(t.rows, part)
		lo = hi
	}
}

func (t *top) morsels() int   { return 1 }
func (t *top) numbered() bool { return true }

func (t *top) read(_ context.Context, _, _ int, push func(*vector.Batch) error) error {
	for _, b := range t.rows {
		if err := push(b); err != nil {
			return err
		}
	}
	return nil
}
