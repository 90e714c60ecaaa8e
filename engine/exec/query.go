package exec

import (
	"context"
	"fmt"
	"io"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/exec/group"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// query is one running plan.
type query struct {
	ctx        context.Context
	cancel     context.CancelCauseFunc
	opt        Options
	threads    int
	background sync.WaitGroup // what runs besides the pipelines; it ends with ctx

	place func(m uint64) uint64 // of the morsels of the current source in a run over all chunks; nil: the same
}

// Stream is the result of a running plan: batches in row order. It is for one goroutine and must be closed.
type Stream struct {
	fields []column.Field
	cancel context.CancelCauseFunc
	ch     chan *vector.Batch
	text   *semaphore.Weighted // bytes of text that wait in ch
	err    error               // set before ch is closed
}

// waitingText is how many bytes of text may wait in a Stream for the reader.
const waitingText = 64 << 20

// Start runs n. Its rows wait in the Stream until they are read; the query stops working when it is far ahead of the
// reader, and ends when ctx does or the Stream is closed.
func Start(ctx context.Context, n plan.Node, o Options) *Stream {
	ctx, cancel := context.WithCancelCause(ctx)
	q := &query{ctx: ctx, cancel: cancel, opt: o, threads: o.ThreadCount()}
	s := &Stream{fields: n.Fields(), cancel: cancel, ch: make(chan *vector.Batch, 16), text: semaphore.NewWeighted(waitingText)}
	go func() {
		if o.Done != nil {
			defer o.Done()
		}
		defer close(s.ch)
		defer q.background.Wait()
		defer cancel(nil)
		defer recovered(&s.err)
		s.err = q.feed(n, newOrdered(ctx, q.threads, -1, 0, q.observe(n, nil, &chanSink{q, s})))
	}()
	return s
}

// Fields returns names and types of the columns.
func (s *Stream) Fields() []column.Field { return s.fields }

// Next returns the next batch, which is the caller's to keep, or io.EOF after the last.
func (s *Stream) Next() (*vector.Batch, error) {
	b, ok := <-s.ch
	if ok {
		s.text.Release(min(int64(textBytes(b)), waitingText))
		return b, nil
	}
	if s.err != nil {
		return nil, s.err
	}
	return nil, io.EOF
}

// Close ends the query if it still runs, and waits for its goroutines.
func (s *Stream) Close() error {
	s.cancel(context.Canceled)
	for range s.ch {
	}
	return nil
}

// chanSink is the end of the last pipeline: below an ordered sink, so that only one goroutine pushes, and owned batches.
type chanSink struct {
	q *query
	*Stream
}

func (c *chanSink) worker(int) (sinkWorker, error) { return c, nil }
func (c *chanSink) finish(context.Context) error   { return nil }
func (c *chanSink) morselDone(uint64) error        { return nil }

func (c *chanSink) push(b *vector.Batch) error {
	if err := c.text.Acquire(c.q.ctx, min(int64(textBytes(b)), waitingText)); err != nil {
		return context.Cause(c.q.ctx)
	}
	select {
	case c.ch <- c.q.placed(b):
		return nil
	case <-c.q.ctx.Done():
		return context.Cause(c.q.ctx)
	}
}

// feed runs n, pushes its rows into s and finishes s.
func (q *query) feed(n plan.Node, s sink) error {
	switch n := n.(type) {
	case *plan.Scan:
		src := newScan(n, q.threads, q.opt.Rows)
		if q.opt.Chunks != nil {
			src.keep(q.opt.Chunks)
			q.place = func(m uint64) uint64 { return src.places[m] }
		}
		return q.run(n, src, s)
	case *plan.Values:
		return q.run(n, &values{fields: n.Schema, rows: n.Rows}, s)
	case *plan.Filter:
		return q.feed(n.Input, q.observe(n.Input, n, &filterSink{cond: n.Cond, down: s}))
	case *plan.Project:
		return q.feed(n.Input, q.observe(n.Input, n, &projectSink{exprs: n.Exprs, down: s}))
	case *plan.FlatMap:
		return q.feed(n.Input, q.observe(n.Input, n, &flatSink{node: n, down: s}))
	case *plan.Limit:
		return q.feed(n.Input, q.observe(n.Input, n, newOrdered(q.ctx, q.threads, n.Limit, n.Offset, s)))
	case *plan.Sort:
		return q.broken(n, n.Input, newSort(n, q.threads, q.opt.Memory), s)
	case *plan.Aggregate:
		b, err := newAggregate(n, q.threads, q.opt.Memory)
		if err != nil {
			return err
		}
		return q.broken(n, n.Input, b, s)
	case *plan.Union:
		return q.union(n, s)
	case *plan.Remote:
		if q.opt.Remote == nil {
			return q.feed(n.Fragment, q.observe(n.Fragment, n, s))
		}
		r, err := newRemoteSource(q, n)
		if err != nil {
			return err
		}
		return q.run(n, r, s)
	case *plan.Shuffle:
		if q.opt.Shuffled == nil {
			return q.feed(n.Input, q.observe(n.Input, n, s))
		}
		return q.run(n, shuffled{q.threads, q.opt.Shuffled}, s)
	case *plan.Partial:
		return q.partial(n, s)
	case *plan.Merge:
		a, err := group.New(n.Aggregate, q.threads, q.opt.Memory)
		if err != nil {
			return err
		}
		return q.broken(n, n.Input, merge{aggregate{a}}, s)
	case *plan.Top:
		return q.top(n, s)
	}
	return fmt.Errorf("exec: no operator for %T", n)
}

// broken runs input into the breaker b of node n, and b's result into s.
func (q *query) broken(n, input plan.Node, b breaker, s sink) error {
	defer b.release()
	if err := q.feed(input, q.observe(input, n, b)); err != nil {
		return err
	}
	return q.run(n, b, s)
}

// run moves the rows of a source that stands for n.
func (q *query) run(n plan.Node, src source, s sink) error {
	return q.pipeline(q.observeSource(n, src), s)
}

// union runs its inputs one after the other, numbering the morsels of each behind those of the one before.
func (q *query) union(n *plan.Union, s sink) error {
	u := &seqSink{down: s, workers: make([]sinkWorker, q.threads)}
	for _, in := range n.Ins {
		c := &countSink{sink: q.observe(in, n, u)}
		if err := q.feed(in, c); err != nil {
			return err
		}
		if c.stopped.Load() {
			break
		}
		u.base += c.morsels.Load()
	}
	return s.finish(q.ctx)
}

// Each runs n and calls f for its batches, by several workers at once, in no particular order. A batch is the query's
// own and holds until f returns. w is the worker's number, from 0 up.
func Each(ctx context.Context, n plan.Node, o Options, f func(w int, b *vector.Batch) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	q := &query{ctx: ctx, cancel: cancel, opt: o, threads: o.ThreadCount()}
	defer q.background.Wait()
	defer cancel(nil)
	return q.feed(n, q.observe(n, nil, eachSink(f)))
}

// eachSink calls a function for every batch.
type eachSink func(w int, b *vector.Batch) error

func (f eachSink) worker(w int) (sinkWorker, error) { return eachWorker{f, w}, nil }
func (f eachSink) finish(context.Context) error     { return nil }

type eachWorker struct {
	f eachSink
	w int
}

func (e eachWorker) push(b *vector.Batch) error { return e.f(e.w, b) }
func (e eachWorker) morselDone(uint64) error    { return nil }
