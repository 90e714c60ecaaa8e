package plan_test

import (
	"math/rand"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/eval"
	"github.com/eau2db/eau2/engine/plan"
)

// TestRules runs the scripts in testdata; -rewrite writes what comes out. The commands are
//
//	table     columns on the first line, then rows, with a line -- between chunks
//	bind      a query; prints its plan before the rules
//	optimize  a query; prints its plan after folding and the rules, or with rule=Name after that rule alone
func TestRules(t *testing.T) {
	rules := map[string]func(plan.Node) plan.Node{"": plan.Optimize, "SimplifyAll": plan.SimplifyAll, "PushFilters": plan.PushFilters,
		"MergeProjects": plan.MergeProjects, "PushLimits": plan.PushLimits, "PruneChunks": plan.PruneChunks,
		"PruneColumns": plan.PruneColumns, "AnswerFromStats": plan.AnswerFromStats}
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		var tab *table
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "table":
				tab = readTable(t, d.Input)
				return "ok"
			case "bind":
				return plan.Format(bind(t, d.Input, tab))
			case "optimize":
				rule := ""
				d.MaybeScanArgs(t, "rule", &rule)
				n := plan.Fold(bind(t, d.Input, tab), eval.Constant)
				return plan.Format(rules[rule](n))
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}

// readTable reads columns and rows; _ is NULL.
func readTable(t *testing.T, input string) *table {
	t.Helper()
	lines := strings.Split(input, "\n")
	tab := &table{name: "t"}
	for _, c := range strings.Split(lines[0], ",") {
		name, ty, _ := strings.Cut(strings.TrimSpace(c), " ")
		parsed, err := column.ParseType(ty)
		if err != nil {
			t.Fatal(err)
		}
		tab.fields = append(tab.fields, column.Field{Name: name, Type: parsed})
	}
	var chunk [][]column.Value
	for _, l := range append(lines[1:], "--") {
		if l == "--" {
			tab.chunks, chunk = append(tab.chunks, chunk), nil
			continue
		}
		var row []column.Value
		for i, s := range strings.Fields(l) {
			row = append(row, parseValue(tab.fields[i].Type, s))
		}
		chunk = append(chunk, row)
	}
	return tab
}

func parseValue(t column.Type, s string) column.Value {
	if s == "_" {
		return column.Null(t)
	}
	n, _ := strconv.ParseInt(s, 10, 64)
	f, _ := strconv.ParseFloat(s, 64)
	switch t {
	case column.Bool:
		return column.BoolValue(n != 0)
	case column.Int:
		return column.IntValue(n)
	case column.Float:
		return column.FloatValue(f)
	}
	return column.StringValue(s)
}

// Pruning by statistics must keep every chunk that has a row which passes, and drop the filter only when all rows pass.
func TestPruningKeepsWhatPasses(t *testing.T) {
	fields := []column.Field{{Name: "a", Type: column.Int}, {Name: "f", Type: column.Float}, {Name: "s", Type: column.String}, {Name: "flag", Type: column.Bool}}
	pruned, dropped := 0, 0
	for seed := range int64(1200) {
		g := generator{rand.New(rand.NewSource(seed))}
		tab := &table{name: "t", fields: fields}
		lo, width := g.Intn(5), 1+g.Intn(3)
		var rows [][]column.Value
		for range 1 + g.Intn(3) {
			n := lo + g.Intn(width)
			row := []column.Value{column.IntValue(int64(n)), column.FloatValue(float64(n) / 2), column.StringValue(strings.Repeat("x", n%2) + strconv.Itoa(n)), column.BoolValue(n > 2)}
			for i := range row {
				if g.Intn(6) == 0 {
					row[i] = column.Null(row[i].Type)
				}
			}
			rows = append(rows, row)
		}
		tab.chunks = [][][]column.Value{rows}
		n := plan.PushFilters(plan.SimplifyAll(bind(t, "SELECT a FROM t WHERE "+g.prunable(2), tab)))
		scan, ok := n.(*plan.Project).Input.(*plan.Scan)
		if !ok || scan.Filter == nil {
			continue
		}
		out, err := run(scan)
		if err != nil {
			t.Fatal(err)
		}
		p := plan.Prune(scan)
		if p.Chunks != nil {
			pruned++
			if len(out) > 0 {
				t.Fatalf("seed %d: pruned a chunk with rows that pass %s: %v", seed, scan.Filter, rows)
			}
		} else if p.Filter == nil {
			dropped++
			if len(out) != len(rows) {
				t.Fatalf("seed %d: dropped the filter %s of %v", seed, scan.Filter, rows)
			}
		}
	}
	if pruned < 120 || dropped < 40 {
		t.Errorf("pruned %d chunks and dropped %d filters: too few to tell", pruned, dropped)
	}
}

// prunable makes a condition of the kinds that statistics can decide.
func (g generator) prunable(depth int) string {
	if depth > 0 {
		switch g.Intn(6) {
		case 0:
			return "(" + g.prunable(depth-1) + " AND " + g.prunable(depth-1) + ")"
		case 1:
			return "(" + g.prunable(depth-1) + " OR " + g.prunable(depth-1) + ")"
		case 2:
			return "NOT (" + g.prunable(depth-1) + ")"
		}
	}
	op := g.pick(" = ", " <> ", " < ", " <= ", " > ", " >= ", " <=> ")
	n := g.Intn(8)
	switch g.Intn(8) {
	case 0:
		return "f" + op + strconv.FormatFloat(float64(n)/2, 'f', 1, 64)
	case 1:
		return "s" + op + g.pick("'x1'", "'2'", "'x3'", "'4'", "''")
	case 2:
		return "s LIKE " + g.pick("'x%'", "'2%'", "'x1'", "'x3%'", "'%'")
	case 3:
		return g.pick("a", "f", "s", "flag") + g.pick(" IS NULL", " IS NOT NULL")
	case 4:
		return g.pick("flag", "NOT flag", "flag = 1", "flag <> 1", "flag <=> NULL", "flag IS NOT TRUE")
	case 5:
		return "a IN (" + strconv.Itoa(n) + ", " + strconv.Itoa(n+1) + g.pick("", ", NULL") + ")"
	case 6:
		return "a" + op + strconv.FormatFloat(float64(n)/2, 'f', 1, 64)
	}
	return "a" + op + strconv.Itoa(n)
}
