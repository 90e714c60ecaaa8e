package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestDotCommands(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, "s.sql", "SELECT 7;\n")
	write(t, "fail.sql", "SELECT 8;\nFAIL;\nSELECT 9;\n")
	write(t, "self.sql", ".read self.sql\n")
	write(t, "f.sor", "<1>\n")
	for _, c := range []struct {
		name   string
		script string
		stdout string // "..." at the end: it begins so
		stderr string
	}{
		{"tables", ".tables", "table\trows\tcolumns\tbytes\nauthors\t3\t2\t0\ncommits\t12345\t3\t1000000\n", ""},
		{"tables like", ".tables com%", "table\trows\tcolumns\tbytes\ncommits\t12345\t3\t1000000\n", ""},
		{"tables with a part", ".tables THOR", "table\trows\tcolumns\tbytes\nauthors\t3\t2\t0\n", ""},
		{"schema of all", ".schema", "table\tcolumn\ttype\nauthors\tid\tINT\n...", ""},
		{"schema of one", ".schema authors", "table\tcolumn\ttype\nauthors\tid\tINT\nauthors\tfull name\tSTRING\n", ""},
		{"schema of none", ".schema autors", "", "error: unknown table autors, did you mean authors?\n"},
		{"functions", ".functions co*", "function\tclass\tusage\tdescription\nCOUNT\t...", ""},
		{"mode", ".mode jsonl\nSELECT 1;", "{\"x1\":1}\n", ""},
		{"mode of an insert", ".mode insert t\nSELECT 1;", "INSERT INTO t (x1) VALUES (1);\n", ""},
		{"mode shown", ".mode csv\n.mode", "mode csv; there are: table, ...", ""},
		{"mode auto", ".mode csv\n.mode auto\nSELECT 1,2;", "x1\tx2\n1\t2\n", ""},
		{"mode unknown", ".mode cvs", "", "error: unknown mode \"cvs\", did you mean csv?: ..."},
		{"headers", ".headers off\nSELECT 1;\n.headers on\nSELECT 2;", "1\nx1\n2\n", ""},
		{"headers wrong", ".headers maybe", "", "error: .headers takes on or off, not \"maybe\"\n"},
		{"timer", ".timer on\nSELECT 1;", "x1\n1\n", "time: ..."},
		{"maxrows", ".maxrows 1\nROWS 3;", "id\tname\n1\trow 1\n", "(1 of 3 rows shown; --max-rows 0 shows all)\n"},
		{"maxrows all", ".maxrows 1\n.maxrows all\nROWS 2;", "id\tname\n1\trow 1\n2\trow 2\n", ""},
		{"maxrows wrong", ".maxrows x", "", "error: .maxrows: \"x\" is not a number of rows\n"},
		{"last", ".maxrows 1\nROWS 2;\n.last", "id\tname\n1\trow 1\nid\tname\n1\trow 1\n2\trow 2\n", "(1 of 2 rows shown; --max-rows 0 shows all)\n"},
		{"last of none", ".last", "", "error: there is no last statement\n"},
		{"read", ".read s.sql\nSELECT 1;", "x1\n7\nx1\n1\n", ""},
		{"read what fails", ".read fail.sql\nSELECT 1;", "x1\n8\n", "fail.sql:2: error: unknown statement..."},
		{"read what is missing", ".read nothing.sql", "", "error: cannot read the script: open nothing.sql: no such file or directory\n"},
		{"read itself", ".read self.sql", "", "self.sql:1: error: cannot read self.sql: scripts read each other 16 deep\n"},
		{"import", ".import f.sor t\n.tables t", "table\trows\tcolumns\tbytes\nauthors\t3\t2\t0\ncommits\t...", "3 rows loaded into t\n"},
		{"import with too little", ".import f.sor", "", "error: .import takes a file and the name of the table it becomes\n"},
		{"prefix", ".hea off\nSELECT 1;", "1\n", ""},
		{"prefix of several", ".e", "", "error: ambiguous command .e: is it .edit or .exit?\n"},
		{"misspelt", ".tabels", "", "error: unknown command .tabels: did you mean .tables?\n"},
		{"unknown", ".xyzzy", "", "error: unknown command .xyzzy: .help lists the commands\n"},
		{"quit", ".quit\nSELECT 2;", "", ""},
		{"exit", "exit\nSELECT 2;", "", ""},
		{"help", ".help", ".edit                  edit the last statement with $EDITOR and run it\n...", ""},
		{"help by another name", "help;", ".edit  ...", ""},
		{"help for one", ".help timer", ".timer on|off          show how long each statement takes\n", ""},
		{"help for nothing", ".help xyzzy", "", "error: no command is like \"xyzzy\": .help lists them all\n"},
		{"show", ".mode box\n.show", "mode     box\nheaders  on\ntimer    off\nmaxrows  auto (1,000 in a terminal, all elsewhere)\noutput   off (standard output)\ntimeout  none\n", ""},
		{"pipe", ".pipe tr a-z A-Z\nSELECT 'abc';\nSELECT 'abc';", "+-----+\n| X1  |\n+-----+\n| ABC |\n+-----+\nx1\nabc\n", ""},
		{"pipe that does not read", ".once |true\nFOREVER;\nSELECT 1;", "x1\n1\n", ""},
		{"once of a command that fails", ".once |exit 3\nSELECT 1;", "", ""},
		{"edit without a terminal", ".edit", "", "error: .edit needs a terminal\n"},
		{"watch wrong", "SELECT 1;\n.watch 0", "x1\n1\n", "error: .watch takes a number of seconds, not \"0\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &trial{}
			r.run(t, "-e", c.script)
			for _, s := range []struct{ got, want string }{{r.stdout.String(), c.stdout}, {r.stderr.String(), c.stderr}} {
				if begin, ok := strings.CutSuffix(s.want, "..."); ok && strings.HasPrefix(s.got, begin) {
					continue
				}
				if s.got != s.want {
					t.Errorf("got %q, want %q", s.got, s.want)
				}
			}
		})
	}
}

func TestOutputGoesToFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	r := &trial{stdin: `.output a.txt
SELECT 1;
SELECT 2;
.tables com*
.output off
SELECT 3;
.once 'two words.txt'
SELECT 4;
SELECT 5;
.output /nonexistent/x
`}
	if code := r.run(t); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	if got, want := r.stdout.String(), "x1\n3\nx1\n5\n"; got != want {
		t.Errorf("stdout %q, want %q", got, want)
	}
	for name, want := range map[string]string{
		"a.txt":         "x1\n1\nx1\n2\ntable\trows\tcolumns\tbytes\ncommits\t12345\t3\t1000000\n",
		"two words.txt": "x1\n4\n",
	} {
		got, err := os.ReadFile(name)
		if err != nil || string(got) != want {
			t.Errorf("%s holds %q, want %q (%v)", name, got, want, err)
		}
	}
	if want := "error: cannot write results: open /nonexistent/x"; !strings.Contains(r.stderr.String(), want) {
		t.Errorf("stderr %s", &r.stderr)
	}
}

func TestAnOutputThatCannotBeWrittenFails(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	r := &trial{}
	if code := r.run(t, "-e", ".output /dev/full", "-e", "SELECT 1"); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(r.stderr.String(), "cannot write the result: ") {
		t.Errorf("stderr %s", &r.stderr)
	}
}

func TestDotCommandsAreSortedAndUnique(t *testing.T) {
	var names []string
	for _, c := range dotCommands() {
		names = append(names, c.name)
	}
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("%q", names)
	}
	for _, name := range names {
		if c, err := findDotCommand(name); err != nil || c.name != name {
			t.Errorf("%s is found as %s, %v", name, c.name, err)
		}
	}
}

func TestWords(t *testing.T) {
	got, err := words(`a 'b c'  "d'e" f`)
	if want := []string{"a", "b c", "d'e", "f"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := words("'a"); err == nil {
		t.Error("no error for an open quote")
	}
	if got, _ := oneWord(".x", " '"+filepath.Join("a", "b")+"' ", ""); got != "a/b" {
		t.Errorf("got %q", got)
	}
}
