package engine

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/engine/fragment"
	"github.com/eau2db/eau2/engine/plan"
)

// queriesOverNodes use each way in which a plan is cut.
var queriesOverNodes = []string{
	"SELECT * FROM t",
	"SELECT row, u FROM t WHERE w > 0",
	"SELECT row, w * 2 FROM t WHERE s LIKE '%a%' LIMIT 50 OFFSET 7",
	"SELECT COUNT(*), SUM(w), AVG(f), MIN(u), MAX(x), STDDEV(f), COUNT(DISTINCT s) FROM t",
	"SELECT a, COUNT(*), SUM(w), MEDIAN(f), COUNT(DISTINCT u), GROUP_CONCAT(row), LARGEST(w, 2) FROM t GROUP BY a ORDER BY 1, 7",
	"SELECT u, COUNT(*) FROM t GROUP BY u ORDER BY u",
	"SELECT DISTINCT s, p FROM t ORDER BY s, p",
	"SELECT row FROM t ORDER BY f, s LIMIT 30",
	"SELECT row FROM t ORDER BY f DESC, a",
	"SELECT s, p, COUNT(*) n, SUM(w) sw, MEDIAN(f), COUNT(DISTINCT u) FROM t WHERE w > 0 GROUP BY s, p HAVING n > 1 ORDER BY sw DESC, s, p LIMIT 20",
	"SELECT row % 100 k, MIN(s), MAX(f) FROM t GROUP BY k ORDER BY k",
	"SELECT row, SUM(w) FROM t GROUP BY row ORDER BY row LIMIT 500",
	"SELECT a FROM t WHERE row IN (SELECT row FROM t WHERE p ORDER BY w LIMIT 100)",
	"SELECT a, COUNT(*) FROM t WHERE row NOT IN (SELECT row FROM t WHERE p) OR w IN (SELECT w FROM t) GROUP BY a ORDER BY a", // long lists
	"SELECT row FROM t WHERE w < 0 UNION ALL SELECT COUNT(*) FROM t",
}

func answers(t *testing.T, e *Engine) []string {
	t.Helper()
	var all []string
	for _, q := range queriesOverNodes {
		all = append(all, result(t, e, q, false))
	}
	return all
}

// shuffleAlways makes nodes group by shuffling rows wherever they can.
func shuffleAlways(nodes []*Engine) {
	for _, e := range nodes {
		e.shuffleAlways = true
	}
}

func TestEveryNodeGivesTheAnswersOfOne(t *testing.T) {
	for _, rows := range []int{0, 1, 2, 3000} {
		want := answers(t, sample(t, rows, Options{Threads: 2}))
		for n, replicas := range map[int]int{2: 1, 5: 2, 3: 2} {
			nodes := openNodes(t, n, Options{Threads: 2, replicas: replicas})
			if n != 2 {
				shuffleAlways(nodes)
			}
			table := randomTable(newRand(3), rows)
			nodes[n-1].chunkRows = 100
			loadTable(t, nodes[n-1], "t", writeSoR(t, table), table.fields)
			for i, e := range nodes[:2] { // one that holds little of it, and another
				for k, got := range answers(t, e) {
					if got != want[k] {
						t.Errorf("%d rows on %d nodes: node %d gives for %s\n%s, want\n%s", rows, n, i, queriesOverNodes[k], head(got), head(want[k]))
					}
				}
			}
		}
	}
}

func head(s string) string { return s[:min(len(s), 500)] }

// A node that is lost before, or in the middle of, a query changes nothing where there are replicas.
func TestQueriesOutliveANode(t *testing.T) {
	const rows = 800
	want := answers(t, sample(t, rows, Options{Threads: 2}))
	for k, q := range queriesOverNodes {
		for _, when := range []string{"", kindFragment, kindReduce, kindShare} {
			nodes, mesh := openMesh(t, 4, Options{Threads: 2, replicas: 2})
			table := randomTable(newRand(3), rows)
			nodes[0].chunkRows = 25
			loadTable(t, nodes[0], "t", writeSoR(t, table), table.fields)
			if when != kindFragment {
				shuffleAlways(nodes)
			}
			for _, e := range nodes[1:] {
				id := e.node.ID()
				for kind, f := range e.requests() {
					e.node.Handle(kind, func(ctx context.Context, request []byte, out func([]byte) error) error {
						if when == "" { // as the first request comes
							mesh.Kill(nodes[2].node.ID())
						}
						return f(ctx, request, func(b []byte) error {
							if when == kind {
								mesh.Kill(nodes[2].node.ID())
							}
							if id == nodes[2].node.ID() && ctx.Err() != nil {
								return ctx.Err()
							}
							return out(b)
						})
					})
				}
			}
			if got := result(t, nodes[0], q, false); got != want[k] {
				t.Errorf("%s with a node killed at the first %q gives\n%s, want\n%s", q, when, head(got), head(want[k]))
			}
		}
	}
}

func TestChunksThatAreLostAreNamed(t *testing.T) {
	nodes, mesh := openMesh(t, 3, Options{Threads: 2, replicas: 1})
	table := randomTable(newRand(3), 1000)
	nodes[0].chunkRows = 50
	loadTable(t, nodes[0], "t", writeSoR(t, table), table.fields)
	mesh.Kill(nodes[1].node.ID())
	for k, q := range append(queriesOverNodes, queriesOverNodes...) {
		nodes[0].shuffleAlways = k >= len(queriesOverNodes)
		got := result(t, nodes[0], q, false)
		if !strings.HasPrefix(got, "error: ") || !strings.Contains(got, "table t") || !strings.Contains(got, "chunk ") {
			t.Errorf("%s gives\n%s", q, head(got))
		}
	}
	if rows, err := nodes[0].Query(t.Context(), "SELECT COUNT(*) FROM t"); err != nil { // the manifest tells
		t.Error(err)
	} else {
		rows.Close()
	}
}

func TestAnotherNodeReadsAgainWhatOneAnswersBadly(t *testing.T) {
	const rows = 800
	want := answers(t, sample(t, rows, Options{Threads: 2}))
	for name, bad := range map[string]func(out func([]byte) error) error{
		"garbage":    func(out func([]byte) error) error { return out([]byte("garbage")) },
		"nothing":    func(out func([]byte) error) error { return out(nil) },
		"corruption": func(out func([]byte) error) error { return fmt.Errorf("read: %w", cluster.ErrCorrupt) },
		"a leave":    func(out func([]byte) error) error { return ErrClosed },
		"a move":     func(out func([]byte) error) error { return cluster.ErrMoved },
	} {
		nodes := openNodes(t, 3, Options{Threads: 2, replicas: 2})
		table := randomTable(newRand(3), rows)
		nodes[0].chunkRows = 25
		loadTable(t, nodes[0], "t", writeSoR(t, table), table.fields)
		for kind := range nodes[1].requests() {
			nodes[1].node.Handle(kind, func(_ context.Context, _ []byte, out func([]byte) error) error { return bad(out) })
		}
		for _, always := range []bool{false, true} {
			nodes[2].shuffleAlways = always
			for k, got := range answers(t, nodes[2]) {
				if got != want[k] {
					t.Errorf("%s: %s gives\n%s, want\n%s", name, queriesOverNodes[k], head(got), head(want[k]))
				}
			}
		}
	}
}

func TestNodesTellOfReplicas(t *testing.T) {
	nodes, mesh := openMesh(t, 3, Options{Threads: 2, replicas: 2})
	table := randomTable(newRand(3), 1000)
	nodes[0].chunkRows = 50
	loadTable(t, nodes[0], "t", writeSoR(t, table), table.fields)
	if got := result(t, nodes[1], "SHOW REPLICAS", false); !strings.Contains(got, "'t' | # | 2 | 0 | 0 | 0") {
		t.Errorf("SHOW REPLICAS gives\n%s", got)
	}
	got := result(t, nodes[1], "SHOW NODES", false)
	if !strings.Contains(got, "chunks") || strings.Count(got, "| 0 | 'idle'") != 3 {
		t.Errorf("SHOW NODES gives\n%s", got)
	}
	mesh.Kill(nodes[2].node.ID())
	if got := result(t, nodes[1], "SHOW NODES", false); strings.Count(got, "waits for the nodes to be the same for a while") != 2 {
		t.Errorf("after a loss SHOW NODES gives\n%s", got)
	}
	if lacks, err := nodes[0].Lacks(t.Context()); lacks == 0 || err != nil || nodes[0].Repair() != (Repair{}) {
		t.Errorf("after a loss a node lacks %d chunks, %v; %+v", lacks, err, nodes[0].Repair())
	}
	for _, c := range []struct {
		of   cluster.NodeHealth
		want string
	}{
		{cluster.NodeHealth{Repair: Repair{Running: true, Copied: 1, ToCopy: 3, Bytes: 7}}, "1 of 3 chunks copied, 7 bytes"},
		{cluster.NodeHealth{Repair: Repair{Failed: "disk full"}}, "waits: disk full"},
		{cluster.NodeHealth{Err: cluster.ErrUnavailable}, "does not answer: the node cannot be reached"},
	} {
		if got := repairText(c.of); got != c.want {
			t.Errorf("%+v is %q", c.of, got)
		}
	}
}

// A plan may be older than the removal of a chunk.
func TestChunksThatHaveMovedAreFound(t *testing.T) {
	nodes := openNodes(t, 3, Options{Threads: 2, replicas: 1})
	table := randomTable(newRand(3), 1000)
	nodes[0].chunkRows = 50
	loadTable(t, nodes[0], "t", writeSoR(t, table), table.fields)
	tab, err := nodes[0].node.Table(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	defer tab.Release()
	scan := plan.NewScan(tab)
	text, err := fragment.Encode(scan)
	if err != nil {
		t.Fatal(err)
	}
	wrong := nodes[1].node.Self()
	at := &replicas{self: nodes[0].node.ID(), table: tab, holders: make([][]cluster.Member, tab.Chunks()), lost: map[string]error{}}
	r := &fragmentRun{replicas: at, engine: nodes[0], node: scan, text: text}
	all := part{node: wrong}
	for c := range tab.Chunks() {
		r.holders[c] = []cluster.Member{wrong}
		all.chunks = append(all.chunks, c)
	}
	if _, _, err := r.try(t.Context(), all); !errors.Is(err, cluster.ErrMoved) {
		t.Fatalf("error is %v", err)
	}
	batches, err := r.unit(all)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, b := range batches {
		rows += b.Rows
	}
	if rows != 1000 {
		t.Errorf("%d rows", rows)
	}
}

func TestErrorsOfAStatementAreNotTriedElsewhere(t *testing.T) {
	nodes := openNodes(t, 3, Options{Threads: 2, replicas: 3})
	table := randomTable(newRand(3), 1000)
	loadTable(t, nodes[0], "t", writeSoR(t, table), table.fields)
	_, err := nodes[0].Query(t.Context(), "SELECT SUM(w * 9000000000000000000) FROM t")
	if err == nil {
		rows, _ := nodes[0].Query(t.Context(), "SELECT SUM(w * 9000000000000000000) FROM t")
		rows.Next()
		err = rows.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "overflow") || errors.Is(err, cluster.ErrUnavailable) {
		t.Errorf("error is %v", err)
	}
}

func TestExplainTellsWhereFragmentsRun(t *testing.T) {
	nodes := openNodes(t, 2, Options{Threads: 2, replicas: 1})
	table := randomTable(newRand(3), 1000)
	nodes[0].chunkRows = 50
	loadTable(t, nodes[0], "t", writeSoR(t, table), table.fields)
	got := result(t, nodes[0], "EXPLAIN SELECT a, COUNT(*) FROM t WHERE w > 0 GROUP BY a ORDER BY a", false)
	want := regexp.MustCompile(`(?s)Merge .*Remote; node0: \d+ chunks; node1: \d+ chunks.*Partial .*Scan t`)
	if !want.MatchString(got) {
		t.Errorf("EXPLAIN gives\n%s", got)
	}
	nodes[1].node.Handle(kindFragment, func(context.Context, []byte, func([]byte) error) error { return ErrClosed })
	got = result(t, nodes[0], "EXPLAIN ANALYZE SELECT row FROM t WHERE w > 0", false)
	if !strings.Contains(got, "no live node has chunk") {
		t.Errorf("EXPLAIN ANALYZE gives\n%s", got)
	}
	nodes[1].serveNodes()
	got = result(t, nodes[0], "EXPLAIN ANALYZE SELECT row FROM t WHERE w > 0", false)
	want = regexp.MustCompile(`Remote; node0: \d+ chunks, \d+ rows, 0 bytes sent; node1: \d+ chunks, \d+ rows, \d+ bytes sent`)
	if !want.MatchString(got) {
		t.Errorf("EXPLAIN ANALYZE gives\n%s", got)
	}
}

func TestTablesWithFewCopiesAreWarnedOf(t *testing.T) {
	nodes := openNodes(t, 2, Options{replicas: 3})
	for e, want := range map[*Engine]string{nodes[0]: "warning: t is kept by 2 nodes, not by 3", open(t, Options{}): ""} {
		got := result(t, e, "CREATE TABLE t AS SELECT 1 a", false)
		if !strings.Contains(got, want) || want == "" && strings.Contains(got, "warning") {
			t.Errorf("CREATE TABLE gives %s", got)
		}
	}
}
