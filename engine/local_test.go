package engine

import (
	"strings"
	"testing"
)

func TestLocalPartsAreTheWhole(t *testing.T) {
	for _, rows := range []int{0, 1, 2, 2000} {
		for n := 1; n <= 5; n++ {
			nodes := openNodes(t, n, Options{Threads: 2, replicas: 2})
			nodes[0].chunkRows = 25
			table := randomTable(newRand(3), rows)
			loadTable(t, nodes[0], "t", writeSoR(t, table), table.fields)
			seen := make([]int, rows)
			for i, e := range nodes {
				local := e.Table("t").Local()
				_, got := collect(t, must(local.Filter(Col("row").Ge(0)).Collect(t.Context())), nil)
				for _, r := range got {
					seen[r[0].Int]++
				}
				if rows == 2000 && (len(got) < rows/n/5 || len(got) > 3*rows/n) {
					t.Errorf("%d of %d nodes reads %d rows", i, n, len(got))
				}
				var counted int64
				for _, d := range []*DataFrame{local.GroupBy().Agg(Count()), local.Union(local).GroupBy().Agg(Count())} {
					_, count := collect(t, must(d.Collect(t.Context())), nil)
					counted += count[0][0].Int
				}
				if counted != 3*int64(len(got)) {
					t.Errorf("COUNT gives %d, there are %d", counted, len(got))
				}
				sum, err := testHooked.Run(t.Context(), local.Filter(Col("one").Eq(1)), struct{}{})
				var want int64
				for _, r := range got {
					want += r[0].Int
				}
				if err != nil || sum.n != want {
					t.Errorf("a fold gives %v, %v, want %d", sum, err, want)
				}
			}
			for r, n := range seen {
				if n != 1 {
					t.Fatalf("row %d of %d comes %d times", r, rows, n)
				}
			}
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestLocalOfLostChunksSaysWhichAreLost(t *testing.T) {
	nodes, mesh := openMesh(t, 3, Options{Threads: 2, replicas: 1})
	table := randomTable(newRand(3), 800)
	nodes[0].chunkRows = 25
	loadTable(t, nodes[0], "t", writeSoR(t, table), table.fields)
	mesh.Kill(nodes[1].node.ID())
	if _, err := nodes[0].Table("t").Local().Collect(t.Context()); err == nil || !strings.Contains(err.Error(), "table t: no live node has chunk ") {
		t.Errorf("error is %v", err)
	}
}
