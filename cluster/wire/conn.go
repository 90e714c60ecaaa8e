package wire

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
)

// ClientOptions say how to connect. The zero value connects without TLS.
type ClientOptions struct {
	TLS        *tls.Config
	Token      string
	Dial       func(ctx context.Context, addr string) (net.Conn, error) // nil is TCP
	MaxMessage int                                                      // bytes of a message that comes in; 0 is 1 GiB
}

// maxMessageOut is the largest message that anybody sends or a client takes: a row with a very long text goes in one.
const maxMessageOut = 1 << 30

// How long to try to connect, and to wait before the next attempt. Calls meanwhile fail at once.
const (
	dialTime    = 5 * time.Second
	retryAfter  = 50 * time.Millisecond
	retryAtMost = 500 * time.Millisecond
)

// Conn is a connection to a node, for any number of goroutines. It is made when it is first needed, and again after it
// broke.
type Conn struct {
	addr    string
	opt     ClientOptions
	grpc    *grpc.ClientConn
	traffic Traffic
	ctx     context.Context // ends when the Conn closes
	cancel  context.CancelFunc

	gone       atomic.Bool // closed because the node is gone
	mu         sync.Mutex
	connecting error // what the last attempt to connect failed with
}

// NewConn returns a connection to addr, HOST:PORT, without connecting.
func NewConn(addr string, o ClientOptions) (*Conn, error) {
	if o.MaxMessage == 0 {
		o.MaxMessage = maxMessageOut
	}
	if o.Dial == nil {
		o.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		}
	}
	c := &Conn{addr: addr, opt: o}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	creds := insecure.NewCredentials()
	if o.TLS != nil {
		creds = credentials.NewTLS(o.TLS)
	}
	g, err := grpc.NewClient("passthrough:///"+addr,
		grpc.WithTransportCredentials(watched{creds, c}),
		grpc.WithContextDialer(c.dial),
		grpc.WithDefaultCallOptions(
			grpc.ForceCodecV2(newCodec(&c.traffic)),
			grpc.MaxCallRecvMsgSize(o.MaxMessage),
			grpc.MaxCallSendMsgSize(maxMessageOut),
		),
		grpc.WithInitialWindowSize(windowBytes),
		grpc.WithInitialConnWindowSize(connectBytes),
		grpc.WithReadBufferSize(bufferBytes),
		grpc.WithWriteBufferSize(bufferBytes),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: keepaliveTime, Timeout: keepaliveWait}),
		grpc.WithConnectParams(grpc.ConnectParams{
			MinConnectTimeout: dialTime,
			Backoff:           backoff.Config{BaseDelay: retryAfter, Multiplier: 2, Jitter: 0.2, MaxDelay: retryAtMost},
		}),
		grpc.WithDisableServiceConfig(),
		grpc.WithDisableRetry(),
		grpc.WithIdleTimeout(0),
		grpc.WithUserAgent("eau2"),
	)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", addr, err)
	}
	c.grpc = g
	return c, nil
}

// Dial connects to addr, HOST:PORT, and checks that a node answers there which lets us in.
func Dial(ctx context.Context, addr string, o ClientOptions) (*Conn, error) {
	c, err := NewConn(addr, o)
	if err != nil {
		return nil, err
	}
	if err := c.Hello(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Hello checks that a node answers which lets us in.
func (c *Conn) Hello(ctx context.Context) error {
	b, err := c.Call(ctx, helloName, nil)
	if err != nil {
		return err
	}
	var h hello
	if err := json.Unmarshal(b, &h); err != nil {
		return &ConnError{Addr: c.addr, Err: fmt.Errorf("%w: its greeting: %w", ErrGarbled, err)}
	}
	if h.Protocol != protocol {
		return &ConnError{Addr: c.addr, Err: fmt.Errorf("it speaks version %d of the protocol, this program %d", h.Protocol, protocol)}
	}
	return nil
}

// dial connects, and keeps what went wrong.
func (c *Conn) dial(ctx context.Context, addr string) (net.Conn, error) {
	conn, err := c.opt.Dial(ctx, addr)
	c.note(err)
	return conn, err
}

func (c *Conn) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.connecting = err
}

// watched are credentials whose failures are kept: gRPC would only make a text of them.
type watched struct {
	credentials.TransportCredentials
	conn *Conn
}

func (w watched) ClientHandshake(ctx context.Context, host string, raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := w.TransportCredentials.ClientHandshake(ctx, host, raw)
	w.conn.note(err)
	return conn, info, err
}

func (w watched) Clone() credentials.TransportCredentials {
	return watched{w.TransportCredentials.Clone(), w.conn}
}

// Addr returns the address of the node.
func (c *Conn) Addr() string { return c.addr }

// Traffic counts the bytes of all messages.
func (c *Conn) Traffic() *Traffic { return &c.traffic }

// Close ends all calls and streams.
func (c *Conn) Close() error {
	c.cancel()
	return c.grpc.Close()
}

// The methods of Arrow Flight.
const (
	methodDoAction = "/arrow.flight.protocol.FlightService/DoAction"
	methodDoGet    = "/arrow.flight.protocol.FlightService/DoGet"
	methodDoPut    = "/arrow.flight.protocol.FlightService/DoPut"
)

// call is an open call of a method.
type call struct {
	conn   *Conn
	ctx    context.Context // of the caller
	stream grpc.ClientStream
	end    context.CancelFunc // ends the call, finished or not
}

// open begins a call. It ends with ctx, with the Conn, or when its end is called.
func (c *Conn) open(ctx context.Context, method string, desc *grpc.StreamDesc) (*call, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("node %s: %w", c.addr, err)
	}
	inner, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.ctx, cancel)
	k := &call{conn: c, ctx: ctx, end: func() { stop(); cancel() }}
	if c.opt.Token != "" {
		inner = metadata.AppendToOutgoingContext(inner, "authorization", "Bearer "+c.opt.Token)
	}
	var err error
	if k.stream, err = c.grpc.NewStream(inner, desc, method); err != nil {
		k.end()
		return nil, k.fail(err, nil)
	}
	return k, nil
}

// fail makes of an error of gRPC what the caller gets to see.
func (k *call) fail(err error, trailer metadata.MD) error {
	if err == io.EOF {
		return err
	}
	if k.conn.ctx.Err() != nil && k.conn.gone.Load() {
		return unavailable(k.conn.addr, errors.New("the node is gone"))
	}
	if k.conn.ctx.Err() != nil {
		return &ConnError{Addr: k.conn.addr, Err: ErrClosed}
	}
	k.conn.mu.Lock()
	connecting := k.conn.connecting
	k.conn.mu.Unlock()
	return failure(k.ctx, k.conn.addr, trailer, connecting, err)
}

// sendFirst sends the request. When that fails the reason is what the other side answers.
func (k *call) sendFirst(m any) error {
	err := k.stream.SendMsg(m)
	if err == io.EOF {
		return nil
	}
	if err != nil {
		k.end()
		return k.fail(err, nil)
	}
	return nil
}

// receive reads a message, and io.EOF after the last.
func (k *call) receive(m any) error {
	if err := k.stream.RecvMsg(m); err != nil {
		err = k.fail(err, k.stream.Trailer())
		k.end()
		return err
	}
	return nil
}

// Call asks the handler of that name and returns its reply.
func (c *Conn) Call(ctx context.Context, name string, request []byte) ([]byte, error) {
	k, err := c.open(ctx, methodDoAction, &grpc.StreamDesc{ServerStreams: true})
	if err != nil {
		return nil, err
	}
	defer k.end()
	if err := k.sendFirst(&flight.Action{Type: ours + name, Body: request}); err != nil {
		return nil, err
	}
	if err := k.stream.CloseSend(); err != nil {
		return nil, k.fail(err, nil)
	}
	var reply flight.Result
	if err := k.receive(&reply); err != nil {
		if err == io.EOF {
			err = &ConnError{Addr: c.addr, Err: fmt.Errorf("%w: no reply", ErrGarbled)}
		}
		return nil, err
	}
	if err := k.receive(new(flight.Result)); err != nil && err != io.EOF { // so that gRPC sees the call's end
		return nil, err
	}
	return reply.Body, nil
}

// Stream asks the handler of that name for its stream, which must be closed. What the handler fails with comes from its
// Next.
func (c *Conn) Stream(ctx context.Context, name string, request []byte) (*Receiver, error) {
	k, err := c.open(ctx, methodDoGet, &grpc.StreamDesc{ServerStreams: true})
	if err != nil {
		return nil, err
	}
	if err := k.sendFirst(&flight.Ticket{Ticket: address(name, request)}); err != nil {
		return nil, err
	}
	if err := k.stream.CloseSend(); err != nil {
		k.end()
		return nil, k.fail(err, nil)
	}
	return newReceiver(func(f *frame) error { return k.receive(f) }, k.end), nil
}
