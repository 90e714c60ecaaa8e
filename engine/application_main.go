package engine

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

// Main is the main function of a program that is an application. It adds its flags to those that the program has in
// flag.CommandLine, and parses them; what follows them is in flag.Args. Most have the names and meanings of eau2sh serve's:
//
//	--nodes N         processes that take part, this one among them (default 1)
//	--local N         N nodes in this process instead
//	--dir DIR         keep tables and values in DIR; without it they are in memory and end with the run
//	--name NAME       of the node (default the host's)
//	--listen, --bind  where the other nodes reach this one (default any free port of loopback; 127.0.0.1:3283 to gossip
//	                  without --join)
//	--join HOST:PORT,…  where nodes gossip that are to be joined; those that are not there yet are waited for
//	--replicas N      nodes that keep each chunk and value (default 2; 1 with --local)
//	--memory SIZE, --threads N
//
// An interrupt cancels the run, a second one ends the process. Errors and what is waited for go to standard error. The
// process ends with status 0, 1 after an error, 2 when the command line is wrong, 130 when it was interrupted.
func Main(app Application) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer context.AfterFunc(ctx, stop)() // so that a second signal ends the process
	flag.CommandLine.Init(flag.CommandLine.Name(), flag.ContinueOnError)
	status := runMain(ctx, flag.CommandLine, os.Args[1:], os.Stderr, app)
	stop()
	if status != 0 {
		os.Exit(status)
	}
}

// Exit codes.
const (
	exitError       = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// runMain is Main.
func runMain(ctx context.Context, flags *flag.FlagSet, args []string, stderr io.Writer, app Application) (status int) {
	var m mainFlags
	m.add(flags)
	flags.SetOutput(stderr)
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return exitUsage // Parse has said what is wrong
	}
	name := filepath.Base(flags.Name())
	if err := m.check(flags); err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", name, err)
		return exitUsage
	}
	err := m.run(ctx, stderr, app)
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "%s: %v\n", name, err)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return exitInterrupted
	}
	return exitError
}

// mainFlags are what the flags of Main say.
type mainFlags struct {
	nodes, local, replicas int
	join                   string
	listen, bind, name     string
	options                Options
}

func (m *mainFlags) add(f *flag.FlagSet) {
	f.IntVar(&m.nodes, "nodes", 1, "`N` processes take part, this one among them")
	f.IntVar(&m.local, "local", 0, "run `N` nodes in this process instead")
	f.StringVar(&m.options.Dir, "dir", "", "keep tables in `DIR`; without it they are in memory and end with the run")
	f.StringVar(&m.name, "name", "", "`NAME` of the node (default the host's)")
	f.StringVar(&m.listen, "listen", "127.0.0.1:0", "take requests of other nodes at `HOST:PORT`; port 0 is any that is free")
	f.StringVar(&m.bind, "bind", "", "gossip with other nodes at `IP:PORT` (default 127.0.0.1:3283, with --join any free port)")
	f.StringVar(&m.join, "join", "", "`HOST:PORT`,… where nodes gossip that are to be joined")
	f.IntVar(&m.replicas, "replicas", 0, "`N` nodes keep each chunk of a table (default 2, with --local 1)")
	f.Func("memory", "`SIZE` that queries may use, such as 4GB (default 70% of the machine's)", func(s string) (err error) {
		m.options.Memory, err = ParseSize(s)
		return err
	})
	f.IntVar(&m.options.Threads, "threads", 0, "`N` threads for a query (default one per core)")
}

// check finds what the flags' own types do not.
func (m *mainFlags) check(f *flag.FlagSet) error {
	given := map[string]bool{}
	f.Visit(func(f *flag.Flag) { given[f.Name] = true })
	switch {
	case m.nodes < 1:
		return errors.New("--nodes must be 1 or more")
	case given["local"] && m.local < 1:
		return errors.New("--local must be 1 or more")
	case m.replicas < 0:
		return errors.New("--replicas must not be negative")
	case m.options.Threads < 0:
		return errors.New("--threads must not be negative")
	}
	for _, name := range []string{"nodes", "name", "listen", "bind", "join"} {
		switch {
		case !given[name]:
		case given["local"]:
			return fmt.Errorf("--%s does not go with --local, whose nodes are all in this process", name)
		case m.nodes == 1 && name != "nodes":
			return fmt.Errorf("--%s goes with --nodes of 2 or more", name)
		}
	}
	if m.bind == "" {
		m.bind = "127.0.0.1:3283"
		if m.join != "" {
			m.bind = "127.0.0.1:0"
		}
	}
	host, _, err := net.SplitHostPort(m.bind)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("--bind %s: it takes an address of loopback; a program that is to be reached from elsewhere calls engine.Run, with keys and certificates", m.bind)
	}
	return nil
}

// run runs the application as the flags say.
func (m *mainFlags) run(ctx context.Context, stderr io.Writer, app Application) error {
	o := m.options
	o.replicas = m.replicas
	if m.local > 0 {
		o.Logger = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
		return RunLocal(ctx, m.local, app, o)
	}
	o.Logger = slog.New(slog.NewTextHandler(stderr, nil))
	if m.nodes == 1 {
		return Run(ctx, RunOptions{Options: o}, app)
	}
	l, err := net.Listen("tcp", m.listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	o.Cluster = &ClusterOptions{Name: m.name, Listener: l, Gossip: m.bind, Replicas: m.replicas}
	if m.join != "" {
		o.Cluster.Join = strings.Split(m.join, ",")
	}
	return Run(ctx, RunOptions{Nodes: m.nodes, Options: o}, app)
}
