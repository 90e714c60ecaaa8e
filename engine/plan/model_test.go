package plan_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/eval"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/sql"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// table is a table in rows, with the statistics of its chunks.
type table struct {
	name   string
	fields []column.Field
	chunks [][][]column.Value
	stats  func(column.Stats) column.Stats // spoils the statistics, nil to leave them
}

func (t *table) Name() string           { return t.name }
func (t *table) Fields() []column.Field { return t.fields }
func (t *table) Chunks() int            { return len(t.chunks) }
func (t *table) ChunkRows(c int) int    { return len(t.chunks[c]) }
func (t *table) Rows() (n int64) {
	for _, c := range t.chunks {
		n += int64(len(c))
	}
	return n
}

func (t *table) ChunkStats(chunk, col int) column.Stats {
	ty := t.fields[col].Type
	s := column.Stats{Rows: int64(len(t.chunks[chunk])), Min: column.Null(ty), Max: column.Null(ty)}
	for _, row := range t.chunks[chunk] {
		v := row[col]
		if !v.Valid {
			s.Nulls++
			continue
		}
		if !s.Min.Valid || v.Compare(s.Min) < 0 {
			s.Min = v
		}
		if !s.Max.Valid || v.Compare(s.Max) > 0 {
			s.Max = v
		}
	}
	if t.stats != nil {
		return t.stats(s)
	}
	return s
}

func (t *table) Column(context.Context, int, int) (*column.Array, error) {
	return nil, errors.New("not read in these tests")
}

// catalogue is the one table t.
type catalogue struct{ t *table }

func (c catalogue) Table(_ context.Context, name string) (plan.Table, error) {
	if strings.EqualFold(name, c.t.name) {
		return c.t, nil
	}
	return nil, sql.ErrNoTable
}

func (c catalogue) File(context.Context, string) (plan.Table, error) {
	return nil, errors.New("no files here")
}
func (c catalogue) Names() []string { return []string{c.t.name} }

func bind(t testing.TB, text string, tab *table) plan.Node {
	t.Helper()
	st, err := sql.Parse(text)
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	b, err := sql.Bind(context.Background(), st.(*sql.Select).Query, catalogue{tab}, nil)
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	return b.Plan
}

// run is the model that plans are compared by: every operator in the most direct way, row by row.
func run(n plan.Node) ([][]column.Value, error) {
	var in [][]column.Value
	if ins := n.Inputs(); len(ins) == 1 {
		var err error
		if in, err = run(ins[0]); err != nil {
			return nil, err
		}
	}
	switch n := n.(type) {
	case *plan.Scan:
		return runScan(n)
	case *plan.Values:
		return n.Rows, nil
	case *plan.Filter:
		return where(in, n.Cond)
	case *plan.Project:
		return project(in, n.Exprs)
	case *plan.Aggregate:
		return aggregate(in, n)
	case *plan.Sort:
		keys := make([]plan.Expr, len(n.Keys))
		for i, k := range n.Keys {
			keys[i] = k.Expr
		}
		order, err := project(in, keys)
		if err != nil {
			return nil, err
		}
		at := make([]int, len(in))
		for i := range at {
			at[i] = i
		}
		slices.SortStableFunc(at, func(a, b int) int {
			for i, k := range n.Keys {
				if c := order[a][i].Compare(order[b][i]); c != 0 {
					if k.Desc {
						return -c
					}
					return c
				}
			}
			return 0
		})
		out := make([][]column.Value, len(in))
		for i, a := range at {
			out[i] = in[a]
		}
		if n.Limit < 0 {
			return out, nil
		}
		return limit(out, n.Limit, n.Offset), nil
	case *plan.Limit:
		return limit(in, n.Limit, n.Offset), nil
	case *plan.Union:
		var all [][]column.Value
		for _, i := range n.Ins {
			rows, err := run(i)
			if err != nil {
				return nil, err
			}
			all = append(all, rows...)
		}
		return all, nil
	}
	return nil, fmt.Errorf("no model of %T", n)
}

func runScan(n *plan.Scan) ([][]column.Value, error) {
	t := n.Table.(*table)
	var rows [][]column.Value
	for c := range t.chunks {
		if n.Chunks != nil && !slices.Contains(n.Chunks, c) {
			continue
		}
		for _, row := range t.chunks[c] {
			r := make([]column.Value, len(n.Cols))
			for i, col := range n.Cols {
				r[i] = row[col]
			}
			rows = append(rows, r)
		}
	}
	if n.Filter == nil {
		return rows, nil
	}
	return where(rows, n.Filter)
}

func limit(rows [][]column.Value, n, offset int64) [][]column.Value {
	rows = rows[min(offset, int64(len(rows))):]
	if n >= 0 {
		rows = rows[:min(n, int64(len(rows)))]
	}
	return rows
}

// value evaluates e for one row, by putting the row's values in the place of the columns.
func value(e plan.Expr, row []column.Value) (column.Value, error) {
	if c, ok := e.(*plan.Column); ok {
		return row[c.Index], nil
	}
	e, err := plan.Map(e, func(e plan.Expr) (plan.Expr, error) {
		if c, ok := e.(*plan.Column); ok {
			if v := row[c.Index]; v.Type != c.T {
				return nil, fmt.Errorf("column %d is %s, not %s", c.Index, v.Type, c.T)
			}
			return &plan.Const{Value: row[c.Index]}, nil
		}
		return e, nil
	})
	if err != nil {
		return column.Value{}, err
	}
	return eval.Constant(e)
}

func where(in [][]column.Value, cond plan.Expr) ([][]column.Value, error) {
	var out [][]column.Value
	for _, row := range in {
		v, err := value(cond, row)
		if err != nil {
			return nil, err
		}
		if v.Valid && v.Bool() {
			out = append(out, row)
		}
	}
	return out, nil
}

func project(in [][]column.Value, es []plan.Expr) ([][]column.Value, error) {
	out := make([][]column.Value, len(in))
	for i, row := range in {
		out[i] = make([]column.Value, len(es))
		for j, e := range es {
			v, err := value(e, row)
			if err != nil {
				return nil, err
			}
			out[i][j] = v
		}
	}
	return out, nil
}

func aggregate(in [][]column.Value, n *plan.Aggregate) ([][]column.Value, error) {
	keys, err := project(in, n.Keys)
	if err != nil {
		return nil, err
	}
	groups := map[string][]int{}
	var order []string
	for i, k := range keys {
		s := fmt.Sprint(k)
		if groups[s] == nil {
			order = append(order, s)
		}
		groups[s] = append(groups[s], i)
	}
	if len(n.Keys) == 0 && len(n.Aggs) > 0 && len(in) == 0 {
		order = append(order, "")
	}
	var out [][]column.Value
	for _, g := range order {
		var row []column.Value
		if len(groups[g]) > 0 {
			row = append(row, keys[groups[g][0]]...)
		}
		for _, a := range n.Aggs {
			var rows [][]column.Value
			for _, i := range groups[g] {
				rows = append(rows, in[i])
			}
			args, err := project(rows, a.Args)
			if err != nil {
				return nil, err
			}
			row = append(row, aggregateOne(a, args))
		}
		out = append(out, row)
	}
	return out, nil
}

func aggregateOne(a plan.Agg, args [][]column.Value) column.Value {
	seen := map[string]bool{}
	n, sum, best := int64(0), 0.0, column.Null(a.T)
	for _, arg := range args {
		null := false
		for _, v := range arg {
			null = null || !v.Valid
		}
		if null || a.Distinct && seen[fmt.Sprint(arg)] {
			continue
		}
		seen[fmt.Sprint(arg)] = true
		n++
		if len(arg) == 0 {
			continue
		}
		v := arg[0]
		sum += float64(v.Int) + v.Float
		if !best.Valid || a.Kind == plan.Min && v.Compare(best) < 0 || a.Kind == plan.Max && v.Compare(best) > 0 {
			best = v
		}
	}
	switch a.Kind {
	case plan.CountRows, plan.Count:
		return column.IntValue(n)
	case plan.Min, plan.Max:
		return best
	case plan.Sum:
		if n == 0 {
			return column.Null(a.T)
		}
		if a.T == column.Int {
			return column.IntValue(int64(sum))
		}
		return column.FloatValue(sum)
	}
	panic("no model of this aggregate")
}

// text prints rows, sorted where their order is not defined.
func text(rows [][]column.Value, ordered bool) string {
	lines := make([]string, len(rows))
	for i, r := range rows {
		s := make([]string, len(r))
		for j, v := range r {
			s[j] = v.Type.String() + ":" + v.String()
		}
		lines[i] = strings.Join(s, "|")
	}
	if !ordered {
		slices.SortFunc(lines, cmp.Compare)
	}
	return strings.Join(lines, "\n")
}
