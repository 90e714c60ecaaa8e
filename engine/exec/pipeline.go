package exec

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/engine/vector"
)

// pipeline moves all rows of src into s with up to the query's threads, and finishes s. An error of a worker cancels
// the whole query, so that nobody waits for that worker.
func (q *query) pipeline(src source, s sink) error {
	ctx := q.ctx
	morsels := int64(src.morsels())
	workers := int(min(int64(q.threads), max(morsels, 1)))
	var next atomic.Int64
	g, gctx := errgroup.WithContext(ctx)
	for w := range workers {
		g.Go(func() (err error) {
			defer func() {
				// Canceled is the echo of another worker's error or errStop, or of the end of the query.
				if err != nil && !errors.Is(err, errStop) && !errors.Is(err, context.Canceled) {
					q.cancel(err)
				}
			}()
			defer recovered(&err)
			sw, err := s.worker(w)
			if err != nil {
				return err
			}
			for m := next.Add(1) - 1; m < morsels; m = next.Add(1) - 1 {
				if err := readMorsel(gctx, src, sw, w, int(m)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil && !errors.Is(err, errStop) {
		return context.Cause(ctx)
	}
	return s.finish(ctx)
}

func readMorsel(ctx context.Context, src source, sw sinkWorker, w, m int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	stop := ctx.Err
	own, _ := src.(numbered)
	keep := own != nil && own.numbered()
	err := src.read(ctx, w, m, func(b *vector.Batch) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		b.Stop = stop
		if !keep {
			b.Seq = uint64(m)
		}
		return sw.push(b)
	})
	if err != nil {
		return err
	}
	return sw.morselDone(uint64(m))
}

// recovered turns a panic of a worker into an error: a defect of ours must not take the user's process with it.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("internal error: %v\n%s", p, debug.Stack())
	}
}
