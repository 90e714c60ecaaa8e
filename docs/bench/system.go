package main

import "context"

// A system is an eau2 or a DuckDB, in memory or on disk.
type system interface {
	Name() string
	// Drop removes a table if it is there.
	Drop(ctx context.Context, table string) error
	// Load reads a dataset's text into a new table and makes it durable, if the system is on disk.
	Load(ctx context.Context, d dataset) error
	// Run runs a statement to the end of its result, as cheaply as the system can.
	Run(ctx context.Context, sql string) error
	// Rows gives the rows of a result as bool, int64, float64, string or nil. row is valid during the call.
	Rows(ctx context.Context, sql string, row func([]any) error) error
	// Size is what the tables take in bytes, on disk or in memory.
	Size(ctx context.Context) (int64, error)
	Close() error
}
