package engine

import (
	stdsql "database/sql"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"strings"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// Rows is the result of a statement, for one goroutine. Read it with Next and Scan or Value, with All, or with Arrow, and
// close it.
type Rows struct {
	fields   []column.Field
	stream   batches // nil when there are no rows to come
	batch    *vector.Batch
	row      int
	err      error
	message  string
	warnings []string
	end      func()            // the statement is over
	refine   func(error) error // puts an error into the statement's terms
}

// batches are where the rows come from: a running plan, or a connection.
type batches interface {
	// Next returns the next batch, which is the caller's to keep, or io.EOF after the last.
	Next() (*vector.Batch, error)
	// Close ends what makes the batches.
	Close() error
}

// Columns returns names and types of the result's columns; none for a statement that gives no rows.
func (r *Rows) Columns() []Column { return r.fields }

// Next steps to the next row and says whether there is one. After false, Err tells why.
func (r *Rows) Next() bool {
	r.row++
	for r.batch == nil || r.row >= r.batch.Len() {
		if !r.nextBatch() {
			return false
		}
		r.row = 0
	}
	return true
}

func (r *Rows) nextBatch() bool {
	if r.stream == nil || r.err != nil {
		r.batch = nil
		return false
	}
	b, err := r.stream.Next()
	r.batch = b
	if err != nil {
		r.batch = nil
		if !errors.Is(err, io.EOF) {
			r.err = r.refine(err)
		}
		r.finish()
		return false
	}
	return true
}

// Value returns column i of the current row; NULL where there is no row.
func (r *Rows) Value(i int) Value {
	if r.batch == nil {
		return column.Null(r.fields[i].Type)
	}
	v := r.batch.Col(i).Value(r.row)
	v.Str = strings.Clone(v.Str)
	return v
}

// Scan copies the current row into dest, one pointer a column: to bool, an integer or float type, string, []byte, any or
// Value, or a Scanner of database/sql. A NULL needs a pointer to a pointer, to any or to Value, or a Scanner such as
// sql.Null; a number that does not fit is an error.
func (r *Rows) Scan(dest ...any) error {
	if r.batch == nil {
		return errors.New("scan: no row; call Next first")
	}
	if len(dest) != len(r.fields) {
		return fmt.Errorf("scan: %d destinations for %d columns", len(dest), len(r.fields))
	}
	for i, d := range dest {
		if err := assign(d, r.Value(i)); err != nil {
			return fmt.Errorf("scan: column %s: %w", r.fields[i].Name, err)
		}
	}
	return nil
}

func assign(dest any, v Value) error {
	p := reflect.ValueOf(dest)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return fmt.Errorf("the destination is %T, not a pointer to a value", dest)
	}
	switch d := dest.(type) {
	case *Value:
		*d = v
		return nil
	case *any:
		*d = v.Any()
		return nil
	case stdsql.Scanner:
		return d.Scan(v.Any())
	case *int64:
		if v.Valid && v.Type == Int {
			*d = v.Int
			return nil
		}
	case *float64:
		if v.Valid && v.Type == Float {
			*d = v.Float
			return nil
		}
	case *string:
		if v.Valid {
			*d = v.String()
			return nil
		}
	}
	return assignReflect(p.Elem(), v)
}

func assignReflect(d reflect.Value, v Value) error {
	if d.Kind() == reflect.Pointer {
		if !v.Valid {
			d.SetZero()
			return nil
		}
		d.Set(reflect.New(d.Type().Elem()))
		return assignReflect(d.Elem(), v)
	}
	if !v.Valid {
		return fmt.Errorf("NULL does not fit %s; use a pointer to it", d.Type())
	}
	switch {
	case d.Kind() == reflect.Bool && v.Type == Bool:
		d.SetBool(v.Int != 0)
	case d.CanInt() && v.Type != Float && v.Type != String && !d.OverflowInt(v.Int):
		d.SetInt(v.Int)
	case d.CanUint() && v.Type != Float && v.Type != String && v.Int >= 0 && !d.OverflowUint(uint64(v.Int)):
		d.SetUint(uint64(v.Int))
	case d.CanFloat() && v.Type == Float && !d.OverflowFloat(v.Float):
		d.SetFloat(v.Float)
	case d.CanFloat() && v.Type != String && v.Type != Float:
		d.SetFloat(float64(v.Int))
	case d.Kind() == reflect.String:
		d.SetString(v.String())
	case d.Kind() == reflect.Slice && d.Type().Elem().Kind() == reflect.Uint8 && v.Type == String:
		d.SetBytes([]byte(v.Str))
	default:
		return fmt.Errorf("%s %s does not fit %s", v.Type, v, d.Type())
	}
	return nil
}

// All iterates over the remaining rows. Each slice is the caller's. Look at Err after it.
func (r *Rows) All() iter.Seq[[]Value] {
	return func(yield func([]Value) bool) {
		for r.Next() {
			row := make([]Value, len(r.fields))
			for i := range row {
				row[i] = r.Value(i)
			}
			if !yield(row) {
				return
			}
		}
	}
}

// Chunks iterates over the remaining rows some thousand at a time, without a copy or conversion: the fastest way to read a
// result. A Chunk is valid until the next one. Look at Err after it.
func (r *Rows) Chunks() iter.Seq[Chunk] {
	return func(yield func(Chunk) bool) {
		for r.nextBatch() {
			if !yield(Chunk{r.batch}) {
				return
			}
		}
	}
}

// Err returns what ended the rows early, or nil.
func (r *Rows) Err() error { return r.err }

// Message says what a statement without rows did, such as "t: 1000 rows loaded"; it is empty for a query.
func (r *Rows) Message() string { return r.message }

// Warnings lists what the user should know: dropped rows, values that became NULL.
func (r *Rows) Warnings() []string { return r.warnings }

// Close ends the statement if it still runs, and returns Err. There are no rows after it.
func (r *Rows) Close() error {
	r.finish()
	r.batch = nil
	return r.err
}

func (r *Rows) finish() {
	if r.stream != nil {
		r.stream.Close()
		r.stream = nil
	}
	if r.end != nil {
		r.end()
		r.end = nil
	}
}
