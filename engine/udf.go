package engine

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"sync"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// Native is the Go type of a column's values: bool for BOOL, int64 for INT, float64 for FLOAT, string for STRING.
type Native interface {
	bool | int64 | float64 | string
}

func nativeType[T Native]() column.Type {
	var zero T
	switch any(zero).(type) {
	case bool:
		return column.Bool
	case int64:
		return column.Int
	case float64:
		return column.Float
	}
	return column.String
}

// nativeSlice returns the values of v, which has T's type.
func nativeSlice[T Native](v *vector.Vec) []T {
	var s any
	switch v.Type {
	case column.Bool:
		s = v.Bool
	case column.Int:
		s = v.Int
	case column.Float:
		s = v.Float
	default:
		s = v.Strings()
	}
	return s.([]T)
}

// Func1 applies a Go function to every value of x: Func1(strings.ToUpper, Col("name")). A NULL gives NULL, without a
// call. f is called from several goroutines. A panic in f ends the statement with an error.
func Func1[A, R Native](f func(A) R, x Expr) Expr {
	return userFunc(nativeType[R](), []column.Type{nativeType[A]()}, func(args []*vector.Vec, out *vector.Vec) {
		a, r := nativeSlice[A](args[0]), nativeSlice[R](out)
		for i, v := range a {
			if out.Null == nil || !out.Null[i] {
				r[i] = f(v)
			}
		}
	}, x)
}

// Func2 is Func1 for a function of two arguments.
func Func2[A, B, R Native](f func(A, B) R, x, y Expr) Expr {
	return userFunc(nativeType[R](), []column.Type{nativeType[A](), nativeType[B]()}, func(args []*vector.Vec, out *vector.Vec) {
		a, b, r := nativeSlice[A](args[0]), nativeSlice[B](args[1]), nativeSlice[R](out)
		for i, v := range a {
			if out.Null == nil || !out.Null[i] {
				r[i] = f(v, b[i])
			}
		}
	}, x, y)
}

func userFunc(result column.Type, args []column.Type, run func(args []*vector.Vec, out *vector.Vec), xs ...Expr) Expr {
	fn := &function.Func{Name: "func", Class: "user", Usage: "func"}
	fn.Overloads = []function.Overload{{Args: args, Result: result, Eval: func(args []*vector.Vec, out *vector.Vec) (err error) {
		defer userPanic(&err)
		run(args, out)
		if out.Type == column.Float {
			for i, f := range out.Float {
				if (math.IsNaN(f) || math.IsInf(f, 0)) && !out.IsNull(i) {
					return fmt.Errorf("a Go function returned %v, which is no FLOAT value", f)
				}
			}
		}
		return nil
	}}}
	return Expr{name: "func", bind: func(fields []column.Field) (plan.Expr, error) {
		bound, err := bindAll(xs, fields)
		if err != nil {
			return nil, err
		}
		return plan.NewCallOf(fn, bound...)
	}}
}

// userPanic turns a panic of the user's code into an error.
func userPanic(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic in a Go function of the user: %v\n%s", p, debug.Stack())
	}
}

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

// ForEachChunk runs the pipeline and calls f for its rows, some thousand at a time, in their order.
func (d *DataFrame) ForEachChunk(ctx context.Context, f func(Chunk) error) error {
	rows, err := d.Collect(ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	call := func() (err error) {
		defer userPanic(&err)
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
	defer userPanic(&err)
	var mu sync.Mutex
	states := map[int]T{}
	err = d.engine.forEachBatch(ctx, d.build, func(w int, b *vector.Batch) (err error) {
		defer userPanic(&err)
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
