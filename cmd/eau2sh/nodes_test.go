package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// numbers is SoR text of the numbers below n, with their last digit.
func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<%d><%d><\"word %d\">\n", i, i%10, i%7)
	}
	return b.String()
}

// sums are queries over numbers(n), and what they give.
func sums(n int) map[string]string {
	var perDigit strings.Builder
	perDigit.WriteString("d\tn\n")
	for d := range 10 {
		fmt.Fprintf(&perDigit, "%d\t%d\n", d, (n-d+9)/10)
	}
	return map[string]string{
		"SELECT SUM(i) s, COUNT(*) n FROM t":                                   fmt.Sprintf("s\tn\n%d\t%d\n", n*(n-1)/2, n),
		"SELECT d, COUNT(*) n FROM t GROUP BY d ORDER BY d":                    perDigit.String(),
		"SELECT i FROM t WHERE i % 10 = 3 ORDER BY i DESC LIMIT 1":             fmt.Sprintf("i\n%d\n", (n-4)/10*10+3),
		"SELECT COUNT(DISTINCT w) n FROM t":                                    "n\n7\n",
		"SELECT COUNT(*) n FROM (SELECT i FROM t WHERE i >= 10) d":             fmt.Sprintf("n\n%d\n", n-10),
		"SELECT MEDIAN(i) m FROM t WHERE d = 0 AND i <= 1000":                  "m\n500.0\n",
		"SELECT i FROM t LIMIT 3 OFFSET 5":                                     "i\n5\n6\n7\n",
		"SELECT w, MAX(i) m FROM t WHERE i < 14 GROUP BY w ORDER BY w LIMIT 1": "w\tm\nword 0\t7\n",
	}
}

func TestNodesActAsOne(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	const rows = 280_000 // several chunks
	write(t, filepath.Join(p.dir, "t.sor"), numbers(rows))
	a := p.serve("--dir", "a", "--name", "a")
	b := p.serve("--dir", "b", "--name", "b", "--join", a.join)
	c := p.serve("--dir", "c", "--name", "c", "--join", a.join+","+b.join)
	nodes := []*server{a, b, c}
	if _, stderr, code := p.run("--connect", b.addr, "--load", "t=t.sor:i,d,w"); code != 0 {
		t.Fatalf("LOAD: %s", stderr)
	}
	var wanted string
	var queries []string
	for query, want := range sums(rows) {
		queries, wanted = append(queries, "-e", query), wanted+want
	}
	for i, n := range nodes {
		if stdout, stderr, code := p.run(append([]string{"--connect", n.addr}, queries...)...); stdout != wanted || code != 0 {
			t.Errorf("node %d gives %q, %q, want %q", i, stdout, stderr, wanted)
		}
	}
	stdout, _, _ := p.run("--connect", a.addr, "-e", "SHOW CHUNKS FROM t")
	for _, name := range []string{"a", "b", "c"} {
		if !strings.Contains(stdout, name) {
			t.Errorf("node %s has no chunk:\n%s", name, stdout)
		}
	}
	if _, stderr, code := p.run("--connect", c.addr, "-e", "DROP TABLE t"); code != 0 {
		t.Errorf("DROP: %s", stderr)
	}
	if _, stderr, _ := p.run("--connect", a.addr, "-e", "SELECT 1 FROM t"); !strings.Contains(stderr, "unknown table t") {
		t.Errorf("after DROP: %q", stderr)
	}
	for _, n := range nodes {
		n.stop(t)
	}
}

// All nodes read a file that the client does not see.
func TestNodesLoadAFileTogether(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	const rows = 280_000
	write(t, filepath.Join(p.dir, "t.sor"), numbers(rows)+"<malformed\n")
	a := p.serve("--dir", "a", "--name", "a", "--files", ".")
	b := p.serve("--dir", "b", "--name", "b", "--files", ".", "--join", a.join)
	c := p.serve("--dir", "c", "--name", "c", "--files", p.dir, "--join", a.join)
	client := &program{t: t, dir: t.TempDir()}
	load := "LOAD 't.sor' INTO t (i, d, w) WITH (from_all=true)"
	if _, stderr, code := client.run("--connect", b.addr, "-e", load); code != 0 || !strings.Contains(stderr, "t: 280,000 rows loaded") ||
		!strings.Contains(stderr, fmt.Sprintf("t.sor:%d: ", rows+1)) {
		t.Fatalf("LOAD: exit code %d, %s", code, stderr)
	}
	check := func(want map[string]string, nodes ...*server) {
		t.Helper()
		for query, want := range want {
			for i, n := range nodes {
				if stdout, stderr, _ := client.run("--connect", n.addr, "-e", query); stdout != want {
					t.Errorf("node %d gives %q, %q for %s, want %q", i, stdout, stderr, query, want)
				}
			}
		}
	}
	check(sums(rows), c)
	if _, stderr, code := client.run("--connect", a.addr, "-e", "DROP TABLE t"); code != 0 {
		t.Fatal(stderr)
	}

	// A load that is interrupted ends at all nodes.
	for _, timeout := range []string{"30ms", "100ms", "200ms"} {
		_, stderr, code := client.run("--connect", b.addr, "--timeout", timeout, "-e", load)
		t.Logf("after %s: exit code %d, %s", timeout, code, stderr)
		if code != 0 && code != exitTimeout {
			t.Errorf("exit code %d, %s", code, stderr)
		}
		if code == 0 {
			client.run("--connect", b.addr, "-e", "DROP TABLE t")
		}
	}
	var left []string
	for range 1000 { // the nodes are told, and not waited for
		if left, _ = filepath.Glob(filepath.Join(p.dir, "?", "*.pack*")); len(left) == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if len(left) > 0 {
		t.Errorf("%v are left", left)
	}

	if _, stderr, code := client.run("--connect", b.addr, "-e", "LOAD 'sales.sor' INTO s WITH (from_node=true)"); code != 0 || !strings.Contains(stderr, "sales.sor:3: ") {
		t.Errorf("LOAD of a file of the node: exit code %d, %s", code, stderr)
	}

	// A node is killed while it reads: the table is there whole or not at all, and the next load makes it.
	type ended struct {
		stderr string
		code   int
	}
	done := make(chan ended, 1)
	go func() {
		_, stderr, code := client.run("--connect", a.addr, "--timeout", "60s", "-e", load)
		done <- ended{stderr, code}
	}()
	var end *ended
	for end == nil {
		select {
		case e := <-done:
			end = &e
		default:
		}
		if scratch, _ := filepath.Glob(filepath.Join(p.dir, "c", "*.tmp")); len(scratch) > 0 || end != nil {
			c.Process.Kill()
			c.Wait()
			break
		}
		time.Sleep(time.Millisecond)
	}
	if end == nil {
		e := <-done
		end = &e
	}
	t.Logf("exit code %d, %s", end.code, end.stderr)
	if end.code != 0 {
		for _, n := range []*server{a, b} {
			if _, stderr, _ := client.run("--connect", n.addr, "-e", "SELECT 1 FROM t"); !strings.Contains(stderr, "unknown table t") {
				t.Errorf("after a load that failed: %s", stderr)
			}
		}
		c = p.serve("--dir", "c", "--name", "c", "--files", p.dir, "--join", a.join)
		if _, stderr, code := client.run("--connect", a.addr, "-e", load); code != 0 {
			t.Fatalf("LOAD after a failed one: %s", stderr)
		}
		check(map[string]string{"SELECT COUNT(DISTINCT w) n FROM t": "n\n7\n"}, a, b, c)
		if left, _ := filepath.Glob(filepath.Join(p.dir, "?", "*.tmp")); len(left) > 0 {
			t.Errorf("%v are left", left)
		}
	}
}

func TestNodesRefuseWhatCannotWork(t *testing.T) {
	p := newProgram(t)
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"nobody to join", []string{"--join", "127.0.0.1:1"}, "127.0.0.1:1"},
		{"no such host", []string{"--join", "no.such.host.invalid:3283"}, "no.such.host.invalid"},
		{"gossip with strangers", []string{"--bind", "0.0.0.0:0"}, "--gossip-key-file"},
		{"clients that are strangers", []string{"--listen", "0.0.0.0:0"}, "insecure"},
		{"an address nobody reaches", []string{"--listen", "0.0.0.0:0", "--insecure"}, "advertise"},
		{"not a key", []string{"--gossip-key-file", "sales.sor"}, "gossip key"},
	} {
		args := append([]string{"serve", "--listen", "127.0.0.1:0", "--bind", "127.0.0.1:0"}, c.args...)
		stdout, stderr, code := p.run(args...)
		if code == 0 || !strings.Contains(stderr, c.want) || stdout != "" {
			t.Errorf("%s: exit code %d, %q, %q", c.name, code, stdout, stderr)
		}
	}
}
