package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/eau2db/eau2/engine"
)

// eau2 is an eau2 engine.
type eau2 struct {
	name, dir string // dir is "" in memory
	engine    *engine.Engine
}

// openEau2 opens an engine without tables, in memory when dir is "".
func openEau2(ctx context.Context, name, dir string) (*eau2, error) {
	if dir != "" {
		if err := os.RemoveAll(dir); err != nil {
			return nil, err
		}
	}
	e, err := engine.Open(ctx, engine.Options{Dir: dir})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &eau2{name, dir, e}, nil
}

func (e *eau2) Name() string { return e.name }

func (e *eau2) Drop(ctx context.Context, table string) error {
	return e.Run(ctx, "DROP TABLE IF EXISTS "+table)
}

func (e *eau2) Load(ctx context.Context, d dataset) error { return e.Run(ctx, loadOf(d)) }

func loadOf(d dataset) string {
	return fmt.Sprintf("LOAD '%s' INTO %s (%s)", d.SoR, d.Table, d.names())
}

func (e *eau2) Run(ctx context.Context, text string) error { return runOn(ctx, e.name, e.engine, text) }

func (e *eau2) Rows(ctx context.Context, text string, row func([]any) error) error {
	return rowsOf(ctx, e.name, e.engine, text, row)
}

// querier is an engine here or elsewhere.
type querier interface {
	Query(ctx context.Context, text string, args ...any) (*engine.Rows, error)
}

// runOn takes the result as a stream of chunks, in the form the engine has them in.
func runOn(ctx context.Context, name string, q querier, text string) error {
	rows, err := q.Query(ctx, text)
	if err == nil {
		defer rows.Close()
		for range rows.Chunks() {
		}
		err = rows.Close()
	}
	if err != nil {
		return fmt.Errorf("%s: %s: %w", name, text, err)
	}
	return nil
}

func rowsOf(ctx context.Context, name string, q querier, text string, row func([]any) error) error {
	rows, err := q.Query(ctx, text)
	if err != nil {
		return fmt.Errorf("%s: %s: %w", name, text, err)
	}
	defer rows.Close()
	values := make([]any, len(rows.Columns()))
	for rows.Next() {
		for i := range values {
			values[i] = rows.Value(i).Any()
		}
		if err := row(values); err != nil {
			return err
		}
	}
	return rows.Close()
}

func (e *eau2) Size(context.Context) (size int64, err error) {
	if e.dir == "" {
		for _, t := range e.engine.Tables() {
			size += t.Bytes
		}
		return size, nil
	}
	err = filepath.WalkDir(e.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}

func (e *eau2) Close() error { return e.engine.Close() }
