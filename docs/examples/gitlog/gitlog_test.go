// Package gitlog tests the script that turns git's log into SoR files.
package gitlog

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/eau2db/eau2/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// person is who commits, by name and mail address.
type person string

const (
	ada   person = "ada@example.org"
	grace person = "grace o'h \\ tm@example.org" // git itself takes quotes away
	linus person = "linus@example.org"
)

// repository makes one in a new folder whose name has a blank, and returns its path and a function that commits a file.
func repository(t *testing.T) (dir string, commit func(author, committer person, paths ...string)) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "a repository")
	git(t, "", "", "init", "-q", dir)
	n := 0
	return dir, func(author, committer person, paths ...string) {
		t.Helper()
		n++
		for _, path := range paths {
			path = filepath.Join(dir, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, fmt.Append(nil, n), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		git(t, author, committer, "-C", dir, "add", ".")
		git(t, author, committer, "-C", dir, "commit", "-q", "--allow-empty", "-m", "\x01x\ny/z")
	}
}

// git runs git with nobody's configuration.
func git(t *testing.T, author, committer person, args ...string) string {
	t.Helper()
	c := exec.Command("git", args...)
	c.Env = append(environment(),
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL="+string(author), "GIT_COMMITTER_NAME=c", "GIT_COMMITTER_EMAIL="+string(committer))
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// environment is this process's, but for git's own variables: a hook that runs the tests would set them.
func environment() (env []string) {
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GIT_") {
			env = append(env, v)
		}
	}
	return append(env, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
}

// script runs the script in a folder.
func script(t *testing.T, dir string, args ...string) (out string, err error) {
	t.Helper()
	path, err := filepath.Abs("gitlog.sh")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("sh", append([]string{path}, args...)...)
	c.Dir, c.Env = dir, environment()
	b, err := c.CombinedOutput()
	return string(b), err
}

// needGit skips a test where there is no git or shell.
func needGit(t *testing.T) {
	t.Helper()
	for _, name := range []string{"git", "sh", "awk"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip(err)
		}
	}
}

// load loads the files of a folder, and returns how many commits there are of each project, author and committer by their names.
func load(t *testing.T, dir string) map[[3]string]int64 {
	t.Helper()
	eng, err := engine.Open(t.Context(), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer eng.Close()
	query(t, eng, "LOAD '"+filepath.Join(dir, "users.sor")+"' INTO users (uid, name)")
	query(t, eng, "LOAD '"+filepath.Join(dir, "projects.sor")+"' INTO projects (pid, name)")
	query(t, eng, "LOAD '"+filepath.Join(dir, "commits.sor")+"' INTO commits (pid, author, committer)")
	users, projects := names(t, eng, "uid", "users"), names(t, eng, "pid", "projects")
	found := map[[3]string]int64{}
	for _, row := range query(t, eng, "SELECT pid, author, committer, COUNT(*) FROM commits GROUP BY pid, author, committer") {
		pid, author, committer := row[0].Int, row[1].Int, row[2].Int
		found[[3]string{projects[pid], users[author], users[committer]}] = row[3].Int
	}
	return found
}

// names reads a table of ids and names, no two alike.
func names(t *testing.T, eng *engine.Engine, id, table string) map[int64]string {
	t.Helper()
	found, ids := map[int64]string{}, map[string]int64{}
	for _, row := range query(t, eng, "SELECT "+id+", name FROM "+table) {
		found[row[0].Int], ids[row[1].Str] = row[1].Str, row[0].Int
	}
	if n := query(t, eng, "SELECT COUNT(*) FROM "+table)[0][0].Int; len(found) != int(n) || len(ids) != int(n) {
		t.Errorf("%s: %d rows have %d ids and %d names", table, n, len(found), len(ids))
	}
	return found
}

// query runs a statement that must lose nothing, and returns its rows.
func query(t *testing.T, eng *engine.Engine, statement string) (all [][]engine.Value) {
	t.Helper()
	rows, err := eng.Query(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for row := range rows.All() {
		all = append(all, slices.Clone(row))
	}
	if err := rows.Err(); err != nil || len(rows.Warnings()) > 0 {
		t.Fatal(statement, err, rows.Warnings())
	}
	return all
}

// want is what load must find, with texts that have to be hashed.
type want map[[3]string]int64

// check compares what is in the folder with what must be.
func (w want) check(t *testing.T, dir string) {
	t.Helper()
	found, hashed := load(t, dir), map[[3]string]int64{}
	for texts, n := range w {
		var names [3]string
		for i, text := range texts {
			names[i] = hash(t, text)
		}
		hashed[names] = n
	}
	if !maps.Equal(found, hashed) {
		t.Errorf("the tables have %v, not %v, which is %v", found, hashed, w)
	}
}

// hash is git's of a text.
func hash(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return git(t, "", "", "hash-object", "--no-filters", path)
}

func TestCommitsOfTwoRepositoriesBecomeTables(t *testing.T) {
	needGit(t)
	one, commit := repository(t)
	commit(ada, ada, "main.go", "cmd/x/main.go")
	commit(grace, ada, "cmd/y.go", "tä b/\tz", `q"`)
	commit(grace, ada)
	two, commit := repository(t)
	commit(linus, linus, "cmd/x")
	commit(grace, linus, "cmd/x")
	oneGit := git(t, "", "", "-C", one, "rev-parse", "--absolute-git-dir")
	twoGit := git(t, "", "", "-C", two, "rev-parse", "--absolute-git-dir")
	a, g, l := string(ada), string(grace), string(linus)

	t.Run("a project a repository", func(t *testing.T) {
		dir := t.TempDir()
		if out, err := script(t, dir, "-o", "out", one, two); err != nil || out != "" {
			t.Fatal(err, out)
		}
		want{
			{oneGit, a, a}: 1, {oneGit, g, a}: 2,
			{twoGit, l, l}: 1, {twoGit, g, l}: 1,
		}.check(t, filepath.Join(dir, "out"))
	})
	t.Run("a project for each at the top", func(t *testing.T) {
		if out, err := script(t, one, "-t", ".", two); err != nil || out != "" {
			t.Fatal(err, out)
		}
		want{
			{oneGit + "/main.go", a, a}: 1, {oneGit + "/cmd", a, a}: 1,
			{oneGit + "/cmd", g, a}: 1, {oneGit + "/tä b", g, a}: 1, {oneGit + "/q\\", g, a}: 1,
			{twoGit + "/cmd", l, l}: 1, {twoGit + "/cmd", g, l}: 1,
		}.check(t, one)
	})
	t.Run("in a folder of a repository", func(t *testing.T) {
		if out, err := script(t, filepath.Join(one, "cmd"), "-o", "out", two); err != nil || out != "" {
			t.Fatal(err, out)
		}
		want{{twoGit, l, l}: 1, {twoGit, g, l}: 1}.check(t, filepath.Join(one, "cmd", "out"))
	})
}

// TestOneUserOfOneProject has nothing but ones for ids, which must not become BOOL.
func TestOneUserOfOneProject(t *testing.T) {
	needGit(t)
	dir, commit := repository(t)
	commit(ada, ada)
	if out, err := script(t, dir, "."); err != nil || out != "" {
		t.Fatal(err, out)
	}
	commits, err := os.ReadFile(filepath.Join(dir, "commits.sor"))
	if err != nil || string(commits) != "<+1><+1><+1>\n" {
		t.Errorf("%s %v", commits, err)
	}
	want{{git(t, "", "", "-C", dir, "rev-parse", "--absolute-git-dir"), string(ada), string(ada)}: 1}.check(t, dir)
}

func TestFailuresAreToldAndLeaveNothing(t *testing.T) {
	needGit(t)
	empty, _ := repository(t)
	full, commit := repository(t)
	commit(ada, ada)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no repository":             {nil, "usage: gitlog.sh"},
		"no such option":            {[]string{"-x", full}, "usage: gitlog.sh"},
		"no such folder":            {[]string{full, "nowhere"}, "nowhere"},
		"a repository with nothing": {[]string{full, empty}, "HEAD"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			out, err := script(t, dir, c.args...)
			if err == nil || !strings.Contains(out, c.want) {
				t.Errorf("%v\n%s", err, out)
			}
			left, err := os.ReadDir(dir)
			if err != nil || len(left) > 0 {
				t.Error(left, err)
			}
		})
	}
}
