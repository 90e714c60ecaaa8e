//go:build unix

package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A node that hangs, as one does whose disk or machine does, is done without: queries are right all the same, and it is one
// of the cluster again when it goes on.
func TestNodesDoWithoutOneThatHangs(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	const rows = 280_000
	write(t, filepath.Join(p.dir, "t.sor"), numbers(rows))
	a := p.serve("--dir", "a", "--name", "a")
	b := p.serve("--dir", "b", "--name", "b", "--join", a.join)
	c := p.serve("--dir", "c", "--name", "c", "--join", a.join)
	if _, stderr, code := p.run("--connect", a.addr, "--load", "t=t.sor:i,d,w"); code != 0 {
		t.Fatalf("LOAD: %s", stderr)
	}
	if err := b.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for query, want := range sums(rows) {
		if stdout, stderr, code := p.run("--connect", a.addr, "--timeout", "60s", "-e", query); code != 0 || stdout != want {
			t.Errorf("%s gives %q, %q, want %q", query, stdout, stderr, want)
		}
	}
	t.Logf("queries took %v", time.Since(start))
	if err := b.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; {
		stdout, stderr, code := p.run("--connect", b.addr, "-e", "SELECT COUNT(*) n FROM t", "-e", "SHOW NODES")
		if code == 0 && strings.HasPrefix(stdout, fmt.Sprintf("n\n%d\n", rows)) && strings.Count(stdout, "127.0.0.1") == 3 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the node that hung gives %q, %q", stdout, stderr)
		}
	}
	for _, n := range []*server{a, b, c} {
		n.stop(t)
	}
}

// Without a copy that is left a query fails soon, and says what is missing.
func TestNodesSaySoonWhatIsLost(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	write(t, filepath.Join(p.dir, "t.sor"), numbers(280_000))
	a := p.serve("--dir", "a", "--name", "a", "--replicas", "1")
	b := p.serve("--dir", "b", "--name", "b", "--replicas", "1", "--join", a.join)
	if _, stderr, code := p.run("--connect", a.addr, "--load", "t=t.sor:i,d,w"); code != 0 {
		t.Fatalf("LOAD: %s", stderr)
	}
	b.Process.Kill()
	b.Wait()
	start := time.Now()
	_, stderr, code := p.run("--connect", a.addr, "--timeout", "60s", "-e", "SELECT d, SUM(i) FROM t GROUP BY d")
	if code == 0 || !strings.Contains(stderr, "table t") || !strings.Contains(stderr, "no live node has chunk") {
		t.Errorf("the query gives %q", stderr)
	}
	t.Logf("the error took %v", time.Since(start))
}
