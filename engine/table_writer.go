package engine

import (
	"context"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/column"
)

// dictLimit bounds the dictionary of a STRING column made by a statement; see column.DictBuilder.
const dictLimit = 1 << 20

// tableWriter makes a new table of rows that come one behind the other, for one goroutine.
type tableWriter struct {
	w         *cluster.Writer
	fields    []column.Field
	builders  []*column.Builder // of the chunk that grows
	dicts     []*column.DictBuilder
	chunk     int
	chunkRows int // that a chunk has at most, where it is not 0
}

// newTableWriter starts a table, with a copy on the node with the id home, if that is not "".
func (e *Engine) newTableWriter(ctx context.Context, name, home string, fields []column.Field) (*tableWriter, error) {
	w, err := e.node.CreateAt(ctx, name, home)
	if err != nil {
		return nil, err
	}
	t := &tableWriter{w: w, fields: fields, builders: make([]*column.Builder, len(fields)), dicts: make([]*column.DictBuilder, len(fields)), chunkRows: e.chunkRows}
	for i, f := range fields {
		if f.Type == column.String {
			t.dicts[i] = column.NewDictBuilder(dictLimit)
		}
		t.builders[i] = column.NewBuilder(f.Type, t.dicts[i])
	}
	return t, nil
}

// room returns how many rows the chunk still takes, apart from the size of its text.
func (t *tableWriter) room() int {
	most := column.ChunkRows
	if t.chunkRows > 0 {
		most = t.chunkRows
	}
	return max(most-t.builders[0].Len(), 1)
}

// added writes the chunk if it is full. It is called when all builders have had the same rows.
func (t *tableWriter) added(ctx context.Context) error {
	for _, b := range t.builders {
		if b.Full() || t.chunkRows > 0 && b.Len() >= t.chunkRows {
			return t.flush(ctx)
		}
	}
	return nil
}

func (t *tableWriter) flush(ctx context.Context) error {
	arrays := make([]*column.Array, len(t.builders))
	for i, b := range t.builders {
		arrays[i] = b.Finish()
	}
	t.chunk++
	return t.w.Write(ctx, t.chunk-1, arrays)
}

// commit writes what is left and makes the table known.
func (t *tableWriter) commit(ctx context.Context) error {
	if len(t.builders) > 0 && t.builders[0].Len() > 0 {
		if err := t.flush(ctx); err != nil {
			return err
		}
	}
	dicts := make([]*column.Dict, len(t.dicts))
	for i, d := range t.dicts {
		if d != nil {
			dicts[i] = d.Dict()
		}
	}
	table, err := t.w.Commit(ctx, t.fields, dicts)
	if err != nil {
		return err
	}
	return table.Release()
}

// abort leaves nothing of the table. After commit it does nothing.
func (t *tableWriter) abort() error { return t.w.Abort() }
