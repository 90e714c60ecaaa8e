package main

import (
	"context"
	"fmt"
	"io"

	"github.com/eau2db/eau2/engine"
)

// month is a function for SQL and for DataFrames.
var month = engine.RegisterFunc1("month_of", func(day string) string { return day[:7] })

// sold adds up the units of each product, in the columns 0 and 1.
var sold = engine.RegisterReduceByKey("sold", func(least int64, rows engine.Chunk, emit func(string, int64)) error {
	for row := range rows.Rows() {
		if !row.Null(0) && row.Int(1) >= least {
			emit(row.String(0), row.Int(1))
		}
	}
	return nil
}, func(a, b int64) int64 { return a + b })

// functions runs both next to the data.
func functions(ctx context.Context, out io.Writer, eng *engine.Engine) error {
	february := eng.Table("sales").Filter(month(engine.Col("day")).Eq("2024-02"))
	units, err := sold.Run(ctx, february.Select(engine.Col("product"), engine.Col("units")), 5)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, units)

	rows, err := eng.Query(ctx, "SELECT MONTH_OF(day) m, COUNT(*) FROM sales GROUP BY m ORDER BY m LIMIT 1")
	if err != nil {
		return err
	}
	defer rows.Close()
	for row := range rows.All() {
		fmt.Fprintln(out, row)
	}
	return rows.Err()
}
