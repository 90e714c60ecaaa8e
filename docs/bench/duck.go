package main

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/big"
	"os"
	"runtime"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2" // the driver "duckdb"
)

// duck is a DuckDB database.
type duck struct {
	name, path string // path is "" in memory
	db         *sql.DB
	conn       *sql.Conn // the one connection: temporary tables belong to it
}

// openDuck opens an empty database, in memory when path is "".
func openDuck(ctx context.Context, name, path string) (*duck, error) {
	if path != "" {
		for _, p := range []string{path, path + ".wal"} {
			if err := os.RemoveAll(p); err != nil {
				return nil, err
			}
		}
	}
	db, err := sql.Open("duckdb", fmt.Sprintf("%s?threads=%d", path, runtime.GOMAXPROCS(0)))
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &duck{name, path, db, conn}, nil
}

func (d *duck) Name() string { return d.name }

func (d *duck) Drop(ctx context.Context, table string) error {
	if err := d.Run(ctx, "DROP TABLE IF EXISTS "+table); err != nil {
		return err
	}
	return d.checkpoint(ctx)
}

// checkpoint writes everything into the database file.
func (d *duck) checkpoint(ctx context.Context) error {
	if d.path == "" {
		return nil
	}
	return d.Run(ctx, "CHECKPOINT")
}

func (d *duck) Load(ctx context.Context, data dataset) error {
	var columns []string
	for _, f := range data.Columns {
		columns = append(columns, fmt.Sprintf("'%s': '%s'", f.Name, f.Type))
	}
	err := d.Run(ctx, fmt.Sprintf("CREATE TABLE %s AS SELECT * FROM read_csv('%s', header=true, auto_detect=false, delim=',', quote='', escape='', columns={%s})",
		data.Table, data.CSV, strings.Join(columns, ", ")))
	if err != nil {
		return err
	}
	return d.checkpoint(ctx)
}

func (d *duck) Run(ctx context.Context, text string) error {
	if _, err := d.conn.ExecContext(ctx, text); err != nil {
		return fmt.Errorf("%s: %s: %w", d.name, text, err)
	}
	return nil
}

func (d *duck) Rows(ctx context.Context, text string, row func([]any) error) error {
	rows, err := d.conn.QueryContext(ctx, text)
	if err != nil {
		return fmt.Errorf("%s: %s: %w", d.name, text, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	values, dest := make([]any, len(names)), make([]any, len(names))
	for i := range dest {
		dest[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		for i := range values {
			if values[i], err = plain(values[i]); err != nil {
				return fmt.Errorf("%s: column %s: %w", d.name, names[i], err)
			}
		}
		if err := row(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// plain turns what the driver scans into one of the types that system.Rows promises.
func plain(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool, int64, string:
		return v, nil
	case float64:
		if math.IsNaN(v) { // the correlation with a column that does not vary: NULL in eau2
			return nil, nil
		}
		return v, nil
	case int32:
		return int64(v), nil
	case *big.Int: // HUGEINT, the type of a sum of integers
		if v.IsInt64() {
			return v.Int64(), nil
		}
	}
	return nil, fmt.Errorf("unexpected value %v (%T)", v, v)
}

func (d *duck) Size(ctx context.Context) (size int64, err error) {
	if d.path != "" {
		info, err := os.Stat(d.path)
		if err != nil {
			return 0, err
		}
		return info.Size(), nil
	}
	err = d.conn.QueryRowContext(ctx, "SELECT sum(memory_usage_bytes)::BIGINT FROM duckdb_memory()").Scan(&size)
	return size, err
}

// version is DuckDB's version.
func (d *duck) version(ctx context.Context) (v string, err error) {
	err = d.conn.QueryRowContext(ctx, "SELECT version()").Scan(&v)
	return v, err
}

func (d *duck) Close() error {
	d.conn.Close()
	return d.db.Close()
}
