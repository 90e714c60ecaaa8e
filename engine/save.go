package engine

import (
	"context"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// dictLimit bounds the dictionary of a STRING column made by a statement; see column.DictBuilder.
const dictLimit = 1 << 20

// save makes a new table of the rows, which it reads to their end.
func (e *Engine) save(ctx context.Context, name string, r *Rows) (rows int64, err error) {
	w, err := e.node.Create(ctx, name)
	if err != nil {
		return 0, err
	}
	defer w.Abort()
	builders := make([]*column.Builder, len(r.fields))
	dicts := make([]*column.DictBuilder, len(r.fields))
	for i, f := range r.fields {
		if f.Type == column.String {
			dicts[i] = column.NewDictBuilder(dictLimit)
		}
		builders[i] = column.NewBuilder(f.Type, dicts[i])
	}
	chunk := 0
	flush := func() error {
		arrays := make([]*column.Array, len(builders))
		for i, b := range builders {
			arrays[i] = b.Finish()
		}
		chunk++
		return w.Write(ctx, chunk-1, arrays)
	}
	full := false
	for r.nextBatch() {
		for i, b := range builders {
			appendVec(b, r.batch.Col(i))
			full = full || b.Full() || e.chunkRows > 0 && b.Len() >= e.chunkRows
		}
		rows += int64(r.batch.Len())
		if full {
			full = false
			if err := flush(); err != nil {
				return 0, err
			}
		}
	}
	if r.err != nil {
		return 0, r.err
	}
	if len(builders) > 0 && builders[0].Len() > 0 {
		if err := flush(); err != nil {
			return 0, err
		}
	}
	done := make([]*column.Dict, len(dicts))
	for i, d := range dicts {
		if d != nil {
			done[i] = d.Dict()
		}
	}
	t, err := w.Commit(ctx, r.fields, done)
	if err != nil {
		return 0, err
	}
	t.Release()
	return rows, nil
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
