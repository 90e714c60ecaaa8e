package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/eau2db/eau2/docs/examples/linus/data"
	"github.com/eau2db/eau2/engine"
)

// asLinus is the variable that makes the test binary the program.
const asLinus = "LINUS_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asLinus) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

const degrees = 7

// reference is what the plain search finds, as the program prints it.
func reference(t *testing.T, o data.Options, s data.SearchOptions) (lines string, unknown data.Unknown) {
	t.Helper()
	set, err := data.Make(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	found, unknown, err := data.Search(set, data.Linus, degrees, s)
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range found {
		lines += fmt.Sprintf("%d\t%d\t%d\n", i+1, d.Projects, d.Users)
	}
	return lines, unknown
}

// files makes the files of a set.
func files(t *testing.T, o data.Options) (commits, projects, users string) {
	t.Helper()
	dir := t.TempDir()
	if err := data.Write(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, data.CommitsFile), filepath.Join(dir, data.ProjectsFile), filepath.Join(dir, data.UsersFile)
}

// small has few commits a project, so that the search spreads, and ids that are in commits alone.
var small = data.Options{Commits: 20_000, Projects: 8_000, Users: 5_000, Unknown: 0.1, Seed: 1}

func TestAnyNumberOfNodesFindsWhatThePlainSearchFinds(t *testing.T) {
	for which, sparse := range []bool{false, true} {
		o := small
		o.Sparse = sparse
		commits, projects, users := files(t, o)
		for i, s := range []data.SearchOptions{{}, {Committers: true}, {KeepUnknown: true}, {Committers: true, KeepUnknown: true}} {
			want, unknown := reference(t, o, s)
			for _, n := range []int{1, 2, 3, 4, 8} {
				if (i+n)%4 != which && n > 1 {
					continue // one node tries all options, others some
				}
				var out, notes bytes.Buffer
				a := &app{
					out: &out, notes: &notes, commits: commits, projects: projects, users: users, from: data.Linus, degrees: degrees,
					committers: s.Committers, keepUnknown: s.KeepUnknown,
				}
				if err := engine.RunLocal(t.Context(), n, a, engine.Options{Threads: 2}); err != nil {
					t.Fatal(err)
				}
				if out.String() != want {
					t.Errorf("%d nodes, %+v, sparse %v: found\n%s, want\n%s", n, s, sparse, &out, want)
				}
				if count := fmt.Sprintf("%d projects and %d users that only commits name, %d of them", unknown.Projects, unknown.Users, unknown.Commits); !strings.Contains(notes.String(), count) {
					t.Errorf("%d nodes, %+v: %s, want %s", n, s, &notes, count)
				}
			}
		}
	}
}

func TestStatementsFindWhatThePlainSearchFinds(t *testing.T) {
	o := small
	o.Unknown = 0
	want, _ := reference(t, o, data.SearchOptions{})
	commits, projects, users := files(t, o)
	text, err := os.ReadFile("degree.sql")
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(t.Context(), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	got := ""
	run := func(script string) {
		t.Helper()
		statements, rest := engine.Split(script)
		for _, s := range append(statements, rest) {
			if strings.TrimSpace(s) == "" {
				continue
			}
			rows, err := e.Query(t.Context(), s)
			if err != nil {
				t.Fatalf("%s: %v", s, err)
			}
			for rows.Next() {
				got += fmt.Sprintf("%v\t%v\t%v\n", rows.Value(0), rows.Value(1), rows.Value(2))
			}
			if err := rows.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	run(fmt.Sprintf("LOAD '%s' INTO commits (pid INT, author INT, committer INT); LOAD '%s' INTO projects (pid INT, name STRING); LOAD '%s' INTO users (uid INT, name STRING)", commits, projects, users))
	run(fmt.Sprintf("CREATE TABLE users_0 AS SELECT uid FROM users WHERE uid = %d", data.Linus))
	for d := 1; d <= degrees; d++ {
		run(strings.NewReplacer("{d}", strconv.Itoa(d), "{before}", strconv.Itoa(d-1)).Replace(string(text)))
	}
	if got != want {
		t.Errorf("found\n%s, want\n%s", got, want)
	}
}

func TestMistakesAreToldOf(t *testing.T) {
	commits, projects, users := files(t, small)
	for want, a := range map[string]*app{
		"a file of users is needed: -users FILE": {},
		"there is no user -5":                    {commits: commits, projects: projects, users: users, from: -5},
		"no/such/file":                           {commits: "no/such/file", projects: projects, users: users},
	} {
		a.out, a.notes = &bytes.Buffer{}, &bytes.Buffer{}
		if err := engine.RunLocal(t.Context(), 2, a, engine.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	a := &app{out: writer(func([]byte) { cancel() }), notes: &bytes.Buffer{}, commits: commits, projects: projects, users: users, from: data.Linus, degrees: degrees}
	if err := engine.RunLocal(ctx, 3, a, engine.Options{}); err == nil {
		t.Error("a cancelled search ends without an error")
	}
}

type writer func(b []byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

// Four processes find the same when one of them is killed in the middle of some degree, each time another one: the one that searches, too.
func TestProcessesOutliveOneOfThem(t *testing.T) {
	o := data.Options{Commits: 100_000, Projects: 40_000, Users: 25_000, Unknown: 0.01, Seed: 1}
	want, _ := reference(t, o, data.SearchOptions{})
	commits, projects, users := files(t, o)
	args := []string{"-nodes", "4", "-commits", commits, "-projects", projects, "-users", users, "-threads", "1"}
	for degree := 1; degree <= degrees; degree++ {
		t.Run(fmt.Sprint(degree), func(t *testing.T) {
			t.Parallel()
			p := startProcesses(t, args)
			before := "commits loaded" // what is printed last before the degree
			if degree > 1 {
				before = fmt.Sprintf("%d\t", degree-1)
			}
			printed, said := make([]string, 4), ""
			searches, victim := -1, -1
			for ended := 0; ended < 4; {
				l := <-p.lines
				said += fmt.Sprintf("%d: %s\n", l.process, l.text)
				switch {
				case l.ended:
					ended++
					if err := l.err; err != nil && l.process != victim {
						t.Errorf("process %d ends with %v", l.process, err)
					}
				case victim < 0 && strings.HasPrefix(l.text, before):
					searches, victim = l.process, (l.process+degree)%4
					p.list[victim].Process.Kill()
				}
				if l.out {
					printed[l.process] += l.text + "\n"
					if l.process != victim {
						searches = l.process
					}
				}
			}
			if printed[searches] != want {
				t.Errorf("found\n%s, want\n%s", printed[searches], want)
			}
			if t.Failed() {
				t.Logf("process %d was killed; said was\n%s", victim, said)
			}
		})
	}
}

// processes are some of the program's that make a run together, and what they print.
type processes struct {
	list  []*exec.Cmd
	lines chan line
}

// line is one that a process has printed, or its end.
type line struct {
	process int
	out     bool // on standard output
	text    string
	ended   bool
	err     error
}

// startProcesses starts four.
func startProcesses(t *testing.T, args []string) *processes {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gossip := l.Addr().String()
	l.Close()
	p := &processes{lines: make(chan line, 1000)}
	for i := range 4 {
		where := []string{"-join", gossip}
		if i == 0 {
			where[0] = "-bind"
		}
		c := exec.Command(os.Args[0], append(where, args...)...)
		c.Env = append(os.Environ(), asLinus+"=1")
		stdout, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		stderr, err := c.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Process.Kill() })
		p.list = append(p.list, c)
		var read sync.WaitGroup
		for _, from := range []io.Reader{stdout, stderr} {
			read.Go(func() {
				for s := bufio.NewScanner(from); s.Scan(); {
					p.lines <- line{process: i, out: from == stdout, text: s.Text()}
				}
			})
		}
		go func() {
			read.Wait()
			p.lines <- line{process: i, ended: true, err: c.Wait()}
		}()
	}
	return p
}
