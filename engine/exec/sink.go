package exec

import (
	"context"

	"github.com/eau2db/eau2/engine/vector"
)

// sink takes the rows of one pipeline.
type sink interface {
	// worker returns the part of the sink that worker w (0 ≤ w < the query's threads) pushes to. It is called once for
	// each worker that takes part, before its first batch, perhaps while others push already.
	worker(w int) (sinkWorker, error)
	// finish is called once, by one goroutine, when all rows of the sink's input have been pushed.
	finish(ctx context.Context) error
}

// sinkWorker takes batches from one worker. An error ends the query; errStop ends the pipeline early and in peace.
type sinkWorker interface {
	push(b *vector.Batch) error
	// morselDone says that all rows with this Seq have been pushed. Every Seq from 0 on is announced exactly once, by
	// the worker that had it, also when no row of it was pushed. A worker's Seqs ascend.
	morselDone(seq uint64) error
}

// source gives rows in numbered morsels, which workers take in order and read in parallel.
type source interface {
	morsels() int
	// read pushes the rows of morsel m in batches of up to vector.Size rows; w is the worker's number. The batches
	// are the source's own and hold until push returns. push sets their Seq.
	read(ctx context.Context, w, m int, push func(*vector.Batch) error) error
}

// numbered is a source that may have given its batches the Seq they are to keep. What takes them must not go by morsels.
type numbered interface{ numbered() bool }

// breaker is a sink that keeps its rows, and once finished is the source of the next pipeline.
type breaker interface {
	sink
	source
	// release gives back the breaker's memory when the query no longer needs it.
	release()
}
