package gossip

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/memberlist"
)

// Gossip is this node's part in the cluster. Its methods may be called concurrently.
type Gossip struct {
	options   Options
	self      Member // without State and Gossip
	log       *slog.Logger
	transport *transport
	list      *memberlist.Memberlist
	members   *members
	catalogue *catalogue
	refusals  refusals
	outbox    *outbox
	asked     asked
	cluster   atomic.Pointer[string]

	ctx      context.Context // until it stops, for the reason of its cause
	stop     context.CancelCauseFunc
	events   chan event
	loops    sync.WaitGroup
	left     atomic.Bool
	leaving  sync.Mutex // held while memberlist leaves or is shut down
	shutDown bool
}

// Start begins a session of the node, joins or founds its cluster, and fetches the catalogue. When it fails nothing is left
// running; when it returns nil the session lasts until Close. The context ends the starting only.
func Start(ctx context.Context, o Options) (*Gossip, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("gossip: %w", err)
	}
	c, err := newCatalogue(o.Entries)
	if err != nil {
		return nil, fmt.Errorf("gossip: %w", err)
	}
	g := &Gossip{
		options: o, log: o.Log, catalogue: c, members: newMembers(o.Known, o.Log), events: make(chan event, maxEvents),
		self: Member{ID: o.ID, Name: o.Name, Data: o.Data, Build: o.Build, Session: o.Session},
	}
	g.setCluster(o.Cluster)
	g.ctx, g.stop = context.WithCancelCause(context.Background())
	if err := g.open(); err != nil {
		g.stop(ErrClosed)
		return nil, fmt.Errorf("gossip: %w", err)
	}
	g.loops.Go(g.receive)
	uninterrupted := context.AfterFunc(ctx, g.transport.interrupt)
	err = g.enter(ctx)
	if !uninterrupted() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("gossip: %w", errors.Join(err, g.Close()))
	}
	g.loops.Go(g.rejoin)
	return g, nil
}

// open starts memberlist.
func (g *Gossip) open() error {
	o := g.options
	c := memberlist.DefaultLANConfig()
	c.Name = sessionName(o.ID, o.Session)
	c.Label, c.SecretKey = o.Label, o.Key
	c.Logger = newLogger(o.Log)
	c.EnableCompression = false // what is sent is small, or hashes
	t := o.Timing
	c.TCPTimeout, c.ProbeInterval, c.ProbeTimeout = t.Stream, t.Probe, t.ProbeTimeout
	c.PushPullInterval, c.GossipInterval, c.GossipToTheDeadTime = t.PushPull, t.Gossip, t.PushPull
	d := delegate{g}
	c.Delegate, c.Events, c.Merge, c.Alive, c.Conflict = d, d, d, d, d

	inner := o.Transport
	if inner == nil {
		listen, err := g.listen(c)
		if err != nil {
			return err
		}
		inner = listen
	}
	if err := g.advertise(c); err != nil {
		return errors.Join(err, inner.Shutdown())
	}
	g.transport = newTransport(inner, t.Stream)
	c.Transport = g.transport
	carrier := o.Carrier
	var streams streamCarrier
	if carrier == nil {
		carrier = &streams
	}
	g.outbox = newOutbox(g.ctx, carrier, g.log)
	carrier.Open(g.take)
	list, err := memberlist.Create(c)
	if err != nil {
		return errors.Join(fmt.Errorf("listen on %s: %w", o.Bind, err), c.Transport.Shutdown())
	}
	g.list, streams.list = list, list
	if a := g.address(); a.Addr().IsUnspecified() { // memberlist finds one for 0.0.0.0 only
		return errors.Join(fmt.Errorf("listen on %s: say which address others reach it by (advertise)", o.Bind), list.Shutdown())
	}
	return nil
}

func (g *Gossip) listen(c *memberlist.Config) (memberlist.Transport, error) {
	host, port, err := splitAddress(g.options.Bind)
	if err != nil {
		return nil, fmt.Errorf("bind: %w", err)
	}
	if net.ParseIP(host) == nil {
		return nil, fmt.Errorf("bind: %q is not an IP address", host)
	}
	t, err := memberlist.NewNetTransport(&memberlist.NetTransportConfig{
		BindAddrs: []string{host}, BindPort: port, Logger: c.Logger,
	})
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", g.options.Bind, err)
	}
	c.BindAddr, c.BindPort = host, t.GetAutoBindPort()
	return t, nil
}

func (g *Gossip) advertise(c *memberlist.Config) error {
	c.AdvertisePort = c.BindPort
	if g.options.Advertise == "" {
		return nil
	}
	host, port, err := splitAddress(g.options.Advertise)
	if err != nil {
		return fmt.Errorf("advertise: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		return fmt.Errorf("advertise: %q is not an IP address that others can reach", host)
	}
	c.AdvertiseAddr = host
	if port != 0 {
		c.AdvertisePort = port
	}
	return nil
}

func splitAddress(address string) (host string, port int, err error) {
	host, digits, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, err
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("address %s: %q is not a port", address, digits)
	}
	return host, int(n), nil
}

// Self returns this node.
func (g *Gossip) Self() Member {
	list, _ := g.members.view()
	for _, m := range list {
		if m.ID == g.self.ID {
			return m
		}
	}
	return g.self
}

// Cluster returns the id of the cluster. It does not change once Start has returned; who has a directory keeps it there,
// with Session of Self.
func (g *Gossip) Cluster() string { return *g.cluster.Load() }

func (g *Gossip) setCluster(id string) { g.cluster.Store(&id) }

func newClusterID() string { return strings.ToLower(rand.Text()) }

// Members returns the nodes that are or were seen, this one included, in order of ids.
func (g *Gossip) Members() []Member {
	list, _ := g.members.view()
	return list
}

// WatchMembers returns the members, and a channel that is closed at their next change.
func (g *Gossip) WatchMembers() ([]Member, <-chan struct{}) { return g.members.view() }

// Forget removes a member that is not alive from the list, and it is not asked again. It can come back by itself.
func (g *Gossip) Forget(id string) { g.members.forget(id) }

// Snapshot returns the catalogue as it is.
func (g *Gossip) Snapshot() *Snapshot {
	s, _ := g.catalogue.view()
	return s
}

// WatchSnapshot returns the catalogue, and a channel that is closed at its next change.
func (g *Gossip) WatchSnapshot() (*Snapshot, <-chan struct{}) { return g.catalogue.view() }

// Stamp returns a version that is greater than any in the catalogue, and than those it has returned.
func (g *Gossip) Stamp() Stamp { return Stamp{Count: g.catalogue.tick(), Node: g.self.ID} }

// Apply merges entries here, stores what they change, and returns that. Others get it from this node sooner or later;
// Announce waits for them.
func (g *Gossip) Apply(entries []Entry) (changed []Entry, err error) {
	return g.catalogue.apply(entries, g.options.Store)
}

// Done is closed when the Gossip has stopped: by Close, or by itself.
func (g *Gossip) Done() <-chan struct{} { return g.ctx.Done() }

// Err returns nil before Done is closed, and then why: [ErrClosed], or [ErrSuperseded].
func (g *Gossip) Err() error { return context.Cause(g.ctx) }

// Leave tells the others that this node leaves, so that nobody waits for it to come back. All live members have acknowledged
// it when it returns nil. The node has to be closed then, and does not take part any more.
func (g *Gossip) Leave(ctx context.Context) error {
	g.left.Store(true)
	_, err := g.ask(ctx, g.message(kindLeave), g.options.Timing.Resend)
	g.leaving.Lock()
	defer g.leaving.Unlock()
	if g.shutDown {
		err = ErrClosed
	}
	if err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	// They know already; this is for those that come later.
	if err := g.list.Leave(5 * g.options.Timing.Gossip); err != nil {
		g.log.Debug("memberlist has not passed on that this node leaves", "err", err)
	}
	return nil
}

// Close stops. Without Leave, the others take it for a crash and expect the node to come back. It waits for all goroutines
// but those that memberlist has no means to wait for; they end at once or, in the middle of a probe, with it.
func (g *Gossip) Close() error {
	g.stop(ErrClosed)
	g.leaving.Lock()
	g.shutDown = true
	err := g.list.Shutdown()
	g.leaving.Unlock()
	g.loops.Wait()
	g.outbox.close()
	return err
}
