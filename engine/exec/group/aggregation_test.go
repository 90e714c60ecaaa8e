package group

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
)

// everyAgg lists each aggregate over each column that it takes, which no test value makes overflow.
func everyAgg(tab *fakeTable) []plan.Agg {
	var aggs []plan.Agg
	add := func(kind plan.AggKind, t column.Type, args ...plan.Expr) *plan.Agg {
		aggs = append(aggs, plan.Agg{Kind: kind, Args: args, T: t})
		return &aggs[len(aggs)-1]
	}
	add(plan.CountRows, column.Int)
	for _, f := range tab.fields {
		c := tab.col(f.Name)
		add(plan.Count, column.Int, c)
		add(plan.Count, column.Int, c).Distinct = true
		add(plan.Min, f.Type, c)
		add(plan.Max, f.Type, c)
		add(plan.AnyValue, f.Type, c)
		add(plan.GroupConcat, column.String, c).Separator = ", "
		a := add(plan.GroupConcat, column.String, c)
		a.Distinct, a.OrderBy = true, []plan.SortKey{{Expr: tab.col("code"), Desc: true}, {Expr: tab.col("f")}}
		if fewValues[f.Name] {
			add(plan.ApproxCountDistinct, column.Int, c)
		}
		if f.Type == column.Bool {
			add(plan.BoolAnd, f.Type, c)
			add(plan.BoolOr, f.Type, c)
			add(plan.Sum, column.Int, &plan.Cast{X: c, To: column.Int})
			continue
		}
		if f.Type == column.String || strings.HasPrefix(f.Name, "whole") {
			continue
		}
		add(plan.Sum, f.Type, c)
		add(plan.Sum, f.Type, c).Distinct = true
		add(plan.Avg, column.Float, c)
		for _, k := range []plan.AggKind{plan.StddevPop, plan.StddevSamp, plan.VarPop, plan.VarSamp} {
			add(k, column.Float, c)
		}
		add(plan.Corr, column.Float, c, tab.col("tinynull"))
		add(plan.Corr, column.Float, tab.col("g"), c)
		add(plan.Corr, column.Float, tab.col("tiny"), c)
		for _, q := range []float64{0, 0.25, 0.5, 1} {
			add(plan.Quantile, column.Float, c).Param = q
		}
		a = add(plan.Quantile, column.Float, c)
		a.Param, a.Distinct = 0.5, true
	}
	add(plan.Count, column.Int, tab.col("tiny"), tab.col("code")).Distinct = true
	return aggs
}

// fewValues are the columns with at most 192 values, which APPROX_COUNT_DISTINCT counts exactly.
var fewValues = map[string]bool{"flag": true, "tiny": true, "tinynull": true, "wholefew": true, "code": true, "overflow": true,
	"plain": true, "allnull": true, "allnullstr": true}

// topAggs give several rows a group.
func topAggs(tab *fakeTable) [][]plan.Agg {
	var all [][]plan.Agg
	for _, f := range tab.fields {
		for _, k := range []int{1, 2, 3, 20} {
			c := tab.col(f.Name)
			all = append(all, []plan.Agg{
				{Kind: plan.Largest, K: k, T: f.Type, Args: []plan.Expr{c}},
				{Kind: plan.CountRows, T: column.Int},
			}, []plan.Agg{
				{Kind: plan.Smallest, K: k, T: f.Type, Args: []plan.Expr{c}},
				{Kind: plan.Largest, K: 2, T: column.Int, Args: []plan.Expr{tab.col("tinynull")}, Distinct: true},
			})
		}
	}
	return all
}

var keySets = [][]string{
	{}, {"flag"}, {"tiny"}, {"tinynull"}, {"small"}, {"medium"}, {"large"}, {"whole"}, {"wholefew"}, {"f"}, {"code"}, {"codes"},
	{"overflow"}, {"plain"}, {"allnull"}, {"allnullstr"}, {"code", "tiny"}, {"flag", "tinynull", "code"}, {"codes", "medium"},
	{"f", "g"}, {"wholefew", "flag"}, {"wholefew", "whole", "plain"}, {"overflow", "plain", "large", "f"},
	{"flag", "tiny", "tinynull", "small", "medium", "large", "code", "codes"},
}

func aggregateOf(tab *fakeTable, keys []string, aggs []plan.Agg) *plan.Aggregate {
	n := &plan.Aggregate{Input: tab.scan(), Aggs: aggs}
	for _, k := range keys {
		n.Keys, n.Names = append(n.Keys, tab.col(k)), append(n.Names, k)
	}
	for i := range aggs {
		n.Names = append(n.Names, aggs[i].String())
	}
	return n
}

// check compares one aggregate with the model.
func check(t *testing.T, n *plan.Aggregate, tab *fakeTable, data [][]column.Value, f feed) {
	t.Helper()
	got, kept, err := run(t, n, tab, data, f)
	if err != nil {
		t.Fatalf("%s: %v", n, err)
	}
	compareRows(t, n, got, model(t, n, kept))
}

var feeds = []feed{
	{workers: 1, window: 2048, keep: 1},
	{workers: 3, window: 100, keep: 1},
	{workers: 2, window: 77, keep: 0.5},
	{workers: 2, window: 256, keep: 0.9, computed: true},
	{workers: 2, window: 50, keep: 0.8, table: 1},
	{workers: 2, window: 20, keep: 1, table: 300},
	{workers: 2, window: 100, keep: 0},
}

func TestAggregatesOverEveryKindOfKey(t *testing.T) {
	for i, f := range feeds {
		t.Run(fmt.Sprintf("%+v", f), func(t *testing.T) {
			r := rand.New(rand.NewSource(int64(i)))
			tab, data := newTable(r, 350, 90)
			all := everyAgg(tab)
			for k, keys := range keySets {
				if (k+i)%2 == 1 {
					continue // the other half has its turn with another feed
				}
				tab.noStats = !tab.noStats
				r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
				check(t, aggregateOf(tab, keys, all[:25]), tab, data, f)
				check(t, aggregateOf(tab, keys, nil), tab, data, f)
			}
		})
	}
}

func TestEachAggregateAlone(t *testing.T) {
	tab, data := newTable(rand.New(rand.NewSource(7)), 300, 90)
	for _, keys := range [][]string{{}, {"tinynull"}, {"overflow", "f"}} {
		for _, a := range everyAgg(tab) {
			check(t, aggregateOf(tab, keys, []plan.Agg{a}), tab, data, feeds[2])
		}
	}
}

func TestLargestAndSmallestGiveRows(t *testing.T) {
	tab, data := newTable(rand.New(rand.NewSource(3)), 300, 90)
	for _, keys := range [][]string{{}, {"tinynull"}, {"overflow", "f"}} {
		for _, aggs := range topAggs(tab) {
			check(t, aggregateOf(tab, keys, aggs), tab, data, feeds[2])
		}
	}
}
