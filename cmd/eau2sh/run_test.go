package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestExitCodes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "t.sor")
	write(t, file, "<1>\n")
	for _, c := range []struct {
		name  string
		args  []string
		stdin string
		want  int
	}{
		{"a statement", []string{"-e", "SELECT 1"}, "", exitOK},
		{"a script on standard input", nil, "SELECT 1;", exitOK},
		{"nothing to do", nil, "", exitOK},
		{"a statement fails", []string{"-e", "FAIL"}, "", exitFailed},
		{"a statement fails half way", []string{"-e", "FAIL AFTER 3"}, "", exitFailed},
		{"a script fails", nil, "FAIL;", exitFailed},
		{"it goes on, but fails", []string{"--keep-going", "-e", "FAIL", "-e", "SELECT 1"}, "", exitFailed},
		{"a dot command fails", []string{"-e", ".mode nothing"}, "", exitFailed},
		{"a missing script", []string{"-f", "/nonexistent"}, "", exitFailed},
		{"a missing file", []string{"/nonexistent.sor", "-e", "SELECT 1"}, "", exitFailed},
		{"a file", []string{file, "-e", "SELECT 1"}, "", exitOK},
		{"an unknown flag", []string{"--bogus"}, "", exitUsage},
		{"an unknown mode", []string{"--mode", "nothing", "-e", "SELECT 1"}, "", exitUsage},
		{"a wrong size", []string{"--memory", "much", "-e", "SELECT 1"}, "", exitUsage},
		{"a wrong number of rows", []string{"--max-rows", "-5", "-e", "SELECT 1"}, "", exitUsage},
		{"a wrong time", []string{"--timeout", "-5s", "-e", "SELECT 1"}, "", exitUsage},
		{"a wrong load", []string{"--load", "x", "-e", "SELECT 1"}, "", exitUsage},
		{"standard input twice", []string{"-", "-f", "-"}, "", exitUsage},
		{"an argument of version", []string{"version", "x"}, "", exitUsage},
		{"out of time", []string{"--timeout", "1ms", "-e", "HANG"}, "", exitTimeout},
		{"out of time among rows", []string{"--timeout", "50ms", "--mode", "trash", "-e", "FOREVER"}, "", exitTimeout},
		{"help", []string{"--help"}, "", exitOK},
		{"version", []string{"version"}, "", exitOK},
		{"completion", []string{"completion", "bash"}, "", exitOK},
		{"quit before a failure", []string{"-e", ".quit", "-e", "FAIL"}, "", exitOK},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &trial{stdin: c.stdin}
			if got := r.run(t, c.args...); got != c.want {
				t.Errorf("exit code %d, want %d; stderr %s", got, c.want, &r.stderr)
			}
			if (c.want != exitOK) != (r.stderr.Len() > 0) {
				t.Errorf("exit code %d with stderr %q", c.want, &r.stderr)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestStepsRunInTheOrderGiven(t *testing.T) {
	script := filepath.Join(t.TempDir(), "s.sql")
	write(t, script, "SELECT 2;\nSELECT 3")
	r := &trial{stdin: "SELECT 6;"}
	r.run(t, "-e", "SELECT 1", "-f", script, "-c", "SELECT 4; SELECT 5", "-f", "-", "--command", "SELECT 7")
	want := []string{"SELECT 1", "SELECT 2", "SELECT 3", "SELECT 4", "SELECT 5", "SELECT 6", "SELECT 7"}
	if !slices.Equal(r.session.log, want) {
		t.Errorf("ran %q", r.session.log)
	}
	if !r.session.closed {
		t.Error("the session stays open")
	}
}

func TestAFailureStopsUnlessToKeepGoing(t *testing.T) {
	r := &trial{}
	r.run(t, "-e", "SELECT 1; FAIL; SELECT 2", "-e", "SELECT 3")
	if want := []string{"SELECT 1", "FAIL"}; !slices.Equal(r.session.log, want) {
		t.Errorf("ran %q", r.session.log)
	}
	r = &trial{}
	if code := r.run(t, "--keep-going", "-e", "FAIL; SELECT 2", "-e", "SELECT 3"); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	if want := []string{"FAIL", "SELECT 2", "SELECT 3"}; !slices.Equal(r.session.log, want) {
		t.Errorf("ran %q", r.session.log)
	}
}

func TestStandardOutputCarriesResultsOnly(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.sor")
	write(t, bad, "<1\n")
	r := &trial{}
	r.run(t, "--timing", bad, "-e", "SELECT 1, NULL, ''; LOAD '"+bad+"' INTO t; FAIL")
	if got, want := r.stdout.String(), "x1\tx2\tx3\n1\t\t\n"; got != want {
		t.Errorf("stdout %q, want %q", got, want)
	}
	for _, want := range []string{
		"3 rows loaded into t\n",
		"warning: 1 row was dropped: line 2: unclosed quote\n",
		"time: ", ", 1 row\n",
		"error: unknown statement\n  FAIL\n  ^\nhint: did you mean SELECT?\n",
	} {
		if !strings.Contains(r.stderr.String(), want) {
			t.Errorf("stderr %q lacks %q", &r.stderr, want)
		}
	}
}

func TestErrorsOfAScriptNameTheLine(t *testing.T) {
	script := filepath.Join(t.TempDir(), "s.sql")
	write(t, script, "SELECT 1;\n\nSELECT 2; SELECT\n 3;\n  FAIL;\n")
	r := &trial{}
	r.run(t, "-f", script)
	if want := script + ":5: error: unknown statement"; !strings.HasPrefix(r.stderr.String(), want) {
		t.Errorf("stderr %s, want %s", &r.stderr, want)
	}
	r = &trial{stdin: "SELECT 1;\nSELECT 2;\nFAIL"}
	r.run(t)
	if want := "stdin:3: error: "; !strings.HasPrefix(r.stderr.String(), want) {
		t.Errorf("stderr %s, want %s", &r.stderr, want)
	}
}

// An error in the middle of a result keeps the rows before it, and an error before its first row leaves nothing.
func TestOutputOfAFailedStatement(t *testing.T) {
	r := &trial{}
	r.run(t, "-e", "FAIL AFTER 2")
	if got := r.stdout.String(); got != "id\tname\n1\trow 1\n2\trow 2\n" {
		t.Errorf("stdout %q", got)
	}
	r = &trial{}
	r.run(t, "-e", "FAIL AFTER 0")
	if got := r.stdout.String(); got != "" {
		t.Errorf("stdout %q", got)
	}
}

func TestMaxRows(t *testing.T) {
	r := &trial{}
	r.run(t, "--max-rows", "2", "-e", "ROWS 5")
	if got := strings.Count(r.stdout.String(), "\n"); got != 3 {
		t.Errorf("%d lines", got)
	}
	if got := r.stderr.String(); got != "(2 of 5 rows shown; --max-rows 0 shows all)\n" {
		t.Errorf("stderr %s", got)
	}
	r = &trial{}
	r.run(t, "--max-rows", "2", "-e", "FOREVER")
	if got := r.stderr.String(); !strings.HasPrefix(got, "(2 of more than ") {
		t.Errorf("stderr %s", got)
	}
	r = &trial{}
	r.run(t, "--max-rows", "5", "-e", "ROWS 5")
	if got := r.stderr.String(); got != "" {
		t.Errorf("stderr %s", got)
	}
	r = &trial{}
	r.run(t, "-e", "ROWS 3000")
	if got := strings.Count(r.stdout.String(), "\n"); got != 3001 || r.stderr.Len() > 0 {
		t.Errorf("%d lines, stderr %s", got, &r.stderr)
	}
}

func TestModeAndHeaderFlags(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "x1\tx2\n1\ta\n"},
		{[]string{"--no-header"}, "1\ta\n"},
		{[]string{"--mode", "csv"}, "x1,x2\n1,a\n"},
		{[]string{"--mode", "jsonl"}, "{\"x1\":1,\"x2\":\"a\"}\n"},
		{[]string{"--mode", "auto"}, "x1\tx2\n1\ta\n"},
		{[]string{"--mode", "trash"}, ""},
		{[]string{"--mode", "insert t"}, "INSERT INTO t (x1, x2) VALUES (1, 'a');\n"},
	} {
		r := &trial{}
		r.run(t, append(c.args, "-e", "SELECT 1, 'a'")...)
		if got := r.stdout.String(); got != c.want {
			t.Errorf("%v: %q, want %q", c.args, got, c.want)
		}
	}
}

func TestOptionsReachTheEngine(t *testing.T) {
	r := &trial{}
	r.run(t, "--dir", "d", "--memory", "2GiB", "--threads", "3", "-e", "SELECT 1")
	if o := r.options; o.Dir != "d" || o.Memory != 2<<30 || o.Threads != 3 {
		t.Errorf("options %+v", o)
	}
	r = &trial{openErr: errors.New("another process has it")}
	if code := r.run(t, "-e", "SELECT 1"); code != exitFailed || r.stderr.String() != "error: another process has it\n" {
		t.Errorf("exit code %d, stderr %s", code, &r.stderr)
	}
}

func TestFilesBecomeTables(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"commits.sor", "my-files.sor.gz", "9.sor", "order.sor"} {
		write(t, filepath.Join(dir, name), "<1>\n")
	}
	if err := os.Mkdir(filepath.Join(dir, "b"), 0o777); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "b", "commits.sor"), "<1>\n")
	t.Chdir(dir)
	r := &trial{}
	code := r.run(t, "commits.sor", "my-files.sor.gz", "9.sor", "order.sor", "b/commits.sor", "--load", "c=commits.sor:id,name STRING", "-e", "SELECT 1")
	if code != exitOK {
		t.Fatalf("exit code %d, stderr %s", code, &r.stderr)
	}
	want := []string{
		"LOAD 'commits.sor' INTO c (id, name STRING)",
		"LOAD 'commits.sor' INTO commits",
		"LOAD 'my-files.sor.gz' INTO my_files",
		"LOAD '9.sor' INTO _9",
		"LOAD 'order.sor' INTO order_",
		"LOAD 'b/commits.sor' INTO commits_2",
		"SELECT 1",
	}
	if !slices.Equal(r.session.log, want) {
		t.Errorf("ran %q", r.session.log)
	}
	for _, line := range []string{"my-files.sor.gz becomes table my_files\n", "9.sor becomes table _9\n", "order.sor becomes table order_\n", "b/commits.sor becomes table commits_2\n"} {
		if !strings.Contains(r.stderr.String(), line) {
			t.Errorf("stderr lacks %q: %s", line, &r.stderr)
		}
	}
	if strings.Contains(r.stderr.String(), "commits.sor becomes table commits\n") {
		t.Error("a name is told that needs no telling")
	}
}

func TestParseLoad(t *testing.T) {
	dir := t.TempDir()
	colon := filepath.Join(dir, "a:b")
	write(t, colon, "")
	for _, c := range []struct {
		arg  string
		want string
	}{
		{"t=f.sor", "LOAD 'f.sor' INTO t"},
		{"t=f.sor:a,b", "LOAD 'f.sor' INTO t (a, b)"},
		{"t=f.sor:a INT, two words", "LOAD 'f.sor' INTO t (a INT, two words)"},
		{"t=c:d/f.sor", "LOAD 'c:d/f.sor' INTO t"},
		{"t=" + colon, "LOAD '" + colon + "' INTO t"},
		{"my table=it's.sor", "LOAD 'it''s.sor' INTO `my table`"},
		{"t=", ""},
		{"=f", ""},
		{"f.sor", ""},
	} {
		l, err := parseLoad(c.arg)
		if got := l.statement(); err == nil && got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s: %s, %v; want %s", c.arg, got, err, c.want)
		}
	}
}

func TestInitFile(t *testing.T) {
	home := t.TempDir()
	write(t, filepath.Join(home, initFile), ".mode csv\n.headers off\n.timer on\n")
	r := &trial{home: home}
	r.run(t, "-e", "SELECT 1, 2")
	if r.stdout.String() != "1,2\n" || !strings.HasPrefix(r.stderr.String(), "time: ") {
		t.Errorf("stdout %q, stderr %q", &r.stdout, &r.stderr)
	}
	r = &trial{home: home}
	r.run(t, "--mode", "json", "-e", "SELECT 1")
	if r.stdout.String() != "[{\"x1\":1}]\n" {
		t.Errorf("a flag does not win: %q", &r.stdout)
	}
	r = &trial{home: home}
	r.run(t, "--no-init", "-e", "SELECT 1")
	if r.stdout.String() != "x1\n1\n" || r.stderr.Len() > 0 {
		t.Errorf("with --no-init: stdout %q, stderr %q", &r.stdout, &r.stderr)
	}
	write(t, filepath.Join(home, initFile), "FAIL;\n")
	r = &trial{home: home}
	code := r.run(t, "-e", "SELECT 1")
	if code != exitOK || !strings.Contains(r.stderr.String(), initFile+":1: error: ") {
		t.Errorf("a failing init file: exit code %d, stderr %q", code, &r.stderr)
	}
}

func TestExitCodeOfErrors(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0}, {errors.New("x"), 1}, {usageError{errors.New("x")}, 2},
		{fmt.Errorf("x: %w", errTimedOut), 124}, {reportedError{errInterrupted}, 130}, {errTerminated, 143}, {errClosedOutput, 0},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("exitCode(%v) = %d", c.err, got)
		}
	}
}

func TestRoundDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{1234567: "1.2ms", 999: "1µs", 61*time.Second + 1e6: "1m1s", 12345 * time.Millisecond: "12.3s"} {
		if got := roundDuration(d); got != want {
			t.Errorf("roundDuration(%d) = %s, want %s", d, got, want)
		}
	}
}

// A node's timer need not agree with the shell's.
func TestTimeoutThatANodeIsFirstToNotice(t *testing.T) {
	cause := fmt.Errorf("%w after 20ms", errTimedOut)
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, cause)
	defer cancel()
	if err := because(ctx, fmt.Errorf("node x: %w", context.DeadlineExceeded)); err != cause {
		t.Errorf("error is %v", err)
	}
	ctx, cancel = context.WithTimeoutCause(t.Context(), time.Hour, cause)
	defer cancel()
	for _, want := range []error{context.DeadlineExceeded, errors.New("another")} {
		if err := because(ctx, want); err != want {
			t.Errorf("error is %v, want %v", err, want)
		}
	}
}
