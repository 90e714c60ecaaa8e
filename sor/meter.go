package sor

import (
	"sync"
	"sync/atomic"
	"time"
)

// meter tells the caller how far a read has come.
type meter struct {
	bytes, rows atomic.Int64
	total       int64
	plain       bool // bytes are those of the text; else whoever reads the file counts them

	report func(Progress)
	mu     sync.Mutex
	last   time.Time
}

// interval is the least time between two calls of Options.Progress.
const interval = 100 * time.Millisecond

func newMeter(in *Input, o *Options) *meter {
	m := &meter{report: o.Progress, plain: in.source != nil, last: time.Now()}
	all := o.Sample < 0 && o.Schema == nil && (len(o.Columns) == 0 || !allTyped(o.Columns))
	switch {
	case m.plain:
		m.total = o.total(in.source.Size())
		if all {
			m.total += in.source.Size()
		}
	case o.From == 0 && o.Len == 0:
		m.total = in.size
		if all {
			m.total *= 2
		}
	}
	return m
}

// add counts what has been read and tells the caller now and then.
func (m *meter) add(bytes, rows int64) {
	if m.plain {
		m.bytes.Add(bytes)
	}
	m.rows.Add(rows)
	if m.report == nil || !m.mu.TryLock() {
		return
	}
	defer m.mu.Unlock()
	if now := time.Now(); now.Sub(m.last) >= interval {
		m.last = now
		m.report(m.progress())
	}
}

// finish tells the caller that all is read.
func (m *meter) finish() {
	if m.report == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.progress()
	if p.Total > 0 {
		p.Bytes = p.Total
	}
	m.report(p)
}

// progress returns how far the read is. A slice is read to the end of its last row, beyond its own end.
func (m *meter) progress() Progress {
	p := Progress{Bytes: m.bytes.Load(), Total: m.total, Rows: m.rows.Load()}
	if p.Total > 0 {
		p.Bytes = min(p.Bytes, p.Total)
	}
	return p
}
