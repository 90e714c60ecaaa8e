package exec

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/exec/group"
	"github.com/eau2db/eau2/engine/fragment"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/sql"
	"github.com/eau2db/eau2/engine/vector"
)

// ID makes t a table that fragments can name.
func (t *memTable) ID() string { return "id" }

// catalogue is the one table t.
type catalogue struct{ t *memTable }

func (c catalogue) Table(context.Context, string) (plan.Table, error) { return c.t, nil }
func (c catalogue) File(context.Context, string) (plan.Table, error) {
	return nil, errors.New("no files here")
}
func (c catalogue) Names() []string { return []string{"t"} }

func optimised(t *testing.T, query string, tab *memTable) plan.Node {
	t.Helper()
	st, err := sql.Parse(query)
	if err != nil {
		t.Fatalf("%s\n%v", query, err)
	}
	b, err := sql.Bind(t.Context(), st.(*sql.Select).Query, catalogue{tab}, nil)
	if err != nil {
		t.Fatalf("%s\n%v", query, err)
	}
	return plan.Optimize(b.Plan)
}

// everywhere makes every scan one of what is elsewhere.
var everywhere = fragment.Options{Remote: func(*plan.Scan) bool { return true }}

var partQueries = []string{
	"SELECT id, i, s FROM t",
	"SELECT id, f * 2 x, UPPER(s) FROM t WHERE i > 0 AND b",
	"SELECT * FROM t ORDER BY i LIMIT 20",
	"SELECT * FROM t ORDER BY s DESC, b LIMIT 50 OFFSET 7",
	"SELECT id FROM t WHERE b ORDER BY f DESC LIMIT 100000",
	"SELECT id FROM t ORDER BY i, f, s",
	"SELECT id FROM t WHERE b LIMIT 30 OFFSET 11",
	"SELECT id FROM t WHERE i = 3 LIMIT 10000",
	"SELECT id FROM t WHERE f < 0",
	"SELECT COUNT(*), SUM(id), AVG(f), MIN(s), MAX(i), STDDEV_SAMP(f), COUNT(s) FROM t WHERE b",
	"SELECT COUNT(*), SUM(i), MAX(s) FROM t WHERE f < 0",
	"SELECT i, COUNT(*) n, SUM(f), GROUP_CONCAT(id SEPARATOR ',') g, ANY_VALUE(id) FROM t GROUP BY i ORDER BY i",
	"SELECT s, COUNT(DISTINCT i), COUNT(DISTINCT f), GROUP_CONCAT(DISTINCT i ORDER BY f DESC), MEDIAN(f) FROM t GROUP BY s HAVING s > 'text2' ORDER BY s",
	"SELECT COUNT(DISTINCT s, b), APPROX_COUNT_DISTINCT(i) FROM t",
	"SELECT DISTINCT s, b FROM t ORDER BY s, b",
	"SELECT id, SUM(f) FROM t GROUP BY id ORDER BY id LIMIT 5",
	"SELECT b, LARGEST(f, 3) FROM t GROUP BY b ORDER BY 1, 2",
	"SELECT MAX(n) FROM (SELECT s, COUNT(*) n FROM t WHERE i IS NOT NULL GROUP BY s) x",
	"SELECT COUNT(*) FROM (SELECT id FROM t WHERE b LIMIT 100) x",
	"SELECT i FROM t WHERE b UNION ALL (SELECT id FROM t ORDER BY f LIMIT 3)",
}

// TestPartsOfAPlanGiveWhatItGives cuts plans in two, runs the lower half over parts of the chunks, and the upper half over
// what comes out.
func TestPartsOfAPlanGiveWhatItGives(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, 2, 6_000} {
		fields, rows := randomRows(size, uint64(size))
		tab := newTable(fields, rows, max(1, size/30), max(1, size/9))
		for _, query := range partQueries {
			n := optimised(t, query, tab)
			want := collect(t, n, 2)
			cut, err := fragment.Split(n, everywhere)
			if err != nil {
				t.Fatal(err)
			}
			for _, parts := range []int{1, 4} {
				joined := plan.Transform(cut, func(n plan.Node) plan.Node {
					if remote, ok := n.(*plan.Remote); ok {
						return runParts(t, remote, tab, parts, r)
					}
					return n
				})
				ordered := !strings.Contains(query, "GROUP BY") && !strings.Contains(query, "DISTINCT") || strings.Contains(query, "ORDER BY 1") || strings.Contains(query, "ORDER BY i")
				compare(t, fmt.Sprintf("%d rows in %d parts: %s\n%s", size, parts, query, plan.Format(cut)), collect(t, joined, 2), want, ordered)
			}
		}
	}
}

// runParts deals the chunks of a fragment out, runs each part as another process would, and returns the rows in the order of
// their places.
func runParts(t *testing.T, remote *plan.Remote, tab *memTable, parts int, r *rand.Rand) plan.Node {
	t.Helper()
	b, err := fragment.Encode(remote.Fragment)
	if err != nil {
		t.Fatal(err)
	}
	there, err := fragment.Decode(b, func(fragment.TableRef) (plan.Table, error) { return tab, nil })
	if err != nil {
		t.Fatal(err)
	}
	chunks := make([][]int, parts)
	for c := range tab.chunks {
		p := r.IntN(parts)
		chunks[p] = append(chunks[p], c)
	}
	partitions := 1 + r.IntN(3)
	var batches []*vector.Batch
	for _, list := range chunks {
		s := Start(t.Context(), there, Options{Threads: 2, Chunks: append([]int{}, list...), Partitions: partitions})
		for {
			b, err := s.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			batches = append(batches, b)
		}
		s.Close()
	}
	if _, ok := there.(*plan.Partial); !ok {
		slices.SortStableFunc(batches, func(a, b *vector.Batch) int { return cmp.Compare(a.Seq, b.Seq) })
	}
	v := &plan.Values{Schema: remote.Fields()}
	for _, b := range batches {
		if _, ok := there.(*plan.Partial); ok && group.Partition(b) >= partitions {
			t.Errorf("partition %d of %d", group.Partition(b), partitions)
		}
		for i := range b.Len() {
			row := make([]column.Value, b.Width())
			for c := range row {
				row[c] = b.Col(c).Value(i)
			}
			v.Rows = append(v.Rows, row)
		}
	}
	return v
}

// compare fails unless the rows are the same, in any order unless ordered. FLOATs may differ in the last digits.
func compare(t *testing.T, what string, got, want [][]column.Value, ordered bool) {
	t.Helper()
	lines := func(rows [][]column.Value) []string {
		out := make([]string, len(rows))
		for i, row := range rows {
			for _, v := range row {
				if v.Valid && v.Type == column.Float {
					out[i] += fmt.Sprintf("|%.9g", v.Float)
				} else {
					out[i] += "|" + v.String()
				}
			}
		}
		if !ordered {
			slices.Sort(out)
		}
		return out
	}
	g, w := lines(got), lines(want)
	if len(g) != len(w) {
		t.Fatalf("%s: %d rows, want %d", what, len(g), len(w))
	}
	for i := range g {
		if g[i] != w[i] {
			t.Fatalf("%s: row %d: %.500s, want %.500s", what, i, g[i], w[i])
		}
	}
}

// TestPlacesTellTheChunk runs each chunk of a list alone.
func TestPlacesTellTheChunk(t *testing.T) {
	fields, rows := randomRows(100_000, 6)
	tab := newTable(fields, rows, morselRows+1, 10, 2*morselRows, 7)
	s := scanAll(tab)
	s.Chunks = []int{0, 2, 3}
	places := Places(s)
	if want := []uint64{0, 2, 4, 5}; !slices.Equal(places, want) {
		t.Fatalf("places %d, want %d", places, want)
	}
	for i, c := range s.Chunks {
		st := Start(t.Context(), s, Options{Threads: 2, Chunks: []int{c}})
		next := places[i]
		for {
			b, err := st.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if b.Seq != next && b.Seq != next+1 || b.Seq >= places[i+1] {
				t.Errorf("chunk %d: Seq %d after %d", c, b.Seq, next)
			}
			next = b.Seq
		}
		if next != places[i+1]-1 {
			t.Errorf("chunk %d: the last Seq was %d", c, next)
		}
		st.Close()
	}
}

// TestARemoteWithoutOthersRunsHere runs cut plans as they are.
func TestARemoteWithoutOthersRunsHere(t *testing.T) {
	fields, rows := randomRows(5000, 4)
	tab := newTable(fields, rows, 700)
	for _, query := range partQueries {
		n := optimised(t, query, tab)
		cut, err := fragment.Split(n, everywhere)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, query, collect(t, cut, 2), collect(t, n, 2), false)
	}
}

// TestMemoryOfPartsIsGivenBack runs both halves under a budget.
func TestMemoryOfPartsIsGivenBack(t *testing.T) {
	fields, rows := randomRows(6_000, 5)
	tab := newTable(fields, rows, 1700)
	for _, query := range partQueries {
		cut, err := fragment.Split(optimised(t, query, tab), everywhere)
		if err != nil {
			t.Fatal(err)
		}
		for _, limit := range []int64{1 << 10, 64 << 20} {
			mem := NewMemory(limit)
			_, err := collectErr(t.Context(), cut, Options{Threads: 2, Memory: mem, Partitions: 2})
			var short *ErrMemory
			if err != nil && !errors.As(err, &short) || err != nil && limit > 1<<20 {
				t.Errorf("%s with %d bytes: %v", query, limit, err)
			}
			if mem.Used() != 0 {
				t.Errorf("%s with %d bytes: %d bytes were not given back", query, limit, mem.Used())
			}
		}
	}
}
