package main

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// server is a node that runs as a process.
type server struct {
	*exec.Cmd
	addr string
	join string // where it gossips
	web  string // of --http
	errs string // the file of its standard error
}

var webAddr = regexp.MustCompile(`msg=http address=(\S+)`)

// serve starts a node on a free port and returns when it takes clients.
func (p *program) serve(args ...string) *server {
	p.t.Helper()
	s := &server{Cmd: p.command(append([]string{"serve", "--listen", "127.0.0.1:0", "--bind", "127.0.0.1:0"}, args...)...), errs: filepath.Join(p.t.TempDir(), "log")}
	out, err := s.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	errs, err := os.Create(s.errs)
	if err != nil {
		p.t.Fatal(err)
	}
	defer errs.Close()
	s.Stderr = errs
	if err := s.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		s.Process.Kill()
		s.Wait()
	})
	lines := bufio.NewReader(out)
	s.addr = s.line(p.t, lines, "listening on ")
	s.join = s.line(p.t, lines, "to join: --join ")
	if m := webAddr.FindStringSubmatch(s.log(p.t)); m != nil {
		s.web = "http://" + m[1]
	}
	return s
}

// line reads what stands behind prefix in a line of the node's.
func (s *server) line(t *testing.T, from *bufio.Reader, prefix string) string {
	t.Helper()
	line, err := from.ReadString('\n')
	if err != nil {
		s.Wait()
		t.Fatalf("the node ended: %s", s.log(t))
	}
	return strings.TrimSpace(strings.TrimPrefix(line, prefix))
}

// log returns what the node has written to standard error.
func (s *server) log(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(s.errs)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// stop ends the node as a service manager does, and checks that it ends in good order.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(); err != nil {
		t.Errorf("the node: %v; %s", err, s.log(t))
	}
	if !strings.Contains(s.log(t), "msg=closed") {
		t.Errorf("the node did not end in good order: %s", s.log(t))
	}
}

func TestServedTablesAreThoseOfAllClients(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	tables := filepath.Join(p.dir, "tables")
	s := p.serve("--dir", tables)
	connect := "--connect=" + s.addr
	stdout, stderr, code := p.run(connect, "--load", "sales=sales.sor:"+salesColumns, "-e", "SELECT region, SUM(units) n FROM sales GROUP BY region ORDER BY region")
	if stdout != "region\tn\neast\t7\nnorth\t12\nsouth\tNULL\n" && stdout != "region\tn\neast\t7\nnorth\t12\nsouth\t\n" || code != 0 {
		t.Errorf("stdout %q, stderr %q, exit code %d", stdout, stderr, code)
	}
	if !strings.Contains(stderr, "1 row dropped") {
		t.Errorf("the warning is missing: %q", stderr)
	}
	for _, c := range []struct {
		name   string
		args   []string
		stdin  string
		stdout string
		stderr string
		code   int
	}{
		{"another client", []string{"-e", "SELECT COUNT(*) n FROM sales"}, "", "n\n3\n", "", 0},
		{"a file of the command line", []string{"sales.sor", "-e", "SELECT 1"}, "", "", "table sales exists already", 1},
		{"a script", nil, "SELECT 1 a;\n.mode csv\nSELECT 2 b", "a\n1\nb\n2\n", "", 0},
		{"an error", []string{"-e", "SELECT\n unit FROM sales"}, "", "", "\n   unit FROM sales\n   ^\ndid you mean `units`?\n", 1},
		{"no file", []string{"-e", "LOAD 'none.sor' INTO n"}, "", "", "there is no such file", 1},
		{"standard input", []string{"-e", "LOAD '-' INTO i", "-e", "SELECT * FROM i"}, "<1>\n<2>\n", "c0\n1\n2\n", "i: 2 rows loaded", 0},
		{"a file as a table", []string{"-e", "SELECT * FROM 'sales.sor'"}, "", "", "LOAD 'file.sor' INTO t", 1},
		{"a file of the node", []string{"-e", "LOAD 'sales.sor' INTO n WITH (from_node=true)"}, "", "", "--files DIR", 1},
		{"a copy", []string{"-e", "COPY sales TO 'out.csv'"}, "", "", "3 rows written to out.csv", 0},
		{"a timeout", []string{"--timeout", "1ns", "-e", "SELECT 1"}, "", "", "timed out", 124},
		{"dot commands", []string{"-f", "-"}, ".tables sales", "", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &program{t: t, dir: p.dir, stdin: c.stdin}
			stdout, stderr, code := p.run(append([]string{connect}, c.args...)...)
			if code != c.code || !strings.HasPrefix(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) {
				t.Errorf("stdout %q, stderr %q, exit code %d", stdout, stderr, code)
			}
		})
	}
	if text, err := os.ReadFile(filepath.Join(p.dir, "out.csv")); err != nil || strings.Count(string(text), "\n") != 4 {
		t.Errorf("the copy: %q, %v", text, err)
	}
	stdout, _, code = p.run("status", "--connect", "127.0.0.1:1,"+s.addr)
	if !strings.Contains(stdout, "sales") || code != 0 {
		t.Errorf("status: %q, exit code %d", stdout, code)
	}
	s.stop(t)
	if stdout, stderr, code := p.run("--dir", tables, "-e", "SELECT COUNT(*) n FROM sales"); stdout != "n\n3\n" || code != 0 {
		t.Errorf("after the node ended: %q, %q, exit code %d", stdout, stderr, code)
	}
	if _, stderr, code := p.run(connect, "-e", "SELECT 1"); code != exitFailed || !strings.Contains(stderr, s.addr) || !strings.Contains(stderr, "connection refused") {
		t.Errorf("without a node: %q, exit code %d", stderr, code)
	}
}

func TestServeAsksForTheToken(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	key, _, code := p.run("keygen")
	if b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(key)); err != nil || len(b) != 32 || code != 0 {
		t.Fatalf("keygen: %q, exit code %d", key, code)
	}
	write(t, filepath.Join(p.dir, "token"), key)
	write(t, filepath.Join(p.dir, "other"), strings.Repeat("x", 20))
	s := p.serve("--token-file", "token")
	for file, want := range map[string]int{"token": exitOK, "other": exitFailed} {
		if _, stderr, code := p.run("--connect", s.addr, "--token-file", file, "-e", "SELECT 1"); code != want {
			t.Errorf("%s: exit code %d, %q", file, code, stderr)
		}
	}
	_, stderr, code := p.run("--connect", s.addr, "-e", "SELECT 1")
	if code != exitFailed || !strings.Contains(stderr, "a token is needed") {
		t.Errorf("without: exit code %d, %q", code, stderr)
	}
	s.stop(t)
	if strings.Contains(s.log(t), strings.TrimSpace(key)) {
		t.Error("the token is in the log")
	}
}

func TestInterruptEndsAStatementOnANode(t *testing.T) {
	p := newProgram(t)
	s := p.serve("--http", "127.0.0.1:0")
	c := p.command("--connect", s.addr, "--no-header", "-e", "SELECT 1", "-f", "-")
	in, out := pipes(t, c)
	if _, err := out.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(in, "LOAD '-' INTO never;") // waits for a file that does not come
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Errorf("the client ends with %v", err)
	}
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready", "/metrics": "eau2_chunks_under_replicated 0", "/debug/pprof/": "goroutine"} {
		if text := get(t, s.web+path); !strings.Contains(text, want) {
			t.Errorf("%s: %.200q", path, text)
		}
	}
	s.stop(t)
}

func get(t *testing.T, url string) string {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Errorf("%s: %s, %v", url, r.Status, err)
	}
	return string(b)
}

// A node that has just joined is not ready before it has its share, and status tells.
func TestNodeThatLacksChunksIsNotReady(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	write(t, filepath.Join(p.dir, "t.sor"), numbers(150_000))
	a := p.serve("--dir", "a", "--name", "a", "--http", "127.0.0.1:0")
	if _, stderr, code := p.run("--connect", a.addr, "--load", "t=t.sor:i,d,w"); code != 0 {
		t.Fatalf("LOAD: %s", stderr)
	}
	status := func(want ...string) {
		t.Helper()
		stdout, stderr, code := p.run("status", "--connect", a.addr, "--mode", "tsv")
		for _, line := range want {
			if !strings.Contains(stdout, line) || code != 0 {
				t.Errorf("status: %q, %q, exit code %d, want %q", stdout, stderr, code, line)
			}
		}
	}
	chunks, _, _ := p.run("--connect", a.addr, "--no-header", "-e", "SHOW REPLICAS")
	if !strings.HasSuffix(chunks, "\t0\t0\n") || strings.Contains(chunks, "t\t0\t") {
		t.Errorf("SHOW REPLICAS gives %q", chunks)
	}
	status("\tidle\n", "table\tchunks\tcopies\tfew\tnone\tsurplus\n")
	b := p.serve("--dir", "b", "--name", "b", "--join", a.join, "--http", "127.0.0.1:0")
	status("waits for the nodes to be the same for a while")
	r, err := http.Get(b.web + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer r.Body.Close()
	if text, err := io.ReadAll(r.Body); err != nil || r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(text), "chunks are missing here") {
		t.Errorf("/readyz: %s, %q, %v", r.Status, text, err)
	}
	if text := get(t, a.web+"/readyz"); text != "ready\n" {
		t.Errorf("/readyz of the other: %q", text)
	}
	if text := get(t, b.web+"/metrics"); strings.Contains(text, "eau2_chunks_under_replicated 0\n") {
		t.Error("/metrics says that nothing is missing")
	}
	a.stop(t)
	b.stop(t)
}

func TestServeRefuses(t *testing.T) {
	p := newProgram(t)
	write(t, filepath.Join(p.dir, "token"), strings.Repeat("x", 20))
	write(t, filepath.Join(p.dir, "short"), "x")
	for _, c := range []struct {
		name   string
		args   []string
		stderr string
		code   int
	}{
		{"strangers without TLS", []string{"serve", "--listen", "0.0.0.0:0"}, "not a loopback address", exitFailed},
		{"strangers with a token alone", []string{"serve", "--listen", "0.0.0.0:0", "--token-file", "token"}, "it needs TLS", exitFailed},
		{"watchers from elsewhere", []string{"serve", "--listen", "127.0.0.1:0", "--http", "0.0.0.0:0"}, "--insecure", exitFailed},
		{"files of a folder that is none", []string{"serve", "--listen", "127.0.0.1:0", "--bind", "127.0.0.1:0", "--files", "sales.sor"}, "it is not a folder", exitFailed},
		{"a short token", []string{"serve", "--listen", "127.0.0.1:0", "--token-file", "short"}, "shorter than 16", exitFailed},
		{"half a certificate", []string{"serve", "--tls-cert", "c"}, "go together", exitUsage},
		{"no certificate", []string{"serve", "--tls-cert", "c", "--tls-key", "k", "--listen", "127.0.0.1:0"}, "no such file", exitFailed},
		{"arguments", []string{"serve", "sales.sor"}, "unknown command", exitUsage},
		{"a directory and a node", []string{"--connect", "127.0.0.1:1", "--dir", "d"}, "--dir does not go with --connect", exitUsage},
		{"memory and a node", []string{"--connect", "127.0.0.1:1", "--memory", "1GB"}, "do not go with --connect", exitUsage},
		{"a token for nobody", []string{"--token-file", "token", "-e", "SELECT 1"}, "--token-file is for --connect", exitUsage},
		{"an authority for nobody", []string{"--tls-ca", "ca", "-e", "SELECT 1"}, "--tls-ca is for --connect", exitUsage},
		{"no port", []string{"--connect", "localhost"}, "HOST:PORT", exitUsage},
		{"one port of two", []string{"--connect", "127.0.0.1:1,localhost"}, "HOST:PORT", exitUsage},
		{"nobody at several", []string{"--connect", "127.0.0.1:1,127.0.0.1:2", "-e", "SELECT 1"}, "node 127.0.0.1:2: unavailable", exitFailed},
		{"status of nobody", []string{"status", "--connect", "127.0.0.1:1"}, "connection refused", exitFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &program{t: t, dir: p.dir}
			if stdout, stderr, code := p.run(c.args...); code != c.code || !strings.Contains(stderr, c.stderr) || stdout != "" {
				t.Errorf("stdout %q, stderr %q, exit code %d", stdout, stderr, code)
			}
		})
	}
}

func TestTwoNodesCannotHaveADirectory(t *testing.T) {
	p := newProgram(t)
	s := p.serve("--dir", "tables")
	if _, stderr, code := p.run("serve", "--dir", "tables", "--listen", "127.0.0.1:0"); code != exitFailed || !strings.Contains(stderr, "tables") {
		t.Errorf("stderr %q, exit code %d", stderr, code)
	}
	s.stop(t)
}
