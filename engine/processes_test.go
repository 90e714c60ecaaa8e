package engine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The suite runs on nodes that are processes of their own: this test's program, started anew with these set.
const (
	nodeDir  = "EAU2_TEST_NODE"
	nodeJoin = "EAU2_TEST_JOIN"
)

// beNode is the main function of such a process. It ends when its standard input does.
func beNode() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c := &ClusterOptions{Name: "node", Listener: l, Replicas: 2}
	if seed := os.Getenv(nodeJoin); seed != "" {
		c.Join = []string{seed}
	}
	e, err := Open(context.Background(), Options{Dir: os.Getenv(nodeDir), Threads: 2, Cluster: c})
	if err != nil {
		return err
	}
	e.chunkRows = 2
	_, address, gossip := e.Self()
	fmt.Println(address, gossip)
	io.Copy(io.Discard, os.Stdin)
	return e.Close()
}

// startNode starts a node and returns a client of it, and where it gossips.
func startNode(t *testing.T, join string) (c *Client, gossip string) {
	t.Helper()
	p := exec.Command(os.Args[0])
	p.Env = append(os.Environ(), nodeDir+"="+t.TempDir(), nodeJoin+"="+join)
	p.Stderr = os.Stderr
	in, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := p.Wait(); err != nil {
			t.Error(err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address, gossip, _ := strings.Cut(strings.TrimSpace(line), " ")
	if c, err = Connect(t.Context(), address, ConnectOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, gossip
}

// processes gives each statement to another node, and those about files where they stand to an engine of this process.
type processes struct {
	clients []*Client
	here    *Engine
	next    int
}

func (p *processes) Query(ctx context.Context, text string, args ...any) (*Rows, error) {
	p.next++
	rows, err := p.clients[p.next%len(p.clients)].Query(ctx, text, args...)
	if errors.Is(err, errClientFile) {
		return p.here.Query(ctx, text, args...)
	}
	return rows, err
}

func TestSuiteOnProcesses(t *testing.T) {
	a, seed := startNode(t, "")
	b, _ := startNode(t, seed)
	c, _ := startNode(t, seed)
	clients := []*Client{a, b, c}
	for _, n := range clients {
		for deadline := time.Now().Add(20 * time.Second); len(mustQuery(t, n, "SHOW NODES")) < len(clients); {
			if time.Now().After(deadline) {
				t.Fatal("the nodes have not found each other")
			}
		}
	}
	runScripts(t, "suite", func(t *testing.T) querier {
		for _, name := range mustQuery(t, a, "SHOW TABLES") {
			mustQuery(t, a, fmt.Sprintf("DROP TABLE `%s`", name[0].Str))
		}
		return &processes{clients: clients, here: open(t, Options{Threads: 2})}
	})
}
