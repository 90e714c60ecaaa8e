package data

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eau2db/eau2/engine"
)

// write makes the files in a new folder.
func write(t *testing.T, o Options) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "linus")
	if err := Write(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	return dir
}

// hash is of a folder's three files.
func hash(t *testing.T, dir string) string {
	t.Helper()
	h := sha256.New()
	for _, name := range []string{UsersFile, ProjectsFile, CommitsFile} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		h.Write(b)
	}
	return fmt.Sprintf("%x", h.Sum(nil))[:16]
}

// TestSameOptionsGiveTheSameBytes holds the bytes of some sets: figures that were measured with them count on these.
func TestSameOptionsGiveTheSameBytes(t *testing.T) {
	const golden = "ef2ff745b63dd34f"
	for _, workers := range []int{1, 2, 7} {
		o := small
		o.Workers = workers
		if got := hash(t, write(t, o)); got != golden {
			t.Errorf("%d workers: hash %s, not %s", workers, got, golden)
		}
	}
	for _, other := range []func(*Options){
		func(o *Options) { o.Seed++ }, func(o *Options) { o.Sparse = true }, func(o *Options) { o.Unknown = 0.01 },
	} {
		o := small
		other(&o)
		if hash(t, write(t, o)) == golden {
			t.Errorf("%+v gives the bytes of %+v", o, small)
		}
	}
}

// TestFilesHaveTheRowsOfTheSet loads the files and compares them with the set in memory.
func TestFilesHaveTheRowsOfTheSet(t *testing.T) {
	for _, o := range []Options{
		{Commits: 1, Projects: 1, Users: Linus + 1},
		{Commits: blockRows, Projects: blockRows + 1, Users: Linus + 2, Seed: 3},
		{Commits: blockRows + 1, Projects: 7, Users: Linus + 3, Sparse: true, Unknown: 0.1},
	} {
		t.Run(fmt.Sprintf("%d commits", o.Commits), func(t *testing.T) {
			dir, s := write(t, o), mustMake(t, o)
			eng, err := engine.Open(t.Context(), engine.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer eng.Close()
			compare(t, eng, dir, UsersFile, "(id INT, name STRING)", "SELECT id FROM t", s.Users)
			compare(t, eng, dir, ProjectsFile, "(id INT, name STRING)", "SELECT id FROM t", s.Projects)
			for column, ids := range map[string][]int64{"pid": s.PIDs, "author": s.Authors, "committer": s.Committers} {
				compare(t, eng, dir, CommitsFile, "(pid INT, author INT, committer INT)", "SELECT "+column+" FROM t", ids)
			}
		})
	}
}

// compare loads a file as table t and wants a query to give these ids, and no row or value to be lost.
func compare(t *testing.T, eng *engine.Engine, dir, file, columns, query string, want []int64) {
	t.Helper()
	for _, statement := range []string{"DROP TABLE IF EXISTS t", "LOAD '" + filepath.Join(dir, file) + "' INTO t " + columns} {
		rows, err := eng.Query(t.Context(), statement)
		if err != nil {
			t.Fatal(err)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		if len(rows.Warnings()) > 0 {
			t.Fatalf("%s: %v", file, rows.Warnings())
		}
	}
	rows, err := eng.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		if n < len(want) && id != want[n] {
			t.Fatalf("%s of %s: row %d is %d, not %d", query, file, n, id, want[n])
		}
		n++
	}
	if err := rows.Err(); err != nil || n != len(want) {
		t.Fatalf("%s of %s: %d rows, not %d: %v", query, file, n, len(want), err)
	}
}

func TestNamesTellWhoIsWho(t *testing.T) {
	o := small
	dir := write(t, o)
	users, err := os.ReadFile(filepath.Join(dir, UsersFile))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(users), "\n<4967><\"Linus Torvalds\">\n") {
		t.Error("Linus has another name")
	}
	projects, err := os.ReadFile(filepath.Join(dir, ProjectsFile))
	if err != nil {
		t.Fatal(err)
	}
	linux := fmt.Sprintf("<%d><\"torvalds/linux\">\n", mustMake(t, o).PIDs[0])
	if strings.Count(string(projects), "torvalds/linux") != 1 || !strings.Contains(string(projects), linux) {
		t.Error("the project of the first commit is not linux")
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	for want, o := range map[string]Options{
		"make 0 commits":   {Commits: 0, Projects: 1, Users: 5000},
		"make -1 projects": {Commits: 1, Projects: -1, Users: 5000},
		"make 4967 users":  {Commits: 1, Projects: 1, Users: Linus},
		"1073741824":       {Commits: 1, Projects: maxRows + 1, Users: 5000},
		"share of 1.5":     {Commits: 1, Projects: 1, Users: 5000, Unknown: 1.5},
	} {
		_, err := Make(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Make %+v: %v", o, err)
		}
		if err := Write(t.Context(), t.TempDir(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Write %+v: %v", o, err)
		}
	}
}

func TestACancelledWriteLeavesNoFile(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	if err := Write(ctx, dir, small); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), UsersFile) {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Error(left, err)
	}
	if _, err := Make(ctx, small); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestAFolderThatCannotBeMadeIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := Write(t.Context(), file, small); err == nil || !strings.Contains(err.Error(), file) {
		t.Error(err)
	}
}
