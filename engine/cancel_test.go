package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// gate is a Go function for a pipeline: its first call says that the pipeline runs and waits until the gate is open.
type gate struct {
	running, opened chan struct{}
	once            sync.Once
	calls           atomic.Int64
}

func newGate() *gate { return &gate{running: make(chan struct{}), opened: make(chan struct{})} }

func (g *gate) pass(x int64) int64 {
	g.calls.Add(1)
	g.once.Do(func() { close(g.running) })
	<-g.opened
	return x
}

// Every kind of operator ends soon after its context: it looks at no more than a vector a worker.
func TestACancelledPipelineStops(t *testing.T) {
	const rows, threads = 60000, 3
	e := sample(t, rows, Options{Threads: threads})
	for name, build := range map[string]func(d *DataFrame, x Expr) *DataFrame{
		"scan":                 func(d *DataFrame, x Expr) *DataFrame { return d.Select(x.As("x")) },
		"filter":               func(d *DataFrame, x Expr) *DataFrame { return d.Filter(x.Gt(0)) },
		"aggregate":            func(d *DataFrame, x Expr) *DataFrame { return d.GroupBy().Agg(Sum(x)) },
		"many groups":          func(d *DataFrame, x Expr) *DataFrame { return d.GroupBy(x.As("x")).Agg(Count()) },
		"distinct":             func(d *DataFrame, x Expr) *DataFrame { return d.Select(x.As("x"), Col("u")).Distinct() },
		"sort":                 func(d *DataFrame, x Expr) *DataFrame { return d.OrderBy(Asc(x)) },
		"top":                  func(d *DataFrame, x Expr) *DataFrame { return d.OrderBy(Asc(x)).Limit(10) },
		"union":                func(d *DataFrame, x Expr) *DataFrame { return d.Select(x.As("x")).Union(d.Select(Col("row"))) },
		"after an aggregate":   func(d *DataFrame, x Expr) *DataFrame { return d.GroupBy("row").Agg(Count()).Select(x.As("x")) },
		"after a sort":         func(d *DataFrame, x Expr) *DataFrame { return d.OrderBy(Desc(Col("w"))).Select(x.As("x")) },
		"before a late limit":  func(d *DataFrame, x Expr) *DataFrame { return d.Filter(x.Ge(0)).Limit(rows - 1) },
		"largest of each":      func(d *DataFrame, x Expr) *DataFrame { return d.GroupBy("a").Agg(Largest(x, 100)) },
		"quantile, all values": func(d *DataFrame, x Expr) *DataFrame { return d.GroupBy("a").Agg(Median(x)) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			g := newGate()
			done := make(chan error)
			go func() {
				done <- build(e.Table("t"), Func1(g.pass, Col("row"))).ForEachChunk(ctx, func(Chunk) error { return nil })
			}()
			<-g.running
			why := errors.New("changed my mind")
			cancel(why)
			close(g.opened)
			if err := <-done; !errors.Is(err, why) && !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			if n := g.calls.Load(); n > threads*2048 {
				t.Errorf("%d rows were computed after the context had ended", n)
			}
		})
	}
}

func TestCancelledSaveLeavesNothing(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		e := sample(t, 20000, Options{Threads: 2, Dir: dir})
		ctx, cancel := context.WithCancel(t.Context())
		g := newGate()
		done := make(chan error)
		go func() {
			_, err := e.Table("t").Select(Func1(g.pass, Col("row")).As("x")).Save(ctx, "x")
			done <- err
		}()
		<-g.running
		cancel()
		close(g.opened)
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if infos := e.Tables(); len(infos) != 1 {
			t.Errorf("tables %v", infos)
		}
		if _, err := e.Table("t").Select(Col("row")).Save(t.Context(), "x"); err != nil {
			t.Errorf("the name is not free: %v", err)
		}
	}
}

func TestReduceAndForEachChunkEndWithTheirContext(t *testing.T) {
	e := sample(t, 20000, Options{Threads: 3})
	ctx, cancel := context.WithCancel(t.Context())
	var after atomic.Int64
	_, err := Reduce(ctx, e.Table("t"), func() int { return 0 }, func(n int, c Chunk) (int, error) {
		if ctx.Err() != nil {
			after.Add(1)
		}
		cancel()
		return n, nil
	}, func(a, b int) int { return a + b })
	if !errors.Is(err, context.Canceled) || after.Load() > 3 {
		t.Errorf("Reduce: %v, %d chunks after", err, after.Load())
	}
	ctx, cancel = context.WithCancel(t.Context())
	err = e.Table("t").ForEachChunk(ctx, func(Chunk) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("ForEachChunk: %v", err)
	}
}

// Statements report progress; a first report cancels them.
func TestCancelledStatementsLeaveNothing(t *testing.T) {
	dir := t.TempDir()
	e := sample(t, 60000, Options{Threads: 2, Dir: filepath.Join(dir, "tables")})
	big := filepath.Join(dir, "big.sor")
	queryAll(t, e, "COPY (SELECT row, u, s, f FROM t) TO '"+big+"'")
	// Slow for each row, so that they run when the progress is first reported.
	const slow = "SELECT row, LENGTH(REGEXP_REPLACE(REPEAT(CONCAT(row, 'abcdefgh'), 5), '(a|b)+(c?)', 'x')) n FROM t"
	for _, stmt := range []string{
		slow,
		slow + " ORDER BY n",
		"SELECT n, COUNT(*) FROM (" + slow + ") d GROUP BY n",
		"SELECT COUNT(DISTINCT n) FROM (" + slow + ") d",
		"SELECT * FROM t WHERE row IN (SELECT n FROM (" + slow + ") d)",
		"EXPLAIN ANALYZE " + slow,
		"CREATE TABLE x AS " + slow,
		"COPY (" + slow + ") TO '" + dir + "/out.csv'",
		"COPY (" + slow + ") TO '" + dir + "/out.sor'",
		"COPY (" + slow + ") TO '" + dir + "/out.arrow'",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		rows, err := e.Query(WithProgress(ctx, func(Progress) { cancel() }), stmt)
		if err == nil {
			for rows.Next() {
			}
			err = rows.Close()
		}
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", stmt, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := e.Query(WithProgress(ctx, func(p Progress) { cancel() }), "LOAD '"+big+"' INTO x"); !errors.Is(err, context.Canceled) {
		t.Errorf("LOAD: %v", err)
	}
	cancel()
	if _, err := e.Query(ctx, "SELECT 1"); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that had ended: %v", err)
	}
	if infos := e.Tables(); len(infos) != 1 {
		t.Errorf("tables left: %v", infos)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Errorf("files left: %v %v", files, err)
	}
}

// One vector, or one dictionary, of a slow function takes many seconds; it is left within 100 ms, and a margin for busy machines.
func TestSlowFunctionsAreInterrupted(t *testing.T) {
	e := sample(t, 2048, Options{Threads: 2})
	for _, slow := range []string{
		"LENGTH(REGEXP_REPLACE(REPEAT(CONCAT(row, 'abcdefgh'), 2000), '(a|b)+(c?)', 'x'))",
		"LENGTH(REGEXP_REPLACE(REPEAT(CONCAT(u, 'abcdefgh'), 2000), '(a|b)+(c?)', 'x'))",
		"CASE WHEN w > 0 THEN REPEAT('x', row * 0 + 1) REGEXP 'y' ELSE REGEXP_LIKE(REPEAT(CONCAT(row, 'abcdefgh'), 5000), '(a|b)+c?e$') END",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		timer := time.AfterFunc(50*time.Millisecond, cancel)
		start := time.Now()
		rows, err := e.Query(ctx, "SELECT COUNT(*) FROM t WHERE ("+slow+") > 0")
		if err == nil {
			for rows.Next() {
			}
			err = rows.Close()
		}
		if took := time.Since(start); !errors.Is(err, context.Canceled) || took > time.Second {
			t.Errorf("%s: %v after %v", slow, err, took)
		}
		timer.Stop()
		cancel()
	}
}

// Long strings on their way to the reader wait for those before them.
func TestLongTextsStreamInBoundedMemory(t *testing.T) {
	e := large(t, 20000, Options{Threads: 2, Memory: 1 << 20})
	rows, err := e.Query(t.Context(), "SELECT REPEAT('0123456789abcdef', 3000 + row % 2) FROM t")
	if err != nil {
		t.Fatal(err)
	}
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	time.Sleep(2 * time.Second) // the reader is slow
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if held := m.HeapAlloc >> 20; held > 600 {
		t.Errorf("%d MB are held", held)
	}
	n := 1
	for ; n < 500 && rows.Next(); n++ {
	}
	if err := rows.Close(); err != nil || n != 500 {
		t.Fatal(n, err)
	}
}

func TestATimeLimitSaysSo(t *testing.T) {
	e := sample(t, 10, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 1)
	defer cancel()
	<-ctx.Done()
	_, err := e.Query(ctx, "SELECT COUNT(*) FROM t")
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "time limit") {
		t.Errorf("error %v", err)
	}
}
