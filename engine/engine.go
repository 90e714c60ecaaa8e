package engine

import (
	"context"
	"iter"
	"log/slog"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/sor"
)

// Options of an Engine. The zero value is in memory, on all cores, with 70 % of the machine's memory.
type Options struct {
	Dir     string // keep tables here; "" is in memory
	Memory  int64  // budget of all queries in bytes; 0 is 70 % of the machine's memory
	Threads int    // workers a query; 0 is one per core
	Logger  *slog.Logger
}

// Engine is a set of tables and what runs queries over them. It may be used by any number of goroutines.
type Engine struct{}

// Type is the type of a column: Bool, Int, Float or String.
type Type = column.Type

// The four types.
const (
	Bool   = column.Bool
	Int    = column.Int
	Float  = column.Float
	String = column.String
)

// Value is one value or a typed NULL.
type Value = column.Value

// Column names and types a column of a result or table.
type Column = column.Field

// Open starts an engine. Close it when done.
func Open(ctx context.Context, o Options) (*Engine, error) { panic("contract") }

// Close ends running queries, waits for them and releases the directory.
func (e *Engine) Close() error { panic("contract") }

// LoadOptions say how to read a file; the zero value infers the schema.
type LoadOptions struct {
	Columns []sor.Column
	// … as sor.Options
	Progress func(Progress)
}

// Progress of a load or query.
type Progress struct {
	Statement    string // "LOAD", "SELECT"
	Bytes, Total int64  // bytes read and in all, of a load; Total 0 is unknown
	Rows         int64
	TotalRows    int64 // of a query's scans
	Elapsed      time.Duration
}

// Query runs one statement, of any kind, and returns its rows, which stream: the statement may still be running.
// Close the Rows. args replace the statement's ? in order (bool, ints, floats, string, nil), or sql.Named ones :name.
func (e *Engine) Query(ctx context.Context, text string, args ...any) (*Rows, error) {
	panic("contract")
}

// Rows is the result of a statement, for one goroutine.
type Rows struct{}

// Columns returns names and types of the result's columns; none for statements that give no rows.
func (r *Rows) Columns() []Column { panic("contract") }

// Next steps to the next row and says whether there is one. After false, Err tells why.
func (r *Rows) Next() bool { panic("contract") }

// Value returns column i of the current row. A string is valid until Next unless cloned.
func (r *Rows) Value(i int) Value { panic("contract") }

// Scan copies the current row into pointers to bool, int types, float types, string, any, Value, or pointers to those for NULLs.
func (r *Rows) Scan(dest ...any) error { panic("contract") }

// All iterates over the rows; look at Err after it.
func (r *Rows) All() iter.Seq[[]Value] { panic("contract") }

// Arrow returns the remaining rows as an Arrow record reader.
func (r *Rows) Arrow() (array.RecordReader, error) { panic("contract") }

// Err returns what ended the rows early, or nil.
func (r *Rows) Err() error { panic("contract") }

// Close ends the statement if it still runs. It returns Err.
func (r *Rows) Close() error { panic("contract") }

// Message says what a statement without rows did ("1,000 rows loaded into t"), or is empty.
func (r *Rows) Message() string { panic("contract") }

// Warnings lists what the user should know: dropped rows, nulled values, hints.
func (r *Rows) Warnings() []string { panic("contract") }

// WithProgress returns a context whose statements report their progress to f, at most 10 times a second.
func WithProgress(ctx context.Context, f func(Progress)) context.Context { panic("contract") }

// Split cuts a script at its semicolons into statements, leaving out blank and comment-only pieces. rest is the
// last, unfinished piece (no semicolon, an open quote or comment), which a shell keeps reading lines for.
func Split(script string) (stmts []string, rest string) { panic("contract") }

// Error is an error of a statement: where in its text, what, and where it helps a suggestion.
type Error struct {
	Statement string // the text
	Pos       int    // byte offset in Statement, -1 when there is none
	Line, Col int    // from 1; in characters
	Msg       string
	Hint      string // "did you mean author?", or empty
	Err       error  // cause, may be nil
}

// Error returns the message with line and column.
func (e *Error) Error() string { return e.Msg }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Detail returns the message, the statement's line with a caret below the place, and the hint.
func (e *Error) Detail() string { panic("contract") }

// FunctionInfo documents a function for SHOW FUNCTIONS and completion.
type FunctionInfo struct{ Name, Class, Usage, Doc string }

// Functions lists all functions and aggregates.
func Functions() []FunctionInfo { panic("contract") }

// TableInfo describes a table.
type TableInfo struct {
	Name    string
	Columns []Column
	Rows    int64
	Chunks  int
	Bytes   int64
}

// Tables lists the tables by name.
func (e *Engine) Tables() []TableInfo { panic("contract") }
