package engine

import (
	"context"
	"iter"
	"sync"

	"github.com/eau2db/eau2/engine/vector"
)

// Chunk is a range of rows of a running DataFrame, all columns, for a Go function. It and its slices are valid only
// during the call.
type Chunk struct{ batch *vector.Batch }

// Len returns the number of rows.
func (c Chunk) Len() int { return c.batch.Len() }

// Bools returns the values of column i, a BOOL column. The value of a NULL row is undefined: see Nulls.
func (c Chunk) Bools(i int) []bool { return c.batch.Col(i).Bool }

// Ints returns the values of column i, an INT column.
func (c Chunk) Ints(i int) []int64 { return c.batch.Col(i).Int }

// Floats returns the values of column i, a FLOAT column.
func (c Chunk) Floats(i int) []float64 { return c.batch.Col(i).Float }

// Strings returns the values of column i, a STRING column. Clone a string to keep it.
func (c Chunk) Strings(i int) []string { return c.batch.Col(i).Strings() }

// Nulls says which rows of column i are NULL; it is nil when none is.
func (c Chunk) Nulls(i int) []bool { return c.batch.Col(i).Null }

// Rows iterates over the rows one at a time, which is easier to write than a loop over each column's slice, and some times slower:
//
//	for row := range c.Rows() {
//		if !row.Null(0) {
//			sum += row.Int(0)
//		}
//	}
func (c Chunk) Rows() iter.Seq[Row] {
	return func(yield func(Row) bool) {
		for i := range c.batch.Len() {
			if !yield(Row{c.batch, i}) {
				return
			}
		}
	}
}

// Row is one row of a Chunk. It is valid only during the call that has the Chunk.
type Row struct {
	batch *vector.Batch
	i     int
}

// Index returns the row's number in its Chunk.
func (r Row) Index() int { return r.i }

// Null reports whether column i is NULL.
func (r Row) Null(i int) bool { return r.batch.Col(i).IsNull(r.i) }

// Bool returns the value of column i, a BOOL column; it is undefined where that is NULL.
func (r Row) Bool(i int) bool { return r.batch.Col(i).Bool[r.i] }

// Int returns the value of column i, an INT column.
func (r Row) Int(i int) int64 { return r.batch.Col(i).Int[r.i] }

// Float returns the value of column i, a FLOAT column.
func (r Row) Float(i int) float64 { return r.batch.Col(i).Float[r.i] }

// String returns the value of column i, a STRING column. Clone it to keep it.
func (r Row) String(i int) string { return r.batch.Col(i).Strings()[r.i] }

// ForEachChunk runs the pipeline and calls f for its rows, some thousand at a time, in their order.
func (d *DataFrame) ForEachChunk(ctx context.Context, f func(Chunk) error) error {
	rows, err := d.Collect(ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	call := func() (err error) {
		defer userPanic(&err, "a Go function", rows.batch.Place)
		return f(Chunk{rows.batch})
	}
	for rows.nextBatch() {
		if err := call(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Reduce runs the pipeline on all cores and folds its rows: every worker begins with start() and adds its chunks, in no
// particular order, with step; merge then joins the workers' results. step and merge may change and return their first
// argument. Where a function fails or panics the result is T's zero value and an error.
func Reduce[T any](ctx context.Context, d *DataFrame, start func() T, step func(T, Chunk) (T, error), merge func(a, b T) T) (total T, err error) {
	defer userPanic(&err, "Reduce", vector.Place{})
	var mu sync.Mutex
	states := map[int]T{}
	err = d.engine.forEachBatch(ctx, d.build, func(w int, b *vector.Batch) (err error) {
		defer userPanic(&err, "Reduce", b.Place)
		mu.Lock()
		s, ok := states[w]
		mu.Unlock()
		if !ok {
			s = start()
		}
		s, err = step(s, Chunk{b})
		mu.Lock()
		states[w] = s
		mu.Unlock()
		return err
	})
	if err != nil {
		return total, err
	}
	total = start()
	for _, s := range states {
		total = merge(total, s)
	}
	return total, nil
}
