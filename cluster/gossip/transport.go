package gossip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

// transport is memberlist's own, or one given, with what is amiss there: every stream has a deadline from the start
// (sendUserMsg sets none), and Shutdown ends the streams that are open and those being dialled, so that Close is not held up.
type transport struct {
	memberlist.Transport
	timeout time.Duration
	dial    func(address string, timeout time.Duration) (net.Conn, error)
	streams chan net.Conn

	ctx     context.Context // until Shutdown
	cancel  context.CancelFunc
	forward sync.WaitGroup

	mu    sync.Mutex
	conns map[*stream]struct{} // nil: shut down
}

// dialer is what a transport may be besides, so that dialling can be interrupted.
type dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

var _ memberlist.NodeAwareTransport = (*transport)(nil)

func newTransport(inner memberlist.Transport, timeout time.Duration) *transport {
	t := &transport{Transport: inner, timeout: timeout, streams: make(chan net.Conn), conns: map[*stream]struct{}{}}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	var d dialer
	switch inner := inner.(type) {
	case dialer:
		d = inner
	case *memberlist.NetTransport:
		d = new(net.Dialer)
	}
	t.dial = func(address string, timeout time.Duration) (net.Conn, error) {
		if d == nil {
			return inner.DialTimeout(address, timeout)
		}
		ctx, cancel := context.WithTimeout(t.ctx, timeout)
		defer cancel()
		return d.DialContext(ctx, "tcp", address)
	}
	t.forward.Go(t.accept)
	return t
}

// accept passes on the streams that others have opened.
func (t *transport) accept() {
	for {
		select {
		case conn := <-t.Transport.StreamCh():
			s, err := t.track(conn)
			if err != nil {
				continue
			}
			select {
			case t.streams <- s:
			case <-t.ctx.Done():
				_ = s.Close()
			}
		case <-t.ctx.Done():
			return
		}
	}
}

// StreamCh is where memberlist takes streams from.
func (t *transport) StreamCh() <-chan net.Conn { return t.streams }

// WriteToAddress sends a packet.
func (t *transport) WriteToAddress(b []byte, a memberlist.Address) (time.Time, error) {
	return t.WriteTo(b, a.Addr)
}

// DialTimeout opens a stream that has to be done with in time.
func (t *transport) DialTimeout(address string, timeout time.Duration) (net.Conn, error) {
	timeout = min(timeout, t.timeout)
	end := time.Now().Add(timeout)
	conn, err := t.dial(address, timeout)
	if err != nil {
		return nil, err
	}
	s, err := t.track(conn)
	if err != nil {
		return nil, err
	}
	if err := s.SetDeadline(end); err != nil {
		return nil, errors.Join(fmt.Errorf("stream to %s: %w", address, err), s.Close())
	}
	return s, nil
}

// DialAddressTimeout is DialTimeout.
func (t *transport) DialAddressTimeout(a memberlist.Address, timeout time.Duration) (net.Conn, error) {
	return t.DialTimeout(a.Addr, timeout)
}

// Shutdown closes everything. memberlist goes on reading from the channels meanwhile.
func (t *transport) Shutdown() error {
	err := t.Transport.Shutdown()
	t.interrupt()
	t.forward.Wait()
	return err
}

// interrupt ends all streams, and there are no new ones.
func (t *transport) interrupt() {
	t.cancel()
	t.mu.Lock()
	conns := t.conns
	t.conns = nil
	t.mu.Unlock()
	for s := range conns {
		_ = s.Conn.Close()
	}
}

// stream is a connection that is closed with its transport.
type stream struct {
	net.Conn
	of *transport
}

func (t *transport) track(conn net.Conn) (*stream, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conns == nil {
		return nil, errors.Join(ErrClosed, conn.Close())
	}
	s := &stream{conn, t}
	t.conns[s] = struct{}{}
	return s, nil
}

func (s *stream) Close() error {
	s.of.mu.Lock()
	delete(s.of.conns, s)
	s.of.mu.Unlock()
	return s.Conn.Close()
}
