package wire

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
)

// Options of a Server.
type Options struct {
	Listener net.Listener // of any kind; Serve closes it

	// TLS is nil for connections that anybody can read. With ClientCAs set, a caller with a certificate of theirs is a
	// node, and needs no token; set ClientAuth to tls.VerifyClientCertIfGiven for it.
	TLS      *tls.Config
	Token    string // what callers without a certificate must know; "" lets anybody in
	Insecure bool   // serve an address that is not loopback without TLS, or with it and without a token

	// Nodes are the beginnings of the names that only nodes may call, where TLS tells nodes from clients.
	Nodes []string

	MaxMessage int          // bytes of a message that comes in; 0 is 64 MiB
	MaxStreams int          // calls and streams of a connection at a time, further ones wait; 0 is 1000
	Logger     *slog.Logger // nil logs nothing
}

// Limits that the zero Options stand for.
const (
	maxMessageIn  = 64 << 20
	maxStreams    = 1000
	windowBytes   = 4 << 20  // that a stream may be ahead of its reader
	connectBytes  = 16 << 20 // the streams of a connection together
	bufferBytes   = 256 << 10
	keepaliveTime = 10 * time.Second // after which a silent connection is asked whether it lives
	keepaliveWait = 5 * time.Second  // and closed when it does not answer
)

// Server answers calls. Register all handlers before Serve.
type Server struct {
	opt     Options
	grpc    *grpc.Server
	traffic Traffic
	calls   map[string]CallFunc
	streams map[string]StreamFunc
	puts    map[string]PutFunc
	flight  flight.FlightServer // for what is not ours

	ctx    context.Context // ends when the server closes
	cancel context.CancelFunc
}

// CallFunc answers a small request with a small reply.
type CallFunc func(ctx context.Context, request []byte) (reply []byte, err error)

// StreamFunc answers a request with a stream. ctx ends when the caller is gone, or the server closes.
type StreamFunc func(ctx context.Context, request []byte, out *Sender) error

// PutFunc reads a stream, and answers with a small reply. It need not read to the end. back sends small messages to the
// caller meanwhile.
type PutFunc func(ctx context.Context, request []byte, in *Receiver, back func(metadata []byte) error) (reply []byte, err error)

// New returns a server. ErrNotLocal when the listener's address is not loopback and TLS is missing.
func New(o Options) (*Server, error) {
	if err := checkAddr(o.Listener.Addr(), o); err != nil {
		return nil, err
	}
	if o.MaxMessage == 0 {
		o.MaxMessage = maxMessageIn
	}
	if o.MaxStreams == 0 {
		o.MaxStreams = maxStreams
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{opt: o, calls: map[string]CallFunc{}, streams: map[string]StreamFunc{}, puts: map[string]PutFunc{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	opts := []grpc.ServerOption{
		grpc.ForceServerCodecV2(newCodec(&s.traffic)),
		grpc.MaxRecvMsgSize(o.MaxMessage),
		grpc.MaxSendMsgSize(maxMessageOut),
		grpc.MaxConcurrentStreams(uint32(o.MaxStreams)),
		grpc.InitialWindowSize(windowBytes),
		grpc.InitialConnWindowSize(connectBytes),
		grpc.ReadBufferSize(bufferBytes),
		grpc.WriteBufferSize(bufferBytes),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: keepaliveTime, Timeout: keepaliveWait}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: keepaliveTime / 2, PermitWithoutStream: true}),
		grpc.WaitForHandlers(true),
		grpc.ChainUnaryInterceptor(s.admitCall),
		grpc.ChainStreamInterceptor(s.admitStream),
	}
	if o.TLS != nil {
		opts = append(opts, grpc.Creds(credentials.NewTLS(o.TLS)))
	}
	s.grpc = grpc.NewServer(opts...)
	flight.RegisterFlightServiceServer(s.grpc, &service{Server: s})
	s.HandleCall(helloName, s.hello)
	return s, nil
}

// checkAddr refuses to serve strangers without TLS, unless told to.
func checkAddr(addr net.Addr, o Options) error {
	if o.Insecure {
		return nil
	}
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || isLoopback(tcp) {
		return nil
	}
	if o.TLS == nil {
		return fmt.Errorf("serve %v: %w: it needs TLS, or to be told that it may be insecure", addr, ErrNotLocal)
	}
	if o.Token == "" && o.TLS.ClientAuth < tls.RequireAndVerifyClientCert {
		return fmt.Errorf("serve %v: %w: clients need a token, or it has to be told that it may be insecure", addr, ErrNotLocal)
	}
	return nil
}

func isLoopback(a *net.TCPAddr) bool {
	ip, ok := netip.AddrFromSlice(a.IP)
	return ok && ip.Unmap().IsLoopback()
}

// HandleCall registers what answers Conn.Call of that name.
func (s *Server) HandleCall(name string, f CallFunc) { s.calls[name] = f }

// HandleStream registers what answers Conn.Stream of that name.
func (s *Server) HandleStream(name string, f StreamFunc) { s.streams[name] = f }

// HandlePut registers what answers Conn.Put of that name.
func (s *Server) HandlePut(name string, f PutFunc) { s.puts[name] = f }

// HandleFlight registers what answers Flight calls of other clients.
func (s *Server) HandleFlight(f flight.FlightServer) { s.flight = f }

// Addr returns the address that the server listens on.
func (s *Server) Addr() net.Addr { return s.opt.Listener.Addr() }

// Traffic counts the bytes of all messages.
func (s *Server) Traffic() *Traffic { return &s.traffic }

// Serve answers calls until the server is closed, and then returns nil.
func (s *Server) Serve() error {
	if err := s.grpc.Serve(s.opt.Listener); err != nil {
		return fmt.Errorf("serve %v: %w", s.Addr(), err)
	}
	return nil
}

// Shutdown lets calls under way come to their end, as long as ctx does not end, and then closes the server.
func (s *Server) Shutdown(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.grpc.GracefulStop()
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	s.Close()
	<-done
}

// Close ends the calls under way, closes all connections, and waits for the handlers.
func (s *Server) Close() {
	s.cancel()
	s.grpc.Stop()
}
