package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are net.Pipes.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	close(p.done)
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

func (p *pipes) dial(ctx context.Context, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Server and client run on a simulated clock: an hour passes at once, and a silent peer is noticed on time.
func TestRunsInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		s, err := New(Options{Listener: p})
		if err != nil {
			t.Fatal(err)
		}
		s.HandleStream("ticks", func(ctx context.Context, _ []byte, out *Sender) error {
			for range 60 {
				select {
				case <-time.After(time.Minute):
				case <-ctx.Done():
					return ctx.Err()
				}
				if err := out.Metadata([]byte("tick")); err != nil {
					return err
				}
			}
			return nil
		})
		served := make(chan error)
		go func() { served <- s.Serve() }()
		c, err := NewConn("node:1", ClientOptions{Dial: p.dial})
		if err != nil {
			t.Fatal(err)
		}
		in, err := c.Stream(t.Context(), "ticks", nil)
		if err != nil {
			t.Fatal(err)
		}
		start, n := time.Now(), 0
		for {
			if _, err := in.Next(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 60 || time.Since(start) != time.Hour {
			t.Errorf("%d ticks in %v", n, time.Since(start))
		}
		in.Close()
		c.Close()
		s.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

// A peer that does not answer, without closing the connection, is unavailable after some seconds.
func TestSilentPeerIsUnavailable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		s, err := New(Options{Listener: p})
		if err != nil {
			t.Fatal(err)
		}
		s.HandleCall("hang", func(ctx context.Context, _ []byte) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		served := make(chan error)
		go func() { served <- s.Serve() }()
		stalled := &stall{}
		c, err := NewConn("node:1", ClientOptions{Dial: func(ctx context.Context, addr string) (net.Conn, error) {
			conn, err := p.dial(ctx, addr)
			stalled.Conn = conn
			return stalled, err
		}})
		if err != nil {
			t.Fatal(err)
		}
		failed := make(chan error, 1)
		go func() {
			_, err := c.Call(t.Context(), "hang", nil)
			failed <- err
		}()
		synctest.Wait() // the handler hangs
		stalled.begin()
		start := time.Now()
		if err := <-failed; !errors.Is(err, ErrUnavailable) {
			t.Errorf("error %v", err)
		}
		if d := time.Since(start); d > keepaliveTime+keepaliveWait+time.Second {
			t.Errorf("it took %v", d)
		}
		c.Close()
		s.Close()
		<-served
	})
}

// stall is a connection whose writes go nowhere once begin was called.
type stall struct {
	net.Conn
	lost atomic.Bool
}

func (s *stall) begin() { s.lost.Store(true) }

func (s *stall) Write(b []byte) (int, error) {
	if s.lost.Load() {
		return len(b), nil
	}
	return s.Conn.Write(b)
}
