package engine

import (
	"bytes"
	"context"
	stdsql "database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/test/bufconn"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/exec"
)

// connect serves e in memory and returns a client of it.
func connect(t testing.TB, e *Engine, o ServeOptions) *Client {
	t.Helper()
	l := bufconn.Listen(1 << 16)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, e, l, o) }()
	c, err := Connect(t.Context(), "node:1", ConnectOptions{Token: o.Token, Dial: func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return c
}

// mustQuery returns all rows of a statement.
func mustQuery(t testing.TB, q querier, text string, args ...any) (rows [][]Value) {
	t.Helper()
	r, err := q.Query(t.Context(), text, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rows = slices.Collect(r.All())
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return rows
}

func TestAClientGetsTheRowsOfALargeTable(t *testing.T) {
	e := sample(t, 50000, Options{})
	c := connect(t, e, ServeOptions{})
	for _, stmt := range []string{"SELECT * FROM t", "SELECT s, u, p FROM t WHERE a = 1", "SELECT a, COUNT(*), SUM(f), MIN(u) FROM t GROUP BY a", "SELECT * FROM t WHERE row < 0"} {
		want, got := mustQuery(t, e, stmt), mustQuery(t, c, stmt)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %d rows that differ from %d", stmt, len(got), len(want))
		}
	}
}

func TestAClientsParametersArrive(t *testing.T) {
	c := connect(t, open(t, Options{}), ServeOptions{})
	for _, v := range []any{nil, true, int64(math.MinInt64), 0.1, math.MaxFloat64, "", "text", "\xff\x00'", column.Null(String)} {
		got := mustQuery(t, c, "SELECT ? AS x", v)[0][0]
		want, err := valueOf(v)
		if err != nil {
			t.Fatal(err)
		}
		if got.Valid != want.Valid || got.Valid && got != want {
			t.Errorf("%#v becomes %#v", v, got)
		}
	}
	if got := mustQuery(t, c, "SELECT :a + :b * 2", stdsql.Named("b", 3), stdsql.Named("a", 1))[0][0]; got != column.IntValue(7) {
		t.Errorf("named ones: %v", got)
	}
	if _, err := c.Query(t.Context(), "SELECT ?", math.NaN()); err == nil {
		t.Error("NaN is a value")
	}
}

func TestAClientSeesTheErrorsOfTheEngine(t *testing.T) {
	e := sample(t, 10, Options{})
	c := connect(t, e, ServeOptions{})
	long := "SELECT " + strings.Repeat(" ", 2*statementBytes) + "nothing FROM t"
	for _, stmt := range []string{"SELECT nothing FROM t", long, "SELEC 1", "SELECT * FROM u", "DROP TABLE u", "SELECT 1; SELECT 2", "\xff", "LOAD 'x' INTO", "ALTER TABLE t RENAME TO t2 oops"} {
		_, want := e.Query(t.Context(), stmt)
		_, got := c.Query(t.Context(), stmt)
		if want == nil || got == nil || errorText(got) != errorText(want) {
			t.Errorf("%.40q:\n%v\nwant\n%v", stmt, got, want)
		}
	}
	rows, err := c.Query(t.Context(), "SELECT row * 9223372036854775807 FROM t")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
	}
	if rows.Err() == nil || !strings.Contains(rows.Err().Error(), "range") && !strings.Contains(rows.Err().Error(), "overflow") {
		t.Errorf("an error among the rows: %v", rows.Err())
	}
}

func TestAClientsMemoryIsBounded(t *testing.T) {
	e := sample(t, 50000, Options{Memory: 1 << 30})
	c := connect(t, e, ServeOptions{ClientMemory: 1 << 18})
	rows, err := c.Query(t.Context(), "SELECT u, row, COUNT(*) FROM t GROUP BY u, row")
	if err == nil {
		for rows.Next() {
		}
		err = rows.Close()
	}
	var memory *exec.ErrMemory
	if !errors.As(err, &memory) {
		t.Errorf("error %v", err)
	}
	if used, _ := e.MemoryUsed(); used != 0 {
		t.Errorf("%d bytes stay taken", used)
	}
	mustQuery(t, e, "SELECT u, row, COUNT(*) FROM t GROUP BY u, row")
}

func TestStatementsAtATimeAreBounded(t *testing.T) {
	e := large(t, 20000, Options{})
	stats := &ServeStats{}
	c := connect(t, e, ServeOptions{MaxStatements: 2, Stats: stats})
	var open []*Rows
	for range 2 {
		r, err := c.Query(t.Context(), longAnswer)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, r)
	}
	if _, err := c.Query(t.Context(), "SELECT 1"); !errors.Is(err, ErrTooMany) {
		t.Errorf("a third: %v", err)
	}
	open[0].Close()
	waitFor(t, func() bool { return stats.Running.Load() == 1 })
	mustQuery(t, c, "SELECT 1")
	open[1].Close()
	waitFor(t, func() bool { return stats.Running.Load() == 0 && stats.Clients.Load() == 0 })
}

// waitFor returns when ok does, which something else is about to bring about.
func waitFor(t testing.TB, ok func() bool) {
	t.Helper()
	for tick, end := time.NewTicker(time.Millisecond), time.After(10*time.Second); !ok(); {
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("it does not come")
		}
	}
}

func TestACancelledClientEndsItsStatement(t *testing.T) {
	e := large(t, 20000, Options{})
	stats := &ServeStats{}
	c := connect(t, e, ServeOptions{Stats: stats})
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("changed my mind")
	rows, err := c.Query(ctx, longAnswer)
	if err != nil {
		t.Fatal(err)
	}
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	cancel(why)
	for rows.Next() {
	}
	if !errors.Is(rows.Err(), why) {
		t.Errorf("the rows end with %v", rows.Err())
	}
	rows.Close()
	waitFor(t, func() bool { return stats.Running.Load() == 0 })
}

func TestAGoneClientEndsItsStatement(t *testing.T) {
	e := large(t, 20000, Options{})
	stats := &ServeStats{}
	c := connect(t, e, ServeOptions{Stats: stats})
	rows, err := c.Query(t.Context(), longAnswer)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	for rows.Next() {
	}
	if !errors.Is(rows.Err(), ErrClosed) {
		t.Errorf("the rows end with %v", rows.Err())
	}
	rows.Close()
	waitFor(t, func() bool { return stats.Running.Load() == 0 })
	if _, err := c.Query(t.Context(), "SELECT 1"); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v", err)
	}
}

func TestAClosedEngineTellsItsClients(t *testing.T) {
	e, err := Open(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := connect(t, e, ServeOptions{})
	e.Close()
	if _, err := c.Query(t.Context(), "SELECT 1"); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v", err)
	}
}

func TestAClientLoadsItsFile(t *testing.T) {
	var text strings.Builder
	for i := range 100000 {
		fmt.Fprintf(&text, "<%d> <\"text %d\">\n", i, i)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "in.sor")
	writeFile(t, path, text.String())
	e := open(t, Options{})
	stats := &ServeStats{}
	c := connect(t, e, ServeOptions{Stats: stats})
	var mu sync.Mutex
	var seen []Progress
	ctx := WithProgress(t.Context(), func(p Progress) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, p)
	})
	rows, err := c.Query(ctx, "LOAD '"+path+"' INTO t (n, s)")
	if err != nil {
		t.Fatal(err)
	}
	if rows.Message() != "t: 100,000 rows loaded" {
		t.Errorf("message %q", rows.Message())
	}
	if stats.LoadBytes.Load() != int64(text.Len()+1) {
		t.Errorf("%d bytes came", stats.LoadBytes.Load())
	}
	for _, p := range seen {
		if p.Statement != "LOAD" || p.Total != int64(text.Len()+1) {
			t.Errorf("progress %+v", p)
		}
	}
	if got := mustQuery(t, e, "SELECT SUM(n) FROM t")[0][0]; got.Int != 100000*99999/2 {
		t.Errorf("the sum is %v", got)
	}
	infos, err := c.Tables(t.Context())
	if err != nil || !reflect.DeepEqual(infos, e.Tables()) {
		t.Errorf("tables %v, %v", infos, err)
	}
	if _, err := c.Query(t.Context(), "LOAD '"+path+"' INTO t"); err == nil || !strings.Contains(err.Error(), "table t exists already") {
		t.Errorf("once more: %v", err)
	}
	if _, err := c.Query(t.Context(), "LOAD 'nothing.sor' INTO u"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := c.Query(t.Context(), "LOAD '"+dir+"' INTO u"); err == nil || !strings.Contains(err.Error(), "directory") {
		t.Errorf("a directory: %v", err)
	}
}

func TestACancelledLoadOfAClientLeavesNothing(t *testing.T) {
	fifo, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	defer fifo.Close()
	e := open(t, Options{})
	c := connect(t, e, ServeOptions{})
	if _, err := w.WriteString("<1>\n<2>\n"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := c.Query(ctx, fmt.Sprintf("LOAD '/dev/fd/%d' INTO t", fifo.Fd()))
		failed <- err
	}()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if tables := e.Tables(); len(tables) > 0 {
		t.Errorf("tables %v", tables)
	}
}

func TestAClientCopiesToItsFile(t *testing.T) {
	e := sample(t, 5000, Options{})
	c := connect(t, e, ServeOptions{})
	dir := t.TempDir()
	for _, format := range []string{"sor", "csv", "jsonl", "arrow"} {
		mine, its := filepath.Join(dir, "mine."+format), filepath.Join(dir, "its."+format)
		rows, err := c.Query(t.Context(), "COPY (SELECT row, s, f, p FROM t) TO '"+mine+"'")
		if err != nil {
			t.Fatal(err)
		}
		if rows.Message() != "5,000 rows written to "+mine {
			t.Errorf("message %q", rows.Message())
		}
		if _, err := e.Query(t.Context(), "COPY (SELECT row, s, f, p FROM t) TO '"+its+"'"); err != nil {
			t.Fatal(err)
		}
		a, err1 := os.ReadFile(mine)
		b, err2 := os.ReadFile(its)
		if err1 != nil || err2 != nil || format != "arrow" && !bytes.Equal(a, b) {
			t.Errorf("%s differs: %d and %d bytes, %v, %v", format, len(a), len(b), err1, err2)
		}
	}
	if _, err := c.Query(t.Context(), "COPY u TO '"+dir+"/u.csv'"); err == nil {
		t.Error("no table, no error")
	}
	if _, err := os.Stat(dir + "/u.csv"); err == nil {
		t.Error("a COPY that failed left a file")
	}
	if _, err := c.Query(t.Context(), "COPY t TO '"+dir+"/none/u.csv'"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

func TestANodesFilesAreNotItsClients(t *testing.T) {
	c := connect(t, open(t, Options{}), ServeOptions{})
	for _, stmt := range []string{"SELECT * FROM '/etc/passwd'", "DESCRIBE '/etc/passwd'", "CREATE TABLE t AS SELECT * FROM '/etc/passwd'", "SHOW CHUNKS FROM '/etc/passwd'"} {
		if _, err := c.Query(t.Context(), stmt); err == nil || strings.Contains(err.Error(), "root") {
			t.Errorf("%s: %v", stmt, err)
		}
	}
	// One that does not look into its statements itself:
	if _, err := c.stream(t.Context(), query{Text: []byte("LOAD '/etc/passwd' INTO t")}); err == nil || !strings.Contains(err.Error(), "cannot send a file") {
		t.Errorf("LOAD: %v", err)
	}
}

func TestTheFunctionsOfANode(t *testing.T) {
	c := connect(t, open(t, Options{}), ServeOptions{})
	for range 2 {
		if got, err := c.Functions(t.Context()); err != nil || !reflect.DeepEqual(got, Functions()) {
			t.Errorf("%d functions, %v", len(got), err)
		}
	}
}

func TestProgressOfAQueryReachesTheClient(t *testing.T) {
	var sent [][]byte
	got := make(chan struct{}, 1)
	ctx, stop := sendProgress(t.Context(), func(b []byte) error {
		sent = append(sent, b)
		got <- struct{}{}
		return nil
	})
	progressOf(ctx)(Progress{Statement: "SELECT", Rows: 7})
	<-got
	stop()
	var n note
	if err := decode(sent[0], &n); err != nil || n.Progress == nil || n.Progress.Rows != 7 {
		t.Errorf("%s, %v", sent[0], err)
	}
}

// FuzzRequest reads requests of any bytes and runs them.
func FuzzRequest(f *testing.F) {
	f.Add(encode(query{Text: []byte("SELECT ?"), Params: []param{{Type: String, Str: []byte("a")}}}))
	f.Add([]byte(`{"text":"U0VMRUNUIDE=","params":[{"type":9}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		q, st, params, err := parse(b)
		if err != nil {
			return
		}
		again, _, params2, err := parse(encode(q))
		if err != nil || st == nil || string(again.Text) != string(q.Text) || len(params) != len(params2) {
			t.Errorf("%s: %v", b, err)
		}
	})
}

// Of several addresses the first that answers counts, whatever its answer; the error tells of all.
func TestConnectTriesOneNodeAfterTheOther(t *testing.T) {
	l := bufconn.Listen(1 << 16)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	e := sample(t, 10, Options{})
	go func() { served <- Serve(ctx, e, l, ServeOptions{Token: strings.Repeat("x", 20)}) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	var mu sync.Mutex
	var asked []string
	dial := func(ctx context.Context, addr string) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		if !slices.Contains(asked, addr) {
			asked = append(asked, addr)
		}
		switch addr {
		case "here:1":
			return l.DialContext(ctx)
		case "hung:1":
			mu.Unlock()
			<-ctx.Done()
			mu.Lock()
			return nil, ctx.Err()
		}
		return nil, errors.New("nobody is at " + addr)
	}
	for _, c := range []struct {
		addrs, token string
		asked        []string
		errs         []string
	}{
		{"here:1,gone:1", "x", []string{"here:1"}, nil},
		{"gone:1,hung:1,here:1,other:1", "x", []string{"gone:1", "hung:1", "here:1"}, nil},
		{"gone:1,here:1,other:1", "y", []string{"gone:1", "here:1"}, []string{"nobody is at gone:1", "token"}},
		{"gone:1,other:1", "x", []string{"gone:1", "other:1"}, []string{"nobody is at gone:1", "nobody is at other:1"}},
		{"gone:1", "x", []string{"gone:1"}, []string{"nobody is at gone:1"}},
	} {
		mu.Lock()
		asked = nil
		mu.Unlock()
		limited, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		client, err := Connect(limited, c.addrs, ConnectOptions{Token: strings.Repeat(c.token, 20), Dial: dial})
		cancel()
		mu.Lock()
		if !slices.Equal(asked, c.asked) {
			t.Errorf("%s: %q are asked", c.addrs, asked)
		}
		mu.Unlock()
		if err == nil {
			if n := mustQuery(t, client, "SELECT COUNT(*) FROM t")[0][0].Int; n != 10 {
				t.Errorf("%s: %d rows", c.addrs, n)
			}
			client.Close()
		}
		for _, want := range c.errs {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error is %v, want %s", c.addrs, err, want)
			}
		}
		if (err == nil) != (c.errs == nil) {
			t.Errorf("%s: error is %v", c.addrs, err)
		}
	}
}
