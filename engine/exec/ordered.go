package exec

import (
	"context"
	"math"
	"sync"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// ordered restores the order of the rows: it passes the morsels on one after the other, by Seq, to worker 0 of the
// sink below, and of their rows those from offset up to limit. It ends the pipeline when it has passed on limit rows.
type ordered struct {
	ctx           context.Context // ends waiting
	down          sink
	window        uint64 // how many morsels a worker may be ahead
	want          int64  // rows of one morsel that can matter
	offset, limit int64  // rows still to leave out, and to let through; for the worker that drains

	mu      sync.Mutex
	turn    sync.Cond
	worker0 sinkWorker
	next    uint64                     // first morsel not passed on
	pending map[uint64][]*vector.Batch // complete morsels from next on
	busy    bool                       // some worker is passing on
	err     error
}

// newOrdered returns an ordered sink; a negative limit is none.
func newOrdered(ctx context.Context, threads int, limit, offset int64, down sink) *ordered {
	if limit < 0 {
		limit = math.MaxInt64
	}
	want := int64(math.MaxInt64)
	if limit < math.MaxInt64-offset {
		want = limit + offset
	}
	o := &ordered{ctx: ctx, down: down, window: uint64(4 * threads), want: want, limit: limit, offset: offset, pending: map[uint64][]*vector.Batch{}}
	o.turn.L = &o.mu
	return o
}

func (o *ordered) worker(int) (sinkWorker, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.worker0 == nil {
		w, err := o.down.worker(0)
		if err != nil {
			return nil, err
		}
		o.worker0 = w
	}
	return &orderedWorker{o: o, want: o.want}, nil
}

func (o *ordered) finish(ctx context.Context) error { return o.down.finish(ctx) }

// orderedWorker collects the rows of one morsel.
type orderedWorker struct {
	o       *ordered
	want    int64 // rows of one morsel that can matter
	rows    int64
	bytes   int // of batches
	batches []*vector.Batch
}

// heldBytes is how much a worker keeps of a morsel whose turn has not come: more than most morsels have.
const heldBytes = 32 << 20

func (w *orderedWorker) push(b *vector.Batch) error {
	if w.rows >= w.want {
		return nil
	}
	if left := w.want - w.rows; int64(b.Len()) > left {
		b.Select(rowRange(0, int(left)))
	}
	w.rows += int64(b.Len())
	d := b.Detach()
	w.batches = append(w.batches, d)
	if w.bytes += batchBytes(d); w.bytes > heldBytes {
		err := w.o.passEarly(d.Seq, w.batches)
		w.batches, w.bytes = nil, 0
		return err
	}
	return nil
}

// batchBytes returns about how much memory b takes.
func batchBytes(b *vector.Batch) int { return 8*b.Len()*b.Width() + textBytes(b) }

// textBytes returns the length of all strings of b that are not in dictionaries.
func textBytes(b *vector.Batch) (n int) {
	for i := range b.Width() {
		if v := b.Col(i); v.Type == column.String && v.Dict == nil {
			for _, s := range v.Str {
				n += len(s)
			}
		}
	}
	return n
}

func (w *orderedWorker) morselDone(seq uint64) error {
	batches := w.batches
	w.batches, w.rows, w.bytes = nil, 0, 0
	return w.o.done(seq, batches)
}

// done takes a complete morsel and passes on what is due, or waits while the worker is too far ahead.
func (o *ordered) done(seq uint64, batches []*vector.Batch) error {
	stop := context.AfterFunc(o.ctx, func() { o.fail(o.ctx.Err()) })
	defer stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pending[seq] = batches
	if !o.busy {
		o.drain()
	}
	for o.err == nil && seq >= o.next+o.window {
		o.turn.Wait()
	}
	return o.err
}

// drain passes on the morsels that are due. It is called with the lock held and gives it away while it pushes.
func (o *ordered) drain() {
	o.busy = true
	for o.err == nil {
		batches, ok := o.pending[o.next]
		if !ok {
			break
		}
		delete(o.pending, o.next)
		seq := o.next
		o.mu.Unlock()
		err := o.pass(seq, batches)
		o.mu.Lock()
		if o.err == nil {
			o.err = err
		}
		o.next++
		o.turn.Broadcast()
	}
	o.busy = false
	o.turn.Broadcast()
}

// passEarly passes on the first rows of a morsel, for which it waits until it is the next.
func (o *ordered) passEarly(seq uint64, batches []*vector.Batch) error {
	stop := context.AfterFunc(o.ctx, func() { o.fail(o.ctx.Err()) })
	defer stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.err == nil && (o.busy || o.next != seq) {
		o.turn.Wait()
	}
	if o.err != nil {
		return o.err
	}
	o.busy = true
	o.mu.Unlock()
	err := o.passRows(seq, batches)
	o.mu.Lock()
	if o.err == nil {
		o.err = err
	}
	o.busy = false
	o.turn.Broadcast()
	return o.err
}

// pass pushes the wanted rows of a morsel, or the rest of them. Only the worker that has made o busy calls it.
func (o *ordered) pass(seq uint64, batches []*vector.Batch) error {
	if err := o.passRows(seq, batches); err != nil {
		return err
	}
	if err := o.worker0.morselDone(seq); err != nil {
		return err
	}
	if o.limit == 0 {
		return errStop
	}
	return nil
}

func (o *ordered) passRows(seq uint64, batches []*vector.Batch) error {
	for _, b := range batches {
		n := int64(b.Len())
		from := min(o.offset, n)
		o.offset -= from
		to := from + min(n-from, o.limit)
		o.limit -= to - from
		if from == to {
			continue
		}
		if to-from < n {
			b.Select(rowRange(int(from), int(to)))
		}
		b.Seq = seq
		if err := o.worker0.push(b); err != nil {
			return err
		}
	}
	return nil
}

func (o *ordered) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = err
	}
	o.turn.Broadcast()
}

func rowRange(from, to int) []int32 {
	sel := make([]int32, to-from)
	for i := range sel {
		sel[i] = int32(from + i)
	}
	return sel
}
