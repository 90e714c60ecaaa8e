package engine_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/eau2db/eau2/engine"
)

// sales is a SoR file: a row a line, each value between < and >.
const sales = `<"apple"><"north"><12><1.5>
<"plum"><"south"><7><2.25>
<"apple"><"south"><20><1.25>
<"pear"><"north"><><3.0>
`

// openSales returns an engine in memory with the table sales.
func openSales() (*engine.Engine, *engine.DataFrame) {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "sales.sor")
	if err := os.WriteFile(file, []byte(sales), 0o600); err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	eng, err := engine.Open(ctx, engine.Options{})
	if err != nil {
		log.Fatal(err)
	}
	frame, err := eng.Load(ctx, "sales", file, engine.LoadOptions{
		Columns: []engine.LoadColumn{{Name: "product"}, {Name: "region"}, {Name: "units"}, {Name: "price"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	return eng, frame
}

// show prints the rows of a result and closes it.
func show(rows *engine.Rows, err error) {
	if err != nil {
		log.Fatal(err)
	}
	defer rows.Close()
	for row := range rows.All() {
		fmt.Println(row)
	}
	if rows.Err() != nil {
		log.Fatal(rows.Err())
	}
}

func ExampleOpen() {
	ctx := context.Background()
	eng, err := engine.Open(ctx, engine.Options{}) // in memory; Options{Dir: "tables"} keeps tables in a directory
	if err != nil {
		log.Fatal(err)
	}
	defer eng.Close()
	show(eng.Query(ctx, "SELECT 7 / 2, 7 DIV 2, CONCAT('a', 'b')"))
	// Output: [3.5 3 ab]
}

func ExampleEngine_Load() {
	ctx := context.Background()
	file := filepath.Join(os.TempDir(), "example-load.sor")
	if err := os.WriteFile(file, []byte("<1><\"a b\">\n<2><\n<3><c>\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	defer os.Remove(file)
	eng, err := engine.Open(ctx, engine.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer eng.Close()
	var report engine.LoadReport
	_, err = eng.Load(ctx, "t", file, engine.LoadOptions{
		Columns: []engine.LoadColumn{{Name: "id", Type: engine.Int, Typed: true}, {Name: "name"}},
		Report:  &report,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Rows, "rows,", report.Dropped, "dropped")
	for _, p := range report.Problems {
		fmt.Printf("line %d: %s\n", p.Line, p.Reason)
	}
	fmt.Println(eng.Tables()[0].Columns)
	// Output:
	// 2 rows, 1 dropped
	// line 2: field 2 not closed: "<"
	// [{id INT} {name STRING}]
}

func ExampleEngine_Query() {
	ctx := context.Background()
	eng, _ := openSales()
	defer eng.Close()
	rows, err := eng.Query(ctx, "SELECT product, SUM(units) AS units FROM sales WHERE price < ? GROUP BY product ORDER BY product", 2.5)
	if err != nil {
		log.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var product string
		var units int
		if err := rows.Scan(&product, &units); err != nil {
			log.Fatal(err)
		}
		fmt.Println(product, units)
	}
	if rows.Err() != nil {
		log.Fatal(rows.Err())
	}
	// Output:
	// apple 32
	// plum 7
}

func ExampleError() {
	ctx := context.Background()
	eng, _ := openSales()
	defer eng.Close()
	_, err := eng.Query(ctx, "SELECT produkt FROM sales")
	fmt.Println(err)
	// Output: line 1, column 8: unknown column produkt
}

func ExampleRows_Scan() {
	ctx := context.Background()
	eng, _ := openSales()
	defer eng.Close()
	rows, err := eng.Query(ctx, "SELECT product, units FROM sales WHERE region = 'north'")
	if err != nil {
		log.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var product string
		var units *int // nil where the value is NULL
		if err := rows.Scan(&product, &units); err != nil {
			log.Fatal(err)
		}
		if units == nil {
			fmt.Println(product, "unknown")
		} else {
			fmt.Println(product, *units)
		}
	}
	// Output:
	// apple 12
	// pear unknown
}

func ExampleRows_Arrow() {
	ctx := context.Background()
	eng, _ := openSales()
	defer eng.Close()
	rows, err := eng.Query(ctx, "SELECT product, units FROM sales ORDER BY units")
	if err != nil {
		log.Fatal(err)
	}
	records, err := rows.Arrow()
	if err != nil {
		log.Fatal(err)
	}
	defer records.Release() // closes the rows
	for records.Next() {
		r := records.RecordBatch()
		fmt.Println(r.NumRows(), "rows")
		fmt.Println(r.Column(0))
		fmt.Println(r.Column(1))
	}
	if records.Err() != nil {
		log.Fatal(records.Err())
	}
	// Output:
	// 4 rows
	// ["pear" "plum" "apple" "apple"]
	// [(null) 7 12 20]
}

func ExampleDataFrame() {
	ctx := context.Background()
	eng, sales := openSales()
	defer eng.Close()
	income := sales.
		Filter(engine.Col("units").Gt(5)).
		With(engine.Col("units").Mul(engine.Col("price")).As("income")).
		GroupBy("region").
		Agg(engine.Count().As("n"), engine.Sum(engine.Col("income")).As("income")).
		OrderBy(engine.Desc(engine.Col("income")))
	show(income.Collect(ctx))
	// Output:
	// [south 2 40.75]
	// [north 1 18.0]
}

func ExampleDataFrame_Save() {
	ctx := context.Background()
	eng, sales := openSales()
	defer eng.Close()
	if _, err := sales.Filter(engine.Col("region").Eq("north")).Select(engine.Col("product")).Save(ctx, "north"); err != nil {
		log.Fatal(err)
	}
	show(eng.Query(ctx, "SELECT * FROM north"))
	// Output:
	// [apple]
	// [pear]
}

func ExampleFunc1() {
	ctx := context.Background()
	eng, sales := openSales()
	defer eng.Close()
	initial := func(s string) string { return strings.ToUpper(s[:1]) }
	show(sales.Select(engine.Func1(initial, engine.Col("product")).As("initial")).Distinct().OrderBy(engine.Asc(engine.Col("initial"))).Collect(ctx))
	// Output:
	// [A]
	// [P]
}

func ExampleReduce() {
	ctx := context.Background()
	eng, sales := openSales()
	defer eng.Close()
	longest, err := engine.Reduce(ctx, sales.Select(engine.Col("product")),
		func() string { return "" },
		func(longest string, c engine.Chunk) (string, error) {
			for _, s := range c.Strings(0) {
				if len(s) > len(longest) {
					longest = strings.Clone(s)
				}
			}
			return longest, nil
		},
		func(a, b string) string {
			if len(b) > len(a) {
				return b
			}
			return a
		})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(longest)
	// Output: apple
}

func ExampleDataFrame_ForEachChunk() {
	ctx := context.Background()
	eng, sales := openSales()
	defer eng.Close()
	var units int64
	err := sales.Select(engine.Col("units")).ForEachChunk(ctx, func(c engine.Chunk) error {
		null := c.Nulls(0) // nil where there is none
		for i, n := range c.Ints(0) {
			if null == nil || !null[i] {
				units += n
			}
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(units)
	// Output: 39
}

// A client of an engine elsewhere: here of one in the same process.
func ExampleConnect() {
	ctx, stop := context.WithCancel(context.Background())
	eng, err := engine.Open(ctx, engine.Options{})
	if err != nil {
		log.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- engine.Serve(ctx, eng, l, engine.ServeOptions{}) }()

	client, err := engine.Connect(ctx, l.Addr().String(), engine.ConnectOptions{})
	if err != nil {
		log.Fatal(err)
	}
	rows, err := client.Query(ctx, "SELECT ? * 7 AS answer", 6)
	if err != nil {
		log.Fatal(err)
	}
	for row := range rows.All() {
		fmt.Println(row[0])
	}
	fmt.Println(errors.Join(rows.Close(), client.Close()))

	stop()
	fmt.Println(<-served, eng.Close())
	// Output:
	// 42
	// <nil>
	// <nil> <nil>
}
