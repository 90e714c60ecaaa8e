package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// sales is a file with a dropped row, a missing value and columns of all types.
const sales = `<"2024-01-05"> <north> <apple> <12> <0.5> <0>
<"2024-01-06"> <south> <"pear, ""green""> <> <2> <1>
<"2024-02-01"> <north
<"2024-03-09"> <east> <plum> <7> <0.25> <0>
`

const salesColumns = "day,region,product,units,price,returned"

// program runs the shell with the real engine in a directory with sales.sor.
type program struct {
	t     *testing.T
	dir   string
	stdin string
}

func newProgram(t *testing.T) *program {
	p := &program{t: t, dir: t.TempDir()}
	write(t, filepath.Join(p.dir, "sales.sor"), sales)
	return p
}

// command returns the shell as a process that has not begun.
func (p *program) command(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Dir = p.dir
	c.Env = append(os.Environ(), asShell+"="+realEngine, "HOME="+p.dir, "GOCOVERDIR="+p.t.TempDir())
	c.Stdin = strings.NewReader(p.stdin)
	return c
}

// run returns what the shell writes and its exit code.
func (p *program) run(args ...string) (stdout, stderr string, code int) {
	p.t.Helper()
	var out, errs bytes.Buffer
	c := p.command(args...)
	c.Stdout, c.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := c.Run(); err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

func TestProgram(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	write(t, filepath.Join(p.dir, "report.sql"), `-- what sells
SELECT region, SUM(units) AS units
FROM sales
GROUP BY region ORDER BY region;
.mode json
SELECT COUNT(*) AS n FROM sales
`)
	write(t, filepath.Join(p.dir, "empty.sor"), "")
	load := "--load=sales=sales.sor:" + salesColumns
	for _, c := range []struct {
		name   string
		args   []string
		stdin  string
		stdout string
		stderr string // a part
		code   int
	}{
		{"a file is a table", []string{"-e", "SELECT COUNT(*) AS n FROM 'sales.sor'"}, "", "n\n3\n", "", 0},
		{"an argument is a table", []string{"sales.sor", "-e", "SELECT c1 FROM sales"}, "", "c1\nnorth\nsouth\neast\n", "sales.sor:3: ", 0},
		{"a load with names", []string{load, "-e", "SELECT product, units FROM sales WHERE returned"}, "", "product\tunits\npear, \"\"green\"\t\n", "", 0},
		{"a script", []string{load, "-f", "report.sql"}, "", "region\tunits\neast\t7\nnorth\t12\nsouth\t\n[{\"n\":3}]\n", "", 0},
		{"a script on standard input", []string{load, "--mode", "csv"}, "SELECT product, price FROM sales WHERE units IS NULL;", "product,price\n\"pear, \"\"\"\"green\"\"\",2.0\n", "", 0},
		{"a table", []string{load, "--mode", "box", "-e", "SELECT units, price FROM sales"}, "", "┌───────┬───────┐\n│ units │ price │\n├───────┼───────┤\n│    12 │   0.5 │\n│  NULL │   2.0 │\n│     7 │  0.25 │\n└───────┴───────┘\n", "", 0},
		{"vertical", []string{load, "-e", `SELECT units, price FROM sales LIMIT 1\G`}, "", "*************************** 1. row ***************************\nunits: 12\nprice: 0.5\n", "", 0},
		{"no rows", []string{load, "-e", "SELECT units FROM sales WHERE price > 10"}, "", "units\n", "", 0},
		{"a statement without rows", []string{load, "-e", "CREATE TABLE t AS SELECT * FROM sales; DROP TABLE t; .tables"}, "", "", "", 1}, // a dot command has a line of its own
		{"what a load says", []string{"-e", "LOAD 'sales.sor' INTO s"}, "", "", "3 rows", 0},
		{"big integers", []string{"--mode", "jsonl", "-e", "SELECT 9223372036854775807 AS a, -9223372036854775807 - 1 AS b"}, "", "{\"a\":9223372036854775807,\"b\":-9223372036854775808}\n", "", 0},
		{"an unknown column", []string{load, "-e", "SELECT unit FROM sales"}, "", "", "  SELECT unit FROM sales\n         ^\n", 1},
		{"an unknown table", []string{load, "-e", "SELECT * FROM sale"}, "", "", "sale", 1},
		{"a missing file", []string{"nothing.sor", "-e", "SELECT 1"}, "", "", "error: open nothing.sor: ", 1},
		{"a directory as a file", []string{"-e", "SELECT * FROM '.'"}, "", "", "error: ", 1},
		{"an open quote", []string{"-e", "SELECT 'a"}, "", "", "error: ", 1},
		{"a mistake in a script", []string{"-f", "-"}, "SELECT 1 AS a;\n\nSELECT x;\nSELECT 2;", "a\n1\n", "stdin:3: error: ", 1},
		{"keep going", []string{"--keep-going", "-e", "SELECT x; SELECT 2 AS b"}, "", "b\n2\n", "error: ", 1},
		{"out of time", []string{"--timeout", "1ns", "-e", "SELECT COUNT(*) FROM 'sales.sor'"}, "", "", "error: timed out after 1ns\n", 124},
		{"wrong usage", []string{"--memory", "lots"}, "", "", "Try 'eau2sh --help'.", 2},
		{"the functions", []string{"-e", ".functions ROUND"}, "", "function\tclass\tusage\tdescription\nROUND\tnumeric\t", "", 0},
		{"the schema", []string{load, "-e", ".schema sales"}, "", "table\tcolumn\ttype\nsales\tday\tSTRING\nsales\tregion\tSTRING\nsales\tproduct\tSTRING\nsales\tunits\tINT\nsales\tprice\tFLOAT\nsales\treturned\tBOOL\n", "", 0},
		{"odd names", []string{"--load=order=sales.sor:select,a-b,c,d,e,f", "-e", "SELECT `select`, `a-b` FROM `order` LIMIT 1"}, "", "select\ta-b\n2024-01-05\tnorth\n", "", 0},
		{"names with types", []string{"--load=s=sales.sor:a,b,c,d FLOAT,e,f INT", "-e", "SELECT d, f FROM s LIMIT 1"}, "", "d\tf\n12.0\t0\n", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := &program{t: t, dir: p.dir, stdin: c.stdin}
			stdout, stderr, code := p.run(c.args...)
			if code != c.code {
				t.Errorf("exit code %d, want %d; stderr %s", code, c.code, stderr)
			}
			if stdout != c.stdout && !(strings.HasSuffix(c.stdout, "\t") && strings.HasPrefix(stdout, c.stdout)) {
				t.Errorf("stdout %q, want %q", stdout, c.stdout)
			}
			if !strings.Contains(stderr, c.stderr) {
				t.Errorf("stderr %q lacks %q", stderr, c.stderr)
			}
		})
	}
}

func TestProgramKeepsTables(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	tables := filepath.Join(p.dir, "tables")
	if _, stderr, code := p.run("--dir", tables, "--load", "sales=sales.sor:"+salesColumns); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	stdout, stderr, code := p.run("--dir", tables, "-e", "SELECT SUM(units) AS n FROM sales")
	if stdout != "n\n19\n" || code != 0 {
		t.Errorf("stdout %q, exit code %d, stderr %s", stdout, code, stderr)
	}

	// A second process on the same directory is told so.
	holder := p.command("--dir", tables, "-f", "-")
	in, out := pipes(t, holder)
	fmt.Fprintln(in, "SELECT 1;")
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	_, stderr, code = p.run("--dir", tables, "-e", "SELECT 1")
	if code != exitFailed || !strings.HasPrefix(stderr, "error: ") {
		t.Errorf("the second process: exit code %d, stderr %q", code, stderr)
	}
	in.Close()
	if err := holder.Wait(); err != nil {
		t.Error(err)
	}
}

// pipes starts a command and returns the ends of its standard input and output.
func pipes(t *testing.T, c *exec.Cmd) (in, out *os.File) {
	t.Helper()
	theirIn, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stdin, c.Stdout = theirIn, theirOut
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	theirIn.Close()
	theirOut.Close()
	t.Cleanup(func() {
		in.Close()
		out.Close()
		c.Process.Kill()
	})
	return in, out
}

// A script on a pipe runs while it is being written.
func TestProgramAnswersWhileTheScriptGoesOn(t *testing.T) {
	p := newProgram(t)
	c := p.command("--no-header")
	in, out := pipes(t, c)
	for i := range 3 {
		fmt.Fprintf(in, "SELECT %d;\n", i)
		answer := make([]byte, 10)
		n, err := out.Read(answer)
		if got := string(answer[:n]); err != nil || got != fmt.Sprintf("%d\n", i) {
			t.Fatalf("answer %q, %v", got, err)
		}
	}
	in.Close()
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
}

func TestProgramBeforeHead(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	var big strings.Builder
	for i := range 50000 {
		fmt.Fprintf(&big, "<%d> <\"a text in row %d\">\n", i, i)
	}
	write(t, filepath.Join(p.dir, "big.sor"), big.String())
	c := p.command("-e", "SELECT * FROM 'big.sor'", "-e", "SELECT 'not reached'")
	var stderr bytes.Buffer
	c.Stderr = &stderr
	in, out := pipes(t, c)
	in.Close()
	if _, err := out.Read(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	out.Close()
	if err := c.Wait(); err != nil || stderr.Len() > 0 {
		t.Errorf("%v, stderr %q", err, &stderr)
	}

	stdout, _, code := p.run("--mode", "trash", "--timing", "-e", "SELECT * FROM 'big.sor'")
	if stdout != "" || code != 0 {
		t.Errorf("trash: stdout %q, exit code %d", stdout, code)
	}
	stdout, stderrText, code := p.run("--max-rows", "3", "-e", "SELECT c0 FROM 'big.sor'")
	if stdout != "c0\n0\n1\n2\n" || !strings.HasPrefix(stderrText, "(3 of ") || code != 0 {
		t.Errorf("max-rows: stdout %q, stderr %q, exit code %d", stdout, stderrText, code)
	}
}
