package exec

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// Stats is what EXPLAIN ANALYZE shows: rows and time of each operator. The zero value is ready for one query.
type Stats struct {
	mu    sync.Mutex
	nodes map[plan.Node]*NodeStats
}

// NodeStats is what one operator did.
type NodeStats struct {
	Rows atomic.Int64 // it gave
	Busy atomic.Int64 // nanoseconds it took itself, summed over the workers
}

// Node returns the figures of n, which are zero when it did not run.
func (s *Stats) Node(n plan.Node) *NodeStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.nodes == nil {
		s.nodes = map[plan.Node]*NodeStats{}
	}
	if s.nodes[n] == nil {
		s.nodes[n] = &NodeStats{}
	}
	return s.nodes[n]
}

// observe counts the rows that from gives to s, the sink of the operator to (nil for the reader of the query), and moves
// the time s takes from the one to the other.
func (q *query) observe(from, to plan.Node, s sink) sink {
	if q.opt.Stats == nil {
		return s
	}
	o := &observedSink{sink: s, from: q.opt.Stats.Node(from)}
	if to != nil {
		o.to = q.opt.Stats.Node(to)
	} else {
		o.to = &NodeStats{}
	}
	return o
}

type observedSink struct {
	sink
	from, to *NodeStats
}

func (o *observedSink) worker(w int) (sinkWorker, error) {
	sw, err := o.sink.worker(w)
	return &observedWorker{sinkWorker: sw, o: o}, err
}

func (o *observedSink) finish(ctx context.Context) error {
	if _, ok := o.sink.(breaker); !ok {
		return o.sink.finish(ctx)
	}
	start := time.Now()
	err := o.sink.finish(ctx)
	o.to.Busy.Add(int64(time.Since(start)))
	return err
}

type observedWorker struct {
	sinkWorker // below
	o          *observedSink
}

func (w *observedWorker) push(b *vector.Batch) error {
	w.o.from.Rows.Add(int64(b.Len()))
	start := time.Now()
	err := w.sinkWorker.push(b)
	d := int64(time.Since(start))
	w.o.from.Busy.Add(-d)
	w.o.to.Busy.Add(d)
	return err
}

// observeSource adds the time of reading src, the rows of n, to n.
func (q *query) observeSource(n plan.Node, src source) source {
	if q.opt.Stats == nil {
		return src
	}
	return &observedSource{source: src, n: q.opt.Stats.Node(n)}
}

type observedSource struct {
	source
	n *NodeStats
}

func (o *observedSource) numbered() bool {
	own, ok := o.source.(numbered)
	return ok && own.numbered()
}

func (o *observedSource) read(ctx context.Context, w, m int, push func(*vector.Batch) error) error {
	start := time.Now()
	err := o.source.read(ctx, w, m, push)
	o.n.Busy.Add(int64(time.Since(start)))
	return err
}
