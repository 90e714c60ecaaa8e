package exec

import (
	"context"

	"github.com/eau2db/eau2/engine/exec/group"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// aggregate is the breaker of a plan.Aggregate.
type aggregate struct{ *group.Aggregation }

func newAggregate(n *plan.Aggregate, threads int, mem *Memory) (breaker, error) {
	a, err := group.New(n, threads, mem)
	return aggregate{a}, err
}

func (a aggregate) worker(w int) (sinkWorker, error) { return aggregateWorker{a.Worker(w)}, nil }
func (a aggregate) finish(ctx context.Context) error { return a.Finish(ctx) }
func (a aggregate) morsels() int                     { return a.Morsels() }
func (a aggregate) release()                         { a.Release() }

func (a aggregate) read(ctx context.Context, w, m int, push func(*vector.Batch) error) error {
	return a.Read(ctx, w, m, push)
}

type aggregateWorker struct{ *group.Worker }

func (w aggregateWorker) push(b *vector.Batch) error { return w.Push(b) }
func (w aggregateWorker) morselDone(uint64) error    { return nil }
