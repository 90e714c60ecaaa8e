package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/eau2db/eau2/engine"
)

// node is the node that --connect names, and what it asks of its clients.
type node struct {
	addr      string
	caFile    string
	tokenFile string
}

func (n *node) flags(f *pflag.FlagSet) {
	f.StringVar(&n.addr, "connect", "", "be a client of the node at `HOST:PORT`,… that 'eau2sh serve' runs: of the first that answers")
	f.StringVar(&n.caFile, "tls-ca", "", "with --connect: use TLS; `FILE` holds the authority that signs the nodes' certificates")
	f.StringVar(&n.tokenFile, "token-file", "", "with --connect: `FILE` holds the token that the node asks for")
}

// check finds flags that do not go together.
func (n *node) check(o engine.Options) error {
	switch {
	case n.addr == "" && n.caFile != "":
		return errors.New("--tls-ca is for --connect")
	case n.addr == "" && n.tokenFile != "":
		return errors.New("--token-file is for --connect")
	case n.addr == "":
		return nil
	case o.Dir != "":
		return errors.New("--dir does not go with --connect: the node keeps the tables")
	case o.Memory != 0 || o.Threads != 0:
		return errors.New("--memory and --threads do not go with --connect: they are the node's")
	}
	for addr := range strings.SplitSeq(n.addr, ",") {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			return fmt.Errorf("--connect takes HOST:PORT, or several with commas between, not %q", n.addr)
		}
	}
	return nil
}

// connectTime is how long connecting may take.
const connectTime = 10 * time.Second

// connect returns a client of the node.
func (n *node) connect(ctx context.Context) (*engine.Client, error) {
	var o engine.ConnectOptions
	var err error
	if n.caFile != "" {
		if o.TLS, err = engine.ClientTLS(n.caFile); err != nil {
			return nil, err
		}
	}
	if n.tokenFile != "" {
		if o.Token, err = engine.ReadToken(n.tokenFile); err != nil {
			return nil, err
		}
	}
	limited, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	client, err := engine.Connect(limited, n.addr, o)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("node %s does not answer within %v", n.addr, connectTime)
	}
	if err != nil {
		return nil, because(ctx, err)
	}
	return client, nil
}

// open is an opener of nodeSession.
func (n *node) open(ctx context.Context, _ engine.Options) (session, error) {
	client, err := n.connect(ctx)
	if err != nil {
		return nil, err
	}
	return nodeSession{client}, nil
}

// nodeSession is the session of an engine on a node.
type nodeSession struct{ client *engine.Client }

func (s nodeSession) Query(ctx context.Context, text string) (result, error) {
	rows, err := s.client.Query(ctx, text)
	if err != nil {
		return nil, err
	}
	return rows, nil
}

func (s nodeSession) Tables(ctx context.Context) ([]engine.TableInfo, error) {
	return s.client.Tables(ctx)
}

// Functions asks the node; where that takes too long the ones of this program must do.
func (s nodeSession) Functions() []engine.FunctionInfo {
	ctx, cancel := context.WithTimeout(context.Background(), connectTime)
	defer cancel()
	functions, err := s.client.Functions(ctx)
	if err != nil {
		return engine.Functions()
	}
	return functions
}

func (s nodeSession) WithProgress(ctx context.Context, f func(engine.Progress)) context.Context {
	return engine.WithProgress(ctx, f)
}

func (s nodeSession) Close() error { return s.client.Close() }
