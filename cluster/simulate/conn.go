package simulate

import (
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
)

// conn is one end of a stream.
type conn struct {
	host     *Host
	in, out  *half
	from, to net.Addr
	read     deadline
	write    deadline
}

// connect makes a stream from h to p.
func (h *Host) connect(p *port) (here, there *conn) {
	n := h.network
	n.mu.Lock()
	defer n.mu.Unlock()
	h.next = max(h.next+1, 30000)
	from, to := net.TCPAddrFromAddrPort(netip.AddrPortFrom(h.ip, h.next)), net.TCPAddrFromAddrPort(p.address)
	away := newHalf(n, link{h.ip, p.address.Addr()})
	back := newHalf(n, link{p.address.Addr(), h.ip})
	here = &conn{host: h, in: back, out: away, from: from, to: to}
	there = &conn{host: p.host, in: away, out: back, from: to, to: from}
	h.conns[here], p.host.conns[there] = true, true
	return here, there
}

func (c *conn) Read(b []byte) (int, error)  { return c.in.read(b, &c.read) }
func (c *conn) Write(b []byte) (int, error) { return c.out.write(b, &c.write) }
func (c *conn) LocalAddr() net.Addr         { return c.from }
func (c *conn) RemoteAddr() net.Addr        { return c.to }

// Close lets the other side read what was written, and then the end of the stream.
func (c *conn) Close() error {
	c.out.finish()
	c.in.abandon()
	c.forget()
	return nil
}

// reset ends the stream on both sides at once.
func (c *conn) reset() {
	c.out.fail(syscall.ECONNRESET)
	c.in.fail(syscall.ECONNRESET)
	c.forget()
}

func (c *conn) forget() {
	c.host.network.mu.Lock()
	defer c.host.network.mu.Unlock()
	delete(c.host.conns, c)
}

func (c *conn) SetDeadline(t time.Time) error {
	c.read.set(t)
	c.write.set(t)
	return nil
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.read.set(t)
	return nil
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	c.write.set(t)
	return nil
}

// deadline is when a call has to end.
type deadline struct {
	mu      sync.Mutex
	at      time.Time
	changed chan struct{}
}

func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = t
	if d.changed != nil {
		close(d.changed)
	}
	d.changed = make(chan struct{})
}

func (d *deadline) get() (at time.Time, changed <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.at, d.changed
}

// window is how many bytes may be under way in one direction.
const window = 1 << 20

// half is one direction of a stream.
type half struct {
	network *Network
	link    link

	mu      sync.Mutex
	parts   []part
	size    int
	done    bool  // nothing more is written
	gone    bool  // nobody reads
	err     error // it was reset
	changed chan struct{}
}

// part is what one Write has written, and when it arrives.
type part struct {
	bytes []byte
	at    time.Time
}

func newHalf(n *Network, l link) *half {
	return &half{network: n, link: l, changed: make(chan struct{})}
}

func (h *half) change(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
	close(h.changed)
	h.changed = make(chan struct{})
}

func (h *half) finish()        { h.change(func() { h.done = true }) }
func (h *half) abandon()       { h.change(func() { h.gone = true }) }
func (h *half) fail(err error) { h.change(func() { h.err = err; h.parts = nil }) }

func (h *half) write(b []byte, d *deadline) (int, error) {
	written := 0
	for {
		delay := h.network.latency()
		var err error
		h.change(func() {
			switch {
			case h.err != nil:
				err = h.err
			case h.done:
				err = net.ErrClosed
			case h.gone: // it gets lost, as long as nobody has said so: the end of the stream comes the other way
				written = len(b)
			case h.size < window:
				n := min(len(b)-written, window-h.size)
				at := time.Now().Add(delay)
				if k := len(h.parts); k > 0 && h.parts[k-1].at.After(at) {
					at = h.parts[k-1].at
				}
				h.parts = append(h.parts, part{append([]byte(nil), b[written:written+n]...), at})
				h.size += n
				written += n
			}
		})
		if err != nil || written == len(b) {
			return written, err
		}
		h.mu.Lock()
		changed := h.changed
		full := h.size >= window && h.err == nil && !h.gone && !h.done
		h.mu.Unlock()
		if full {
			if err := wait(changed, nil, time.Time{}, d); err != nil {
				return written, err
			}
		}
	}
}

func (h *half) read(b []byte, d *deadline) (int, error) {
	for {
		open, mended := h.network.open(h.link)
		h.mu.Lock()
		changed := h.changed
		var next time.Time
		switch {
		case h.err != nil:
			h.mu.Unlock()
			return 0, h.err
		case h.gone:
			h.mu.Unlock()
			return 0, net.ErrClosed
		case open && len(h.parts) > 0:
			if next = h.parts[0].at; !next.After(time.Now()) {
				n := h.take(b)
				h.mu.Unlock()
				h.change(func() {})
				return n, nil
			}
		case open && h.done:
			h.mu.Unlock()
			return 0, io.EOF
		}
		h.mu.Unlock()
		if open {
			mended = nil
		}
		if err := wait(changed, mended, next, d); err != nil {
			return 0, err
		}
	}
}

// take moves bytes of the first part to b.
func (h *half) take(b []byte) int {
	first := &h.parts[0]
	n := copy(b, first.bytes)
	if first.bytes = first.bytes[n:]; len(first.bytes) == 0 {
		h.parts = h.parts[1:]
	}
	h.size -= n
	return n
}

// wait waits for one of two events, a time, or the deadline.
func wait(one, other <-chan struct{}, next time.Time, d *deadline) error {
	end, moved := d.get()
	var timer *time.Timer
	var tick <-chan time.Time
	if at := next; !at.IsZero() || !end.IsZero() {
		if at.IsZero() || !end.IsZero() && end.Before(at) {
			at = end
		}
		if !end.IsZero() && !end.After(time.Now()) {
			return os.ErrDeadlineExceeded
		}
		timer = time.NewTimer(time.Until(at))
		defer timer.Stop()
		tick = timer.C
	}
	select {
	case <-one:
	case <-other:
	case <-tick:
	case <-moved:
	}
	return nil
}
