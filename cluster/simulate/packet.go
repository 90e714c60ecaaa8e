package simulate

import (
	"net"
	"net/netip"
	"time"

	"github.com/hashicorp/memberlist"
)

// sent is a packet under way.
type sent struct {
	packet *memberlist.Packet
	at     time.Time // when it arrives, or later
}

// packet sends one, if it does not get lost. It does not wait.
func (n *Network) packet(from, to netip.AddrPort, b []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cut[link{from.Addr(), to.Addr()}] || n.random.Float64() < n.options.Loss {
		return
	}
	h := n.hosts[to.Addr()]
	if h == nil || h.down || h.ports[to.Port()] == nil {
		return
	}
	at := time.Now().Add(n.latencyLocked())
	select {
	case h.ports[to.Port()].sent <- sent{&memberlist.Packet{Buf: b, From: net.UDPAddrFromAddrPort(from)}, at}:
	default: // the queue is full
	}
}

// deliver takes packets to where they are read, in the order in which they were sent, until the port is closed. It is one
// goroutine and no timer for each packet: the race detector of Go 1.26 crashes where timers in a synctest bubble start very
// many goroutines.
func (p *port) deliver() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		var s sent
		select {
		case s = <-p.sent:
		case <-p.closed:
			return
		}
		timer.Reset(time.Until(s.at))
		select {
		case <-timer.C:
		case <-p.closed:
			return
		}
		s.packet.Timestamp = time.Now()
		select {
		case p.packets <- s.packet:
		default:
		}
	}
}
