package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eau2db/eau2/engine"
)

// completed returns what TAB makes of a line with the cursor at |, and the list it shows.
func completed(sh *shell, pending, line string) (string, string) {
	before, after, _ := strings.Cut(line, "|")
	c := sh.completeLine(pending, toLine(before+after), len(toLine(before)))
	return fromLine(string(c.line[:c.pos])) + "|" + fromLine(string(c.line[c.pos:])), strings.ReplaceAll(c.list, "\r\n", "\n")
}

func completionShell(t *testing.T) *shell {
	env := environment{stdout: nil, getenv: func(string) string { return "" }}
	return newShell(env, &fakeSession{tables: append(fakeTables(), engine.TableInfo{Name: "odd name", Columns: []engine.Column{{Name: "oddity"}}})}, settings{})
}

func TestCompletion(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"commits.sor", "comments.sor", "users.sor", ".hidden"} {
		write(t, name, "")
	}
	if err := os.Mkdir("data", 0o777); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join("data", "it is.sor"), "")
	sh := completionShell(t)
	for _, c := range []struct{ pending, line, want, list string }{
		{"", "sel|", "select |", ""},
		{"", "SEL|", "SELECT |", ""},
		{"", "Sel|", "SELECT |", ""},
		{"", "|", "|", "ALTER     CREATE    DROP      LOAD      SHOW\nCOPY      DESCRIBE  EXPLAIN   SELECT    WITH\n"},
		{"", "select auth|", "select author|", ""}, // also authors
		{"", "select author| from commits", "select author| from commits", "author   authors\n"},
		{"", "select proj| from commits", "select project| from commits", ""},
		{"", "select proj| from authors", "select proj| from authors", ""}, // not a column of authors
		{"", "select full| from authors", "select `full name`| from authors", ""},
		{"", "select `fu| from authors", "select `full name`| from authors", ""},
		{"", "select c.comm| from commits c", "select c.committer| from commits c", ""},
		{"", "select commits.pr|", "select commits.project|", ""},
		{"", "select abs|", "select abs(|", ""},
		{"", "SELECT COUN|", "SELECT COUNT(|", ""},
		{"", "select * from com|", "select * from commits |", ""},
		{"", "select * from odd|", "select * from `odd name` |", ""},
		{"", "select * from `odd|", "select * from `odd name` |", ""},
		{"", "describe au|", "describe authors |", ""},
		{"select *\nfrom ", "comm|", "commits |", ""},
		{"select project from commits\n", "where au|", "where author|", ""},
		{"", "load 'u|", "load 'users.sor'|", ""},
		{"", "load 'co|", "load 'comm|", ""},
		{"", "load 'comm|", "load 'comm|", "comments.sor  commits.sor\n"},
		{"", "select * from 'da|", "select * from 'data/|", ""},
		{"", "select * from 'data/it|", "select * from 'data/it is.sor'|", ""},
		{"", "select * from '.h|", "select * from '.hidden'|", ""},
		{"", "select 'u|", "select 'u|", ""}, // a text, not a file
		{"", "select 'it''s' from com|", "select 'it''s' from commits |", ""},
		{"", "select 1 -- don't\n, auth|", "select 1 -- don't\n, author|", ""},
		{"", ".ta|", ".tables |", ""},
		{"", ".h|", ".he|", ""},
		{"", ".mode c|", ".mode c|", "chart  csv\n"},
		{"", ".mode mark|", ".mode markdown|", ""},
		{"", ".timer o|", ".timer o|", "off  on\n"},
		{"", ".schema comm|", ".schema commits|", ""},
		{"", ".functions abs|", ".functions ABS|", ""},
		{"", ".help tab|", ".help tables|", ""},
		{"", ".read us|", ".read users.sor|", ""},
		{"", ".import users.sor us|", ".import users.sor users.sor|", ""},
		{"", ".once |le|", ".once |le|", ""},
		{"", ".xyz a|", ".xyz a|", ""},
		{"", "xyzzy|", "xyzzy|", ""},
		{"", "日本 se|", "日本 se|", "select     separator\n"},
	} {
		t.Run(c.pending+c.line, func(t *testing.T) {
			line := c.line
			if strings.HasPrefix(line, ".once") {
				line = ".once |le" // its bar is no cursor
				got := sh.completeLine("", toLine(line), len(line))
				if string(got.line) != line || got.list != "" {
					t.Errorf("got %q", string(got.line))
				}
				return
			}
			got, list := completed(sh, c.pending, line)
			if got != c.want || list != c.list {
				t.Errorf("got %q and the list %q, want %q and %q", got, list, c.want, c.list)
			}
		})
	}
}

func TestCompletionIsCapped(t *testing.T) {
	var tables []engine.TableInfo
	for i := range 200 {
		tables = append(tables, engine.TableInfo{Name: fmt.Sprintf("t%03d_x", i)})
	}
	sh := completionShell(t)
	sh.session = &fakeSession{tables: tables}
	if got, _ := completed(sh, "", "select * from |"); got != "select * from t|" {
		t.Errorf("got %s", got)
	}
	_, list := completed(sh, "", "select * from t|")
	if n := strings.Count(list, "_x"); n != mostCandidates || !strings.HasSuffix(list, "… and 150 more\n") {
		t.Errorf("%d candidates, %q", n, list)
	}
}

func TestCompletionIsFresh(t *testing.T) {
	sh := completionShell(t)
	if got, _ := completed(sh, "", "select * from new|"); got != "select * from new|" {
		t.Errorf("got %s", got)
	}
	s := sh.session.(*fakeSession)
	s.tables = append(s.tables, engine.TableInfo{Name: "newest"})
	if got, _ := completed(sh, "", "select * from new|"); got != "select * from newest |" {
		t.Errorf("got %s", got)
	}
}

func TestCandidateListFitsNarrowScreens(t *testing.T) {
	candidates := []candidate{{text: strings.Repeat("x", 40)}, {text: "日本語日本語"}, {text: "a"}}
	for _, width := range []int{1, 5, 20, 80} {
		for line := range strings.Lines(listCandidates(candidates, width)) {
			if w := displayWidth(strings.TrimRight(line, "\r\n")); w > max(1, width) {
				t.Errorf("%q is %d wide in %d columns", line, w, width)
			}
		}
	}
}
