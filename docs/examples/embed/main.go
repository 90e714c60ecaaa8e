// Command embed queries a SoR file from Go.
//
//	go run ./docs/examples/embed docs/examples/sales.sor
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/eau2db/eau2/engine"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: embed sales.sor")
	}
	if err := run(context.Background(), os.Stdout, os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

// run loads the file and asks it some questions.
func run(ctx context.Context, out io.Writer, file string) error {
	eng, err := engine.Open(ctx, engine.Options{}) // in memory; Options{Dir: "tables"} keeps tables there
	if err != nil {
		return err
	}
	defer eng.Close()

	if err := load(ctx, out, eng, file); err != nil {
		return err
	}
	for _, ask := range []func(context.Context, io.Writer, *engine.Engine) error{incomes, prices, batches, functions} {
		if err := ask(ctx, out, eng); err != nil {
			return err
		}
	}
	return nil
}

// load makes table sales of a file and tells what happened to its rows.
func load(ctx context.Context, out io.Writer, eng *engine.Engine, file string) error {
	rows, err := eng.Query(ctx, "LOAD '"+file+"' INTO sales (day, region, product, units, price, returned)")
	if err != nil {
		return err
	}
	if err := rows.Close(); err != nil {
		return err
	}
	fmt.Fprintln(out, rows.Message())
	for _, warning := range rows.Warnings() {
		fmt.Fprintln(out, "warning:", warning)
	}
	return nil
}

// incomes scans rows into Go variables. Parameters take the place of ? in order.
func incomes(ctx context.Context, out io.Writer, eng *engine.Engine) error {
	rows, err := eng.Query(ctx, `
		SELECT product, SUM(units * price) AS income
		FROM sales
		WHERE day >= ?
		GROUP BY product
		ORDER BY income DESC`, "2024-02-01")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var product string
		var income float64
		if err := rows.Scan(&product, &income); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s %.2f\n", product, income)
	}
	return rows.Err()
}

// prices takes a value that may be missing into a pointer: nil is NULL.
func prices(ctx context.Context, out io.Writer, eng *engine.Engine) error {
	rows, err := eng.Query(ctx, "SELECT day, price FROM sales WHERE product = 'pear'")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var day string
		var price *float64
		if err := rows.Scan(&day, &price); err != nil {
			return err
		}
		if price == nil {
			fmt.Fprintln(out, day, "unknown")
		} else {
			fmt.Fprintln(out, day, *price)
		}
	}
	return rows.Err()
}

// batches reads a result as Arrow record batches, column by column.
func batches(ctx context.Context, out io.Writer, eng *engine.Engine) error {
	rows, err := eng.Query(ctx, "SELECT * FROM sales")
	if err != nil {
		return err
	}
	defer rows.Close()
	reader, err := rows.Arrow()
	if err != nil {
		return err
	}
	defer reader.Release()
	for reader.Next() {
		batch := reader.RecordBatch()
		fmt.Fprintf(out, "%d rows of %d columns\n", batch.NumRows(), batch.NumCols())
	}
	return reader.Err()
}
