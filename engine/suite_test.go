package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"go.uber.org/goleak"

	"github.com/eau2db/eau2/cluster"
)

func TestMain(m *testing.M) {
	if os.Getenv(nodeDir) != "" {
		if err := beNode(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if os.Getenv(runApplication) != "" {
		os.Exit(beApplication())
	}
	goleak.VerifyTestMain(m)
}

// suiteEngines are what the suite runs on, each in its turn and with the same answers. A further one needs a name and how
// to open it.
var suiteEngines = []struct {
	name string
	open func(t *testing.T) querier
}{
	{"memory, 1 thread", func(t *testing.T) querier { return open(t, Options{Threads: 1}) }},
	{"memory, 3 threads", func(t *testing.T) querier { return open(t, Options{Threads: 3}) }},
	{"directory, 2 threads", func(t *testing.T) querier { return open(t, Options{Threads: 2, Dir: t.TempDir()}) }},
	{"3 nodes", func(t *testing.T) querier { return &turns{nodes: openNodes(t, 3, Options{Threads: 2, replicas: 2})} }},
	{"3 nodes that shuffle", func(t *testing.T) querier {
		nodes := openNodes(t, 3, Options{Threads: 2, replicas: 2})
		shuffleAlways(nodes)
		return &turns{nodes: nodes}
	}},
	{"over a connection", func(t *testing.T) querier {
		e := open(t, Options{Threads: 2})
		return besideEngine{connect(t, e, ServeOptions{}), e}
	}},
}

// querier runs statements: an Engine, or a Client of one.
type querier interface {
	Query(ctx context.Context, text string, args ...any) (*Rows, error)
}

// besideEngine is a client with its engine, which it asks itself what goes only there: files as tables.
type besideEngine struct {
	*Client
	engine *Engine
}

func (b besideEngine) Query(ctx context.Context, text string, args ...any) (*Rows, error) {
	rows, err := b.Client.Query(ctx, text, args...)
	if errors.Is(err, errClientFile) {
		return b.engine.Query(ctx, text, args...)
	}
	return rows, err
}

// turns gives each statement to another node.
type turns struct {
	nodes []*Engine
	next  int
}

func (n *turns) Query(ctx context.Context, text string, args ...any) (*Rows, error) {
	n.next++
	return n.nodes[n.next%len(n.nodes)].Query(ctx, text, args...)
}

// openNodes opens the engines of the nodes of a cluster in this process, whose tables have chunks of few rows.
func openNodes(t testing.TB, n int, o Options) []*Engine {
	engines, _ := openMesh(t, n, o)
	return engines
}

func openMesh(t testing.TB, n int, o Options) ([]*Engine, *cluster.Mesh) {
	mesh := cluster.NewMesh()
	var engines []*Engine
	for i := range n {
		o.mesh = mesh.Join(fmt.Sprint("node", i))
		e := open(t, o)
		e.chunkRows = 2
		e.folders = folders{"/"} // of what tests write
		engines = append(engines, e)
	}
	return engines, mesh
}

// TestSuite runs the scripts in testdata/suite, each on an engine and in a folder of its own:
//
//	load table [columns=(a, b:INT, …)]  the SoR text below becomes a table
//	sql [rowsort]                       the statements below; their rows, sorted where their order is not defined, or their errors
//	eval [from=table]                   an expression a line; its type and its values over the table, or over one row
//	file name                           the text below becomes a file of the folder
//	cat name                            the file's text
//
// What differs from run to run or with the encoding stands as #. Run with -rewrite to write what comes out as expected.
func TestSuite(t *testing.T) {
	for _, engine := range suiteEngines {
		t.Run(engine.name, func(t *testing.T) {
			runScripts(t, "suite", engine.open)
		})
	}
}

// The plans of EXPLAIN, which depend on where chunks are.
func TestPlans(t *testing.T) { runScripts(t, "plans", suiteEngines[0].open) }

func runScripts(t *testing.T, folder string, open func(t *testing.T) querier) {
	scripts, err := filepath.Abs(filepath.Join("testdata", folder))
	if err != nil {
		t.Fatal(err)
	}
	datadriven.Walk(t, scripts, func(t *testing.T, path string) {
		s := &suite{engine: open(t)}
		t.Chdir(t.TempDir())
		datadriven.RunTest(t, path, s.run)
	})
}

// suite is a running script.
type suite struct {
	engine querier
}

func (s *suite) run(t *testing.T, d *datadriven.TestData) string {
	var out string
	switch d.Cmd {
	case "load":
		writeFile(t, "in.sor", d.Input)
		stmt := "LOAD 'in.sor' INTO " + d.CmdArgs[0].Key
		for _, a := range d.CmdArgs[1:] {
			stmt += " (" + strings.ReplaceAll(strings.Join(a.Vals, ", "), ":", " ") + ")"
		}
		out = result(t, s.engine, stmt, false)
	case "sql":
		stmts, rest := Split(d.Input)
		if rest != "" {
			stmts = append(stmts, rest)
		}
		var outs []string
		for _, stmt := range stmts {
			outs = append(outs, result(t, s.engine, stmt, d.HasArg("rowsort")))
		}
		out = strings.Join(outs, "--\n")
	case "eval":
		from := ""
		if d.HasArg("from") {
			d.ScanArgs(t, "from", &from)
		}
		for line := range strings.Lines(d.Input) {
			out += evaluate(t, s.engine, strings.TrimSpace(line), from)
		}
	case "file":
		writeFile(t, d.CmdArgs[0].Key, d.Input)
	case "cat":
		b, err := os.ReadFile(d.CmdArgs[0].Key)
		if err != nil {
			t.Fatal(err)
		}
		out = string(b)
	default:
		t.Fatalf("unknown directive %s", d.Cmd)
	}
	return out
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// measured is what EXPLAIN ANALYZE says of its run.
var measured = regexp.MustCompile(`in [0-9.]+ ms on [1-9]\d* threads?`)

// someRow is the value of a row in an error; which of several rows in error is found first is left open.
var someRow = regexp.MustCompile(`overflow: -?\d+( .*)?`)

// result runs a statement and formats what it gives: a header of names and types, a line a row, message and warnings.
func result(t *testing.T, e querier, stmt string, rowsort bool, args ...any) string {
	t.Helper()
	rows, err := e.Query(t.Context(), stmt, args...)
	if err != nil {
		return someRow.ReplaceAllString(errorText(err), "overflow: #$1")
	}
	defer rows.Close()
	var head []string
	for _, c := range rows.Columns() {
		head = append(head, c.Name+" "+c.Type.String())
	}
	var lines []string
	for row := range rows.All() {
		c := cells(row)
		for i, f := range rows.Columns() {
			if f.Name == "bytes" || f.Name == "chunks" || f.Name == "cpu_ms" {
				c[i] = "#"
			}
		}
		lines = append(lines, strings.Join(c, " | "))
	}
	if rows.Err() != nil {
		return someRow.ReplaceAllString(errorText(rows.Err()), "overflow: #$1")
	}
	if rowsort {
		slices.Sort(lines)
	}
	if head != nil {
		lines = append([]string{strings.Join(head, " | ")}, lines...)
	}
	if rows.Message() != "" {
		lines = append(lines, measured.ReplaceAllString(rows.Message(), "in # ms on # threads"))
	}
	for _, w := range rows.Warnings() {
		lines = append(lines, "warning: "+w)
	}
	return strings.Join(lines, "\n") + "\n"
}

// evaluate formats an expression, its type and its values.
func evaluate(t *testing.T, e querier, expr, from string) string {
	t.Helper()
	stmt := "SELECT " + expr
	if from != "" {
		stmt += " FROM " + from
	}
	rows, err := e.Query(t.Context(), stmt)
	if err != nil {
		return expr + ": " + errorLine(err)
	}
	defer rows.Close()
	out := expr + ": "
	for i, c := range rows.Columns() {
		if i > 0 {
			out += ", "
		}
		out += c.Type.String()
	}
	for row := range rows.All() {
		out += " " + strings.Join(cells(row), ", ")
	}
	if rows.Err() != nil {
		return expr + ": " + errorLine(rows.Err())
	}
	return out + "\n"
}

func cells(row []Value) []string {
	var s []string
	for _, v := range row {
		s = append(s, cell(v))
	}
	return s
}

// cell formats a value so that types and NULL can be told apart.
func cell(v Value) string {
	if v.Valid && v.Type == String {
		return "'" + v.Str + "'"
	}
	return v.String()
}

func errorText(err error) string {
	if e := (*Error)(nil); errors.As(err, &e) {
		return "error: " + e.Detail() + "\n"
	}
	return "error: " + err.Error() + "\n"
}

// errorLine is errorText without the statement.
func errorLine(err error) string {
	if e := (*Error)(nil); errors.As(err, &e) {
		if e.Hint != "" {
			return "error: " + e.Msg + " (" + e.Hint + ")\n"
		}
		return "error: " + e.Msg + "\n"
	}
	return "error: " + err.Error() + "\n"
}

func open(t testing.TB, o Options) *Engine {
	t.Helper()
	e, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}
