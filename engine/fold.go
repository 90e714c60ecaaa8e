package engine

import (
	"context"
	"fmt"
	"sync"

	"github.com/eau2db/eau2/engine/exec"
	"github.com/eau2db/eau2/engine/fragment"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// Fold folds rows with Go functions: each worker begins with Start and adds its rows with Step, some thousand at a time and in no
// particular order; Merge joins what two workers have, in one process or in two. Start gives what changes nothing, as 0 does in
// a sum. Step and Merge may change and return their first argument, and Merge may keep the second. All three are called by several
// goroutines, each with a T of its own. An error or a panic in one of them ends the fold.
type Fold[T any] struct {
	Start func() T
	Step  func(T, Chunk) (T, error)
	Merge func(a, b T) (T, error)

	// Encode and Decode turn a T into what travels, and back. Where they are nil it is made by T's own MarshalBinary and
	// UnmarshalBinary if it has both, else by encoding/gob, which takes exported fields only.
	Encode func(T) ([]byte, error)
	Decode func([]byte) (T, error)
}

// Folding is a Fold that the program knows by a name, for arguments of type A; see RegisterFold.
type Folding[A, T any] struct{ *namedFolding[A, T] }

type namedFolding[A, T any] struct {
	name  string
	make  func(arg A) (Fold[T], error)
	check func() error // whether an argument can travel
}

// namedFold is a Folding for those who know its name only.
type namedFold interface {
	// serve folds the rows of a plan for an argument that has travelled, and returns the result as it travels.
	serve(ctx context.Context, arg []byte, n plan.Node, o exec.Options) ([]byte, error)
}

var folds = struct {
	sync.Mutex
	byName map[string]namedFold
}{byName: map[string]namedFold{}}

// RegisterFold gives the whole program, under a name, what makes the Fold for an argument. The argument travels to the nodes as a
// result does: by its own MarshalBinary, or by encoding/gob. RegisterFold is to be called when the program starts; a name that is
// registered already makes it panic.
//
//	var lengths = engine.RegisterFold("lengths", func(column int) (engine.Fold[int], error) {
//		return engine.Fold[int]{
//			Start: func() int { return 0 },
//			Step: func(sum int, c engine.Chunk) (int, error) {
//				for _, s := range c.Strings(column) {
//					sum += len(s)
//				}
//				return sum, nil
//			},
//			Merge: func(a, b int) (int, error) { return a + b, nil },
//		}, nil
//	})
//
//	n, err := lengths.Run(ctx, eng.Table("lines"), 0)
func RegisterFold[A, T any](name string, make func(arg A) (Fold[T], error)) Folding[A, T] {
	f := &namedFolding[A, T]{name: name, make: make, check: sync.OnceValue(travels[A])}
	folds.Lock()
	defer folds.Unlock()
	if folds.byName[name] != nil {
		panic(fmt.Sprintf("engine: a fold called %q is registered already", name))
	}
	folds.byName[name] = f
	return Folding[A, T]{f}
}

// Run folds the rows of d. What of d only chooses rows and computes columns, with SQL functions and registered ones, runs with the
// fold at the data: each node folds the chunks it is given on all its cores and sends its result. When a node is lost, others
// that have its chunks fold them again; the result is what it would have been. A pipeline that does more (sorts, groups, limits,
// joins, or calls functions that are not registered) gives its rows to the node that is asked, which folds them itself.
//
// All nodes have to run the same program: one that does not is an error that names it, and so is one that has not registered the
// fold. A panic is an error that names the node, the table's chunk and the first of the rows that Step was called for.
func (f Folding[A, T]) Run(ctx context.Context, d *DataFrame, arg A) (T, error) {
	total, err := f.run(ctx, d, arg)
	if err != nil {
		var zero T
		return zero, err
	}
	return total, nil
}

func (f *namedFolding[A, T]) run(ctx context.Context, d *DataFrame, arg A) (total T, err error) {
	e := d.engine
	ctx, end, err := e.begin(ctx)
	if err != nil {
		return total, err
	}
	defer end()
	tables := e.newTableSet()
	defer tables.release()
	n, err := d.build(&builder{ctx: ctx, tables: tables})
	if err != nil {
		return total, err
	}
	if n, err = e.optimize(ctx, n); err != nil {
		return total, err
	}
	fold, err := f.of(arg)
	if err != nil {
		return total, e.named(err)
	}
	if len(e.node.Members()) > 1 && fragment.Streams(n, elsewhere) {
		total, err = f.runAtData(ctx, e, n, fold, arg)
	} else if n, err = e.distribute(n); err == nil {
		total, err = fold.rows(ctx, n, e.execOptions(ctx))
	}
	return total, refine(ctx, e.named(err))
}

// of makes the Fold for an argument.
func (f *namedFolding[A, T]) of(arg A) (_ *folder[T], err error) {
	defer userPanic(&err, "fold "+f.name, vector.Place{})
	fold, err := f.make(arg)
	if err != nil {
		return nil, fmt.Errorf("fold %s: %w", f.name, err)
	}
	if fold.Encode == nil || fold.Decode == nil {
		fold.Encode, fold.Decode = encodeValue[T], decodeValue[T]
		err = travels[T]()
	}
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return nil, fmt.Errorf("fold %s: %w", f.name, err)
	}
	return &folder[T]{fold, f.name}, nil
}

// folder runs a Fold, whose panics are errors.
type folder[T any] struct {
	Fold[T]
	name string
}

// rows folds the rows of a plan.
func (f *folder[T]) rows(ctx context.Context, n plan.Node, o exec.Options) (total T, err error) {
	type worker struct {
		state T
		begun bool
	}
	workers := make([]worker, o.ThreadCount())
	err = exec.Each(ctx, n, o, func(w int, b *vector.Batch) (err error) {
		defer userPanic(&err, "fold "+f.name, b.Place)
		s := &workers[w]
		if !s.begun {
			s.state, s.begun = f.Start(), true
		}
		if s.state, err = f.Step(s.state, Chunk{b}); err != nil {
			return fmt.Errorf("fold %s: %w", f.name, err)
		}
		return nil
	})
	if err != nil {
		return total, err
	}
	var states []T
	for _, w := range workers {
		if w.begun {
			states = append(states, w.state)
		}
	}
	return f.join(states)
}

// join merges results, in their order.
func (f *folder[T]) join(states []T) (total T, err error) {
	defer userPanic(&err, "fold "+f.name, vector.Place{})
	if len(states) == 0 {
		return f.Start(), nil
	}
	total = states[0]
	for _, s := range states[1:] {
		if total, err = f.Merge(total, s); err != nil {
			return total, fmt.Errorf("fold %s: %w", f.name, err)
		}
	}
	return total, nil
}
