//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	ctrlC = "\x03"
	ctrlD = "\x04"
	ctrlR = "\x12"
	ctrlU = "\x15"
	up    = "\x1b[A"
	down  = "\x1b[B"
	left  = "\x1b[D"
)

func TestPromptRunsStatements(t *testing.T) {
	term := startTerminal(t, 60, 20)
	term.send("ROWS 2;\r")
	term.awaitEnd(`eau2> ROWS 2;
+----+-------+
| id | name  |
+----+-------+
|  1 | row 1 |
|  2 | row 2 |
+----+-------+
eau2> ▮`)
	term.send("SELECT 1,\r")
	term.awaitEnd("eau2> SELECT 1,\n   -> ▮")
	term.send("'x'\\G\r")
	term.awaitEnd("* 1. row ************************\nx1: 1\nx2: x\neau2> ▮")
	term.send("FAIL; SELECT 2;\r")
	term.awaitEnd("error: unknown statement\n  FAIL\n  ^\nhint: did you mean SELECT?\neau2> ▮")
	term.send(".mode csv\rSELECT 3;\r")
	term.awaitEnd("eau2> SELECT 3;\nx1\n3\neau2> ▮")
	term.send(ctrlD)
	if code := term.exit(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

func TestWaysToLeave(t *testing.T) {
	for _, keys := range []string{ctrlD, "exit\r", "quit;\r", "\\q\r", ".quit\r", ".ex\r", "SELECT 1,\r" + ctrlD} {
		term := startTerminal(t, 60, 10)
		term.send(keys)
		if code := term.exit(); code != exitOK {
			t.Errorf("exit code %d after %q", code, keys)
		}
		<-term.read
		if term.screen.pasting {
			t.Errorf("after %q the terminal still marks what is pasted", keys)
		}
	}
}

func TestCtrlCClearsTheLine(t *testing.T) {
	term := startTerminal(t, 60, 20)
	term.send("SELECT 'half")
	term.await("SELECT 'half▮")
	term.send(ctrlC)
	term.awaitEnd("eau2> SELECT 'half^C\neau2> ▮")
	term.send("SELECT\r1,\r")
	term.awaitEnd("   -> 1,\n   -> ▮")
	term.send("2" + ctrlC)
	term.awaitEnd("   -> 2^C\neau2> ▮")
	term.send(ctrlC + ctrlC)
	term.awaitEnd("eau2> ^C\neau2> ^C\neau2> ▮")
	term.send("SELECT 5;\r")
	term.awaitEnd("|  5 |\n+----+\neau2> ▮")
}

func TestCtrlCEndsAQuery(t *testing.T) {
	term := startTerminal(t, 60, 20)
	for range 3 {
		term.send("HANG;\r")
		term.await(" to go ") // the progress, since it pretends to have run for a second
		term.send(ctrlC)
		term.awaitEnd("eau2> HANG;\ninterrupted\neau2> ▮")
		term.send("\x0c")
		term.awaitThat("a clear screen", func(shown string) bool { return shown == "eau2> ▮\n" })
	}
	term.send(".maxrows 0\r.mode csv\rFOREVER;\r")
	term.await("00,row ")
	term.send(ctrlC)
	term.awaitEnd("interrupted\neau2> ▮")
	term.send("SELECT 1; HANG; SELECT 2;\r")
	term.await(" to go ")
	term.send(ctrlC)
	term.awaitEnd("x1\n1\ninterrupted\neau2> ▮")
}

// At Ctrl-C a terminal drops what it has not shown yet, and Linux leaves a writer that waits for room asleep.
func TestCtrlCWhileTheTerminalIsBehind(t *testing.T) {
	for _, args := range [][]string{nil, {"-e", "FOREVER", "--max-rows", "0"}} {
		term := startInTerminal(t, t.TempDir(), nil, 60, 20, args...)
		if args == nil {
			term.await("eau2> ▮")
			term.send(".maxrows 0\rFOREVER;\r")
		}
		for range 5 {
			term.await("00")
			term.mu.Lock() // the screen shows nothing more
			time.Sleep(50 * time.Millisecond)
			term.send(ctrlC)
			time.Sleep(50 * time.Millisecond)
			term.mu.Unlock()
			if args != nil {
				if code := term.exit(); code != exitInterrupted {
					t.Errorf("exit code %d", code)
				}
				break
			}
			term.awaitEnd("interrupted\neau2> ▮")
			term.send("\x0cFOREVER;\r")
		}
	}
}

func TestPastedScriptRuns(t *testing.T) {
	term := startTerminal(t, 60, 24)
	if !term.marksPasted() {
		t.Error("the terminal is not asked to mark what is pasted")
	}
	term.send("\x1b[200~SELECT 1;\nSELECT\t2,\n\t'a\n-- b';\nSELECT 'rest\x1b[201~")
	term.awaitEnd(`+----+
| x1 |
+----+
|  1 |
+----+
eau2> SELECT    2,
   ->     'a
   -> -- b';
+----+---------+
| x1 | x2      |
+----+---------+
|  2 | a\n-- b |
+----+---------+
eau2> SELECT 'rest▮`)
	term.send("'" + left + "\x1b[200~ 日本\x1b[201~;" + "\r")
	term.awaitEnd("eau2> SELECT 'rest 日本;'\n   -> ▮")
	term.send(";\r")
	term.awaitEnd("| rest 日本; |\n+------------+\neau2> ▮")
}

func TestCtrlCDropsTheRestOfAPastedScript(t *testing.T) {
	term := startTerminal(t, 60, 24)
	term.send("\x1b[200~SELECT 1;\nHANG;\nSELECT 2;\nSELECT 3;\n\x1b[201~")
	term.await(" to go ")
	term.send(ctrlC)
	term.awaitEnd("eau2> HANG;\ninterrupted\neau2> ▮")
	term.send("SELECT 4;\r")
	term.awaitEnd("eau2> HANG;\ninterrupted\neau2> SELECT 4;\n+----+\n| x1 |\n+----+\n|  4 |\n+----+\neau2> ▮")
}

func TestHistoryAtThePrompt(t *testing.T) {
	home := t.TempDir()
	term := startTerminalIn(t, home, nil, 60, 24)
	term.send("SELECT 'one',\r  2;\rSELECT 3;\r")
	term.awaitEnd("|  3 |\n+----+\neau2> ▮")
	term.send(up)
	term.awaitEnd("eau2> SELECT 3;▮")
	term.send(up)
	term.awaitEnd("eau2> SELECT 'one',\n   ->   2;▮")
	term.send(down)
	term.awaitEnd("\neau2> SELECT 3;▮")
	term.send(up + "\r")
	term.awaitEnd("| one |  2 |\n+-----+----+\neau2> ▮")
	term.send(".timer off\r" + ctrlD)
	term.exit()

	got, err := os.ReadFile(filepath.Join(home, historyFile))
	if want := "SELECT 'one',\\n  2;\nSELECT 3;\nSELECT 'one',\\n  2;\n.timer off\n"; err != nil || string(got) != want {
		t.Errorf("the file holds %q, %v; want %q", got, err, want)
	}

	term = startTerminalIn(t, home, nil, 60, 24)
	term.send(up + up)
	term.awaitEnd("eau2> SELECT 'one',\n   ->   2;▮")
	term.send(ctrlC)
	term.awaitEnd("^C\neau2> ▮")
	term.send("x" + up + up + ctrlU)
	term.awaitEnd("^C\neau2> ▮")
}

func TestHistorySearch(t *testing.T) {
	term := startTerminal(t, 60, 24)
	term.send(ctrlR) // in an empty history
	term.awaitEnd("eau2> ▮\nsearch:")
	term.send("x")
	term.awaitEnd("eau2> ▮\nsearch: x (not found)")
	term.send(ctrlC)
	term.awaitThat("no search", func(shown string) bool { return !strings.Contains(shown, "search:") })
	term.send("SELECT 'alpha';\rSELECT 'beta';\rROWS 1;\r")
	term.awaitEnd("|  1 | row 1 |\n+----+-------+\neau2> ▮")
	term.send(ctrlR + "select")
	term.awaitEnd("eau2> ▮SELECT 'beta';\nsearch: select")
	term.send(ctrlR)
	term.awaitEnd("eau2> ▮SELECT 'alpha';\nsearch: select")
	term.send("\x07" + ctrlU)
	term.awaitEnd("\neau2> ▮")
	term.send(ctrlR + "alp")
	term.awaitEnd("eau2> SELECT '▮alpha';\nsearch: alp")
	term.send("\r")
	term.awaitEnd("| alpha |\n+-------+\neau2> ▮")
	term.send(ctrlR + "\x1b[200~bet\x1b[201~")
	term.awaitEnd("eau2> SELECT '▮beta';\nsearch: bet")
}

func TestCompletionAtThePrompt(t *testing.T) {
	term := startTerminal(t, 60, 24)
	term.send("sel\t")
	term.awaitEnd("eau2> select ▮")
	term.send("comm\t")
	term.awaitEnd("eau2> select commit▮")
	term.send("\t")
	term.awaitEnd("eau2> select commit\ncommits    committer\neau2> select commit▮")
	term.send("t\t from com\t")
	term.awaitEnd("eau2> select committer from commits ▮")
	term.send(strings.Repeat(left, len(" from commits ")) + ", pro\t")
	term.awaitEnd("eau2> select committer, project▮ from commits")
	term.send(ctrlC + ".sch\tau\t\r")
	term.awaitEnd("eau2> .schema authors\n" +
		"+---------+-----------+--------+\n" +
		"| table   | column    | type   |\n" +
		"+---------+-----------+--------+\n" +
		"| authors | id        | INT    |\n" +
		"| authors | full name | STRING |\n" +
		"+---------+-----------+--------+\neau2> ▮")
	path := filepath.Join(term.home, "new.sor")
	write(t, path, "<1>\n")
	term.send("load '" + term.home + "/n\t")
	term.awaitThat("the path, on however many rows", func(shown string) bool {
		return strings.Contains(strings.ReplaceAll(shown, "\n", ""), "new.sor'▮")
	})
	term.send(ctrlC + ".import " + path + " fresh\r")
	term.await("3 rows loaded into fresh")
	term.send("select c0 from fre\t")
	term.awaitEnd("eau2> select c0 from fresh ▮")
}

func TestResizing(t *testing.T) {
	term := startTerminal(t, 60, 10)
	term.send("SELECT 'a text of some forty characters or so',")
	term.await("or so',▮")
	term.resize(30, 10)
	term.await("eau2> SELECT 'a text of some f\norty characters or so',▮")
	term.send(" 日")
	term.await("orty characters or so', 日▮")
	term.resize(80, 10)
	term.await("eau2> SELECT 'a text of some forty characters or so', 日▮")
	term.send(ctrlC)
	term.await("^C\neau2> ▮")
	term.resize(20, 10)
	term.send("SELECT 'a text of some forty characters or so', 1;\r")
	term.awaitEnd("+-------------+----+\n| x1          | x2 |\n+-------------+----+\n| a text of … |  1 |\n+-------------+----+\neau2> ▮")
}

func TestTwentyColumns(t *testing.T) {
	term := startTerminal(t, 20, 24)
	term.send("SELECT 'a long text', 'another text', 1;\r")
	term.awaitEnd("+---------+--------+\n| x1      | x2     |\n+---------+--------+\n| a long… | anoth… |\n+---------+--------+\n(2 of 3 columns show\nn; .last shows all)\neau2> ▮")
	term.send(".last\r")
	term.await("| a long text")
	term.send("HANG;\r")
	term.await("SELECT    0%")
	term.send(ctrlC)
	term.awaitEnd("interrupted\neau2> ▮")
}

func TestLongResultsStopAtThousandRows(t *testing.T) {
	term := startTerminal(t, 60, 24)
	term.send("ROWS 5000;\r")
	const ends = " rows shown; .last shows all)\neau2> ▮\n"
	term.awaitThat(ends, func(shown string) bool { return strings.HasSuffix(shown, ends) })
	counted := regexp.MustCompile(`\| 1000 \| row 1000 \|\n\+------\+----------\+\n\(1,000 of (5,000|more than [1-4],\d{3}) rows`) // as many as it gets counted in a moment
	if shown := term.shown(); !counted.MatchString(shown) {
		t.Errorf("the screen shows\n%s", shown)
	}
	term.send(".last\r")
	term.awaitEnd("| 5000 | row 5000 |\n+------+----------+\neau2> ▮")
}

func TestDelDoesNotLeave(t *testing.T) {
	term := startTerminal(t, 60, 10)
	term.send("\x1b[3~\x1b[3~ab" + left + "\x1b[3~\x1b[5~\x1b[15~\x1c\x18c")
	term.awaitEnd("eau2> ac▮")
	term.send("\x1b[1~x\x1b[4~y\x1b[1;5Dz")
	term.awaitEnd("eau2> z▮xacy")
}

func TestPagersAndEditors(t *testing.T) {
	home := t.TempDir()
	editor := filepath.Join(home, "editor.sh")
	write(t, editor, "echo ready\nread word\nsed -i \"s/1/$word/\" \"$1\"\n")
	term := startTerminalIn(t, home, []string{"EDITOR=sh " + editor}, 60, 24)
	term.send(".once |sed s/row/ROW/\rROWS 1;\r")
	term.awaitEnd("|  1 | ROW 1 |\n+----+-------+\neau2> ▮")
	term.send("SELECT 1;\r.edit\r")
	term.awaitEnd("|  1 |\n+----+\neau2> .edit\nready\n▮")
	term.send("42\r") // is for the editor
	term.awaitEnd("SELECT 42;\n+----+\n| x1 |\n+----+\n| 42 |\n+----+\neau2> ▮")
	term.send(up)
	term.awaitEnd("eau2> SELECT 42;▮")
}

func TestWatch(t *testing.T) {
	term := startTerminal(t, 60, 24)
	term.send("SELECT 7;\r.watch 0.01\r")
	term.await("every 0.01s: SELECT 7")
	term.await("|  7 |")
	term.send(ctrlC)
	term.awaitEnd("interrupted\neau2> ▮")
}

func TestFilesAtThePrompt(t *testing.T) {
	home := t.TempDir()
	write(t, filepath.Join(home, "bad.sor"), "<1\n")
	write(t, filepath.Join(home, initFile), ".mode jsonl\n")
	term := startTerminalIn(t, home, nil, 100, 24, filepath.Join(home, "bad.sor"), filepath.Join(home, "missing.sor"))
	term.await("3 rows loaded into bad\nwarning: 1 row was dropped: line 2: unclosed quote\nerror: cannot load: ")
	term.send("SELECT 1;\r")
	term.awaitEnd("{\"x1\":1}\neau2> ▮")
	if got := term.shown(); strings.Contains(got, "becomes table") {
		t.Errorf("the screen shows:\n%s", got)
	}
}

func TestSignalsAtThePrompt(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		term := startTerminal(t, 60, 10)
		term.send("SELECT 1;")
		term.await("SELECT 1;▮")
		term.process.Process.Signal(s)
		if code := term.exit(); code != exitTerminated {
			t.Errorf("%v: exit code %d", s, code)
		}
		<-term.read
		if shown := term.screen.String(); strings.Contains(shown, "| x1 |") || term.screen.pasting {
			t.Errorf("%v: the unfinished line was run, or the terminal is not as it was:\n%s", s, shown)
		}
	}
	term := startTerminal(t, 60, 10)
	term.send("HANG;\r")
	term.await("to go")
	term.process.Process.Signal(syscall.SIGTERM)
	if code := term.exit(); code != exitTerminated {
		t.Errorf("during a query: exit code %d", code)
	}
}

func TestTheTerminalGoesAway(t *testing.T) {
	term := startTerminal(t, 60, 10)
	term.send("SELECT 1")
	term.await("SELECT 1▮")
	term.pty.Close()
	term.process.Process.Signal(syscall.SIGWINCH) // makes it write, so that our reader notices that it is closed
	term.exit()
}

func TestDumbTerminal(t *testing.T) {
	term := startTerminalIn(t, t.TempDir(), []string{"TERM=dumb"}, 60, 20)
	term.send("SELECT 1\r;\r")
	term.awaitEnd("|  1 |\n+----+\neau2> ▮")
	if term.marksPasted() {
		t.Error("a dumb terminal is asked to mark what is pasted")
	}
	term.send(ctrlD)
	if code := term.exit(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

// shellProcess is the shell without a terminal.
func shellProcess(t *testing.T, args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), asShell+"="+fakeEngine, "HOME="+t.TempDir(), "GOCOVERDIR="+t.TempDir())
	return c
}

func TestInterruptedInOneShot(t *testing.T) {
	var stderr bytes.Buffer
	c := shellProcess(t, "-e", "FOREVER")
	c.Stderr = &stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	out.Read(make([]byte, 10)) // and no more: the shell is stuck in writing
	c.Process.Signal(os.Interrupt)
	ended := make(chan struct{})
	timer := time.AfterFunc(patience, func() { c.Process.Kill() })
	go func() { c.Process.Wait(); close(ended) }()
	<-ended
	timer.Stop()
	c.Wait()
	if got := stderr.String(); got != "interrupted\n" {
		t.Errorf("stderr %q", got)
	}
}

func TestExitCodesOfTheProcess(t *testing.T) {
	c := shellProcess(t, "-e", "HANG")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	// It may not be listening yet: then the signal ends it all the same, as the system does.
	c.Process.Signal(os.Interrupt)
	c.Wait()
	if s := c.ProcessState; s.ExitCode() != exitInterrupted && s.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT {
		t.Errorf("interrupted: %v", s)
	}

	c = exec.Command("sh", "-c", `"$0" -e FOREVER | head -n 1; echo ${PIPESTATUS:-}`, os.Args[0])
	c.Env = append(os.Environ(), asShell+"="+fakeEngine, "GOCOVERDIR="+t.TempDir())
	out, err := c.CombinedOutput()
	if err != nil || !regexp.MustCompile(`^id\tname\n\n?$`).Match(out) {
		t.Errorf("before head: %q, %v", out, err)
	}

	c = shellProcess(t, "-e", "FOREVER")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	var stderr bytes.Buffer
	c.Stdout, c.Stderr = w, &stderr
	err = c.Run()
	w.Close()
	if err != nil || stderr.Len() > 0 {
		t.Errorf("with a closed pipe: %v, stderr %q", err, &stderr)
	}
}
