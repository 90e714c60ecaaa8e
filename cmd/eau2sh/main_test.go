package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
	"go.uber.org/goleak"

	"github.com/eau2db/eau2/engine"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// asShell is the variable that makes the test binary the shell, for tests that need a process: with a fake engine, or
// with the real one.
const (
	asShell    = "EAU2SH_TEST_SHELL"
	fakeEngine = "fake"
	realEngine = "real"
)

func TestMain(m *testing.M) {
	text.OverrideRuneWidthEastAsianWidth(false) // whatever the locale
	switch os.Getenv(asShell) {
	case realEngine:
		main()
	case fakeEngine:
		os.Exit(run(os.Args[1:], systemEnvironment(), func(context.Context, engine.Options) (session, error) {
			return &fakeSession{tables: fakeTables()}, nil
		}))
	}
	goleak.VerifyTestMain(m)
}

// fakeTables are the tables the shell process begins with.
func fakeTables() []engine.TableInfo {
	return []engine.TableInfo{
		{Name: "authors", Rows: 3, Columns: []engine.Column{{Name: "id", Type: engine.Int}, {Name: "full name", Type: engine.String}}},
		{Name: "commits", Rows: 12345, Bytes: 1e6, Columns: []engine.Column{{Name: "project", Type: engine.Int}, {Name: "author", Type: engine.Int}, {Name: "committer", Type: engine.Int}}},
	}
}

// trial is one call of run in this process.
type trial struct {
	session *fakeSession
	options engine.Options
	home    string
	env     map[string]string
	stdin   string
	stdout  bytes.Buffer
	stderr  bytes.Buffer
	openErr error
}

// run calls run and returns the exit code.
func (c *trial) run(t *testing.T, args ...string) int {
	t.Helper()
	if c.home == "" {
		c.home = t.TempDir()
	}
	c.session = &fakeSession{tables: fakeTables()}
	env := environment{
		stdin:  strings.NewReader(c.stdin),
		stdout: &c.stdout,
		stderr: &c.stderr,
		getenv: func(name string) string {
			if name == "HOME" {
				return c.home
			}
			return c.env[name]
		},
	}
	return run(args, env, func(_ context.Context, o engine.Options) (session, error) {
		c.options = o
		if c.openErr != nil {
			return nil, c.openErr
		}
		return c.session, nil
	})
}

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs: got\n%s\nwant\n%s", path, got, want)
	}
}
