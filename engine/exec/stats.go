package exec

import (
	"sync/atomic"
	"time"

	"github.com/eau2db/eau2/engine/plan"
)

// Stats is what EXPLAIN ANALYZE shows: rows and time of each operator.
type Stats struct{ nodes map[plan.Node]*NodeStats }

// NodeStats is what one operator did. Time is summed over the workers and, for streaming operators, includes what they
// push into.
type NodeStats struct {
	Rows, Batches  atomic.Int64
	Time           atomic.Int64 // nanoseconds
	Chunks, Pruned atomic.Int64 // of a scan
}

// Elapsed returns the operator's time.
func (s *NodeStats) Elapsed() time.Duration { return time.Duration(s.Time.Load()) }
