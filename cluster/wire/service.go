package wire

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Tickets, actions and descriptors that begin with ours are for our handlers: a name, a zero byte and the request
// follow. Those of Flight SQL are protobuf messages and begin with another byte.
const ours = "eau2/"

// address writes a name and a request as a ticket.
func address(name string, request []byte) []byte {
	b := make([]byte, 0, len(ours)+len(name)+1+len(request))
	b = append(append(b, ours...), name...)
	return append(append(b, 0), request...)
}

// parseAddress reads what address wrote.
func parseAddress(b []byte) (name string, request []byte, ok bool) {
	text, ok := strings.CutPrefix(string(b[:min(len(b), len(ours)+maxName)]), ours)
	if !ok {
		return "", nil, false
	}
	name, _, ok = strings.Cut(text, "\x00")
	if !ok {
		return "", nil, false
	}
	return name, b[len(ours)+len(name)+1:], true
}

const maxName = 256

// service is the Server as Arrow Flight's service.
type service struct {
	flight.BaseFlightServer
	*Server
}

// handle runs a handler: what it returns goes to the caller with its identity, and so does a panic.
func (s *service) handle(stream grpc.ServerStream, name string, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	err := func() (err error) {
		defer s.recovered(name, &err)
		if err := s.admitName(ctx, name); err != nil {
			return err
		}
		return f(ctx)
	}()
	if err == nil {
		return nil
	}
	if s.ctx.Err() != nil {
		return status.Error(codes.Unavailable, "the node is closing") // whatever the handler made of it
	}
	trailer, err := statusOf(err)
	stream.SetTrailer(trailer)
	return err
}

// recovered makes an error of a panic in a handler.
func (s *Server) recovered(name string, err *error) {
	if p := recover(); p != nil {
		s.opt.Logger.Error("a handler panicked", "name", name, "panic", p, "stack", string(debug.Stack()))
		*err = fmt.Errorf("panic in %s: %v", name, p)
	}
}

// DoAction answers Conn.Call.
func (s *service) DoAction(a *flight.Action, stream flight.FlightService_DoActionServer) error {
	name, ok := strings.CutPrefix(a.Type, ours)
	if !ok {
		if s.flight != nil {
			return outside(s.flight.DoAction(a, stream))
		}
		return status.Errorf(codes.Unimplemented, "no action %q", a.Type)
	}
	return s.handle(stream, name, func(ctx context.Context) error {
		f := s.calls[name]
		if f == nil {
			return fmt.Errorf("call %s: %w", name, ErrNoHandler)
		}
		reply, err := f(ctx, a.Body)
		if err != nil {
			return err
		}
		return stream.Send(&flight.Result{Body: reply})
	})
}

// DoGet answers Conn.Stream.
func (s *service) DoGet(t *flight.Ticket, stream flight.FlightService_DoGetServer) error {
	name, request, ok := parseAddress(t.Ticket)
	if !ok {
		if s.flight != nil {
			return outside(s.flight.DoGet(t, stream))
		}
		return status.Error(codes.InvalidArgument, "a ticket that was not made here")
	}
	return s.handle(stream, name, func(ctx context.Context) error {
		f := s.streams[name]
		if f == nil {
			return fmt.Errorf("stream %s: %w", name, ErrNoHandler)
		}
		return f(ctx, request, newSender(func(f *frame) error { return stream.SendMsg(f) }, maxMessageOut))
	})
}

// DoPut answers Conn.Put.
func (s *service) DoPut(stream flight.FlightService_DoPutServer) error {
	var first frame
	if err := stream.RecvMsg(&first); err != nil {
		return err
	}
	name, request, ok := parseAddress(first.command)
	if !ok {
		if s.flight != nil {
			return outside(s.flight.DoPut(&putAgain{FlightService_DoPutServer: stream, first: &first}))
		}
		return status.Error(codes.InvalidArgument, "a descriptor that is not one of ours")
	}
	return s.handle(stream, name, func(ctx context.Context) error {
		f := s.puts[name]
		if f == nil {
			return fmt.Errorf("put %s: %w", name, ErrNoHandler)
		}
		if first.err != nil {
			return first.err
		}
		in := newReceiver(func(f *frame) error { return s.next(ctx, stream, f) }, func() {})
		back := func(metadata []byte) error { return stream.Send(&flight.PutResult{AppMetadata: putNote(metadata)}) }
		reply, err := f(ctx, request, in, back)
		if err != nil {
			return err
		}
		return stream.Send(&flight.PutResult{AppMetadata: putReply(reply)})
	})
}

// next reads the next frame of a put.
func (s *service) next(ctx context.Context, stream grpc.ServerStream, f *frame) error {
	err := stream.RecvMsg(f)
	switch {
	case err == nil || err == io.EOF:
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case status.Code(err) == codes.ResourceExhausted:
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	return err
}

// A PutResult begins with a byte that tells the reply from the notes before it.
func putNote(b []byte) []byte  { return append([]byte{'n'}, b...) }
func putReply(b []byte) []byte { return append([]byte{'r'}, b...) }

// putAgain is a put whose first message has been read.
type putAgain struct {
	flight.FlightService_DoPutServer
	first *frame
}

// Recv returns the next message.
func (p *putAgain) Recv() (*flight.FlightData, error) {
	f := p.first
	p.first = nil
	if f == nil {
		return p.FlightService_DoPutServer.Recv()
	}
	if f.err != nil {
		return nil, status.Error(codes.InvalidArgument, f.err.Error())
	}
	d := &flight.FlightData{DataHeader: f.header, AppMetadata: f.metadata}
	if f.command != nil {
		d.FlightDescriptor = &flight.FlightDescriptor{Type: flight.DescriptorCMD, Cmd: f.command}
	}
	if len(f.body) > 0 {
		d.DataBody = f.body[0]
	}
	return d, nil
}

// outside makes a status of the error of a handler that is not ours.
func outside(err error) error {
	if _, ok := status.FromError(err); ok {
		return err
	}
	_, err = statusOf(err)
	return err
}

// The rest of Flight is not ours.

func (s *service) GetFlightInfo(ctx context.Context, d *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	if s.flight == nil {
		return s.BaseFlightServer.GetFlightInfo(ctx, d)
	}
	info, err := s.flight.GetFlightInfo(ctx, d)
	return info, outside(err)
}

func (s *service) GetSchema(ctx context.Context, d *flight.FlightDescriptor) (*flight.SchemaResult, error) {
	if s.flight == nil {
		return s.BaseFlightServer.GetSchema(ctx, d)
	}
	schema, err := s.flight.GetSchema(ctx, d)
	return schema, outside(err)
}

func (s *service) ListActions(e *flight.Empty, stream flight.FlightService_ListActionsServer) error {
	if s.flight == nil {
		return s.BaseFlightServer.ListActions(e, stream)
	}
	return s.flight.ListActions(e, stream)
}

// Handshake lets clients in that send one before their first call. The token goes with every call.
func (s *service) Handshake(stream flight.FlightService_HandshakeServer) error {
	if _, err := stream.Recv(); err != nil && err != io.EOF {
		return err
	}
	return stream.Send(&flight.HandshakeResponse{})
}

// helloName is the call with which connections begin.
const helloName = "hello"

// protocol is the version of what nodes and clients say to each other. Others are refused.
const protocol = 1

type hello struct {
	Protocol int `json:"protocol"`
}

func (s *Server) hello(context.Context, []byte) ([]byte, error) { return json.Marshal(hello{protocol}) }
