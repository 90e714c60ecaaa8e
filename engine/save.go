package engine

import (
	"context"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// save makes a new table of the rows, which it reads to their end.
func (e *Engine) save(ctx context.Context, name string, r *Rows) (rows int64, err error) {
	w, err := e.newTableWriter(ctx, name, "", r.fields)
	if err != nil {
		return 0, err
	}
	defer w.abort()
	for r.nextBatch() {
		for i, b := range w.builders {
			appendVec(b, r.batch.Col(i))
		}
		rows += int64(r.batch.Len())
		if err := w.added(ctx); err != nil {
			return 0, err
		}
	}
	if r.err != nil {
		return 0, r.err
	}
	return rows, w.commit(ctx)
}

// appendVec appends the rows of v to b.
func appendVec(b *column.Builder, v *vector.Vec) {
	n, from := v.Len(), b.Len()
	switch v.Type {
	case column.Bool:
		copy(b.ExtendBools(n), v.Bool)
	case column.Int:
		copy(b.ExtendInts(n), v.Int)
	case column.Float:
		copy(b.ExtendFloats(n), v.Float)
	case column.String:
		for i, s := range v.Strings() {
			if v.IsNull(i) {
				b.AppendNull()
			} else {
				b.AppendString(s)
			}
		}
		return
	}
	for i, null := range v.Null {
		if null {
			b.SetNull(from + i)
		}
	}
}
