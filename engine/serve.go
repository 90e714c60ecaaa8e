package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eau2db/eau2/cluster/wire"
	"github.com/eau2db/eau2/engine/exec"
)

// ServeOptions say who may use an engine over the network, and how much of it. The zero value serves loopback.
type ServeOptions struct {
	TLS      *tls.Config // see ServerTLS; nil is without
	Token    string      // what clients must know; "" lets anybody in
	Insecure bool        // serve an address that is not loopback without TLS or without a token

	// Files are the folders below which LOAD … WITH (from_node=true) and (from_all=true) of clients, and other nodes that load with this
	// one, may have files of this machine read; a relative path begins at the first of them that has it. Without any they are refused.
	// Links in a folder are followed as long as they are relative and stay in it.
	Files []string

	MaxStatements int           // that run at a time, of all clients; 0 is 256
	ClientMemory  int64         // bytes that the statements of one client may use; 0 is three quarters of Options.Memory
	Grace         time.Duration // how long statements may go on when the server ends; 0 ends them at once
	Ready         func()        // called, when not nil, before the first client is let in
	Logger        *slog.Logger  // nil is the engine's
	Stats         *ServeStats   // counts, when not nil
}

// ErrTooMany says that a node runs as many statements as it is allowed to.
var ErrTooMany = errors.New("too many statements")

// ServeStats counts what a server does. It may be read at any time.
type ServeStats struct {
	Statements atomic.Int64 // begun
	Failed     atomic.Int64 // ended with an error, those that were cancelled too
	Running    atomic.Int64 // now
	Clients    atomic.Int64 // that have statements running, now
	Rows       atomic.Int64 // sent
	RowBytes   atomic.Int64 // of those rows
	LoadBytes  atomic.Int64 // of files received
}

// MemoryUsed returns the bytes that statements use now, and the most they may use.
func (e *Engine) MemoryUsed() (used, limit int64) { return e.memory.Used(), e.opt.Memory }

// Serve lets clients use the engine over l until ctx ends: then it lets statements come to their end for a while, closes
// all connections and returns nil. Clients are those that Connect makes, and any of Arrow Flight SQL. Serve closes l.
func Serve(ctx context.Context, e *Engine, l net.Listener, o ServeOptions) error {
	if o.Logger == nil {
		o.Logger = e.opt.Logger
	}
	files, err := newFolders(o.Files)
	if err != nil {
		l.Close()
		return err
	}
	s, err := wire.New(wire.Options{Listener: l, TLS: o.TLS, Token: o.Token, Insecure: o.Insecure, Logger: o.Logger})
	if err != nil {
		l.Close()
		return err
	}
	wait := e.register(s, o, files)
	defer wait()
	if o.Ready != nil {
		o.Ready()
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	select {
	case err := <-served:
		s.Close()
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), o.Grace)
	defer cancel()
	s.Shutdown(grace)
	return <-served
}

// register adds what clients ask to a server of the data plane. wait waits, once that is closed, for what it leaves running.
func (e *Engine) register(s *wire.Server, o ServeOptions, files folders) (wait func()) {
	if o.MaxStatements == 0 {
		o.MaxStatements = 256
	}
	if o.ClientMemory == 0 {
		o.ClientMemory = e.opt.Memory / 4 * 3
	}
	if o.Stats == nil {
		o.Stats = &ServeStats{}
	}
	sv := &service{engine: e, opt: o, folders: files, clients: map[string]*client{}}
	s.HandleStream(nameQuery, sv.query)
	s.HandlePut(nameLoad, sv.load)
	s.HandleCall(nameTables, sv.tables)
	s.HandleCall(nameFunctions, sv.functions)
	s.HandleFlight(newFlightSQL(sv))
	return sv.feeding.Wait
}

// service is an engine that clients use.
type service struct {
	engine  *Engine
	opt     ServeOptions
	folders folders
	mu      sync.Mutex
	clients map[string]*client // who have statements running, by the address of their connection
	running int
	feeding sync.WaitGroup // results on their way to clients of Flight SQL
}

// client is one connection.
type client struct {
	memory  *exec.Memory
	running int
}

// begin counts a statement of the caller of ctx, and gives it its memory. end must be called with how it ended.
func (s *service) begin(ctx context.Context) (_ context.Context, end func(error), err error) {
	addr := wire.CallerOf(ctx).Addr
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.opt.Stats
	if s.running >= s.opt.MaxStatements {
		stats.Failed.Add(1)
		return nil, nil, fmt.Errorf("%w: the node runs %d, as many as it may; try again later", ErrTooMany, s.running)
	}
	c := s.clients[addr]
	if c == nil {
		c = &client{memory: s.engine.memory.Part(s.opt.ClientMemory)}
		s.clients[addr] = c
		stats.Clients.Add(1)
	}
	s.running++
	c.running++
	stats.Statements.Add(1)
	stats.Running.Add(1)
	return withMemory(ctx, c.memory), func(err error) {
		if err != nil {
			stats.Failed.Add(1)
		}
		stats.Running.Add(-1)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.running--
		if c.running--; c.running == 0 {
			delete(s.clients, addr)
			stats.Clients.Add(-1)
		}
	}, nil
}
