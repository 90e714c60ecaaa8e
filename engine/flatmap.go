package engine

import (
	"fmt"
	"math"

	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// RegisterFlatMap registers a function that makes any number of values of each row, and returns what applies it: a DataFrame with a row
// for each value, which has the columns of the row that it was made of and behind them the value, in a column of the given name.
//
//	var words = engine.RegisterFlatMap("words", func(c engine.Chunk, emit func(row int, word string)) error {
//		for row, text := range c.Strings(0) {
//			for word := range strings.FieldsSeq(text) {
//				emit(row, word)
//			}
//		}
//		return nil
//	})
//
//	count := words(lines.Select(engine.Col("line")), "word").GroupBy("word").Agg(engine.Count())
//
// row is the number of a row in the Chunk; it must not be less than that of the call before. The rows of the result keep the order
// of the calls. It runs at the data as a function of RegisterFunc1 does. All columns are copied for each value: Select those that
// are needed first.
func RegisterFlatMap[R Native](name string, f func(c Chunk, emit func(row int, v R)) error) func(d *DataFrame, column string) *DataFrame {
	fn := &function.Flat{Name: name, Result: nativeType[R](), New: func() function.FlatRun { return (&flatRun[R]{name: name, f: f}).run }}
	if err := function.RegisterFlat(fn); err != nil {
		panic("engine: " + err.Error())
	}
	return func(d *DataFrame, column string) *DataFrame {
		return d.then(func(in plan.Node) (plan.Node, error) {
			return &plan.FlatMap{Input: in, Func: fn, Name: column}, nil
		})
	}
}

// flatRun calls the function for one worker.
type flatRun[R Native] struct {
	name   string
	f      func(c Chunk, emit func(row int, v R)) error
	rows   []int32
	values []R
	out    vector.Vec
}

func (r *flatRun[R]) run(b *vector.Batch, push func(rows []int32, values *vector.Vec) error) (err error) {
	defer userPanic(&err, "FlatMap "+r.name, b.Place)
	r.rows, r.values = r.rows[:0], r.values[:0]
	last, n := 0, b.Len()
	var failed error // of push: what is emitted behind it does not matter
	err = r.f(Chunk{b}, func(row int, v R) {
		if row < last || row >= n {
			panic(fmt.Sprintf("row %d of %d is emitted behind row %d", row, n, last))
		}
		last = row
		r.rows, r.values = append(r.rows, int32(row)), append(r.values, v)
		if len(r.rows) == vector.Size && failed == nil {
			failed = r.flush(push)
		}
	})
	switch {
	case failed != nil:
		return failed
	case err != nil:
		return fmt.Errorf("FlatMap %s: %w", r.name, err)
	}
	return r.flush(push)
}

// flush pushes what was emitted.
func (r *flatRun[R]) flush(push func(rows []int32, values *vector.Vec) error) error {
	if len(r.rows) == 0 {
		return nil
	}
	r.out.Reset(nativeType[R](), len(r.values))
	copy(nativeSlice[R](&r.out), r.values)
	for _, f := range r.out.Float {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("FlatMap %s: %v is no FLOAT value", r.name, f)
		}
	}
	err := push(r.rows, &r.out)
	r.rows, r.values = r.rows[:0], r.values[:0]
	return err
}
