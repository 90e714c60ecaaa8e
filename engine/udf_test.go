package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/eau2db/eau2/engine/function"
)

var (
	testInitial = RegisterFunc1("TEST_INITIAL", func(s string) string { return s[:min(1, len(s))] })
	testMiddle  = RegisterFunc2("test_middle", func(a, b float64) float64 { return (a + b) / 2 })
	testBoom    = RegisterFunc1("TEST_BOOM", func(n int64) int64 {
		if n == 433 {
			panic("boom")
		}
		return n
	})
	testTwice = Func1(func(n int64) int64 { return 2 * n }, Col("row"))
)

// randomNodes opens nodes with the random table t of so many rows.
func randomNodes(t testing.TB, n, rows int) []*Engine {
	t.Helper()
	nodes := openNodes(t, n, Options{Threads: 2, replicas: 2})
	table := randomTable(newRand(3), rows)
	nodes[0].chunkRows = 25
	loadTable(t, nodes[0], "t", writeSoR(t, table), table.fields)
	return nodes
}

func TestRegisteredFunctionsRunAtTheData(t *testing.T) {
	alone := sample(t, 800, Options{Threads: 2})
	nodes := randomNodes(t, 3, 800)
	for _, q := range []string{
		"SELECT row, TEST_INITIAL(s), TEST_MIDDLE(f, a) FROM t WHERE test_initial(u) = 'a'",
		"SELECT TEST_INITIAL(s) i, COUNT(*), SUM(test_middle(w, 0)) FROM t GROUP BY i ORDER BY i",
		"SELECT row FROM t ORDER BY test_initial(s), row LIMIT 9",
	} {
		want := result(t, alone, q, false)
		if strings.Contains(want, "error") {
			t.Fatal(want)
		}
		if got := result(t, nodes[1], q, false); got != want {
			t.Errorf("%s gives\n%s, want\n%s", q, got, want)
		}
		if got := result(t, nodes[1], "EXPLAIN "+q, false); regexp.MustCompile(`(?is)test_.*Remote`).MatchString(got) && !strings.Contains(got, "Sort") {
			t.Errorf("%s: a function runs at the asked node:\n%s", q, got)
		}
	}
	frame := func(e *Engine) *DataFrame {
		return e.Table("t").Filter(testInitial(Col("s")).Ne("a")).Select(testMiddle(Col("a"), Col("row")).As("m"), testTwice.As("n"))
	}
	if got, want := rowsOf(t, frame(nodes[2])), rowsOf(t, frame(alone)); got != want {
		t.Errorf("the frame has\n%s, want\n%s", head(got), head(want))
	}
}

// rowsOf returns the rows of d as text.
func rowsOf(t testing.TB, d *DataFrame) string {
	t.Helper()
	rows, err := d.Collect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for r := range rows.All() {
		fmt.Fprintln(&b, r)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPanicsOfFunctionsNameNodeAndRows(t *testing.T) {
	nodes := randomNodes(t, 4, 800)
	place := regexp.MustCompile(`^node node\d: panic in function TEST_BOOM for table t, chunk 8, rows from 0 on: boom\n`)
	alone := sample(t, 800, Options{Threads: 2})
	for _, d := range []func(e *Engine) *DataFrame{
		func(e *Engine) *DataFrame { return e.Table("t").Select(testBoom(Col("row"))) },
		func(e *Engine) *DataFrame { return e.Table("t").Filter(testBoom(Col("row")).Gt(5)) },
		func(e *Engine) *DataFrame { return e.Table("t").GroupBy(testBoom(Col("row")).As("k")).Agg(Count()) },
	} {
		for _, e := range append(nodes, alone) {
			want := place
			if e == alone {
				want = regexp.MustCompile(`panic in function TEST_BOOM for table t, chunk 0, rows from 0 on: boom\n`)
			}
			rows, err := d(e).Collect(t.Context())
			if err == nil {
				for rows.Next() {
				}
				err = rows.Err()
				rows.Close()
			}
			if err == nil || !want.MatchString(err.Error()) {
				t.Errorf("error is %.200v", err)
			}
		}
	}
}

// forge makes the other nodes get requests in which old stands as new.
func forge(nodes []*Engine, kind, old, new string) {
	for _, e := range nodes {
		f := e.requests()[kind]
		e.node.Handle(kind, func(ctx context.Context, request []byte, out func([]byte) error) error {
			return e.named(f(ctx, bytes.Replace(request, []byte(old), []byte(new), 1), out))
		})
	}
}

func TestOtherProgramsAreRefused(t *testing.T) {
	program, err := function.Program()
	if err != nil || len(program) != 32 {
		t.Fatal(program, err)
	}
	for _, c := range []struct {
		old, new string
		want     error
	}{
		{program, strings.Repeat("0", 32), function.ErrProgram},
		{"TEST_INITIAL", "TEST_INITIAN", function.ErrUnknown},
	} {
		nodes := randomNodes(t, 3, 800)
		forge(nodes[1:], kindFragment, c.old, c.new)
		rows, err := nodes[0].Query(t.Context(), "SELECT SUM(LENGTH(TEST_INITIAL(s))) FROM t")
		if err == nil {
			rows.Next()
			err = rows.Err()
			rows.Close()
		}
		if !errors.Is(err, c.want) || !regexp.MustCompile(`node node[12]: .*its program`).MatchString(err.Error()) {
			t.Errorf("error is %v, want %v", err, c.want)
		}
	}
}

func TestNamesOfFunctionsAreRegisteredOnce(t *testing.T) {
	for name, want := range map[string]string{
		"test_initial": "registered already", "UPPER": "UPPER is a function of SQL", "sum": "SUM is a function of SQL",
		"CAST": "CAST is a function of SQL", "": "letters", "a b": "letters", "a-b": "letters", "select": "letters",
	} {
		got := func() (p any) {
			defer func() { p = recover() }()
			RegisterFunc1(name, func(b bool) bool { return b })
			return nil
		}()
		if !strings.Contains(fmt.Sprint(got), want) {
			t.Errorf("a function called %q gives %v, want %s", name, got, want)
		}
	}
	if got := result(t, open(t, Options{}), "SELECT test_initial(1)", false); !strings.Contains(got, "TEST_INITIAL(STRING)") {
		t.Errorf("a wrong type gives %s", got)
	}
}
