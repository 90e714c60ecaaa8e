package main

import (
	"context"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func Example() {
	if err := run(context.Background(), os.Stdout, "../sales.sor"); err != nil {
		fmt.Println(err)
	}
	// Output:
	// sales: 10 rows loaded
	// apple 19.45
	// pear 10.50
	// plum 0.90
	// 2024-01-05 0.8
	// 2024-02-02 unknown
	// 2024-03-08 0.75
	// 10 rows of 6 columns
	// map[apple:29 pear:5]
	// [2024-01 3]
}
