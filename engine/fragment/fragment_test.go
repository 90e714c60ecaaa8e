package fragment

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/sql"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// table is a table of four chunks without data.
type table struct{ name string }

func (t table) Name() string { return t.name }
func (t table) Fields() []column.Field {
	return []column.Field{{Name: "a", Type: column.Int}, {Name: "f", Type: column.Float}, {Name: "s", Type: column.String}, {Name: "flag", Type: column.Bool}}
}
func (t table) Rows() int64                      { return 4000 }
func (t table) Chunks() int                      { return 4 }
func (t table) ChunkRows(int) int                { return 1000 }
func (t table) ChunkStats(_, _ int) column.Stats { return column.Stats{} }
func (t table) Column(context.Context, int, int) (*column.Array, error) {
	return nil, errors.New("not read in these tests")
}

// stored is a table that other nodes know.
type stored struct{ table }

func (t stored) ID() string { return "id of " + t.name }

func resolve(ref TableRef) (plan.Table, error) {
	if ref.ID != "id of "+ref.Name {
		return nil, fmt.Errorf("no table %v", ref)
	}
	return stored{table{ref.Name}}, nil
}

// catalogue has the stored tables t and u, and m in memory.
type catalogue struct{}

func (catalogue) Table(_ context.Context, name string) (plan.Table, error) {
	switch name {
	case "t", "u":
		return stored{table{name}}, nil
	case "m":
		return table{name}, nil
	}
	return nil, sql.ErrNoTable
}

func (catalogue) File(context.Context, string) (plan.Table, error) {
	return nil, errors.New("no files here")
}
func (catalogue) Names() []string { return []string{"t", "u", "m"} }

// optimised returns the plan of a query.
func optimised(t testing.TB, query string) plan.Node {
	t.Helper()
	st, err := sql.Parse(query)
	if err != nil {
		t.Fatalf("%s\n%v", query, err)
	}
	b, err := sql.Bind(context.Background(), st.(*sql.Select).Query, catalogue{}, nil)
	if err != nil {
		t.Fatalf("%s\n%v", query, err)
	}
	return plan.Optimize(b.Plan)
}

func col(i int, t column.Type) *plan.Column { return &plan.Column{Index: i, Name: "c", T: t} }

func scan(t plan.Table) *plan.Scan { return plan.NewScan(t) }

var storedT = stored{table{"t"}}

func TestExpressionsSurviveTheirBytes(t *testing.T) {
	fields := storedT.Fields()
	list := func(vs ...column.Value) *plan.In {
		return &plan.In{X: &plan.Const{Value: vs[0]}, List: vs, HasNull: len(vs) > 2}
	}
	for _, e := range []plan.Expr{
		&plan.Const{Value: column.Null(column.Float)},
		&plan.Const{Value: column.StringValue("")},
		&plan.Const{Value: column.FloatValue(math.Copysign(0, -1))},
		&plan.Const{Value: column.IntValue(math.MinInt64)},
		list(column.IntValue(math.MaxInt64), column.IntValue(math.MinInt64), column.IntValue(3), column.IntValue(3)),
		list(column.FloatValue(1e300), column.FloatValue(-2)),
		list(column.BoolValue(true), column.BoolValue(false)),
		list(column.StringValue("x"), column.StringValue("x"), column.StringValue("\xff\x00")),
		&plan.In{X: col(0, column.Int), HasNull: true},
		&plan.Case{Whens: []plan.When{{Cond: col(3, column.Bool), Then: col(2, column.String)}}, Else: &plan.Const{Value: column.Null(column.String)}, T: column.String},
		&plan.Not{X: &plan.IsNull{X: col(1, column.Float), Negate: true}},
		&plan.Cast{X: col(0, column.Int), To: column.String},
		plan.Or(col(3, column.Bool), &plan.IsNull{X: col(2, column.String)}),
	} {
		b, err := EncodeExpr(e)
		if err != nil {
			t.Fatalf("%s: %v", e, err)
		}
		back, err := DecodeExpr(b, fields)
		if err != nil || !reflect.DeepEqual(e, back) {
			t.Errorf("%#v came back as %#v, %v", e, back, err)
		}
	}
}

// TestEveryFunctionSurvivesItsBytes takes all overloads, with as many arguments as they may have.
func TestEveryFunctionSurvivesItsBytes(t *testing.T) {
	for _, f := range function.All() {
		for i := range f.Overloads {
			c := &plan.Call{Func: f, Overload: &f.Overloads[i]}
			for _, ty := range c.Overload.Args {
				c.Args = append(c.Args, &plan.Const{Value: column.Null(ty)})
			}
			b, err := EncodeExpr(c)
			if err != nil {
				t.Fatalf("%s: %v", c, err)
			}
			if back, err := DecodeExpr(b, nil); err != nil || !plan.Equal(c, back) {
				t.Errorf("%s came back as %v, %v", c, back, err)
			}
		}
	}
}

func TestLongListsTakeFewBytes(t *testing.T) {
	in := &plan.In{X: col(0, column.Int)}
	for i := range int64(200_000) {
		in.List = append(in.List, column.IntValue(1<<40+17*i))
	}
	b, err := EncodeExpr(in)
	if err != nil || len(b) > 200_100 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	back, err := DecodeExpr(b, storedT.Fields())
	if err != nil || !reflect.DeepEqual(in, back) {
		t.Fatalf("the list came back otherwise: %v", err)
	}
}

func TestChunksAreWrittenAsRuns(t *testing.T) {
	for _, chunks := range [][]int{nil, {}, {0}, {3}, {0, 1, 2, 3}, {1, 3}, {0, 2, 3}} {
		s := scan(storedT)
		s.Chunks = chunks
		b, err := Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(b, resolve)
		if err != nil || !reflect.DeepEqual(back.(*plan.Scan).Chunks, chunks) {
			t.Errorf("chunks %v came back as %v, %v", chunks, back, err)
		}
	}
	s := scan(storedT)
	s.Chunks = []int{2, 1}
	if _, err := Encode(s); err == nil {
		t.Error("chunks that do not ascend were encoded")
	}
}

func TestWhatMeansNothingElsewhereIsRefused(t *testing.T) {
	own := &function.Func{Name: "func", Overloads: []function.Overload{{Result: column.Bool}}}
	same := *must(function.Lookup("ABS"))
	deep := plan.Expr(col(3, column.Bool))
	for range maxDepth {
		deep = &plan.Not{X: deep}
	}
	for name, e := range map[string]plan.Expr{
		"a function of the user's":          &plan.Call{Func: own, Overload: &own.Overloads[0]},
		"one of the name of another":        &plan.Call{Func: &same, Overload: &same.Overloads[0], Args: []plan.Expr{col(0, column.Int)}},
		"a subquery":                        &plan.Subquery{Kind: plan.Exists, Plan: scan(storedT)},
		"an expression of thousands of NOT": deep,
	} {
		if _, err := EncodeExpr(e); !errors.Is(err, ErrNotPortable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Encode(scan(table{"m"})); !errors.Is(err, ErrNotPortable) {
		t.Errorf("a table in memory: %v", err)
	}
}

func must[T any](x T, ok bool) T {
	if !ok {
		panic("not there")
	}
	return x
}

// TestBadPlansAreRefused encodes what no binder would make.
func TestBadPlansAreRefused(t *testing.T) {
	call := func(name string, overload int, args ...plan.Expr) plan.Expr {
		f := must(function.Lookup(name))
		return &plan.Call{Func: f, Overload: &f.Overloads[overload], Args: args}
	}
	filter := func(e plan.Expr) plan.Node { return &plan.Filter{Input: scan(storedT), Cond: e} }
	agg := func(a plan.Agg) plan.Node {
		return &plan.Aggregate{Input: scan(storedT), Aggs: []plan.Agg{a}, Names: []string{"x"}}
	}
	yes := col(3, column.Bool)
	unknownTable := stored{table{"v"}}
	for _, c := range []struct {
		want string
		n    plan.Node
	}{
		{"column 4 of 4", filter(col(4, column.Bool))},
		{"is of type INT, not BOOL", filter(col(0, column.Bool))},
		{"a condition of type INT", filter(col(0, column.Int))},
		{"a condition of type STRING", &plan.Scan{Table: storedT, Cols: []int{2}, Filter: col(0, column.String)}},
		{"c is of type INT, not BOOL", filter(&plan.Not{X: col(0, column.Int)})},
		{"c is of type FLOAT, not BOOL", filter(&plan.Logic{Args: []plan.Expr{yes, col(1, column.Float)}})},
		{"AND or OR of nothing", filter(&plan.Logic{})},
		{"a cast from BOOL to BOOL", filter(&plan.Cast{X: yes, To: column.Bool})},
		{"CASE gives INT and BOOL", filter(&plan.Case{Whens: []plan.When{{Cond: yes, Then: col(0, column.Int)}}, Else: yes, T: column.Bool})},
		{"= does not take [STRING INT]", filter(call("=", 0, col(2, column.String), col(0, column.Int)))},
		{"ABS does not take []", filter(call("ABS", 0))},
		{"column 7 of 4", &plan.Scan{Table: storedT, Cols: []int{7}}},
		{"chunk 5 of 4", &plan.Scan{Table: storedT, Chunks: []int{5}}},
		{"length of a run of chunks", &plan.Scan{Table: storedT, Chunks: []int{3, 4}}},
		{"SUM(c): it is STRING", agg(plan.Agg{Kind: plan.Sum, Args: []plan.Expr{col(2, column.String)}})},
		{"argument 0 of SUM(c) is of type BOOL", agg(plan.Agg{Kind: plan.Sum, Args: []plan.Expr{yes}})},
		{"CORR takes 2 arguments, not 0", agg(plan.Agg{Kind: plan.Corr})},
		{"no aggregate has number 200", agg(plan.Agg{Kind: 200})},
		{"a number from 0 to 1", agg(plan.Agg{Kind: plan.Quantile, Param: 2, Args: []plan.Expr{col(0, column.Int)}})},
		{"from 1 to", agg(plan.Agg{Kind: plan.Largest, Args: []plan.Expr{col(0, column.Int)}})},
		{"a union of nothing", &plan.Union{}},
		{"other types than the first", &plan.Union{Ins: []plan.Node{scan(storedT), &plan.Values{}}}},
		{"a sort without keys", &plan.Sort{Input: scan(storedT), Limit: -1}},
		{"an offset of -1", &plan.Limit{Input: scan(storedT), Offset: -1}},
		{"the first 0 rows", &plan.Top{Input: scan(storedT), Keys: []plan.SortKey{{Expr: yes}}}},
		{"a remote without a scan", &plan.Remote{Fragment: &plan.Values{}}},
		{"a remote without a scan", &plan.Remote{Fragment: &plan.Union{Ins: []plan.Node{scan(storedT), scan(storedT)}}}},
		{"a merge of other columns", &plan.Merge{Aggregate: &plan.Aggregate{Input: scan(storedT)}, Input: scan(storedT)}},
		{"no table", scan(renamed{unknownTable})},
	} {
		b, err := Encode(c.n)
		if err != nil {
			t.Errorf("%s: %v", c.want, err)
			continue
		}
		if n, err := Decode(b, resolve); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v, %v", c.want, n, err)
		}
	}
}

// renamed has an id that resolve does not know.
type renamed struct{ stored }

func (renamed) ID() string { return "another" }

func TestOtherVersionsAndCutBytesAreRefused(t *testing.T) {
	b, err := Encode(optimised(t, "SELECT s, COUNT(*) FROM t WHERE a IN (1, 2, 3) AND s LIKE 'x%' GROUP BY s"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decode(append([]byte{99}, b[1:]...), resolve); err == nil || !strings.Contains(err.Error(), "another build") {
		t.Errorf("version 99: %v", err)
	}
	for i := range b {
		if n, err := Decode(b[:i], resolve); err == nil {
			t.Errorf("%d of %d bytes gave %v", i, len(b), n)
		}
	}
	if _, err := Decode(append(b, 0), resolve); err == nil {
		t.Error("a byte too many was not noticed")
	}
}
