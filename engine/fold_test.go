package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/engine/function"
)

// testWords counts the strings of a column; its result goes by gob.
var testWords = RegisterFold("test words", func(column int) (Fold[map[string]int], error) {
	if column < 0 {
		return Fold[map[string]int]{}, errors.New("no such column")
	}
	return Fold[map[string]int]{
		Start: func() map[string]int { return map[string]int{} },
		Step: func(m map[string]int, c Chunk) (map[string]int, error) {
			nulls := c.Nulls(column)
			for i, s := range c.Strings(column) {
				if nulls == nil || !nulls[i] {
					m[strings.Clone(s)]++
				}
			}
			return m, nil
		},
		Merge: func(a, b map[string]int) (map[string]int, error) {
			for s, n := range b {
				a[s] += n
			}
			return a, nil
		},
	}, nil
})

// hooks are what a fold of testHooked calls; nil calls nothing.
type hooks struct {
	start, merge, encode, decode func()
	step                         func(first int64) error
}

var testHooks hooks

// span is a number, and how often it was encoded, with its own encoding.
type span struct{ n int64 }

func (s *span) MarshalBinary() ([]byte, error) {
	call(testHooks.encode)
	return fmt.Appendf(nil, "%d", s.n), nil
}

func (s *span) UnmarshalBinary(b []byte) error {
	call(testHooks.decode)
	_, err := fmt.Sscan(string(b), &s.n)
	return err
}

func call(f func()) {
	if f != nil {
		f()
	}
}

// testHooked sums column 0.
var testHooked = RegisterFold("test hooked", func(struct{}) (Fold[*span], error) {
	return Fold[*span]{
		Start: func() *span { call(testHooks.start); return &span{} },
		Step: func(s *span, c Chunk) (*span, error) {
			if testHooks.step != nil {
				if err := testHooks.step(c.Ints(0)[0]); err != nil {
					return s, err
				}
			}
			for _, n := range c.Ints(0) {
				s.n += n
			}
			return s, nil
		},
		Merge: func(a, b *span) (*span, error) { call(testHooks.merge); a.n += b.n; return a, nil },
	}, nil
})

// testLong gives a result of many blocks.
var testLong = RegisterFold("test long", func(size int) (Fold[string], error) {
	return Fold[string]{
		Start:  func() string { return "" },
		Step:   func(string, Chunk) (string, error) { return strings.Repeat("x", size), nil },
		Merge:  func(a, b string) (string, error) { return max(a, b), nil },
		Encode: func(s string) ([]byte, error) { return []byte(s), nil },
		Decode: func(b []byte) (string, error) { return string(b), nil },
	}, nil
})

// pipelines are what folds are run over: those that go to the data, and others.
var pipelines = []struct {
	name   string
	atData bool
	of     func(t *DataFrame) *DataFrame
}{
	{"all", true, func(t *DataFrame) *DataFrame { return t.Select(Col("row"), Col("s")) }},
	{"some", true, func(t *DataFrame) *DataFrame { return t.Filter(Col("w").Gt(0)).Select(Col("a").Mul(3), Col("u")) }},
	{"a registered function", true, func(t *DataFrame) *DataFrame { return t.Select(Col("row"), testInitial(Col("s"))) }},
	{"a closure", false, func(t *DataFrame) *DataFrame { return t.Select(testTwice, Col("s")) }},
	{"the first", false, func(t *DataFrame) *DataFrame {
		return t.OrderBy(Desc(Col("row"))).Select(Col("row"), Col("s")).Limit(100)
	}},
	{"groups", false, func(t *DataFrame) *DataFrame { return t.GroupBy("s").Agg(Sum(Col("row"))).Select(Col("sum"), Col("s")) }},
	{"none", true, func(t *DataFrame) *DataFrame { return t.Filter(Col("row").Lt(0)).Select(Col("row"), Col("s")) }},
}

func foldAll(t testing.TB, d *DataFrame) (int64, map[string]int) {
	t.Helper()
	sum, err := testHooked.Run(t.Context(), d, struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	words, err := testWords.Run(t.Context(), d, 1)
	if err != nil {
		t.Fatal(err)
	}
	return sum.n, words
}

func TestFoldsGiveTheSameOnAnyNumberOfNodes(t *testing.T) {
	for _, rows := range []int{0, 1, 2, 3000} {
		alone := sample(t, rows, Options{Threads: 2})
		for n, replicas := range map[int]int{1: 1, 2: 1, 5: 2} {
			nodes := openNodes(t, n, Options{Threads: 2, replicas: replicas})
			table := randomTable(newRand(3), rows)
			nodes[n-1].chunkRows = 100
			loadTable(t, nodes[n-1], "t", writeSoR(t, table), table.fields)
			for _, p := range pipelines {
				sum, words := foldAll(t, p.of(alone.Table("t")))
				if rows == 3000 && p.name != "none" && (sum == 0 || len(words) == 0) {
					t.Fatalf("%s: %d, %v", p.name, sum, words)
				}
				var asked atomic.Int64
				for _, e := range nodes {
					e.node.Handle(kindFold, func(ctx context.Context, request []byte, out func([]byte) error) error {
						asked.Add(1)
						return e.requests()[kindFold](ctx, request, out)
					})
				}
				gotSum, gotWords := foldAll(t, p.of(nodes[0].Table("t")))
				if gotSum != sum || !maps.Equal(gotWords, words) {
					t.Errorf("%s of %d rows on %d nodes: %d, %v, want %d, %v", p.name, rows, n, gotSum, gotWords, sum, words)
				}
				if want := p.atData && p.name != "none" && n > 1 && rows == 3000; asked.Load() > 0 != want && p.name != "none" && rows == 3000 {
					t.Errorf("%s on %d nodes: %d folds at other nodes", p.name, n, asked.Load())
				}
			}
		}
	}
}

func TestFoldsOutliveANode(t *testing.T) {
	wantSum, wantWords := foldAll(t, pipelines[0].of(sample(t, 800, Options{Threads: 2}).Table("t")))
	for _, when := range []string{"asked", "answering", "the last block"} {
		nodes, mesh := openMesh(t, 4, Options{Threads: 2, replicas: 2})
		table := randomTable(newRand(3), 800)
		nodes[0].chunkRows = 25
		loadTable(t, nodes[0], "t", writeSoR(t, table), table.fields)
		dead := nodes[2]
		var killed atomic.Bool
		dead.node.Handle(kindFold, func(ctx context.Context, request []byte, out func([]byte) error) error {
			if when == "asked" {
				killed.Store(true)
				mesh.Kill(dead.node.ID())
			}
			blocks := 0
			return dead.foldRequested(ctx, request, func(b []byte) error {
				if blocks++; when == "answering" && blocks == 1 || when == "the last block" && blocks == 2 {
					killed.Store(true)
					mesh.Kill(dead.node.ID())
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				return out(b)
			})
		})
		sum, words := foldAll(t, pipelines[0].of(nodes[0].Table("t")))
		if sum != wantSum || !maps.Equal(words, wantWords) || !killed.Load() {
			t.Errorf("with a node lost when it is %s: %d, %v, want %d, %v", when, sum, words, wantSum, wantWords)
		}
	}
}

func TestFoldsOfLostChunksSayWhichAreLost(t *testing.T) {
	nodes, mesh := openMesh(t, 3, Options{Threads: 2, replicas: 1})
	table := randomTable(newRand(3), 800)
	nodes[0].chunkRows = 25
	loadTable(t, nodes[0], "t", writeSoR(t, table), table.fields)
	mesh.Kill(nodes[1].node.ID())
	if sum, err := testHooked.Run(t.Context(), nodes[0].Table("t"), struct{}{}); err == nil || sum != nil || !strings.Contains(err.Error(), "table t: no live node has chunk ") {
		t.Errorf("%v, %v", sum, err)
	}
}

func TestAnotherNodeFoldsAgainWhatOneAnswersBadly(t *testing.T) {
	wantSum, _ := foldAll(t, pipelines[0].of(sample(t, 800, Options{Threads: 2}).Table("t")))
	for name, bad := range map[string]func(out func([]byte) error) error{
		"garbage":      func(out func([]byte) error) error { return out([]byte("garbage")) },
		"an empty one": func(out func([]byte) error) error { return out(nil) },
		"nothing":      func(out func([]byte) error) error { return nil },
		"half":         func(out func([]byte) error) error { return errors.Join(out([]byte{4}), out([]byte{1, 2})) },
		"too much":     func(out func([]byte) error) error { return errors.Join(out([]byte{1}), out([]byte{1, 2})) },
		"corruption":   func(out func([]byte) error) error { return fmt.Errorf("read: %w", cluster.ErrCorrupt) },
		"a leave":      func(out func([]byte) error) error { return ErrClosed },
		"a move":       func(out func([]byte) error) error { return cluster.ErrMoved },
	} {
		nodes := randomNodes(t, 3, 800)
		nodes[1].node.Handle(kindFold, func(_ context.Context, _ []byte, out func([]byte) error) error { return bad(out) })
		sum, _ := foldAll(t, pipelines[0].of(nodes[2].Table("t")))
		if sum != wantSum {
			t.Errorf("%s: %d, want %d", name, sum, wantSum)
		}
	}
}

func TestPanicsAndErrorsOfFoldsNameNodeAndRows(t *testing.T) {
	nodes := randomNodes(t, 3, 800)
	frame := nodes[0].Table("t")
	enough := errors.New("enough")
	for _, c := range []struct {
		name  string
		hooks hooks
		want  string
	}{
		{"step", hooks{step: func(first int64) error {
			if first == 400 {
				panic("boom")
			}
			return nil
		}}, `^node node\d: panic in fold test hooked for table t, chunk 8, rows from 0 on: boom\n`},
		{"a step's error", hooks{step: func(first int64) error {
			if first == 400 {
				return enough
			}
			return nil
		}}, `fold test hooked: enough$`},
		{"start", hooks{start: func() { panic("boom") }}, `^node node\d: panic in fold test hooked for table t, chunk \d+, rows from 0 on: boom\n`},
		{"merge", hooks{merge: func() { panic("boom") }}, `^node node\d: panic in fold test hooked: boom\n`},
		{"encode", hooks{encode: func() { panic("boom") }}, `node node[12]: .*panic in (fold test hooked|an encoding): boom\n`},
		{"decode", hooks{decode: func() { panic("boom") }}, `decode the result of node node[12]: panic in (fold test hooked|a decoding): boom\n`},
	} {
		testHooks = c.hooks
		sum, err := testHooked.Run(t.Context(), frame, struct{}{})
		testHooks = hooks{}
		if err == nil || sum != nil || !regexp.MustCompile(c.want).MatchString(err.Error()) {
			t.Errorf("%s: %v, error %.300v", c.name, sum, err)
		}
	}
	if _, err := testWords.Run(t.Context(), frame, -1); err == nil || err.Error() != "fold test words: no such column" {
		t.Errorf("no fold for an argument: %v", err)
	}
	if _, err := testWords.Run(t.Context(), frame, 99); err == nil || !strings.Contains(err.Error(), "panic in fold test words") {
		t.Errorf("a column that is not there: %v", err)
	}
	if _, err := testWords.Run(t.Context(), nodes[0].Table("u"), 0); err == nil || !strings.Contains(err.Error(), "unknown table u") {
		t.Errorf("a table that is not there: %v", err)
	}
	if sum, _ := foldAll(t, frame); sum != 799*800/2 { // all still works
		t.Errorf("the sum is %d", sum)
	}
}

func TestCancelledFoldsEndEverywhere(t *testing.T) {
	nodes := randomNodes(t, 3, 800)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var running, requests atomic.Int64
	for _, e := range nodes[1:] {
		e.node.Handle(kindFold, func(ctx context.Context, request []byte, out func([]byte) error) error {
			requests.Add(1)
			defer requests.Add(-1)
			return e.foldRequested(ctx, request, out)
		})
	}
	testHooks = hooks{step: func(int64) error {
		if running.Add(1) == 4 { // on two nodes at least
			cancel()
		}
		<-ctx.Done()
		return nil
	}}
	_, err := testHooked.Run(ctx, nodes[0].Table("t"), struct{}{})
	testHooks = hooks{}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	if n := requests.Load(); n != 0 {
		t.Errorf("%d requests still run", n)
	}
	if n := running.Load(); n > 6 {
		t.Errorf("%d steps", n)
	}
}

func TestFoldsAreRefusedByOtherPrograms(t *testing.T) {
	program, err := function.Program()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		old, new string
		want     error
	}{
		{program, strings.Repeat("0", 32), function.ErrProgram},
		{"test hooked", "test hookey", function.ErrUnknown},
	} {
		nodes := randomNodes(t, 3, 800)
		forge(nodes[1:], kindFold, c.old, c.new)
		_, err := testHooked.Run(t.Context(), nodes[0].Table("t"), struct{}{})
		if !errors.Is(err, c.want) || !regexp.MustCompile(`^node node[12]: .*its program`).MatchString(err.Error()) {
			t.Errorf("error is %v, want %v", err, c.want)
		}
	}
}

func TestLongResultsGoInBlocks(t *testing.T) {
	nodes := randomNodes(t, 3, 800)
	const size = 2*foldBlock + 1
	for _, e := range nodes[1:] {
		e.node.Handle(kindFold, func(ctx context.Context, request []byte, out func([]byte) error) error {
			return e.foldRequested(ctx, request, func(b []byte) error {
				if len(b) > foldBlock {
					t.Errorf("a block of %d bytes", len(b))
				}
				return out(b)
			})
		})
	}
	got, err := testLong.Run(t.Context(), nodes[0].Table("t"), size)
	if err != nil || got != strings.Repeat("x", size) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if used := nodes[0].memory.Used(); used != 0 {
		t.Errorf("%d bytes of the budget are left taken", used)
	}
	if got, err := testLong.Run(t.Context(), nodes[0].Table("t"), 0); err != nil || got != "" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestFoldsAreRegisteredOnce(t *testing.T) {
	defer func() {
		if p := fmt.Sprint(recover()); !strings.Contains(p, `a fold called "test words" is registered already`) {
			t.Errorf("panic %s", p)
		}
	}()
	RegisterFold("test words", func(int) (Fold[int], error) { return Fold[int]{}, nil })
}

type closed struct{ n int }

var testClosed = RegisterFold("test closed", func(closed) (Fold[int], error) { return Fold[int]{}, nil })

// What cannot travel is found on one node, too.
func TestFoldsOfWhatCannotTravel(t *testing.T) {
	e := sample(t, 5, Options{})
	if _, err := testClosed.Run(t.Context(), e.Table("t"), closed{1}); err == nil || !strings.Contains(err.Error(), "engine.closed cannot go to other nodes") {
		t.Errorf("error is %v", err)
	}
}

func FuzzFoldRequest(f *testing.F) {
	q := foldRequest{chunks: []int{1, 5, 6}, program: "p", name: "words", arg: []byte("arg"), plan: []byte("plan")}
	f.Add(q.bytes())
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, b []byte) {
		q, err := cutFold(b)
		if err != nil {
			return
		}
		again, err := cutFold(q.bytes())
		if err != nil || fmt.Sprint(again) != fmt.Sprint(q) {
			t.Errorf("%v becomes %v, %v", q, again, err)
		}
	})
}
