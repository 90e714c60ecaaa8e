package wire

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc"
)

// Put is the sending end of a stream that ends with a reply. It must be finished or aborted.
type Put struct {
	*Sender
	call  *call
	done  chan struct{} // closed when the answer is there
	reply []byte
	err   error
}

// Put opens a stream to the handler of that name. back gets the messages that the handler sends meanwhile, one at a
// time; it may be nil.
func (c *Conn) Put(ctx context.Context, name string, request []byte, back func(metadata []byte)) (*Put, error) {
	k, err := c.open(ctx, methodDoPut, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true})
	if err != nil {
		return nil, err
	}
	p := &Put{call: k, done: make(chan struct{})}
	p.Sender = newSender(p.send, maxMessageOut)
	if err := k.sendFirst(&frame{command: address(name, request)}); err != nil {
		return nil, err
	}
	if back == nil {
		back = func([]byte) {}
	}
	go func() {
		defer close(p.done)
		p.reply, p.err = p.answer(back)
		k.end()
	}()
	return p, nil
}

// send sends a frame. When the handler has ended early the error is its own.
func (p *Put) send(f *frame) error {
	err := p.call.stream.SendMsg(f)
	if err == nil {
		return nil
	}
	if !errors.Is(err, io.EOF) {
		return p.call.fail(err, nil)
	}
	<-p.done
	if p.err != nil {
		return p.err
	}
	return errEnough
}

// errEnough says that the handler has replied without reading all.
var errEnough = errors.New("the handler reads no more")

// answer reads what the handler sends, up to its reply.
func (p *Put) answer(back func([]byte)) ([]byte, error) {
	for {
		var r flight.PutResult
		err := p.call.receive(&r)
		switch {
		case err == io.EOF:
			return nil, &ConnError{Addr: p.call.conn.addr, Err: fmt.Errorf("%w: no reply", ErrGarbled)}
		case err != nil:
			return nil, err
		case len(r.AppMetadata) == 0:
			return nil, &ConnError{Addr: p.call.conn.addr, Err: fmt.Errorf("%w: an empty reply", ErrGarbled)}
		case r.AppMetadata[0] == 'r':
			return r.AppMetadata[1:], nil
		}
		back(r.AppMetadata[1:])
	}
}

// Finish ends the stream and returns the handler's reply.
func (p *Put) Finish() ([]byte, error) {
	if p.call.ctx.Err() != nil {
		p.Abort() // the stream may end too early: the handler must not take it for whole
	}
	p.call.stream.CloseSend() // an error is that of the answer
	<-p.done
	return p.reply, p.err
}

// Abort ends the stream: the handler's context is cancelled. After Finish it does nothing.
func (p *Put) Abort() {
	p.call.end()
	<-p.done
}

// IsEnough says whether a Sender's error is that the handler has replied already: Finish has the reply.
func IsEnough(err error) bool { return errors.Is(err, errEnough) }
