package main

import (
	"context"

	"github.com/eau2db/eau2/engine"
)

// session is what the shell asks of an engine. Its methods are called from one goroutine, but for Tables and
// Functions, which completion also calls while nothing runs.
type session interface {
	// Query runs one statement. Cancelling ctx ends it.
	Query(ctx context.Context, text string) (result, error)
	// Tables lists the tables by name.
	Tables(ctx context.Context) ([]engine.TableInfo, error)
	// Functions lists what can be called in a statement.
	Functions() []engine.FunctionInfo
	// WithProgress returns a context whose statements report to f how far they are.
	WithProgress(ctx context.Context, f func(engine.Progress)) context.Context
	Close() error
}

// result is the stream of rows a statement gives: *engine.Rows, or rows the shell made itself.
type result interface {
	Columns() []engine.Column
	Next() bool
	Value(i int) engine.Value
	Err() error
	Close() error
	Message() string
	Warnings() []string
}

// opener starts a session.
type opener func(ctx context.Context, o engine.Options) (session, error)

// engineSession is the session of an engine in this process.
type engineSession struct{ engine *engine.Engine }

// openEngine is the opener of engineSession.
func openEngine(ctx context.Context, o engine.Options) (session, error) {
	e, err := engine.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return engineSession{e}, nil
}

func (s engineSession) Query(ctx context.Context, text string) (result, error) {
	rows, err := s.engine.Query(ctx, text)
	if err != nil {
		return nil, err
	}
	return rows, nil
}

func (s engineSession) Tables(context.Context) ([]engine.TableInfo, error) {
	return s.engine.Tables(), nil
}

func (s engineSession) Functions() []engine.FunctionInfo { return engine.Functions() }

func (s engineSession) WithProgress(ctx context.Context, f func(engine.Progress)) context.Context {
	return engine.WithProgress(ctx, f)
}

func (s engineSession) Close() error { return s.engine.Close() }

// memoryResult is a result the shell makes itself, for .tables and its like.
type memoryResult struct {
	columns []engine.Column
	rows    [][]engine.Value
	next    int
}

func (r *memoryResult) Columns() []engine.Column { return r.columns }
func (r *memoryResult) Next() bool {
	if r.next >= len(r.rows) {
		return false
	}
	r.next++
	return true
}
func (r *memoryResult) Value(i int) engine.Value { return r.rows[r.next-1][i] }
func (r *memoryResult) Err() error               { return nil }
func (r *memoryResult) Close() error             { return nil }
func (r *memoryResult) Message() string          { return "" }
func (r *memoryResult) Warnings() []string       { return nil }
