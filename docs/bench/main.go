package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime/pprof"
	"strings"
	"time"
)

// options are the program's flags.
type options struct {
	rows, runs int
	only       *regexp.Regexp
	systems    string
	data       string
	eau2sh     string
	results    string
	cpuprofile string
	nodes      int
	idle       time.Duration
}

func main() {
	var o options
	only := flag.String("only", "", "regular expression for the names of queries and loads to run")
	flag.IntVar(&o.rows, "n", 10_000_000, "rows")
	flag.IntVar(&o.runs, "runs", 5, "timed runs of each; their median counts")
	flag.StringVar(&o.systems, "systems", "eau2,duckdb", "systems to run")
	flag.StringVar(&o.data, "data", "data", "folder of the data")
	flag.StringVar(&o.eau2sh, "eau2sh", "../../bin/eau2sh", "program to measure the start of")
	flag.StringVar(&o.results, "results", "", "file to write the results to, as well")
	flag.StringVar(&o.cpuprofile, "cpuprofile", "", "file to write a CPU profile to")
	flag.IntVar(&o.nodes, "nodes", 0, "compare a cluster of this many nodes with one node, instead of eau2 with DuckDB")
	flag.DurationVar(&o.idle, "idle", 20*time.Second, "how long idle nodes are watched")
	flag.Parse()
	var err error
	if o.only, err = regexp.Compile(*only); err != nil {
		fmt.Fprintln(os.Stderr, "bench: -only:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := o.main(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (o options) main(ctx context.Context) error {
	if o.cpuprofile != "" {
		f, err := os.Create(o.cpuprofile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	bench := o.bench
	if o.nodes > 0 {
		bench = o.benchNodes
	}
	if o.results == "" {
		return bench(ctx, os.Stdout)
	}
	var text bytes.Buffer
	if err := bench(ctx, io.MultiWriter(os.Stdout, &text)); err != nil {
		return err
	}
	return os.WriteFile(o.results, text.Bytes(), 0o666)
}

// bench makes the data, measures everything and reports it to out.
func (o options) bench(ctx context.Context, out io.Writer) error {
	table, err := h2o(o.data, o.rows)
	if err != nil {
		return err
	}
	history, err := commits(o.data, o.rows)
	if err != nil {
		return err
	}
	systems, err := o.open(ctx)
	if err != nil {
		return err
	}
	defer func() {
		for _, s := range systems {
			s.Close()
		}
	}()
	r := &report{out: out, options: o, systems: systems}
	if err := r.head(ctx); err != nil {
		return err
	}
	if err := o.loads(ctx, r, history, table); err != nil {
		return err
	}
	// In a directory eau2 answers from the same chunks as in memory, mapped: one of the two is enough.
	r.systems = nil
	for _, s := range systems {
		if s.Name() == eau2Dir {
			s.Drop(ctx, table.Table)
		} else {
			r.systems = append(r.systems, s)
		}
	}
	for _, group := range []struct {
		title   string
		queries []query
	}{{"Grouping", groupings}, {"Scans", scans}} {
		if err := o.queries(ctx, r, group.title, group.queries); err != nil {
			return err
		}
	}
	if _, err := os.Stat(o.eau2sh); err == nil {
		took, err := oneShot(ctx, o.eau2sh, o.data)
		if err != nil {
			return err
		}
		r.oneShot(took)
	}
	return nil
}

// The names of the systems.
const (
	eau2Memory = "eau2"
	eau2Dir    = "eau2 dir"
	duckMemory = "DuckDB mem"
	duckFile   = "DuckDB file"
)

// open opens the chosen systems, all empty.
func (o options) open(ctx context.Context) (systems []system, err error) {
	add := func(s system, e error) {
		if e != nil {
			err = errors.Join(err, e)
		} else {
			systems = append(systems, s)
		}
	}
	if strings.Contains(o.systems, "eau2") {
		s, e := openEau2(ctx, eau2Memory, "")
		add(s, e)
		s, e = openEau2(ctx, eau2Dir, filepath.Join(o.data, "eau2"))
		add(s, e)
	}
	if strings.Contains(o.systems, "duckdb") {
		s, e := openDuck(ctx, duckMemory, "")
		add(s, e)
		s, e = openDuck(ctx, duckFile, filepath.Join(o.data, "duck.db"))
		add(s, e)
	}
	if len(systems) == 0 && err == nil {
		err = fmt.Errorf("-systems %q names neither eau2 nor duckdb", o.systems)
	}
	return systems, err
}

// loads measures how the datasets load, and leaves the last one loaded.
func (o options) loads(ctx context.Context, r *report, datasets ...dataset) error {
	last := datasets[len(datasets)-1]
	for _, d := range datasets {
		if o.only.MatchString("load " + d.Table) {
			took, err := load(ctx, o.runs, r.systems, d)
			if err != nil {
				return err
			}
			if err := r.load(ctx, d, took); err != nil {
				return err
			}
		} else if d.Table == last.Table {
			for _, s := range r.systems {
				if err := s.Load(ctx, d); err != nil {
					return err
				}
			}
		}
		if d.Table != last.Table {
			for _, s := range r.systems {
				if err := s.Drop(ctx, d.Table); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// queries measures a group of queries.
func (o options) queries(ctx context.Context, r *report, title string, all []query) error {
	var chosen []query
	for _, q := range all {
		if o.only.MatchString(q.Name) {
			chosen = append(chosen, q)
		}
	}
	return r.queries(title, chosen, func(q query) (result, error) { return run(ctx, o.runs, r.systems, q) })
}
