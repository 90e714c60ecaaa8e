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
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/eau2db/eau2/engine"
)

// defaultAddr is where a node listens unless told otherwise.
const defaultAddr = "127.0.0.1:3282"

// serveGrace is how long statements may go on after the process was told to end.
const serveGrace = 10 * time.Second

// serveOptions are what the command line of serve says.
type serveOptions struct {
	engine    engine.Options
	listen    string
	http      string
	certFile  string
	keyFile   string
	caFile    string
	tokenFile string
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
		Short: "Keep tables and run statements for clients",
		Long: `eau2sh serve keeps tables in a directory and runs statements for clients: eau2sh --connect, programs that use
engine.Connect, and others that speak Arrow Flight SQL.

It prints one line with its address to standard output, and logs to standard error. On SIGTERM or an interrupt it lets
statements go on for up to 10 seconds and ends in good order; a second signal ends it at once.

An address that is not loopback needs --tls-cert, --tls-key and --token-file, or --insecure.`,
		Example: `  eau2sh serve --dir data
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
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	defer l.Close()
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
	serve.Ready = func() {
		log.Info("serving", "address", l.Addr().String(), "dir", o.engine.Dir, "tables", len(e.Tables()), "tls", serve.TLS != nil, "token", serve.Token != "", "version", versionText())
		web.ready.Store(true)
		fmt.Fprintf(stdout, "listening on %s\n", l.Addr())
	}
	defer context.AfterFunc(ctx, func() {
		web.ready.Store(false)
		log.Info("ending", "running", serve.Stats.Running.Load())
	})()
	return engine.Serve(ctx, e, l, serve)
}

// serveOptions reads the files that the flags name.
func (o *serveOptions) serveOptions(log *slog.Logger) (engine.ServeOptions, error) {
	s := engine.ServeOptions{Insecure: o.insecure, Grace: serveGrace, Logger: log, Stats: &engine.ServeStats{}}
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
