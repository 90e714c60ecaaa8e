package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/sql"
)

// FrameWriter makes a table of rows that it is given, in their order: by Row one at a time, by Slices many at once. Nothing is
// seen of the table before Commit. It may be used by several goroutines; each call's rows stay together then. One of Commit
// and Abort must be called.
type FrameWriter struct {
	engine *Engine
	name   string
	ctx    context.Context
	end    func()      // the engine need not wait for it any more
	ended  func() bool // forgets to abort when ctx ends

	mu   sync.Mutex
	w    *tableWriter
	row  []Value // the next
	err  error   // the first, which is that of Commit, too
	done bool
}

// Create starts a new table with these columns. The end of ctx, and that of the engine, is an Abort. ErrTableExists when the
// name is taken, now or at Commit.
func (e *Engine) Create(ctx context.Context, name string, columns []Column) (*FrameWriter, error) {
	return e.CreateAt(ctx, name, "", columns)
}

// CreateAt is Create of a table that has a copy of all of its rows on one node, its home, which is an id as Node.ID gives it, as long as
// that node lives: Local reads all of it there. With "" each node has some of the rows.
func (e *Engine) CreateAt(ctx context.Context, name, home string, columns []Column) (*FrameWriter, error) {
	if err := checkColumns(columns); err != nil {
		return nil, fmt.Errorf("create table %s: %w", name, err)
	}
	ctx, end, err := e.begin(ctx)
	if err != nil {
		return nil, err
	}
	columns = append([]Column(nil), columns...)
	t, err := e.newTableWriter(ctx, name, home, columns)
	if err != nil {
		end()
		return nil, refine(ctx, err)
	}
	w := &FrameWriter{engine: e, name: name, ctx: ctx, end: end, w: t, row: make([]Value, len(columns))}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = context.AfterFunc(ctx, func() { w.abort(refine(ctx, context.Cause(ctx))) })
	return w, nil
}

func checkColumns(columns []Column) error {
	if len(columns) == 0 {
		return errors.New("a table needs a column")
	}
	seen := map[string]bool{}
	for i, c := range columns {
		switch {
		case c.Name == "":
			return fmt.Errorf("column %d has no name", i)
		case seen[c.Name]:
			return fmt.Errorf("two columns are called %s", c.Name)
		case c.Type > String:
			return fmt.Errorf("column %s has no type", c.Name)
		}
		seen[c.Name] = true
	}
	return nil
}

// Row adds a row: a Go value a column, as Query takes them, nil for NULL. An INT goes into a FLOAT column, too.
func (w *FrameWriter) Row(values ...any) error {
	return w.add(func() error {
		if len(values) != len(w.row) {
			return fmt.Errorf("%d values for %d columns", len(values), len(w.row))
		}
		for i, v := range values {
			x, err := valueOf(v)
			if err == nil {
				w.row[i], err = fit(x, w.w.fields[i].Type)
			}
			if err != nil {
				return fmt.Errorf("column %s: %w", w.w.fields[i].Name, err)
			}
		}
		for i, b := range w.w.builders {
			b.Append(w.row[i])
		}
		return w.w.added(w.ctx)
	})
}

// fit makes a value one of a type.
func fit(v Value, t Type) (Value, error) {
	switch {
	case !v.Valid:
		return column.Null(t), nil
	case v.Type == Float && t == Float:
		return floatValue(v.Float)
	case v.Type == t:
		return v, nil
	case v.Type == Int && t == Float:
		return column.FloatValue(float64(v.Int)), nil
	}
	return Value{}, fmt.Errorf("%s %s is not %s", v.Type, v, t)
}

// Slices adds rows: a slice a column, in the order of the columns and with their names and types, all of one length.
func (w *FrameWriter) Slices(slices ...ColumnSlice) error {
	return w.add(func() error {
		n, err := checkSlices(w.w.fields, slices)
		if err != nil {
			return err
		}
		for at := 0; at < n; {
			step := min(n-at, w.w.room(), sliceRows)
			for i, s := range slices {
				s.add(w.w.builders[i], at, at+step)
			}
			at += step
			if err := w.w.added(w.ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// sliceRows is after how many rows of strings a chunk may be found to be full.
const sliceRows = 1 << 10

func (w *FrameWriter) add(f func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	if err := f(); err != nil {
		w.fail(refine(w.ctx, err))
	}
	return w.err
}

func (w *FrameWriter) fail(err error) { w.err = fmt.Errorf("write table %s: %w", w.name, err) }

var errWritten = errors.New("it has been committed or aborted")

// Commit makes the table known to all nodes, whole and for good, and returns it. After an error nothing is left of it.
func (w *FrameWriter) Commit(ctx context.Context) (*DataFrame, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		return nil, w.err
	}
	err := w.err
	if err == nil {
		err = w.w.commit(ctx)
	}
	if err := errors.Join(err, w.finish(errWritten)); err != nil {
		return nil, err
	}
	return w.engine.Table(w.name), nil
}

// Abort leaves nothing of the table. After Commit it does nothing.
func (w *FrameWriter) Abort() error { return w.abort(errWritten) }

func (w *FrameWriter) abort(why error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		return nil
	}
	return w.finish(why)
}

// finish removes what has not been committed; why is what rows get from now on. w.mu is held.
func (w *FrameWriter) finish(why error) error {
	w.done = true
	w.fail(why)
	err := w.w.abort()
	w.ended()
	w.end()
	return err
}

// FromSlices makes a table of columns.
func (e *Engine) FromSlices(ctx context.Context, name string, columns ...ColumnSlice) (*DataFrame, error) {
	fields := make([]Column, len(columns))
	for i, c := range columns {
		fields[i] = c.column
	}
	w, err := e.Create(ctx, name, fields)
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	if err := w.Slices(columns...); err != nil {
		return nil, err
	}
	return w.Commit(ctx)
}

// FromRows makes a table of rows, which it may ask for until ctx ends.
func (e *Engine) FromRows(ctx context.Context, name string, columns []Column, rows iter.Seq[[]Value]) (*DataFrame, error) {
	w, err := e.Create(ctx, name, columns)
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	row := make([]any, len(columns))
	for values := range rows {
		row = row[:0]
		for _, v := range values {
			row = append(row, v)
		}
		if err := w.Row(row...); err != nil {
			return nil, err
		}
	}
	return w.Commit(ctx)
}

// WaitTable is the table called name, as soon as there is one. It waits until then, or until ctx ends.
func (e *Engine) WaitTable(ctx context.Context, name string) (*DataFrame, error) {
	ctx, end, err := e.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	t, err := e.node.WaitTable(ctx, name)
	if err != nil {
		return nil, refine(ctx, err)
	}
	return e.Table(name), t.Release()
}

// Drop removes a table. Who reads it reads on. errors.Is finds ErrNoTable where there is none.
func (e *Engine) Drop(ctx context.Context, name string) error {
	err := e.node.Drop(ctx, name)
	if errors.Is(err, cluster.ErrNoTable) {
		return noTable{err}
	}
	return err
}

// noTable is a cluster.ErrNoTable that is ErrNoTable, too, and says it once.
type noTable struct{ error }

func (e noTable) Is(target error) bool { return target == ErrNoTable }
func (e noTable) Unwrap() error        { return e.error }

// Errors of tables.
var (
	ErrNoTable     = sql.ErrNoTable         // there is none of that name
	ErrTableExists = cluster.ErrTableExists // the name is taken
)
