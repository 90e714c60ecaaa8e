//go:build unix

package wire

import (
	"context"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

const benchBlock = 1 << 20

// BenchmarkBlocks moves blocks of 1 MiB over loopback; BenchmarkTCP is what the connection alone would do.
func BenchmarkBlocks(b *testing.B) {
	block := make([]byte, benchBlock)
	s := serve(b, Options{Listener: listen(b)}, func(s *Server) {
		s.HandleStream("blocks", func(_ context.Context, _ []byte, out *Sender) (err error) {
			for err == nil {
				err = out.Block(block, nil)
			}
			return err
		})
	})
	c, err := Dial(b.Context(), s.Addr().String(), ClientOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	in, err := c.Stream(b.Context(), "blocks", nil)
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	b.SetBytes(benchBlock)
	defer reportCPU(b)()
	for b.Loop() {
		if _, err := in.Next(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTCP(b *testing.B) {
	l := listen(b)
	defer l.Close()
	sent := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		block := make([]byte, benchBlock)
		for err == nil {
			_, err = conn.Write(block)
		}
		sent <- err
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, benchBlock)
	b.SetBytes(benchBlock)
	defer reportCPU(b)()
	for b.Loop() {
		if _, err := io.ReadFull(conn, buf); err != nil {
			b.Fatal(err)
		}
	}
	conn.Close()
	<-sent
}

func BenchmarkCall(b *testing.B) {
	s := serve(b, Options{Listener: listen(b)}, func(s *Server) { s.HandleCall("echo", echo) })
	c, err := Dial(b.Context(), s.Addr().String(), ClientOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	for b.Loop() {
		if _, err := c.Call(b.Context(), "echo", nil); err != nil {
			b.Fatal(err)
		}
	}
}

// reportCPU reports the processor time of an iteration, of both ends: on a busy machine it says more than the speed.
func reportCPU(b *testing.B) func() {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	return func() { b.ReportMetric(float64(used()-before)/float64(b.N), "cpu-ns/op") }
}
