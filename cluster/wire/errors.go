package wire

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Errors of calls and streams.
var (
	// ErrUnavailable: the other node did not answer: it refused the connection, or that broke, or what answers is not
	// a node. What it was asked to do may have been done or not. See [ConnError].
	ErrUnavailable = errors.New("unavailable")
	ErrDenied      = errors.New("access denied")     // the token or certificate is missing or wrong
	ErrTooLarge    = errors.New("larger than limit") // a message
	ErrGarbled     = errors.New("garbled")           // what came is not what a node sends
	ErrNoHandler   = errors.New("the other node does not know this call")
	ErrClosed      = errors.New("closed") // the connection, stream or pool, by this side
	ErrNotLocal    = errors.New("not a loopback address")
)

// ConnError is a call that got no answer from the handler on the other side. It is ErrUnavailable, unless Err is one of
// the other errors above.
type ConnError struct {
	Addr string
	Err  error
}

// Error names the address and the cause.
func (e *ConnError) Error() string { return fmt.Sprintf("node %s: %v", e.Addr, e.Err) }

// Unwrap returns the cause.
func (e *ConnError) Unwrap() error { return e.Err }

// unavailable makes an ErrUnavailable of a cause.
func unavailable(addr string, cause error) error {
	return &ConnError{Addr: addr, Err: fmt.Errorf("%w: %w", ErrUnavailable, cause)}
}

// errorTrailer is the key of the trailer that holds the error of a handler, as EncodeError makes it. An error without
// it comes from gRPC, on this side or the other.
const errorTrailer = "eau2-error-bin"

// statusOf returns what a handler's error becomes on its way to the client: the status is for clients that do not know
// the trailer.
func statusOf(err error) (metadata.MD, error) {
	code := codes.Unknown
	var d interface{ Detail() string }
	message := err.Error()
	switch {
	case errors.Is(err, context.Canceled):
		code = codes.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		code = codes.DeadlineExceeded
	case errors.Is(err, ErrDenied):
		code = codes.PermissionDenied
	case errors.Is(err, ErrTooLarge):
		code = codes.ResourceExhausted
	case errors.Is(err, ErrNoHandler):
		code = codes.Unimplemented
	case errors.As(err, &d):
		code, message = codes.InvalidArgument, d.Detail()
	}
	return metadata.Pairs(errorTrailer, string(EncodeError(err))), status.Error(code, cut(message, maxStatus))
}

// maxStatus is how much of a message goes into a status.
const maxStatus = 4 << 10

// failure makes of what gRPC says, and of the trailer, what the caller gets to see. connecting is what the last attempt
// to connect failed with, if it did.
func failure(ctx context.Context, addr string, trailer metadata.MD, connecting, err error) error {
	if b := trailer.Get(errorTrailer); len(b) > 0 {
		return DecodeError(addr, []byte(b[0]))
	}
	if ctx.Err() != nil {
		return fmt.Errorf("node %s: %w", addr, ctx.Err())
	}
	st, ok := status.FromError(err)
	if !ok {
		return &ConnError{Addr: addr, Err: err}
	}
	switch st.Code() {
	case codes.Unauthenticated, codes.PermissionDenied:
		return &ConnError{Addr: addr, Err: fmt.Errorf("%w: %s", ErrDenied, st.Message())}
	case codes.ResourceExhausted:
		return &ConnError{Addr: addr, Err: fmt.Errorf("%w: %s", ErrTooLarge, st.Message())}
	case codes.Unimplemented:
		return &ConnError{Addr: addr, Err: fmt.Errorf("%w: %s", ErrNoHandler, st.Message())}
	case codes.DeadlineExceeded:
		if d, ok := ctx.Deadline(); ok && !d.IsZero() { // its timer and ours need not agree to the millisecond
			return fmt.Errorf("node %s: %w", addr, context.DeadlineExceeded)
		}
	}
	if connecting != nil {
		return unavailable(addr, connecting)
	}
	return unavailable(addr, errors.New(plain(st.Message())))
}

// plain leaves out what gRPC says around a cause.
func plain(message string) string {
	if strings.Contains(message, "error reading server preface") {
		return "it closes connections without a greeting; if it wants TLS, this side has to know its authority"
	}
	for {
		_, inner, ok := strings.Cut(message, `desc = "`)
		if !ok {
			return message
		}
		message = strings.TrimSuffix(inner, `"`)
	}
}
