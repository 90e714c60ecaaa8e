package engine

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestSuite runs the scripts in testdata/suite, each on an engine of its own:
//
//	load table [columns=(a, b:INT, …)]  the SoR text below becomes a table
//	sql [rowsort]                       the statement below; its rows, sorted where their order is not defined, or its error
//
// Run with -rewrite to write what comes out as expected.
func TestSuite(t *testing.T) {
	for _, threads := range []int{1, 3} {
		datadriven.Walk(t, filepath.Join("testdata", "suite"), func(t *testing.T, path string) {
			e := open(t, Options{Threads: threads})
			datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string { return runDirective(t, e, d) })
		})
	}
}

func runDirective(t *testing.T, e *Engine, d *datadriven.TestData) string {
	switch d.Cmd {
	case "load":
		file := filepath.Join(t.TempDir(), "in.sor")
		if err := os.WriteFile(file, []byte(d.Input+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		stmt := "LOAD '" + file + "' INTO " + d.CmdArgs[0].Key
		for _, a := range d.CmdArgs[1:] {
			stmt += " (" + strings.ReplaceAll(strings.Join(a.Vals, ", "), ":", " ") + ")"
		}
		return strings.ReplaceAll(result(t, e, stmt, false), file, "in.sor")
	case "sql":
		return result(t, e, d.Input, d.HasArg("rowsort"))
	}
	t.Fatalf("unknown directive %s", d.Cmd)
	return ""
}

// result runs a statement and formats what it gives: a header of names and types, a line a row, message and warnings.
func result(t *testing.T, e *Engine, stmt string, rowsort bool) string {
	t.Helper()
	rows, err := e.Query(t.Context(), stmt)
	if err != nil {
		return errorText(err)
	}
	defer rows.Close()
	var head []string
	for _, c := range rows.Columns() {
		head = append(head, c.Name+" "+c.Type.String())
	}
	var lines []string
	for row := range rows.All() {
		var cells []string
		for _, v := range row {
			cells = append(cells, cell(v))
		}
		lines = append(lines, strings.Join(cells, " | "))
	}
	if rows.Err() != nil {
		return errorText(rows.Err())
	}
	if rowsort {
		slices.Sort(lines)
	}
	if head != nil {
		lines = append([]string{strings.Join(head, " | ")}, lines...)
	}
	if rows.Message() != "" {
		lines = append(lines, rows.Message())
	}
	for _, w := range rows.Warnings() {
		lines = append(lines, "warning: "+w)
	}
	return strings.Join(lines, "\n") + "\n"
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

func open(t *testing.T, o Options) *Engine {
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
