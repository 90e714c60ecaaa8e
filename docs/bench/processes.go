package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/eau2db/eau2/engine"
)

// nodes are processes that act as one system, and a client of the first.
type nodes struct {
	name   string
	list   []*process
	client *engine.Client
}

// process is one of them.
type process struct {
	process *exec.Cmd
	addr    string // for clients
	log     bytes.Buffer
}

// startNodes starts n nodes that keep their tables in folders of dir.
func startNodes(ctx context.Context, eau2sh, dir string, n, replicas int) (_ *nodes, err error) {
	all := &nodes{name: fmt.Sprintf("%d nodes", n)}
	defer func() {
		if err != nil {
			err = errors.Join(err, all.Close())
		}
	}()
	join := ""
	for i := range n {
		p, gossip, err := startNode(eau2sh, filepath.Join(dir, strconv.Itoa(i)), join, replicas)
		if err != nil {
			return nil, err
		}
		all.list = append(all.list, p)
		if i == 0 {
			join = gossip
		}
	}
	all.client, err = engine.Connect(ctx, all.list[0].addr, engine.ConnectOptions{})
	return all, err
}

func startNode(eau2sh, dir, join string, replicas int) (*process, string, error) {
	args := []string{"serve", "--dir", dir, "--listen", "127.0.0.1:0", "--bind", "127.0.0.1:0", "--replicas", strconv.Itoa(replicas)}
	if join != "" {
		args = append(args, "--join", join)
	}
	p := &process{process: exec.Command(eau2sh, args...)}
	p.process.Stderr = &p.log
	out, err := p.process.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := p.process.Start(); err != nil {
		return nil, "", err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if addr, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			p.addr = addr
		}
		if gossip, ok := strings.CutPrefix(lines.Text(), "to join: --join "); ok {
			return p, gossip, nil
		}
	}
	return nil, "", errors.Join(fmt.Errorf("%s %s did not start", eau2sh, strings.Join(args, " ")), p.process.Wait(), errors.New(p.log.String()))
}

// Close ends the processes. A killed one is ended already.
func (n *nodes) Close() error {
	var errs []error
	if n.client != nil {
		errs = append(errs, n.client.Close())
	}
	for _, p := range n.list {
		_ = p.process.Process.Signal(syscall.SIGTERM)
	}
	for _, p := range n.list {
		err := p.process.Wait()
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
			err = nil
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("node %s: %w\n%s", p.addr, err, &p.log))
		}
	}
	return errors.Join(errs...)
}

// clockTick is the unit of processor time in /proc, the same on every Linux.
const clockTick = 10 * time.Millisecond

// cpu is the processor time that the nodes have used.
func (n *nodes) cpu() (used time.Duration) {
	for _, p := range n.list {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.process.Process.Pid))
		if err != nil {
			continue // killed
		}
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		for _, f := range fields[11:13] { // utime and stime
			ticks, _ := strconv.Atoi(f)
			used += time.Duration(ticks) * clockTick
		}
	}
	return used
}

// resident is the most memory that one of the nodes has.
func (n *nodes) resident() (most int64) {
	for _, p := range n.list {
		var kilobytes int64
		if _, err := fmt.Sscan(procField(fmt.Sprintf("/proc/%d/status", p.process.Process.Pid), "VmRSS", ""), &kilobytes); err == nil {
			most = max(most, kilobytes<<10)
		}
	}
	return most
}

func (n *nodes) Name() string { return n.name }

func (n *nodes) Drop(ctx context.Context, table string) error {
	return n.Run(ctx, "DROP TABLE IF EXISTS "+table)
}

func (n *nodes) Load(ctx context.Context, d dataset) error { return n.Run(ctx, loadOf(d)) }

func (n *nodes) Run(ctx context.Context, text string) error {
	return runOn(ctx, n.name, n.client, text)
}

func (n *nodes) Rows(ctx context.Context, text string, row func([]any) error) error {
	return rowsOf(ctx, n.name, n.client, text, row)
}

func (n *nodes) Size(ctx context.Context) (size int64, err error) {
	tables, err := n.client.Tables(ctx)
	for _, t := range tables {
		size += t.Bytes
	}
	return size, err
}
