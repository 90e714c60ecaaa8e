package main

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/eau2db/eau2/engine"
)

// version is what --version says. A release sets it when it is linked.
var version = ""

// options are what the command line says.
type options struct {
	files  []string
	loads  []string
	steps  []step
	engine engine.Options
	node   node
	noInit bool

	mode     string
	noHeader bool
	timing   bool
	maxRows  int64
	timeout  time.Duration
	keepOn   bool
}

// step is a -e or -f, in the order given.
type step struct {
	text string // of -e
	file string // of -f; "-" is standard input
}

// usageError is a mistake on the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// newCommand returns the command line. Its main command calls start with what it says.
func newCommand(start func(o options) error) *cobra.Command {
	var o options
	c := &cobra.Command{
		Use:   "eau2sh [FILE.sor ...]",
		Short: "SQL over big typed text data",
		Long: `eau2sh queries SoR files with SQL: at a prompt, or with -e and -f in one shot.
Each FILE becomes a table named after it. A statement can also name a file itself: SELECT * FROM 'commits.sor'.

Results go to standard output, as a table in a terminal and as tsv with a header line elsewhere; --mode overrides
both. Everything else goes to standard error. Scripts may hold the prompt's dot commands.

Exit status: 0 all went well, 1 a statement failed, 2 the command line is wrong, 124 a statement ran out of time,
130 interrupted.`,
		Example: `  eau2sh commits.sor
  eau2sh -e "SELECT COUNT(*) FROM 'commits.sor'"
  eau2sh --load c=commits.sor:project,author,committer -f report.sql --mode csv > report.csv`,
		Args:              cobra.ArbitraryArgs,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		RunE: func(_ *cobra.Command, args []string) error {
			for _, arg := range args {
				if arg == "-" {
					o.steps = append(o.steps, step{file: "-"})
				} else {
					o.files = append(o.files, arg)
				}
			}
			return start(o)
		},
	}
	o.flags(c)
	c.Version = versionText()
	c.SetVersionTemplate("{{.Version}}\n")
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	c.AddCommand(newServeCommand(), newStatusCommand(), newKeygenCommand())
	c.AddCommand(&cobra.Command{
		Use:   "version",
		Short: "Show the version",
		Args:  cobra.NoArgs,
		Run:   func(c *cobra.Command, _ []string) { fmt.Fprintln(c.OutOrStdout(), versionText()) },
	})
	return c
}

func (o *options) flags(c *cobra.Command) {
	f := c.Flags()
	f.SortFlags = false
	execute := &stepFlag{add: func(s string) { o.steps = append(o.steps, step{text: s}) }}
	f.VarP(execute, "execute", "e", "run `STATEMENTS` and exit; may be repeated and mixed with -f")
	f.VarP(execute, "command", "c", "the same as -e")
	f.VarP(&stepFlag{add: func(s string) { o.steps = append(o.steps, step{file: s}) }}, "file", "f", "run a script `FILE` and exit; - is standard input")
	f.StringVar(&o.engine.Dir, "dir", "", "keep tables in `DIR`; without it they are in memory and nothing is written")
	o.node.flags(f)
	f.StringArrayVar(&o.loads, "load", nil, "load a table: `NAME=FILE[:column,column,…]`")
	f.StringVar(&o.mode, "mode", "", "`MODE` of results: "+modeNames())
	f.BoolVar(&o.noHeader, "no-header", false, "leave out the line with the names of columns")
	f.BoolVar(&o.timing, "timing", false, "show how long each statement takes")
	f.Var(maxRowsFlag{&o.maxRows}, "max-rows", "show at most `N` rows of a result; 0 is all (default 1000 in a terminal, all elsewhere)")
	f.Var(sizeFlag{&o.engine.Memory}, "memory", "`SIZE` that queries may use, such as 4GB (default 70% of the machine's)")
	f.IntVar(&o.engine.Threads, "threads", 0, "`N` threads for a query (default one per core)")
	f.DurationVar(&o.timeout, "timeout", 0, "end a statement after `TIME`, such as 30s or 5m")
	f.BoolVar(&o.keepOn, "keep-going", false, "go on after a statement that failed")
	f.BoolVar(&o.noInit, "no-init", false, "do not run ~/.eau2shrc first")
	o.maxRows = -1
}

// check finds what the flags' own types do not.
func (o *options) check() error {
	switch {
	case o.engine.Threads < 0:
		return usageError{errors.New("--threads must not be negative")}
	case o.timeout < 0:
		return usageError{errors.New("--timeout must not be negative")}
	}
	if err := o.node.check(o.engine); err != nil {
		return usageError{err}
	}
	stdin := 0
	for _, s := range o.steps {
		if s.file == "-" {
			stdin++
		}
	}
	if stdin > 1 {
		return usageError{errors.New("standard input can be read only once")}
	}
	return nil
}

// apply sets what flags say, and leaves the rest as it is.
func (o *options) apply(s *settings) error {
	if o.mode == "auto" {
		s.mode = nil
	} else if o.mode != "" {
		m, err := parseMode(o.mode)
		if err != nil {
			return usageError{fmt.Errorf("--mode: %w", err)}
		}
		s.mode = &m
	}
	s.header = s.header && !o.noHeader
	s.timing = s.timing || o.timing
	s.keepGoing = s.keepGoing || o.keepOn
	if o.maxRows >= 0 {
		s.maxRows = o.maxRows
	}
	if o.timeout > 0 {
		s.timeout = o.timeout
	}
	return nil
}

// versionText is what --version says.
func versionText() string {
	v := version
	if v == "" {
		v = "devel"
		if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
			v = info.Main.Version
		}
	}
	return fmt.Sprintf("eau2sh %s (%s %s/%s)", v, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// stepFlag is a flag that may be repeated; the order among all of them is kept.
type stepFlag struct{ add func(string) }

func (f *stepFlag) String() string { return "" }
func (f *stepFlag) Type() string   { return "string" }
func (f *stepFlag) Set(s string) error {
	f.add(s)
	return nil
}

// maxRowsFlag is a number of rows, or auto.
type maxRowsFlag struct{ to *int64 }

func (f maxRowsFlag) String() string { return "" }
func (f maxRowsFlag) Type() string   { return "int" }
func (f maxRowsFlag) Set(s string) error {
	n, err := parseMaxRows(s)
	*f.to = n
	return err
}

func parseMaxRows(s string) (int64, error) {
	if s == "auto" {
		return -1, nil
	}
	if s == "all" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is not a number of rows", s)
	}
	return n, nil
}

// sizeFlag is a size in bytes.
type sizeFlag struct{ to *int64 }

func (f sizeFlag) String() string { return "" }
func (f sizeFlag) Type() string   { return "size" }
func (f sizeFlag) Set(s string) error {
	n, err := engine.ParseSize(s)
	*f.to = n
	return err
}
