package simulate_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eau2db/eau2/cluster/simulate"
	"github.com/hashicorp/memberlist"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const latency = 10 * time.Millisecond

// pair is a stream between two hosts.
type pair struct {
	n        *simulate.Network
	a, b     *simulate.Host
	listener net.Listener
	from, to net.Conn
}

// connected runs f with a stream from one host to another.
func connected(t *testing.T, f func(t *testing.T, p pair)) {
	synctest.Test(t, func(t *testing.T) {
		p := pair{n: simulate.New(1, simulate.Options{Latency: latency})}
		p.a, p.b = p.n.Host("10.0.0.1"), p.n.Host("10.0.0.2")
		var err error
		if p.listener, err = p.b.Listen(80); err != nil {
			t.Fatal(err)
		}
		if p.from, err = p.a.DialContext(t.Context(), "tcp", "10.0.0.2:80"); err != nil {
			t.Fatal(err)
		}
		if p.to, err = p.listener.Accept(); err != nil {
			t.Fatal(err)
		}
		f(t, p)
		p.from.Close()
		p.to.Close()
		p.listener.Close()
	})
}

func TestStreamsTakeBytesInOrderAndTime(t *testing.T) {
	connected(t, func(t *testing.T, p pair) {
		sent := bytes.Repeat([]byte("0123456789"), 500_000) // more than is under way at once
		go func() {
			if n, err := p.from.Write(sent); n != len(sent) || err != nil {
				t.Error(n, err)
			}
			p.from.Close()
		}()
		begin := time.Now()
		got, err := io.ReadAll(p.to)
		if err != nil || !bytes.Equal(got, sent) {
			t.Errorf("%d bytes came of %d: %v", len(got), len(sent), err)
		}
		if d := time.Since(begin); d < 4*latency/2 {
			t.Errorf("5 MB took %v", d)
		}
		if _, err := p.from.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Error("write to what was closed:", err)
		}
	})
}

func TestWritersWaitForReaders(t *testing.T) {
	connected(t, func(t *testing.T, p pair) {
		p.from.SetWriteDeadline(time.Now().Add(time.Minute))
		n, err := p.from.Write(make([]byte, 10<<20))
		if !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 || n >= 10<<20 {
			t.Errorf("wrote %d: %v", n, err)
		}
	})
}

func TestReadersHaveDeadlines(t *testing.T) {
	connected(t, func(t *testing.T, p pair) {
		begin := time.Now()
		p.to.SetReadDeadline(begin.Add(time.Second))
		if _, err := p.to.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != time.Second {
			t.Error(time.Since(begin), err)
		}
		p.to.SetDeadline(time.Time{})
		go func() {
			time.Sleep(time.Minute)
			p.to.SetDeadline(time.Now()) // ends a call that waits
		}()
		if _, err := p.to.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != time.Second+time.Minute {
			t.Error(time.Since(begin), err)
		}
	})
}

func TestAKillResetsAndRefuses(t *testing.T) {
	connected(t, func(t *testing.T, p pair) {
		p.b.Kill()
		if _, err := p.from.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Error(err)
		}
		if _, err := p.a.DialContext(t.Context(), "tcp", "10.0.0.2:80"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Error(err)
		}
		if _, err := p.listener.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		l, err := p.b.Listen(80)
		if err != nil {
			t.Fatal("the port cannot be opened again:", err)
		}
		l.Close()
	})
}

func TestACutHoldsStreamsUpInOneDirection(t *testing.T) {
	connected(t, func(t *testing.T, p pair) {
		p.n.Cut("10.0.0.1", "10.0.0.2")
		if _, err := p.to.Write([]byte("back")); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(p.from, make([]byte, 4)); err != nil {
			t.Error("the other direction:", err)
		}
		if _, err := p.from.Write([]byte("away")); err != nil {
			t.Fatal(err)
		}
		go func() {
			time.Sleep(time.Hour)
			p.n.Mend("10.0.0.1", "10.0.0.2")
		}()
		begin := time.Now()
		if _, err := io.ReadFull(p.to, make([]byte, 4)); err != nil || time.Since(begin) < time.Hour {
			t.Error(time.Since(begin), err)
		}
	})
}

func TestNobodyIsReachedOverACutOrWhenDown(t *testing.T) {
	connected(t, func(t *testing.T, p pair) {
		for name, break_ := range map[string]func(){
			"away": func() { p.n.Cut("10.0.0.1", "10.0.0.2") },
			"back": func() { p.n.Cut("10.0.0.2", "10.0.0.1") },
			"both": func() { p.n.Partition([]string{"10.0.0.1"}, []string{"10.0.0.2"}) },
			"down": func() { p.b.Down() },
		} {
			break_()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			begin := time.Now()
			if _, err := p.a.DialContext(ctx, "tcp", "10.0.0.2:80"); !errors.Is(err, syscall.ETIMEDOUT) || time.Since(begin) != time.Minute {
				t.Errorf("%s: after %v: %v", name, time.Since(begin), err)
			}
			cancel()
			p.b.Up()
			p.n.Heal()
			c, err := p.a.DialContext(t.Context(), "tcp", "10.0.0.2:80")
			if err != nil {
				t.Fatalf("%s, mended: %v", name, err)
			}
			c.Close()
		}
	})
}

func TestPacketsTakeTimeAndGetLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := simulate.New(1, simulate.Options{Latency: latency, Loss: 0.25})
		open := func(ip string) memberlist.Transport {
			tr, err := n.Host(ip).Transport(7946)
			if err != nil {
				t.Fatal(err)
			}
			return tr
		}
		a, b := open("10.0.0.1"), open("10.0.0.2")
		defer a.Shutdown()
		defer b.Shutdown()
		send := func() (came int) {
			for range 1000 {
				if _, err := a.WriteTo([]byte("x"), "10.0.0.2:7946"); err != nil {
					t.Fatal(err)
				}
			}
			for {
				select {
				case p := <-b.PacketCh():
					if string(p.Buf) != "x" || p.From.String() != "10.0.0.1:7946" {
						t.Errorf("%q came from %v", p.Buf, p.From)
					}
					came++
				case <-time.After(2 * latency):
					return came
				}
			}
		}
		if came := send(); came < 650 || came > 850 {
			t.Errorf("of 1000 packets %d came, where a quarter is to be lost", came)
		}
		n.Cut("10.0.0.1", "10.0.0.2")
		if came := send(); came > 0 {
			t.Errorf("%d packets came over a link that was cut", came)
		}
	})
}

func TestNamesAreResolved(t *testing.T) {
	n := simulate.New(1, simulate.Options{})
	n.Name("a", "10.0.0.1", "10.0.0.2")
	if ips, err := n.Resolve(t.Context(), "a"); len(ips) != 2 || err != nil {
		t.Error(ips, err)
	}
	var notFound *net.DNSError
	if _, err := n.Resolve(t.Context(), "b"); !errors.As(err, &notFound) || !notFound.IsNotFound {
		t.Error(err)
	}
}
