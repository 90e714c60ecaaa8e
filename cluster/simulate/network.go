package simulate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Options of a network. The zero value loses nothing and takes no time.
type Options struct {
	Latency time.Duration // of a packet, and of the bytes of a stream; between half of it and one and a half
	Loss    float64       // of packets, 0 to 1
}

// Network connects hosts. Its methods may be called concurrently.
type Network struct {
	mu      sync.Mutex
	random  *rand.Rand
	options Options
	hosts   map[netip.Addr]*Host
	names   map[string][]string
	cut     map[link]bool
	changed chan struct{} // closed when a link may be there again
}

// link is one direction between two hosts.
type link struct{ from, to netip.Addr }

// New makes a network without hosts.
func New(seed uint64, o Options) *Network {
	return &Network{
		random: rand.New(rand.NewPCG(seed, 0)), options: o, hosts: map[netip.Addr]*Host{}, names: map[string][]string{},
		cut: map[link]bool{}, changed: make(chan struct{}),
	}
}

// Host returns the host that has an IP address, and makes it at first.
func (n *Network) Host(ip string) *Host {
	n.mu.Lock()
	defer n.mu.Unlock()
	a := netip.MustParseAddr(ip)
	h := n.hosts[a]
	if h == nil {
		h = &Host{network: n, ip: a, ports: map[uint16]*port{}, conns: map[*conn]bool{}, next: 30000}
		n.hosts[a] = h
	}
	return h
}

// SetOptions changes how the network is from now on.
func (n *Network) SetOptions(o Options) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.options = o
}

// Name gives a host name its addresses; without any it cannot be resolved.
func (n *Network) Name(host string, ips ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.names[host] = ips
}

// Resolve returns the addresses of a name.
func (n *Network) Resolve(_ context.Context, host string) ([]string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if ips := n.names[host]; len(ips) > 0 {
		return ips, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// Cut lets nothing through from one host to another.
func (n *Network) Cut(from, to string) { n.set(from, to, true) }

// Mend undoes Cut.
func (n *Network) Mend(from, to string) { n.set(from, to, false) }

func (n *Network) set(from, to string, cut bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.setLink(link{netip.MustParseAddr(from), netip.MustParseAddr(to)}, cut)
}

func (n *Network) setLink(l link, cut bool) {
	if cut {
		n.cut[l] = true
		return
	}
	delete(n.cut, l)
	n.notify()
}

func (n *Network) notify() {
	close(n.changed)
	n.changed = make(chan struct{})
}

// Partition cuts every link between hosts of different groups.
func (n *Network) Partition(groups ...[]string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, from := range groups {
		for j, to := range groups {
			if i == j {
				continue
			}
			for _, a := range from {
				for _, b := range to {
					n.setLink(link{netip.MustParseAddr(a), netip.MustParseAddr(b)}, true)
				}
			}
		}
	}
}

// Heal mends every link.
func (n *Network) Heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.cut)
	n.notify()
}

// open reports whether a link is there, and gives a channel that is closed when that may have become so.
func (n *Network) open(l link) (bool, <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return !n.cut[l], n.changed
}

// latency returns how long something takes that is sent now.
func (n *Network) latency() time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.latencyLocked()
}

func (n *Network) latencyLocked() time.Duration {
	l := n.options.Latency
	if l <= 0 {
		return 0
	}
	return l/2 + time.Duration(n.random.Int64N(int64(l)))
}

// find returns what listens at an address, or nil, and whether its host is up.
func (n *Network) find(address netip.AddrPort) (*port, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	h := n.hosts[address.Addr()]
	if h == nil || h.down {
		return nil, false
	}
	return h.ports[address.Port()], true
}

func parse(address string) (netip.AddrPort, error) {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return a, fmt.Errorf("simulated network: %w", err)
	}
	return a, nil
}
