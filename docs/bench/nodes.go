package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// benchNodes measures what several nodes cost against one, and reports it to out.
func (o options) benchNodes(ctx context.Context, out io.Writer) (err error) {
	d, err := h2o(o.data, o.rows)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(o.data, "nodes-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	one, err := startNodes(ctx, o.eau2sh, filepath.Join(dir, "one"), 1, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, one.Close()) }()
	many, err := startNodes(ctx, o.eau2sh, filepath.Join(dir, "many"), o.nodes, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, many.Close()) }()
	r := nodesReport{&report{out: out, options: o}, one, many}
	r.head()
	if err := r.idle(ctx); err != nil {
		return err
	}
	if err := r.load(ctx, d, filepath.Join(dir, "embedded")); err != nil {
		return err
	}
	if err := r.queries(ctx); err != nil {
		return err
	}
	return r.killed(ctx, d, filepath.Join(dir, "killed"))
}

// nodesReport reports on a cluster and on a node of its own.
type nodesReport struct {
	*report
	one, many *nodes
}

func (r nodesReport) head() {
	o := r.options
	fmt.Fprintf(r.out, "# eau2 on %d nodes and on one, %d rows\n\n", o.nodes, o.rows)
	fmt.Fprintf(r.out, "%s: eau2 %s, on %s.\n", time.Now().Format(time.DateOnly), version(), machine())
	fmt.Fprintf(r.out, "All nodes are processes of this machine; doc.go in this folder says how it is measured.\n")
}

// idle measures nodes that have nothing to do.
func (r nodesReport) idle(ctx context.Context) error {
	if err := pause(ctx, 2*time.Second); err != nil { // what starting leaves to do
		return err
	}
	before := r.many.cpu()
	if err := pause(ctx, r.options.idle); err != nil {
		return err
	}
	used := (r.many.cpu() - before).Seconds() / r.options.idle.Seconds() / float64(len(r.many.list))
	fmt.Fprintf(r.out, "\n## An idle node of %d\n\n%.2f %% of a core, %.0f MB resident at most.\n", len(r.many.list), used*100, float64(r.many.resident())/1e6)
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// load measures loading into a directory of a process of its own, into one node and into many, and leaves it loaded.
func (r nodesReport) load(ctx context.Context, d dataset, dir string) error {
	var used [3]time.Duration
	for round := range r.options.runs {
		if round > 0 {
			for _, n := range []*nodes{r.one, r.many} {
				if err := n.Drop(ctx, d.Table); err != nil {
					return err
				}
			}
			if err := os.RemoveAll(dir); err != nil {
				return err
			}
		}
		c := exec.CommandContext(ctx, r.options.eau2sh, "--no-init", "--dir", dir, "-e", loadOf(d))
		if text, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("load: %w\n%s", err, text)
		}
		used[0] += c.ProcessState.UserTime() + c.ProcessState.SystemTime()
		for i, n := range []*nodes{r.one, r.many} {
			before := n.cpu()
			c := exec.CommandContext(ctx, r.options.eau2sh, "--no-init", "--connect", n.list[0].addr, "-e", loadOf(d))
			if text, err := c.CombinedOutput(); err != nil {
				return fmt.Errorf("load: %w\n%s", err, text)
			}
			used[1+i] += n.cpu() - before + c.ProcessState.UserTime() + c.ProcessState.SystemTime()
		}
	}
	fmt.Fprintf(r.out, "\n## Load %s(%s), one copy\n\n", d.Table, d.names())
	t := newTable(r.out, len("embedded, in a directory"), "", "CPU s", "times")
	for i, name := range []string{"embedded, in a directory", "one node", fmt.Sprintf("%d nodes", r.options.nodes)} {
		t.row(name, fmt.Sprintf("%.2f", used[i].Seconds()/float64(r.options.runs)), fmt.Sprintf("%.2f", float64(used[i])/float64(used[0])))
	}
	return nil
}

// queries measures the group-by queries.
func (r nodesReport) queries(ctx context.Context) error {
	fmt.Fprintf(r.out, "\n## Grouping\n\n")
	names := []string{"one node", fmt.Sprintf("%d nodes", r.options.nodes)}
	t := newTable(r.out, 5, "CPU ms", names[0], names[1], "times")
	var total [2]time.Duration
	row := func(name string, used [2]time.Duration) {
		t.row(name, milliseconds(used[0]), milliseconds(used[1]), fmt.Sprintf("%.2f", float64(used[1])/float64(used[0])))
	}
	for _, q := range groupings {
		if !r.options.only.MatchString(q.Name) || q.Check != "" {
			continue
		}
		if err := compare(ctx, []system{r.one, r.many}, q); err != nil {
			return err
		}
		var used [2]time.Duration
		for range r.options.runs {
			for i, n := range []*nodes{r.one, r.many} {
				before := n.cpu()
				if err := n.Run(ctx, q.SQL); err != nil {
					return err
				}
				used[i] += n.cpu() - before
			}
		}
		for i := range used {
			used[i] /= time.Duration(r.options.runs)
			total[i] += used[i]
		}
		row(q.Name, used)
	}
	row("all", total)
	return nil
}

// slowQuery takes long enough for a node to be killed meanwhile.
var slowQuery = groupings[9]

// killed measures a query in whose middle a node is killed, with two copies of everything.
func (r nodesReport) killed(ctx context.Context, d dataset, dir string) (err error) {
	n, err := startNodes(ctx, r.options.eau2sh, dir, r.options.nodes, 2)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if err := n.Load(ctx, d); err != nil {
		return err
	}
	var normal time.Duration
	for range 2 {
		start := time.Now()
		if err := n.Run(ctx, slowQuery.SQL); err != nil {
			return err
		}
		normal = time.Since(start)
	}
	victim := n.list[len(n.list)-1]
	killed := make(chan error, 1)
	time.AfterFunc(normal/2, func() { killed <- victim.process.Process.Kill() })
	start := time.Now()
	if err := n.Run(ctx, slowQuery.SQL); err != nil {
		return fmt.Errorf("with a node killed: %w", err)
	}
	took := time.Since(start)
	if err := <-killed; err != nil {
		return err
	}
	if err := compare(ctx, []system{r.one, n}, slowQuery); err != nil {
		return err
	}
	fmt.Fprintf(r.out, "\n## %s with a node killed in the middle, two copies\n\n%.2f s; without, %.2f s.\n", slowQuery.Name, took.Seconds(), normal.Seconds())
	return nil
}
