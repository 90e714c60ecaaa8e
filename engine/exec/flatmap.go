package exec

import (
	"context"

	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// flatSink makes rows of a plan.FlatMap.
type flatSink struct {
	node *plan.FlatMap
	down sink
}

func (f *flatSink) worker(w int) (sinkWorker, error) {
	down, err := f.down.worker(w)
	width := len(f.node.Input.Fields())
	fw := &flatWorker{sinkWorker: down, run: f.node.Func.New(), own: make([]vector.Vec, width), cols: make([]*vector.Vec, width+1)}
	for i := range fw.own {
		fw.cols[i] = &fw.own[i]
	}
	return fw, err
}

func (f *flatSink) finish(ctx context.Context) error { return f.down.finish(ctx) }

type flatWorker struct {
	sinkWorker // below
	run        function.FlatRun
	own        []vector.Vec
	cols       []*vector.Vec // own and the values
	out        vector.Batch
}

func (f *flatWorker) push(b *vector.Batch) error {
	return f.run(b, func(rows []int32, values *vector.Vec) error {
		for i := range f.own {
			f.own[i].Gather(b.Col(i), rows)
		}
		f.cols[len(f.own)] = values
		f.out.SetCols(len(rows), f.cols)
		f.out.Seq, f.out.Stop, f.out.Place = b.Seq, b.Stop, b.Place
		return f.sinkWorker.push(&f.out)
	})
}
