package engine

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/engine/exec"
)

// write makes a file of the test.
func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadOfFilesThatAreNone(t *testing.T) {
	dir := t.TempDir()
	secret := write(t, "secret.sor", "<1>\n")
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	binary := make([]byte, 100_000)
	for i := range binary {
		binary[i] = byte(i * i >> 3)
	}
	for _, engineDir := range []string{"", t.TempDir()} {
		e := open(t, Options{Dir: engineDir})
		for _, c := range []struct{ name, path, want string }{
			{"missing", filepath.Join(dir, "missing.sor"), "no such file"},
			{"directory", dir, "directory"},
			{"no rows", write(t, "csv.sor", "a,b,c\n1,2,3\n"), "csv.sor"},
			{"binary", write(t, "binary.sor", string(binary)), "binary.sor"},
			{"not gzip", write(t, "x.sor.gz", "<1>\n"), "uncompress"},
			{"not zstd", write(t, "x.sor.zst", "<1>\n"), "zst"},
			{"path through a file", filepath.Join(binaryPath(t), "x.sor"), "not a directory"},
		} {
			for _, run := range []func() error{
				func() error { _, err := e.Load(t.Context(), "x", c.path, LoadOptions{}); return err },
				func() error { _, err := e.Query(t.Context(), "LOAD '"+c.path+"' INTO x"); return err },
				func() error { _, err := e.Query(t.Context(), "SELECT * FROM '"+c.path+"'"); return err },
			} {
				if err := run(); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s: %v, want %q", c.name, err, c.want)
				}
			}
		}
		if os.Getuid() != 0 {
			if _, err := e.Load(t.Context(), "x", secret, LoadOptions{}); !errors.Is(err, fs.ErrPermission) {
				t.Errorf("unreadable: %v", err)
			}
		}
		if len(e.Tables()) != 0 {
			t.Errorf("tables left: %v", e.Tables())
		}
	}
}

func binaryPath(t *testing.T) string { return write(t, "file", "x") }

func TestLoadOfEmptyFiles(t *testing.T) {
	e := open(t, Options{Dir: t.TempDir()})
	for name, text := range map[string]string{"nothing": "", "lines": "\n \n\t\n", "no_line_break": "<1>", "one_empty_row": "<>\n"} {
		file := write(t, "e.sor", text)
		want := map[string]int{"no_line_break": 1, "one_empty_row": 1}[name]
		if want == 0 {
			if _, err := e.Load(t.Context(), name, file, LoadOptions{}); err == nil || !strings.Contains(err.Error(), "no rows to infer") {
				t.Errorf("%s without columns: %v", name, err)
			}
		}
		d, err := e.Load(t.Context(), name, file, LoadOptions{Columns: []LoadColumn{{Name: "x"}}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		rows, err := d.Collect(t.Context())
		_, all := collect(t, rows, err)
		if len(all) != want {
			t.Errorf("%s: %d rows, want %d", name, len(all), want)
		}
		for _, stmt := range []string{"SELECT COUNT(*) FROM ", "SELECT * FROM ", "DESCRIBE ", "SHOW CHUNKS FROM "} {
			queryAll(t, e, stmt+name)
		}
	}
}

func TestLoadOfBytesThatAreNotUTF8(t *testing.T) {
	e := open(t, Options{})
	file := write(t, "latin1.sor", "<\"gr\xfc\xdfe\"><\xff>\n<\"\x00\"><ok>\n")
	if _, err := e.Load(t.Context(), "t", file, LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	_, rows := queryAll(t, e, "SELECT c0, c1, LENGTH(c0), CHAR_LENGTH(c0), UPPER(c0), REVERSE(c0), c0 LIKE 'gr__e', LEFT(c0, 3) FROM t")
	if rows[0][0].Str != "gr\xfc\xdfe" || rows[0][1].Str != "\xff" || rows[0][2].Int != 5 || rows[1][0].Str != "\x00" {
		t.Errorf("%q", rows)
	}
	queryAll(t, e, "COPY t TO '"+filepath.Join(t.TempDir(), "t.json")+"'")
}

// A table must never hold part of a row, whatever of the file is left when it is read.
func TestAFileThatShrinksWhileItIsRead(t *testing.T) {
	line := strings.Repeat("<1><\"text of the row\"><2.5>\n", 1)
	file := write(t, "t.sor", strings.Repeat(line, 200_000))
	e := open(t, Options{Threads: 2})
	ctx := WithProgress(t.Context(), func(Progress) {
		if err := os.Truncate(file, int64(len(line))*1000+5); err != nil {
			t.Error(err)
		}
	})
	_, err := e.Load(ctx, "t", file, LoadOptions{})
	if err == nil {
		_, got := queryAll(t, e, "SELECT COUNT(*), SUM(c0), MIN(c1), MAX(c1), COUNT(c1) FROM t")
		n := got[0][0].Int
		if got[0][1].Int != n || got[0][4].Int != n || got[0][2].Str != "text of the row" || got[0][3].Str != "text of the row" {
			t.Errorf("%v", got)
		}
	} else if len(e.Tables()) != 0 {
		t.Errorf("%v left %v", err, e.Tables())
	}
}

func TestLoadTellsWhatWasLost(t *testing.T) {
	e := open(t, Options{})
	var text bytes.Buffer
	for range 600 {
		text.WriteString("<7><a>\n")
	}
	text.WriteString("<2.5><b>\n<3><c\n<4>x<d>\n<5><e><f>\n<\"6\"><g>\n")
	var report LoadReport
	if _, err := e.Load(t.Context(), "t", write(t, "t.sor", text.String()), LoadOptions{Report: &report}); err != nil {
		t.Fatal(err)
	}
	if report.Rows != 603 || report.Dropped != 2 || report.ExtraFields != 1 || report.Mismatches[0] != 2 || len(report.Problems) != 5 {
		t.Errorf("%+v", report)
	}
	for i, want := range []int64{601, 602, 603, 604, 605} {
		if report.Problems[i].Line != want {
			t.Errorf("problem %d: %+v, want line %d", i, report.Problems[i], want)
		}
	}
}

func TestStatementsTooLongOrTooDeep(t *testing.T) {
	e := open(t, Options{})
	const big = 10 << 20
	many := func(s string, n int) string { return strings.Repeat(s, n) }
	for name, stmt := range map[string]string{
		"parentheses":    "SELECT " + many("(", big/2) + "1" + many(")", big/2),
		"open only":      "SELECT " + many("(", big),
		"tildes":         "SELECT " + many("~", big) + "1",
		"minuses":        "SELECT " + many("- ", big/2) + "1",
		"nots":           "SELECT " + many("NOT ", big/4) + "1",
		"cases":          "SELECT " + many("CASE WHEN ", big/10) + "1" + many(" THEN 1 END", big/10),
		"pluses":         "SELECT 1" + many("+1", big/2),
		"ands":           "SELECT 1" + many(" AND 1", big/6),
		"unions":         "SELECT 1" + many(" UNION ALL SELECT 1", big/20),
		"columns":        "SELECT 1" + many(",1", big/2),
		"one string":     "SELECT '" + many("x", big),
		"one name":       "SELECT " + many("x", big),
		"comment":        "SELECT 1 /*" + many("x", big),
		"garbage":        many("\xff\x00<>", big/4),
		"subqueries":     many("SELECT * FROM (", big/15),
		"values":         "SELECT 1 IN (1" + many(",1", big/2) + ")",
		"brackets":       many("[", big),
		"backslashes":    "SELECT '" + many("\\", big),
		"quotes":         many("'", big+1),
		"semicolons":     many(";", big),
		"medium tildes":  "SELECT " + many("~", 60000) + "1",
		"medium ands":    "SELECT 1" + many(" AND 1", 10000),
		"medium cases":   "SELECT " + many("CASE WHEN ", 3000) + "1" + many(" THEN 1 END", 3000),
		"medium unions":  "SELECT 1" + many(" UNION ALL SELECT 1", 3000),
		"medium calls":   "SELECT " + many("ABS(", 10000) + "1" + many(")", 10000),
		"medium selects": many("SELECT (", 5000) + "1" + many(")", 5000),
	} {
		rows, err := e.Query(t.Context(), stmt)
		if err == nil {
			for rows.Next() {
			}
			err = rows.Close()
		}
		if strings.HasPrefix(name, "medium") {
			continue // may run or not, but must not crash
		}
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if len(err.Error()) > 1000 {
			t.Errorf("%s: an error of %d bytes", name, len(err.Error()))
		}
	}
	for _, stmt := range []string{
		"SELECT 1 /*" + many("x", 60000) + "*/ + 1",
		"SELECT " + many("(", 100) + "1" + many(")", 100),
		"SELECT 1 IN (2" + many(",1", 5000) + ")",
		"SELECT 1" + many("+1", 200),
	} {
		queryAll(t, e, stmt)
	}
}

func TestDirectoriesThatCannotBeOpened(t *testing.T) {
	ctx := t.Context()
	fails := func(name, dir string, want error, text string) {
		t.Helper()
		e, err := Open(ctx, Options{Dir: dir})
		if err == nil {
			e.Close()
			t.Errorf("%s: no error", name)
			return
		}
		if want != nil && !errors.Is(err, want) || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", name, err)
		}
	}
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "thesis.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	fails("foreign", foreign, cluster.ErrForeign, foreign)
	if b, err := os.ReadFile(filepath.Join(foreign, "thesis.txt")); string(b) != "mine" {
		t.Errorf("the foreign directory was touched: %v", err)
	}

	held := t.TempDir()
	e := open(t, Options{Dir: held})
	queryAll(t, e, "CREATE TABLE t AS SELECT 1 x")
	fails("in use", held, cluster.ErrLocked, held)
	if _, got := queryAll(t, e, "SELECT x FROM t"); got[0][0].Int != 1 {
		t.Error("the holder lost its table")
	}

	fails("a file", write(t, "file", ""), nil, "file")
	if os.Getuid() != 0 {
		locked := t.TempDir()
		if err := os.Chmod(locked, 0o500); err != nil {
			t.Fatal(err)
		}
		fails("unwritable", filepath.Join(locked, "d"), fs.ErrPermission, locked)
	}
}

func TestMemoryBudget(t *testing.T) {
	e := open(t, Options{Threads: 2, Memory: 1 << 19})
	table := randomTable(newRand(8), 60000)
	loadTable(t, e, "t", writeSoR(t, table), table.fields)
	for _, stmt := range []string{
		"SELECT * FROM t ORDER BY w, x",
		"SELECT row, COUNT(*), SUM(w), MIN(x), MAX(w) FROM t GROUP BY row",
		"SELECT DISTINCT row, w, x FROM t",
		"SELECT COUNT(DISTINCT row + w) FROM t",
		"SELECT a, MEDIAN(w), QUANTILE(x, 0.1) FROM t GROUP BY a",
		"SELECT GROUP_CONCAT(u, u, u, u, u, u, u, u) FROM t",
		"CREATE TABLE x AS SELECT * FROM t ORDER BY w",
	} {
		rows, err := e.Query(t.Context(), stmt)
		if err == nil {
			for rows.Next() {
			}
			err = rows.Close()
		}
		var full *exec.ErrMemory
		if !errors.As(err, &full) || !strings.Contains(err.Error(), "budget") {
			t.Errorf("%s: %v", stmt, err)
		}
		if n := e.memory.Used(); n != 0 {
			t.Errorf("%s: %d bytes are still taken", stmt, n)
		}
		if _, got := queryAll(t, e, "SELECT COUNT(*) FROM t"); got[0][0].Int != 60000 {
			t.Errorf("after %s: %v", stmt, got)
		}
	}
}

// Keeping the first rows takes memory for them alone, however many rows displace others.
func TestTopRowsTakeLittleMemory(t *testing.T) {
	e := open(t, Options{Threads: 2, Memory: 4 << 20})
	table := naiveTable{fields: []Column{{Name: "n", Type: Int}}}
	for i := range 400_000 {
		table.rows = append(table.rows, []Value{{Type: Int, Valid: true, Int: int64(i)}})
	}
	loadTable(t, e, "t", writeSoR(t, table), table.fields)
	if _, got := queryAll(t, e, "SELECT n FROM t ORDER BY n DESC LIMIT 2 OFFSET 1"); len(got) != 2 || got[0][0].Int != 399_998 {
		t.Errorf("%v", got)
	}
}

func TestNamesThatNeedQuoting(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		e := open(t, Options{Dir: dir})
		for _, name := range []string{"order", "a b", "ä", "a.b", "a/b", "..", "a'b", "1", "%", "x\ny", "-", strings.Repeat("n", 200)} {
			q := "`" + name + "`"
			rows, err := e.Query(t.Context(), "CREATE TABLE "+q+" AS SELECT 7 "+q)
			if err != nil {
				if !strings.Contains(err.Error(), "name") {
					t.Errorf("%q: %v", name, err)
				}
				continue
			}
			rows.Close()
			if _, got := queryAll(t, e, "SELECT "+q+" + 1, t."+q+" FROM "+q+" t"); got[0][0].Int != 8 {
				t.Errorf("%q: %v", name, got)
			}
			queryAll(t, e, "DESCRIBE "+q)
			queryAll(t, e, "DROP TABLE "+q)
		}
		for _, name := range []string{"", strings.Repeat("n", 100_000)} {
			if _, err := e.Load(context.Background(), name, write(t, "t.sor", "<1>\n"), LoadOptions{}); err == nil {
				t.Errorf("a table called %.20q", name)
			}
		}
	}
}
