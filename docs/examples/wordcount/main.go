// Command wordcount counts the words of text files, on one node or several, next to the data.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"time"

	"github.com/eau2db/eau2/engine"
)

// words counts the words of all columns, as many as its argument says; they are STRINGs.
var words = engine.RegisterFold("words", func(columns int) (engine.Fold[*counts], error) {
	return engine.Fold[*counts]{
		Start: newCounts,
		Step: func(c *counts, rows engine.Chunk) (*counts, error) {
			for i := range columns {
				for _, text := range rows.Strings(i) { // "" where it is NULL
					c.addText(text)
				}
			}
			c.flush()
			return c, nil
		},
		Merge: func(a, b *counts) (*counts, error) {
			a.merge(b)
			return a, nil
		},
	}, nil
})

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "wordcount:", err)
		os.Exit(1)
	}
}

// errUsage is of a command line that has been explained on standard error.
var errUsage = errors.New("usage")

func run(ctx context.Context, args []string, out, problems io.Writer) (err error) {
	flags := flag.NewFlagSet("wordcount", flag.ContinueOnError)
	flags.SetOutput(problems)
	flags.Usage = func() {
		fmt.Fprintln(problems, "usage: wordcount [flags] FILE…\n       wordcount -serve [-join IP:PORT]")
		flags.PrintDefaults()
	}
	top := flags.Int("top", 0, "print so many words, the most frequent first; 0 prints all")
	nodes := flags.Int("nodes", 1, "work on so many nodes in this process; with -join, wait for so many in all")
	sor := flags.Bool("sor", false, "the files are SoR: count the words of their STRING columns")
	timing := flags.Bool("timing", false, "tell on standard error how long loading and counting took")
	join := flags.String("join", "", "IP:PORT at which a node gossips, as -serve prints it: work with it and those it knows")
	serve := flags.Bool("serve", false, "be a node for others, until interrupted")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil || *serve == (flags.NArg() > 0) || *nodes < 1 {
		if err == nil {
			flags.Usage()
		}
		return errUsage
	}
	var cluster []*engine.Engine
	defer func() {
		for _, e := range cluster {
			err = errors.Join(err, e.Close())
		}
	}()
	here := *nodes // to be opened in this process
	if *join != "" || *serve {
		here = 1
	}
	for i := range here {
		e, err := open(ctx, i, *join, *nodes > 1 || *join != "" || *serve)
		if err != nil {
			return err
		}
		cluster = append(cluster, e)
		if _, _, *join = e.Self(); *serve {
			fmt.Fprintf(out, "wordcount -nodes 2 -join %s FILE…\n", *join)
			<-ctx.Done()
			return nil
		}
	}
	if err := wait(ctx, cluster[0], *nodes); err != nil {
		return err
	}
	return count(ctx, cluster[0], flags.Args(), *sor, *top, *timing, out, problems)
}

// open starts a node, alone or one of a cluster.
func open(ctx context.Context, number int, join string, cluster bool) (*engine.Engine, error) {
	if !cluster {
		return engine.Open(ctx, engine.Options{})
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	o := engine.ClusterOptions{Name: fmt.Sprint("node", number), Listener: l, Replicas: 1}
	if join != "" {
		o.Join = []string{join}
	}
	return engine.Open(ctx, engine.Options{Cluster: &o})
}

// wait waits until so many nodes have found each other.
func wait(ctx context.Context, e *engine.Engine, nodes int) error {
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		rows, err := e.Query(ctx, "SHOW NODES")
		if err != nil {
			return err
		}
		found := 0
		for range rows.All() {
			found++
		}
		if err := rows.Close(); err != nil || found >= nodes {
			tick.Stop()
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for %d nodes, there are %d: %w", nodes, found, ctx.Err())
		}
	}
}

// count makes tables of files, counts their words and prints them.
func count(ctx context.Context, e *engine.Engine, files []string, sor bool, top int, timing bool, out, problems io.Writer) error {
	start, counting := time.Now(), time.Duration(0)
	total := newCounts()
	load := loadLines
	if sor {
		load = loadSoR
	}
	err := load(ctx, e, files, func(texts *engine.DataFrame, columns int) error {
		begin := time.Now()
		c, err := words.Run(ctx, texts, columns)
		if err != nil {
			return err
		}
		total.merge(c)
		counting += time.Since(begin)
		return nil
	})
	if err != nil {
		return err
	}
	if timing {
		fmt.Fprintf(problems, "%v, of which %v to count\n", time.Since(start).Round(time.Millisecond), counting.Round(time.Millisecond))
	}
	b := bufio.NewWriter(out)
	for _, w := range total.top(top) {
		fmt.Fprintf(b, "%d\t%s\n", w.count, w.text)
	}
	return b.Flush()
}

// loadLines makes a table of text files, calls count for it, and drops it.
func loadLines(ctx context.Context, e *engine.Engine, files []string, count func(*engine.DataFrame, int) error) error {
	name := fmt.Sprintf("wordcount_%d", os.Getpid())
	lines, err := e.LoadLines(ctx, name, files...)
	if err != nil {
		return err
	}
	return errors.Join(count(lines, 1), drop(ctx, e, name))
}

// loadSoR does the same with the STRING columns of one SoR file after the other.
func loadSoR(ctx context.Context, e *engine.Engine, files []string, count func(*engine.DataFrame, int) error) error {
	for i, file := range files {
		name := fmt.Sprintf("wordcount_%d_%d", os.Getpid(), i)
		frame, err := e.Load(ctx, name, file, engine.LoadOptions{})
		if err != nil {
			return err
		}
		var texts []engine.Expr
		for _, t := range e.Tables() {
			for _, c := range t.Columns {
				if t.Name == name && c.Type == engine.String {
					texts = append(texts, engine.Col(c.Name))
				}
			}
		}
		if len(texts) > 0 {
			err = count(frame.Select(texts...), len(texts))
		}
		if err = errors.Join(err, drop(ctx, e, name)); err != nil {
			return err
		}
	}
	return nil
}

func drop(ctx context.Context, e *engine.Engine, table string) error {
	rows, err := e.Query(ctx, "DROP TABLE "+table)
	if err != nil {
		return err
	}
	return rows.Close()
}
