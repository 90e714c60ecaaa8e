package group

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
)

// Estimates decide how a query runs, not what it gives: within a factor of two of the truth is good enough.
func TestEstimatesOfGroups(t *testing.T) {
	const rows, chunkRows = 50_000, 4_000 // the last chunk is smaller
	r := rand.New(rand.NewPCG(1, 2))
	columns := []struct {
		name     string
		value    func(row int) column.Value
		distinct float64
	}{
		{"one", func(int) column.Value { return column.IntValue(7) }, 1},
		{"few", func(int) column.Value { return column.StringValue(fmt.Sprint(r.IntN(100))) }, 100},
		{"as many as a chunk has rows", func(int) column.Value { return column.StringValue(fmt.Sprint(r.IntN(4000))) }, 4000},
		{"numbers anywhere", func(int) column.Value { return column.IntValue(int64(r.IntN(8000)) * 1e9) }, 8000},
		{"every row's own", func(row int) column.Value { return column.IntValue(int64(row)) }, rows},
		{"rows that follow each other", func(row int) column.Value { return column.IntValue(int64(row / 10)) }, rows / 10},
		{"yes or no", func(row int) column.Value { return column.BoolValue(row%2 == 0) }, 2},
	}
	var fields []column.Field
	table := make([][]column.Value, rows)
	for _, c := range columns {
		for row := range table {
			table[row] = append(table[row], c.value(row))
		}
		fields = append(fields, column.Field{Name: c.name, Type: table[0][len(fields)].Type})
	}
	scan := &plan.Scan{Table: tableOf(fields, chunkRows, table)}
	for i := range fields {
		scan.Cols = append(scan.Cols, i)
	}
	key := func(i int) plan.Expr { return &plan.Column{Index: i, Name: fields[i].Name, T: fields[i].Type} }
	for i, c := range columns {
		e := EstimateOf(&plan.Aggregate{Input: scan, Keys: []plan.Expr{key(i)}})
		if e.Groups < c.distinct/2 || e.Groups > 2*c.distinct || e.Rows != rows {
			t.Errorf("%s: %.0f groups of %.0f rows, there are %.0f of %d", c.name, e.Groups, e.Rows, c.distinct, rows)
		}
	}
	if e := EstimateOf(&plan.Aggregate{Input: scan, Keys: []plan.Expr{key(2), key(3)}}); e.Groups < rows/2 || e.Groups > rows {
		t.Errorf("two keys: %.0f groups", e.Groups)
	}
}
