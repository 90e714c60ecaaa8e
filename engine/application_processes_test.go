package engine

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// runApplication makes this test's program an application with this life.
const runApplication = "EAU2_TEST_APPLICATION"

// beApplication is the main function of such a process.
func beApplication() int {
	return runMain(context.Background(), flag.NewFlagSet("application", flag.ContinueOnError), os.Args[1:], os.Stderr, ApplicationFunc(func(ctx context.Context, node *Node) error {
		fmt.Println("begun", node.Index(), node.Size())
		if os.Getenv(runApplication) == "wait" {
			return node.Barrier(ctx, fmt.Sprint(node.Index()))
		}
		if node.Index() == 0 {
			if _, err := node.Engine().FromSlices(ctx, "t", Slice("x", []int64{1, 2, 3})); err != nil {
				return err
			}
		}
		t, err := node.Engine().WaitTable(ctx, "t")
		if err != nil {
			return err
		}
		rows, err := t.GroupBy().Agg(Sum(Col("x"))).Collect(ctx)
		if err != nil {
			return err
		}
		defer rows.Close()
		if !rows.Next() {
			return errors.Join(errors.New("no row"), rows.Err())
		}
		fmt.Println("sum", rows.Value(0))
		if err := node.Barrier(ctx, "summed"); err != nil {
			return err
		}
		if os.Getenv(runApplication) == "fail" && node.Index() == 1 {
			return node.Engine().Drop(ctx, "u")
		}
		return nil
	}))
}

// process is such a process.
type process struct {
	cmd    *exec.Cmd
	out    *bufio.Reader
	stderr bytes.Buffer
}

func startApplication(t *testing.T, life string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0], args...)}
	p.cmd.Env = append(os.Environ(), runApplication+"="+life)
	p.cmd.Stderr = &p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Kill() })
	return p
}

// end waits for the end of the process and returns what it has printed since, and its status.
func (p *process) end() (text string, status int) {
	b, _ := io.ReadAll(p.out)
	p.cmd.Wait() // the status tells
	return string(b), p.cmd.ProcessState.ExitCode()
}

// pair starts two processes that are one run.
func pair(t *testing.T, life string) (first, second *process) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gossip := l.Addr().String()
	l.Close()
	second = startApplication(t, life, "--nodes", "2", "--name", "second", "--join", gossip)
	first = startApplication(t, life, "--nodes", "2", "--name", "first", "--bind", gossip)
	return first, second
}

func TestProcessesAreOneRun(t *testing.T) {
	a, b := pair(t, "sum")
	c, d := pair(t, "fail")
	e, f := pair(t, "wait")
	for _, p := range []*process{e, f} { // one is killed, the other ends with that
		if line, err := p.out.ReadString('\n'); err != nil || !strings.HasPrefix(line, "begun") || !strings.HasSuffix(line, " 2\n") {
			t.Fatalf("%q, %v: %s", line, err, &p.stderr)
		}
	}
	if err := f.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	f.end()
	if text, status := e.end(); status != exitError || !strings.Contains(e.stderr.String(), "application: node second (index ") || !strings.Contains(e.stderr.String(), ") is gone\n") {
		t.Errorf("after a kill: %q, status %d: %s", text, status, &e.stderr)
	}
	for _, p := range []*process{a, b} {
		if text, status := p.end(); status != 0 || !strings.HasSuffix(text, "sum 6\n") {
			t.Errorf("%q, status %d: %s", text, status, &p.stderr)
		}
	}
	for _, p := range []*process{c, d} {
		if text, status := p.end(); status != exitError || !strings.HasSuffix(text, "sum 6\n") || !strings.Contains(p.stderr.String(), "(index 1): drop table u: no such table") {
			t.Errorf("%q, status %d: %s", text, status, &p.stderr)
		}
	}
}

func TestCommandLineOfMain(t *testing.T) {
	var node *Node
	app := ApplicationFunc(func(_ context.Context, n *Node) error {
		if n.Index() == 0 {
			node = n
		}
		return nil
	})
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"", 0, ""}, {"--local 3 --replicas 2 --memory 1GB --threads 1 --own x rest", 0, ""}, {"--nodes 1", 0, ""}, {"--help", 0, "-nodes N"},
		{"--index 1", 2, "not defined: -index"}, {"--nodes 0", 2, "app: --nodes must be 1 or more"}, {"--local 0", 2, "--local must be"}, {"--replicas -1", 2, "--replicas"}, {"--threads -1", 2, "--threads"},
		{"--memory x", 2, "not a size"}, {"--local 2 --nodes 2", 2, "--nodes does not go with --local"}, {"--local 2 --join x", 2, "--join does not go"},
		{"--join 127.0.0.1:1", 2, "--join goes with --nodes"}, {"--nodes 2 --bind 0.0.0.0:1", 2, "loopback"}, {"--nodes 2 --bind x", 2, "loopback"},
		{"--nodes 2 --listen x", 1, "--listen"}, {"--dir /dev/null/x", 1, "app: "},
	} {
		flags := flag.NewFlagSet("/bin/app", flag.ContinueOnError)
		own := flags.String("own", "", "of the application")
		var stderr bytes.Buffer
		status := runMain(t.Context(), flags, strings.Fields(c.args), &stderr, app)
		if status != c.status || !strings.Contains(stderr.String(), c.want) || c.want == "" && stderr.Len() > 0 {
			t.Errorf("%s: status %d, %s", c.args, status, &stderr)
		}
		if strings.HasSuffix(c.args, "rest") && (*own != "x" || flags.Arg(0) != "rest" || node.Size() != 3 || node.engine.node.Replicas() != 2 || node.engine.opt.Memory != int64(1e9)/3) {
			t.Errorf("%s: own %q, %q, %d nodes", c.args, *own, flags.Args(), node.Size())
		}
	}
}

func TestMainIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var stderr bytes.Buffer
	status := runMain(ctx, flag.NewFlagSet("app", flag.ContinueOnError), []string{"--local", "2"}, &stderr, ApplicationFunc(func(ctx context.Context, node *Node) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}))
	if status != exitInterrupted || !strings.Contains(stderr.String(), "context canceled") {
		t.Errorf("status %d: %s", status, &stderr)
	}
}
