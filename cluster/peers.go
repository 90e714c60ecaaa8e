package cluster

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eau2db/eau2/cluster/gossip"
	"github.com/eau2db/eau2/cluster/wire"
)

// PeerOptions say how a node meets others.
type PeerOptions struct {
	// Server answers the others, once the node is opened; whoever made it may have registered more handlers, and none after.
	// It is closed with the node.
	Server *wire.Server
	Client wire.ClientOptions // how to call the others
	// Gossip says who they are. ID, Cluster, Entries, Store, Rejoin and Session are the node's to set.
	Gossip gossip.Options
	Grace  time.Duration // how long what others have asked may go on when the node is closed
}

// Peers makes nodes of several processes one cluster, for Node.Join: gossip tells who is there and carries the
// catalogue, wire carries requests.
func Peers(o PeerOptions) func(context.Context, Local) (Network, error) {
	return func(ctx context.Context, l Local) (Network, error) {
		if o.Gossip.Log == nil {
			o.Gossip.Log = slog.New(slog.DiscardHandler)
		}
		p := &peers{opt: o, local: l, pool: wire.NewPool(o.Client), log: o.Gossip.Log}
		p.opt.Gossip.ID = l.ID
		return p, nil
	}
}

// peers is a Network over gossip and wire.
type peers struct {
	opt    PeerOptions
	local  Local
	pool   *wire.Pool
	log    *slog.Logger
	gossip atomic.Pointer[gossip.Gossip] // nil while starting; requests come already
	tasks  sync.WaitGroup                // serving, and watching the members
	ended  chan struct{}

	closing sync.Once
	closed  error // what Close returns
}

func init() {
	for name, err := range map[string]error{
		"no table": ErrNoTable, "table exists": ErrTableExists, "no value": ErrNoValue, "value exists": ErrValueExists,
		"no node": ErrNoNode, "corrupt": ErrCorrupt, "version": ErrVersion, "node closed": ErrClosed, "not the node": errNotMe,
	} {
		wire.RegisterError(name, err)
	}
}

// errNotMe is the answer of a node that has the address of the one that was asked for. It is as good as none.
var errNotMe = errors.New("another node has this address now")

// The names of requests on the wire, for nodes only.
const (
	nodeCalls = "node.call"
	nodeFetch = "node.fetch"
	nodeSend  = "node.send"
)

// NodeNames is the beginning of the names that only nodes may call.
const NodeNames = "node."

func (p *peers) Self() Member {
	m := Member{ID: p.local.ID, Name: p.opt.Gossip.Name, Addr: p.opt.Gossip.Data}
	if g := p.gossip.Load(); g != nil {
		m.Gossip = g.Self().Gossip
	}
	return m
}

func (p *peers) Members() []Member {
	g := p.gossip.Load()
	if g == nil {
		return []Member{p.Self()}
	}
	var all []Member
	for _, m := range g.Members() {
		if m.State == gossip.Alive {
			all = append(all, Member{ID: m.ID, Name: m.Name, Addr: m.Data, Gossip: m.Gossip})
		}
	}
	return all
}

func (p *peers) Changed() <-chan struct{} {
	_, changed := p.gossip.Load().WatchMembers()
	return changed
}

// Serve answers the others and joins them.
func (p *peers) Serve(ctx context.Context, h Handler) error {
	s := p.opt.Server
	s.HandleCall(nodeCalls, func(ctx context.Context, request []byte) ([]byte, error) {
		kind, body, err := p.unpack(request)
		if err != nil {
			return nil, err
		}
		return h.Call(ctx, kind, body)
	})
	s.HandleStream(nodeFetch, func(ctx context.Context, request []byte, out *wire.Sender) error {
		kind, body, err := p.unpack(request)
		if err != nil {
			return err
		}
		return h.Fetch(ctx, kind, body, func(b []byte) error { return giveBlock(out, b) })
	})
	s.HandlePut(nodeSend, func(ctx context.Context, request []byte, in *wire.Receiver, _ func([]byte) error) ([]byte, error) {
		kind, body, err := p.unpack(request)
		if err != nil {
			return nil, err
		}
		return h.Receive(ctx, kind, body, func() ([]byte, error) { return nextBlock(in) })
	})
	p.ended = make(chan struct{})
	p.tasks.Go(func() {
		if err := s.Serve(); err != nil {
			p.log.Error("the data plane has ended", "error", err)
		}
	})
	o := p.opt.Gossip
	o.Cluster, o.Rejoin = p.local.Cluster, p.local.Cluster != ""
	o.Entries, o.Store = h.Entries(), h.Merge
	g, err := gossip.Start(ctx, o)
	if err != nil {
		s.Close()
		p.tasks.Wait()
		return err
	}
	p.gossip.Store(g)
	p.tasks.Go(p.watch)
	if g.Cluster() != p.local.Cluster {
		if err := p.local.SetCluster(g.Cluster()); err != nil {
			return errors.Join(err, p.Close())
		}
	}
	return nil
}

// watch closes the connections to nodes that are gone, so that nobody waits for them.
func (p *peers) watch() {
	alive := map[string]gossip.Member{}
	for {
		members, changed := p.gossip.Load().WatchMembers()
		for _, m := range members {
			old, known := alive[m.ID]
			if known && (m.State != gossip.Alive || m.Session != old.Session || m.Data != old.Data) {
				p.pool.Gone(old.Data)
				delete(alive, m.ID)
			}
			if m.State == gossip.Alive {
				alive[m.ID] = m
			}
		}
		select {
		case <-changed:
		case <-p.ended:
			return
		case <-p.gossip.Load().Done():
			return
		}
	}
}

// A request begins with the id of the node that it is for, and its kind.

func address(node, kind string, request []byte) []byte {
	return append(appendText(appendText(nil, node), kind), request...)
}

func (p *peers) unpack(request []byte) (kind string, body []byte, err error) {
	node, rest, ok := uvarintText(request)
	if !ok {
		return "", nil, errBlock
	}
	if node != p.local.ID {
		return "", nil, errNotMe
	}
	if kind, rest, ok = uvarintText(rest); !ok {
		return "", nil, errBlock
	}
	return kind, rest, nil
}

// conn returns the connection to a node.
func (p *peers) conn(node string) (*wire.Conn, error) {
	for _, m := range p.Members() {
		if m.ID == node {
			return p.pool.Get(m.Addr)
		}
	}
	return nil, fmt.Errorf("%w: node %s is not among the members", ErrUnavailable, node)
}

// failWire makes what the data plane failed with one of this package's errors.
func failWire(err error) error {
	if errors.Is(err, wire.ErrUnavailable) || errors.Is(err, errNotMe) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

func (p *peers) Call(ctx context.Context, node, kind string, request []byte) ([]byte, error) {
	c, err := p.conn(node)
	if err != nil {
		return nil, err
	}
	reply, err := c.Call(ctx, nodeCalls, address(node, kind, request))
	return reply, failWire(err)
}

func (p *peers) Fetch(ctx context.Context, node, kind string, request []byte, f func([]byte) error) error {
	c, err := p.conn(node)
	if err != nil {
		return err
	}
	in, err := c.Stream(ctx, nodeFetch, address(node, kind, request))
	if err != nil {
		return failWire(err)
	}
	defer in.Close()
	for {
		b, err := nextBlock(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return failWire(err)
		}
		if err := f(b); err != nil {
			return err
		}
	}
}

func (p *peers) Send(ctx context.Context, node, kind string, request []byte) (Outgoing, error) {
	c, err := p.conn(node)
	if err != nil {
		return nil, err
	}
	put, err := c.Put(ctx, nodeSend, address(node, kind, request), nil)
	if err != nil {
		return nil, failWire(err)
	}
	return &outgoing{put}, nil
}

type outgoing struct{ put *wire.Put }

func (o *outgoing) Send(b []byte) error { return failWire(giveBlock(o.put.Sender, slices.Clone(b))) }

func (o *outgoing) Finish() ([]byte, error) {
	reply, err := o.put.Finish()
	return reply, failWire(err)
}

func (o *outgoing) Abort() { o.put.Abort() }

// pieceBytes is how much of a block goes in one message.
const pieceBytes = 8 << 20

// giveBlock sends a block in pieces, the first with the length of all. The sender keeps it.
func giveBlock(out *wire.Sender, b []byte) error {
	size := binary.AppendUvarint(nil, uint64(len(b)))
	for {
		piece := b[:min(len(b), pieceBytes)]
		if err := out.Block(piece, size); err != nil {
			return err
		}
		b, size = b[len(piece):], nil
		if len(b) == 0 {
			return nil
		}
	}
}

// nextBlock receives what giveBlock sends.
func nextBlock(in *wire.Receiver) ([]byte, error) {
	m, err := in.Next()
	if err != nil {
		return nil, err
	}
	size, w := binary.Uvarint(m.Metadata)
	if w <= 0 || size < uint64(len(m.Block)) {
		return nil, errBlock
	}
	b := m.Block
	for uint64(len(b)) < size {
		if m, err = in.Next(); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		if len(m.Block) == 0 || uint64(len(m.Block)) > size-uint64(len(b)) {
			return nil, errBlock
		}
		b = append(b, m.Block...)
	}
	return b, nil
}

func (p *peers) Announce(ctx context.Context, entries []Entry) error {
	missing, err := p.gossip.Load().Announce(ctx, entries)
	for _, m := range missing {
		p.log.Warn("a node has not heard of a change; it will when it is back", "node", m.Name, "state", m.State)
	}
	return err
}

// leaveTime is how long it may take to tell the others.
const leaveTime = 3 * time.Second

func (p *peers) Close() error {
	p.closing.Do(func() { p.closed = p.close() })
	return p.closed
}

func (p *peers) close() error {
	if p.gossip.Load() == nil {
		return p.pool.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
	defer cancel()
	err := p.gossip.Load().Leave(ctx)
	if errors.Is(err, context.DeadlineExceeded) { // somebody is hung or has just died
		p.log.Warn("not all nodes have heard that this one leaves; they will notice", "error", err)
		err = nil
	}
	grace, cancel := context.WithTimeout(context.Background(), p.opt.Grace)
	defer cancel()
	p.opt.Server.Shutdown(grace)
	close(p.ended)
	err = errors.Join(err, p.gossip.Load().Close(), p.pool.Close())
	p.tasks.Wait()
	return err
}
