package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/eau2db/eau2/docs/examples/linus/data"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCommandMakesTheFilesOfItsFlags(t *testing.T) {
	dir, same := t.TempDir(), t.TempDir()
	var out, problems bytes.Buffer
	args := []string{"-commits", "30000", "-projects", "31000", "-users", "8000", "-seed", "5", "-sparse", "-unknown", "0.1", "-degrees", "2", dir}
	if err := run(t.Context(), args, &out, &problems); err != nil {
		t.Fatal(err, problems.String())
	}
	o := data.Options{Commits: 30000, Projects: 31000, Users: 8000, Seed: 5, Sparse: true, Unknown: 0.1}
	if err := data.Write(t.Context(), same, o); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{data.UsersFile, data.ProjectsFile, data.CommitsFile} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(same, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is another than the library's", name)
		}
	}
	if !regexp.MustCompile(`(?s)users.sor\t\d+ bytes\n.*commits.sor\t\d+ bytes\n.* MB in .* s\n1\t\d+\t\d+\n2\t\d+\t\d+\n$`).MatchString(out.String()) {
		t.Error(out.String())
	}
}

func TestCommandRefusesWhatItCannotDo(t *testing.T) {
	for _, c := range []struct {
		args []string
		err  error
		want string // in the error or on standard error
	}{
		{nil, errUsage, "usage: generate [flags] DIR"},
		{[]string{"a", "b"}, errUsage, "usage: generate [flags] DIR"},
		{[]string{"-commit", "1", "a"}, errUsage, "-commit"},
		{[]string{"-help"}, flag.ErrHelp, "-unknown"},
		{[]string{"-users", "1", t.TempDir()}, nil, "make 1 users"},
	} {
		var out, problems bytes.Buffer
		err := run(t.Context(), c.args, &out, &problems)
		if err == nil || c.err != nil && !errors.Is(err, c.err) || !strings.Contains(problems.String()+err.Error(), c.want) || out.Len() > 0 {
			t.Errorf("%q: %v\n%s%s", c.args, err, &out, &problems)
		}
	}
}
