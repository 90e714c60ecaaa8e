package simulate

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/memberlist"
)

// Host is a machine with one address and one process on it. Its methods may be called concurrently.
type Host struct {
	network *Network
	ip      netip.Addr

	// guarded by network.mu
	ports map[uint16]*port
	conns map[*conn]bool
	next  uint16 // port of the next stream that is dialled
	down  bool
}

// port is what listens. It takes packets and streams.
type port struct {
	host    *Host
	address netip.AddrPort
	sent    chan sent               // packets under way
	packets chan *memberlist.Packet // that have arrived
	streams chan net.Conn
	closed  chan struct{}
	once    sync.Once
	pump    sync.WaitGroup
}

// How many packets and streams may wait at a port; more packets are lost, and more streams refused.
const (
	maxPackets = 4096
	maxStreams = 256
)

// IP returns the host's address.
func (h *Host) IP() string { return h.ip.String() }

// Kill does what kill -9 of its process does: streams are reset and ports closed. New ones can be opened at once.
func (h *Host) Kill() {
	h.network.mu.Lock()
	var ports []*port
	for _, p := range h.ports {
		ports = append(ports, p)
	}
	var conns []*conn
	for c := range h.conns {
		conns = append(conns, c)
	}
	h.network.mu.Unlock()
	for _, p := range ports {
		p.close()
	}
	for _, c := range conns {
		c.reset()
	}
}

// Down makes a host silent: nothing reaches it, and nothing it has sent arrives any more. Streams are not reset.
func (h *Host) Down() { h.setDown(true) }

// Up undoes Down.
func (h *Host) Up() { h.setDown(false) }

func (h *Host) setDown(down bool) {
	n := h.network
	n.mu.Lock()
	defer n.mu.Unlock()
	h.down = down
	for other := range n.hosts {
		if other != h.ip {
			n.setLink(link{h.ip, other}, down)
			n.setLink(link{other, h.ip}, down)
		}
	}
}

func (h *Host) listen(number uint16) (*port, error) {
	h.network.mu.Lock()
	defer h.network.mu.Unlock()
	if h.ports[number] != nil {
		return nil, &net.OpError{Op: "listen", Net: "tcp", Err: syscall.EADDRINUSE}
	}
	p := &port{
		host: h, address: netip.AddrPortFrom(h.ip, number), packets: make(chan *memberlist.Packet, maxPackets),
		sent: make(chan sent, maxPackets), streams: make(chan net.Conn, maxStreams), closed: make(chan struct{}),
	}
	h.ports[number] = p
	p.pump.Go(p.deliver)
	return p, nil
}

// close closes the port, and the streams that nobody has taken.
func (p *port) close() {
	p.once.Do(func() {
		n := p.host.network
		n.mu.Lock()
		if p.host.ports[p.address.Port()] == p {
			delete(p.host.ports, p.address.Port())
		}
		close(p.closed)
		n.mu.Unlock()
		p.pump.Wait()
		for {
			select {
			case c := <-p.streams:
				_ = c.Close()
			default:
				return
			}
		}
	})
}

// offer gives the port a stream, unless it is closed or has too many.
func (p *port) offer(c net.Conn) bool {
	n := p.host.network
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case <-p.closed:
		return false
	default:
	}
	select {
	case p.streams <- c:
		return true
	default:
		return false
	}
}

// Listen opens a port for streams.
func (h *Host) Listen(number uint16) (net.Listener, error) {
	p, err := h.listen(number)
	if err != nil {
		return nil, err
	}
	return listener{p}, nil
}

type listener struct{ *port }

func (l listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.streams:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l listener) Close() error {
	l.close()
	return nil
}

func (l listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.address) }

// DialContext connects to a port of a host, ip:port. The network is "tcp".
func (h *Host) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	c, err := h.dial(ctx, address)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
	}
	return c, nil
}

func (h *Host) dial(ctx context.Context, address string) (net.Conn, error) {
	to, err := parse(address)
	if err != nil {
		return nil, err
	}
	for _, l := range []link{{h.ip, to.Addr()}, {to.Addr(), h.ip}} {
		if err := h.travel(ctx, l); err != nil {
			return nil, fmt.Errorf("%s: %w", address, err)
		}
	}
	p, up := h.network.find(to)
	if !up { // nobody says that nobody is there
		<-ctx.Done()
		return nil, fmt.Errorf("%s: %w", address, syscall.ETIMEDOUT)
	}
	if p == nil {
		return nil, fmt.Errorf("%s: %w", address, syscall.ECONNREFUSED)
	}
	here, there := h.connect(p)
	if !p.offer(there) {
		here.reset()
		return nil, fmt.Errorf("%s: %w", address, syscall.ECONNREFUSED)
	}
	return here, nil
}

// travel waits for something to have gone over a link.
func (h *Host) travel(ctx context.Context, l link) error {
	t := time.NewTimer(h.network.latency())
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		return syscall.ETIMEDOUT
	}
	for {
		open, changed := h.network.open(l)
		if open {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return syscall.ETIMEDOUT
		}
	}
}

// Transport opens a port for memberlist.
func (h *Host) Transport(number uint16) (memberlist.Transport, error) {
	p, err := h.listen(number)
	if err != nil {
		return nil, err
	}
	return &transport{p}, nil
}

type transport struct{ *port }

func (t *transport) FinalAdvertiseAddr(ip string, number int) (net.IP, int, error) {
	if ip == "" {
		return t.address.Addr().AsSlice(), int(t.address.Port()), nil
	}
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return nil, 0, fmt.Errorf("advertise: %w", err)
	}
	return a.AsSlice(), number, nil
}

func (t *transport) WriteTo(b []byte, address string) (time.Time, error) {
	to, err := parse(address)
	if err != nil {
		return time.Time{}, err
	}
	select {
	case <-t.closed:
		return time.Time{}, net.ErrClosed
	default:
	}
	t.host.network.packet(t.address, to, append([]byte(nil), b...))
	return time.Now(), nil
}

func (t *transport) PacketCh() <-chan *memberlist.Packet { return t.packets }
func (t *transport) StreamCh() <-chan net.Conn           { return t.streams }

func (t *transport) DialTimeout(address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return t.DialContext(ctx, "tcp", address)
}

// DialContext is for those who know that this transport has it.
func (t *transport) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	select {
	case <-t.closed:
		return nil, net.ErrClosed
	default:
		return t.host.DialContext(ctx, network, address)
	}
}

func (t *transport) Shutdown() error {
	t.close()
	return nil
}
