package exec

import (
	"context"
	"math"
	"sync"

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
	batches []*vector.Batch
}

func (w *orderedWorker) push(b *vector.Batch) error {
	if w.rows >= w.want {
		return nil
	}
	if left := w.want - w.rows; int64(b.Len()) > left {
		b.Select(rowRange(0, int(left)))
	}
	w.rows += int64(b.Len())
	w.batches = append(w.batches, b.Detach())
	return nil
}

func (w *orderedWorker) morselDone(seq uint64) error {
	batches := w.batches
	w.batches, w.rows = nil, 0
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

// pass pushes the wanted rows of a morsel. Only the worker that drains calls it.
func (o *ordered) pass(seq uint64, batches []*vector.Batch) error {
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
	if err := o.worker0.morselDone(seq); err != nil {
		return err
	}
	if o.limit == 0 {
		return errStop
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
