package engine

import (
	stdsql "database/sql"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/eau2db/eau2/column"
)

// somePlaces returns every nth row number and some that no row has, one to be looked up in bits and one far apart.
func somePlaces(rows int) map[string]*Set {
	near, far := SetOf(-7, int64(rows)+5), SetOf(-1<<40, 1<<50)
	for i := 0; i < rows; i += 3 {
		near.Add(int64(i))
		far.Add(int64(i))
	}
	return map[string]*Set{"near": near, "far": far, "empty": SetOf()}
}

func TestSetsAreArgumentsOfIN(t *testing.T) {
	const rows = 3000
	engines := map[string]querier{}
	one := sample(t, rows, Options{Threads: 2})
	engines["one node"], engines["a client"] = one, connect(t, one, ServeOptions{})
	nodes := openNodes(t, 3, Options{Threads: 2, replicas: 2})
	table := randomTable(newRand(3), rows)
	nodes[0].chunkRows = 100
	loadTable(t, nodes[0], "t", writeSoR(t, table), table.fields)
	engines["three nodes"] = nodes[1]
	for name, s := range somePlaces(rows) {
		for who, e := range engines {
			for _, c := range []struct{ set, list string }{
				{"SELECT row FROM t WHERE row IN ?", "SELECT row FROM t WHERE row % 3 = 0 AND ?"},
				{"SELECT row FROM t WHERE row NOT IN ? AND w > 0", "SELECT row FROM t WHERE NOT (row % 3 = 0 AND ?) AND w > 0"},
				{"SELECT COUNT(*), COUNT(a IN ?) FROM t", "SELECT COUNT(*), COUNT(a = 1 AND ? OR a <> 1) FROM t"},
				{"SELECT row IN ?, COUNT(*) FROM t GROUP BY 1 ORDER BY 1", "SELECT row % 3 = 0 AND ?, COUNT(*) FROM t GROUP BY 1 ORDER BY 1"},
			} {
				_, got, _ := strings.Cut(result(t, e, c.set, false, s), "\n")
				_, want, _ := strings.Cut(result(t, one, c.list, false, s.Len() > 0), "\n")
				if got != want || strings.HasPrefix(got, "error") {
					t.Errorf("%s: %s with the set %s gives\n%s, want\n%s", who, c.set, name, head(got), head(want))
				}
			}
			if got := mustQuery(t, e, "SELECT COUNT(*) FROM t WHERE row IN :s", stdsql.Named("s", s)); got[0][0].Int != min(1000, s.Len()) {
				t.Errorf("%s: a named set %s gives %v", who, name, got)
			}
		}
	}
}

func TestSetsThatDoNotFitAreErrors(t *testing.T) {
	e := sample(t, 10, Options{})
	for text, want := range map[string]string{
		"SELECT row = ? FROM t":                "a set is the right side of IN",
		"SELECT row FROM t WHERE s IN ?":       "s is STRING, and the set is of INTs",
		"SELECT row FROM t WHERE x IN ?":       "x is FLOAT, and the set is of INTs",
		"SELECT row FROM t WHERE row IN (1,?)": "a set is the right side of IN",
	} {
		if got := result(t, e, text, false, SetOf(1)); !strings.Contains(got, want) {
			t.Errorf("%s gives %s", text, got)
		}
	}
	if _, err := e.Table("t").CollectSet(t.Context(), "s"); err == nil || !strings.Contains(err.Error(), "s is STRING, and a set is of INTs") {
		t.Errorf("error %v", err)
	}
	if _, err := e.Table("t").Filter(Col("s").InSet(SetOf(1))).Collect(t.Context()); err == nil {
		t.Error("a STRING column may be in a set")
	}
}

func TestColumnsAreCollectedIntoSets(t *testing.T) {
	for _, rows := range []int{0, 1, 2, 3000} {
		table := randomTable(newRand(3), rows)
		nodes := openNodes(t, 3, Options{Threads: 2, replicas: 1})
		nodes[0].chunkRows = 100
		loadTable(t, nodes[0], "t", writeSoR(t, table), table.fields)
		for who, e := range map[string]*Engine{"one node": sample(t, rows, Options{Threads: 3}), "three nodes": nodes[1]} {
			for _, name := range []string{"row", "a", "w", "none"} {
				col := slices.IndexFunc(table.fields, func(f Column) bool { return f.Name == name })
				want := &Set{}
				for i, r := range table.rows {
					if i%3 == 0 && r[col].Valid {
						want.Add(r[col].Int)
					}
				}
				got, err := e.Table("t").Filter(Call("%", Col("row"), Lit(3)).Eq(0)).CollectSet(t.Context(), name)
				if err != nil || !got.Equal(want) {
					t.Errorf("%s: %d rows: column %s gives %d numbers, %v, want %d", who, rows, name, got.Len(), err, want.Len())
				}
				got, err = e.Table("t").Filter(Col("row").InSet(want)).Select(Col(name).Add(1).As("more")).CollectSet(t.Context(), "more")
				if err != nil || name == "row" && got.Len() != want.Len() {
					t.Errorf("%s: %d rows: computed column %s gives %d numbers, %v", who, rows, name, got.Len(), err)
				}
			}
		}
	}
}

func BenchmarkInSet(b *testing.B) {
	const rows = 1 << 20
	r := rand.New(rand.NewPCG(1, 1))
	e := open(b, Options{Threads: 1})
	values := make([][]Value, rows)
	for i := range values {
		values[i] = []Value{column.IntValue(r.Int64N(16 * rows))}
	}
	fields := []Column{{Name: "x", Type: Int}}
	loadTable(b, e, "t", writeSoR(b, naiveTable{fields: fields, rows: values}), fields)
	few, many := &Set{}, &Set{}
	for range 1000 {
		few.Add(r.Int64N(16 * rows))
	}
	for range 4 * rows {
		many.Add(r.Int64N(16 * rows))
	}
	for name, s := range map[string]*Set{"few": few, "many": many} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(rows)
			for b.Loop() {
				if _, err := e.Table("t").Filter(Col("x").InSet(s)).CollectSet(b.Context(), "x"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
