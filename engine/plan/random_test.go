package plan_test

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/eval"
	"github.com/eau2db/eau2/engine/plan"
)

// generator makes random queries over the columns a INT, b INT, f FLOAT, s STRING, flag BOOL.
type generator struct{ *rand.Rand }

func (g generator) pick(s ...string) string { return s[g.Intn(len(s))] }

func (g generator) number(depth int) string {
	if depth == 0 || g.Intn(3) == 0 {
		return g.pick("a", "b", "f", "flag", fmt.Sprint(g.Intn(12)-2), fmt.Sprintf("%.1f", g.Float64()*10), "NULL")
	}
	switch g.Intn(6) {
	case 0:
		return "CASE WHEN " + g.cond(depth-1) + " THEN " + g.number(depth-1) + " ELSE " + g.number(depth-1) + " END"
	case 1:
		return "COALESCE(" + g.number(depth-1) + ", " + g.number(depth-1) + ")"
	case 2:
		return "ABS(" + g.number(depth-1) + ")"
	}
	return "(" + g.number(depth-1) + g.pick(" + ", " - ", " * ", " / ", " % ", " DIV ") + g.number(depth-1) + ")"
}

func (g generator) cond(depth int) string {
	if depth > 0 {
		switch g.Intn(5) {
		case 0:
			return "(" + g.cond(depth-1) + " AND " + g.cond(depth-1) + ")"
		case 1:
			return "(" + g.cond(depth-1) + " OR " + g.cond(depth-1) + ")"
		case 2:
			return "NOT (" + g.cond(depth-1) + ")"
		}
	}
	op := g.pick("=", "<>", "<", "<=", ">", ">=", "<=>")
	col := g.pick("a", "b", "f", "flag")
	lit := g.pick(fmt.Sprint(g.Intn(12)-1), fmt.Sprintf("%.1f", g.Float64()*10), "NULL", "TRUE", "3.0")
	switch g.Intn(10) {
	case 0:
		return g.number(depth) + " " + op + " " + g.number(depth)
	case 1:
		return col + g.pick(" IS NULL", " IS NOT NULL")
	case 2:
		return col + g.pick(" IN (", " NOT IN (") + fmt.Sprint(g.Intn(9)) + ", " + lit + ", " + fmt.Sprint(g.Intn(9)) + ")"
	case 3:
		return "s" + g.pick(" LIKE ", " NOT LIKE ") + g.pick("'x%'", "'y1'", "'%2'", "'x_'", "'z%'")
	case 4:
		return "s " + op + g.pick(" 'x1'", " 'x5'", " 'y'", " 'zz'")
	case 5:
		return col + " BETWEEN " + fmt.Sprint(g.Intn(5)) + " AND " + fmt.Sprint(g.Intn(9))
	case 6:
		return g.pick("flag", "a", "TRUE", "FALSE", "flag IS TRUE", "flag IS NOT FALSE", "1 = 1", "s IN ('x1', 'y2', NULL)")
	case 7:
		return lit + " " + op + " " + col
	}
	return col + " " + op + " " + lit
}

// table makes what stands in FROM, which always has the columns a, b, f, s, flag.
func (g generator) table(depth int) string {
	if depth == 0 || g.Intn(3) == 0 {
		return "t"
	}
	switch g.Intn(5) {
	case 0:
		return "(SELECT a, a AS b, f, s, flag FROM " + g.table(depth-1) + " UNION ALL SELECT b, a, f, s, flag FROM " + g.table(depth-1) + ") x"
	case 1:
		return "(SELECT a, MAX(b) b, SUM(f) f, MIN(s) s, flag FROM " + g.table(depth-1) + " GROUP BY a, flag) x"
	case 2:
		return "(SELECT a, b, f, s, flag FROM " + g.table(depth-1) + " ORDER BY a, b, f, s, flag" + g.pick("", " LIMIT 5", " LIMIT 7 OFFSET 2") + ") x"
	case 3:
		return "(SELECT DISTINCT b AS a, a AS b, f, s, flag FROM " + g.table(depth-1) + ") x"
	}
	return "(SELECT " + g.number(1) + " a, " + g.number(1) + " b, f + 1 AS f, s, " + g.cond(1) + " AS flag FROM " + g.table(depth-1) + " WHERE " + g.cond(1) + ") x"
}

// query returns a query and whether its rows have an order.
func (g generator) query() (string, bool) {
	from := g.table(2)
	where := ""
	if g.Intn(4) > 0 {
		where = " WHERE " + g.cond(2)
	}
	switch g.Intn(6) {
	case 0:
		return "SELECT COUNT(*), COUNT(a), MIN(f), MAX(s), MIN(flag) FROM " + from + where, false
	case 1:
		return "SELECT a, COUNT(*) n, SUM(b), MIN(s), COUNT(DISTINCT f) FROM " + from + where + " GROUP BY a HAVING n > 1 AND " + g.pick("a > 2", "a IS NULL", "MAX(b) > 3"), false
	case 2:
		return "SELECT s, " + g.number(2) + " x FROM " + from + where + " ORDER BY x, s, a, b, f, flag LIMIT " + g.pick("3", "10", "0", "2 OFFSET 1"), true
	case 3:
		return "SELECT DISTINCT flag, s FROM " + from + where, false
	}
	return "SELECT *, " + g.number(2) + " FROM " + from + where, false
}

// makeTable makes a table of several chunks whose columns are partly sorted, so that statistics rule some chunks out.
func (g generator) makeTable() *table {
	t := &table{name: "t", fields: []column.Field{{Name: "a", Type: column.Int}, {Name: "b", Type: column.Int},
		{Name: "f", Type: column.Float}, {Name: "s", Type: column.String}, {Name: "flag", Type: column.Bool}}}
	nullable := func(v column.Value) column.Value {
		if g.Intn(8) == 0 {
			return column.Null(v.Type)
		}
		return v
	}
	for c := range g.Intn(5) {
		var rows [][]column.Value
		for range 1 + g.Intn(6) {
			row := []column.Value{column.IntValue(int64(2*c + g.Intn(2))), column.IntValue(int64(g.Intn(10))),
				column.FloatValue(float64(c) + float64(g.Intn(8))/4), column.StringValue(string(rune('x'+c%3)) + fmt.Sprint(g.Intn(4))),
				column.BoolValue(c%2 == 0)}
			for i := range row {
				if c != 1 { // one chunk is without NULLs
					row[i] = nullable(row[i])
				}
			}
			rows = append(rows, row)
		}
		t.chunks = append(t.chunks, rows)
	}
	switch g.Intn(4) {
	case 0:
		t.stats = func(column.Stats) column.Stats { return column.Stats{} }
	case 1:
		t.stats = func(s column.Stats) column.Stats {
			if s.Min.Type == column.String {
				s.Min, s.Max = column.Null(column.String), column.Null(column.String)
			}
			return s
		}
	}
	return t
}

// Rules must not change the result of any query.
func TestOptimizedPlansGiveTheSameRows(t *testing.T) {
	compared := 0
	for seed := range int64(200) {
		g := generator{rand.New(rand.NewSource(seed))}
		tab := g.makeTable()
		text, ordered := g.query()
		compared += comparePlans(t, seed, text, ordered, tab)
	}
	if compared < 150 {
		t.Errorf("only %d queries ran without an error", compared)
	}
}

func comparePlans(t *testing.T, seed int64, query string, ordered bool, tab *table) int {
	t.Helper()
	plain := bind(t, query, tab)
	want, err := run(plain)
	if err != nil {
		return 0 // an overflow, say, which the optimised plan may not reach
	}
	folded := plan.Optimize(plan.Fold(plain, eval.Constant))
	for name, n := range map[string]plan.Node{"Optimize": plan.Optimize(plain), "Fold and Optimize": folded, "Optimize twice": plan.Optimize(folded)} {
		got, err := run(n)
		if err != nil {
			t.Fatalf("seed %d, %s: %s\n%v\n%s", seed, name, query, err, plan.Format(n))
		}
		if text(got, ordered) != text(want, ordered) {
			t.Fatalf("seed %d, %s: %s\ngot\n%s\nwant\n%s\nplan\n%s\nbefore\n%s", seed, name, query, text(got, ordered), text(want, ordered), plan.Format(n), plan.Format(plain))
		}
		if g, w := fmt.Sprint(n.Fields()), fmt.Sprint(plain.Fields()); g != w {
			t.Fatalf("seed %d, %s: %s\nfields %s, want %s", seed, name, query, g, w)
		}
		if i := strings.Index(plan.Format(n), "%!"); i >= 0 {
			t.Fatalf("malformed plan: %s", plan.Format(n))
		}
	}
	return 1
}
