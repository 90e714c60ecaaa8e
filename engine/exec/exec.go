package exec

import (
	"errors"
	"runtime"
	"sync/atomic"
)

// errStop ends a pipeline whose sink needs no more rows.
var errStop = errors.New("exec: no more rows wanted")

// Options of a query.
type Options struct {
	Threads int           // 0 is one per core
	Memory  *Memory       // nil is no limit
	Stats   *Stats        // filled for EXPLAIN ANALYZE, nil to leave out
	Rows    *atomic.Int64 // rows scanned so far, for progress; may be nil
	Remote  Distributor   // who runs the plan's Remotes; nil runs them here

	Shuffled Shuffled // the rows of the plan's Shuffle, of which it then has one; nil runs that here, whole

	// Chunks are those that the plan, which then has one Scan, is to read of the chunks that the Scan lists; nil is all.
	// The Seq of a result's batch is then the number that its morsel has in a run over all.
	Chunks     []int
	Partitions int    // of the state that a plan.Partial gives: see group.Partition; 0 is 1
	Done       func() // called when the query has ended and its goroutines are gone; may be nil
}

// ThreadCount returns the number of workers that a query gets.
func (o Options) ThreadCount() int {
	if o.Threads > 0 {
		return o.Threads
	}
	return runtime.GOMAXPROCS(0)
}
