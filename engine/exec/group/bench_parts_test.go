//go:build unix

package group

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// BenchmarkParts runs each query of BenchmarkH2O whole and in four parts, whose state is copied and merged, and gives the
// processor time of the parts as a multiple of the whole's: all, that of the first halves, and that of the second.
func BenchmarkParts(b *testing.B) {
	for _, q := range h2oQueries {
		b.Run(q.name, func(b *testing.B) {
			t := h2o()
			n := aggregateOf(t, q.keys, q.aggs(t))
			var best [4]time.Duration // whole, first halves, second, whole's rows
			for i := range best {
				best[i] = math.MaxInt64
			}
			bytes := 0
			b.ResetTimer()
			for range b.N {
				from := cpuTime()
				drive(b, n, t, 1)
				best[0] = min(best[0], cpuTime()-from)
				from = cpuTime()
				state := drivePartial(b, n, t)
				best[1] = min(best[1], cpuTime()-from)
				bytes = 0
				for _, s := range state {
					bytes += stateBytes(s)
				}
				from = cpuTime()
				driveMerge(b, n, state)
				best[2] = min(best[2], cpuTime()-from)
			}
			whole := float64(best[0])
			b.ReportMetric(float64(best[1]+best[2])/whole, "x-all")
			b.ReportMetric(float64(best[1])/whole, "x-first")
			b.ReportMetric(float64(best[2])/whole, "x-second")
			b.ReportMetric(whole/1e6, "ms-whole")
			b.ReportMetric(float64(bytes)/(1<<20), "MB")
			b.ReportMetric(0, "ns/op")
		})
	}
}

const benchParts = 4

// drivePartial returns the state of four parts.
func drivePartial(tb testing.TB, n *plan.Aggregate, t *fakeTable) (out []*vector.Batch) {
	const morsel = 16 * vector.Size
	for part := range benchParts {
		p, err := NewPartial(n, 1, nil)
		if err != nil {
			tb.Fatal(err)
		}
		var b vector.Batch
		for c := part; c < len(t.chunks); c += benchParts {
			for lo, rows := 0, t.ChunkRows(c); lo < rows; lo += vector.Size {
				b.SetWindow(t.chunks[c], lo, min(vector.Size, rows-lo))
				b.Seq = uint64(c*1000 + lo/morsel)
				if err := p.Worker(0).Push(&b); err != nil {
					tb.Fatal(err)
				}
			}
		}
		if err := p.Finish(context.Background()); err != nil {
			tb.Fatal(err)
		}
		for m := range p.Morsels() {
			err := p.Read(context.Background(), 0, m, func(b *vector.Batch) error {
				out = append(out, copied(b))
				return nil
			})
			if err != nil {
				tb.Fatal(err)
			}
		}
		p.Release()
	}
	return out
}

func driveMerge(tb testing.TB, n *plan.Aggregate, state []*vector.Batch) {
	a, err := New(n, 1, nil)
	if err != nil {
		tb.Fatal(err)
	}
	defer a.Release()
	for _, b := range state {
		if err := a.Worker(0).PushState(b); err != nil {
			tb.Fatal(err)
		}
	}
	if err := a.Finish(context.Background()); err != nil {
		tb.Fatal(err)
	}
	for m := range a.Morsels() {
		if err := a.Read(context.Background(), 0, m, func(*vector.Batch) error { return nil }); err != nil {
			tb.Fatal(err)
		}
	}
}

func stateBytes(b *vector.Batch) (n int) {
	for c := range b.Width() {
		v := b.Col(c)
		n += 8 * b.Len()
		if v.Type == column.String {
			for _, s := range v.Str {
				n += len(s) - 4
			}
		}
	}
	return n
}
