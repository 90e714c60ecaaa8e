package column

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// appendStream appends the columns as an Arrow IPC stream of one record batch.
func appendStream(dst []byte, schema *arrow.Schema, columns ...arrow.Array) ([]byte, error) {
	out := appender{dst}
	w := ipc.NewWriter(&out, ipc.WithSchema(schema))
	batch := array.NewRecordBatch(schema, columns, int64(columns[0].Len()))
	defer batch.Release()
	if err := w.Write(batch); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.b, nil
}

// appender is a writer to the end of a slice.
type appender struct{ b []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.b = append(a.b, p...)
	return len(p), nil
}
