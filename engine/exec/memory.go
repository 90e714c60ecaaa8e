package exec

import (
	"fmt"
	"sync/atomic"
)

// Memory is a budget that the queries of an engine share.
type Memory struct {
	limit  int64
	used   atomic.Int64
	parent *Memory // what is taken here is taken there too; nil has none
}

// NewMemory returns a budget of limit bytes.
func NewMemory(limit int64) *Memory { return &Memory{limit: limit} }

// Part returns a budget of limit bytes within m.
func (m *Memory) Part(limit int64) *Memory { return &Memory{limit: limit, parent: m} }

// ErrMemory says that a query needs more memory than the budget has left.
type ErrMemory struct {
	What        string
	Want, Limit int64
}

// Error names the operator and the option that raises the limit.
func (e *ErrMemory) Error() string {
	return fmt.Sprintf("out of memory: %s needs %d MB more than the budget of %d MB leaves (--memory raises it)", e.What, e.Want>>20, e.Limit>>20)
}

// Grow takes n more bytes for what, or gives an *ErrMemory. A nil Memory has no limit.
func (m *Memory) Grow(n int64, what string) error {
	if m == nil {
		return nil
	}
	if m.used.Add(n) > m.limit {
		m.used.Add(-n)
		return &ErrMemory{What: what, Want: n, Limit: m.limit}
	}
	if err := m.parent.Grow(n, what); err != nil {
		m.used.Add(-n)
		return err
	}
	return nil
}

// Shrink gives n bytes back.
func (m *Memory) Shrink(n int64) {
	if m != nil {
		m.used.Add(-n)
		m.parent.Shrink(n)
	}
}

// Used returns the bytes that are taken.
func (m *Memory) Used() int64 { return m.used.Load() }
