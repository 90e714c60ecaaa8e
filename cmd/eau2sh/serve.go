package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/eau2db/eau2/engine"
)

// defaultAddr is where a node listens unless told otherwise.
const (
	defaultAddr = "127.0.0.1:3282"
	defaultBind = "127.0.0.1:3283" // for gossip
)

// serveGrace is how long statements may go on after the process was told to end.
const serveGrace = 10 * time.Second

// serveOptions are what the command line of serve says.
type serveOptions struct {
	engine    engine.Options
	cluster   engine.ClusterOptions
	listen    string
	bind      string
	advertise string
	keyPath   string // of the gossip key
	http      string
	certFile  string
	keyFile   string
	caFile    string
	tokenFile string
	files     []string
	insecure  bool
}

// commandError is an error of a command other than the shell: not of its usage.
type commandError struct{ error }

func (e commandError) Unwrap() error { return e.error }

// newServeCommand returns the command that makes this process a node.
func newServeCommand() *cobra.Command {
	var o serveOptions
	c := &cobra.Command{
		Use:   "serve",
		Short: "Be a node: keep tables, with other nodes, and run statements for clients",
		Long: `eau2sh serve keeps tables in a directory and runs statements for clients: eau2sh --connect, programs that use
engine.Connect, and others that speak Arrow Flight SQL.

Nodes that join each other act as one: tables are spread over all of them, and each answers for all. The first is
started without --join and founds the cluster; the others are told of one or more that are there. All may be given the
same list, themselves included. A node that finds nobody ends with an error, unless its directory says that it was one
of a cluster: then it goes on trying.

It prints one line with its address to standard output, and logs to standard error. On SIGTERM or an interrupt it lets
statements go on for up to 10 seconds and ends in good order; a second signal ends it at once.

An address that is not loopback needs --gossip-key-file, --tls-cert, --tls-key, --tls-ca and --token-file, or --insecure.`,
		Example: `  eau2sh serve --dir data
  eau2sh serve --dir data2 --listen 127.0.0.1:3284 --bind 127.0.0.1:3285 --join ` + defaultBind + `
  eau2sh --connect ` + defaultAddr,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			defer context.AfterFunc(ctx, stop)() // so that a second signal ends the process
			if err := o.run(ctx, c.OutOrStdout(), c.ErrOrStderr()); err != nil {
				return commandError{err}
			}
			return nil
		},
	}
	f := c.Flags()
	f.SortFlags = false
	f.StringVar(&o.engine.Dir, "dir", "", "keep tables in `DIR`; without it they are in memory and end with the process")
	f.StringVar(&o.listen, "listen", defaultAddr, "take clients at `HOST:PORT`; port 0 is any that is free")
	f.StringVar(&o.cluster.Name, "name", "", "`NAME` of the node (default the host's)")
	f.StringVar(&o.bind, "bind", defaultBind, "gossip with other nodes at `IP:PORT`; port 0 is any that is free")
	f.StringSliceVar(&o.cluster.Join, "join", nil, "`HOST:PORT`,… where nodes gossip that are to be joined")
	f.StringVar(&o.advertise, "advertise", "", "`IP` by which other nodes reach this one (default that of --listen and of --bind)")
	f.StringSliceVar(&o.files, "files", nil, "let clients and other nodes have files below `DIR`,… read (LOAD … WITH (from_node=true) or (from_all=true))")
	f.IntVar(&o.cluster.Replicas, "replicas", 0, "`N` nodes keep each chunk of a table (default 2)")
	f.StringVar(&o.keyPath, "gossip-key-file", "", "`FILE` with the secret of the cluster, as eau2sh keygen makes it")
	f.StringVar(&o.http, "http", "", "serve /healthz, /readyz, /metrics and /debug/pprof at `HOST:PORT`")
	f.Var(sizeFlag{&o.engine.Memory}, "memory", "`SIZE` that queries may use, such as 4GB (default 70% of the machine's)")
	f.IntVar(&o.engine.Threads, "threads", 0, "`N` threads for a query (default one per core)")
	f.StringVar(&o.certFile, "tls-cert", "", "`FILE` with this node's certificate: clients use TLS")
	f.StringVar(&o.keyFile, "tls-key", "", "`FILE` with its key")
	f.StringVar(&o.caFile, "tls-ca", "", "`FILE` with the authority of the nodes' certificates: who has one needs no token")
	f.StringVar(&o.tokenFile, "token-file", "", "`FILE` with the token that clients must know")
	f.BoolVar(&o.insecure, "insecure", false, "let anybody who reaches the addresses in")
	return c
}

// check finds what the flags' own types do not.
func (o *serveOptions) check() error {
	switch {
	case o.cluster.Replicas < 0:
		return errors.New("--replicas must not be negative")
	case o.advertise != "" && net.ParseIP(o.advertise) == nil:
		return errors.New("--advertise takes an IP address")
	case o.engine.Threads < 0:
		return errors.New("--threads must not be negative")
	case (o.certFile == "") != (o.keyFile == ""):
		return errors.New("--tls-cert and --tls-key go together")
	case o.caFile != "" && o.certFile == "":
		return errors.New("--tls-ca goes with --tls-cert and --tls-key")
	}
	return nil
}

// run is the node. It ends in good order when ctx does.
func (o *serveOptions) run(ctx context.Context, stdout, stderr io.Writer) (err error) {
	log := slog.New(slog.NewTextHandler(stderr, nil))
	o.engine.Logger = log
	serve, err := o.serveOptions(log)
	if err != nil {
		return err
	}
	if err := o.join(serve); err != nil {
		return err
	}
	e, err := engine.Open(ctx, o.engine)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, e.Close())
		log.Info("closed")
	}()
	web, err := o.startWeb(e, serve.Stats, log)
	if err != nil {
		return err
	}
	defer web.close()
	spareGarbage()
	memory, stop := context.WithCancel(ctx)
	var idle sync.WaitGroup
	idle.Go(func() { giveBackMemory(memory) })
	defer idle.Wait()
	defer stop()
	name, address, gossip := e.Self()
	log.Info("serving", "node", name, "address", address, "gossip", gossip, "dir", o.engine.Dir, "tables", len(e.Tables()), "tls", serve.TLS != nil, "token", serve.Token != "", "version", versionText())
	web.ready.Store(true)
	fmt.Fprintf(stdout, "listening on %s\nto join: --join %s\n", address, gossip)
	<-ctx.Done()
	web.ready.Store(false)
	log.Info("ending", "running", serve.Stats.Running.Load())
	return e.Leave()
}

// join fills in what makes the engine a node.
func (o *serveOptions) join(serve engine.ServeOptions) (err error) {
	c := o.cluster
	c.Serve = serve
	if o.caFile != "" {
		if c.NodeTLS, err = engine.NodeTLS(o.certFile, o.keyFile, o.caFile); err != nil {
			return err
		}
	}
	if o.keyPath != "" {
		if c.GossipKey, err = engine.ReadGossipKey(o.keyPath); err != nil {
			return err
		}
	}
	if err := o.checkBind(c.GossipKey != nil); err != nil {
		return err
	}
	if c.Listener, err = net.Listen("tcp", o.listen); err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	c.Gossip = o.bind
	if o.advertise != "" {
		_, port, _ := net.SplitHostPort(c.Listener.Addr().String())
		c.Advertise = net.JoinHostPort(o.advertise, port)
		_, port, _ = net.SplitHostPort(o.bind)
		c.GossipAdvertise = net.JoinHostPort(o.advertise, port)
	}
	o.engine.Cluster = &c
	return nil
}

// checkBind refuses to gossip with strangers, unless told to.
func (o *serveOptions) checkBind(key bool) error {
	host, _, err := net.SplitHostPort(o.bind)
	if err != nil {
		return fmt.Errorf("--bind: %w", err)
	}
	ip := net.ParseIP(host)
	if ip == nil {
		return fmt.Errorf("--bind: %q is not an IP address", host)
	}
	if !ip.IsLoopback() && !key && !o.insecure {
		return fmt.Errorf("--bind %s is not a loopback address: it needs --gossip-key-file, or --insecure", o.bind)
	}
	return nil
}

// serveOptions reads the files that the flags name.
func (o *serveOptions) serveOptions(log *slog.Logger) (engine.ServeOptions, error) {
	s := engine.ServeOptions{Insecure: o.insecure, Files: o.files, Grace: serveGrace, Logger: log, Stats: &engine.ServeStats{}}
	var err error
	if o.certFile != "" {
		if s.TLS, err = engine.ServerTLS(o.certFile, o.keyFile, o.caFile); err != nil {
			return s, err
		}
	}
	if o.tokenFile != "" {
		if s.Token, err = engine.ReadToken(o.tokenFile); err != nil {
			return s, err
		}
	}
	return s, nil
}
