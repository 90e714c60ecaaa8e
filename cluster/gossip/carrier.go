package gossip

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"

	"github.com/hashicorp/memberlist"
)

// Carrier takes messages to other members, whole, in any order, and may lose them.
type Carrier interface {
	// Open is called once, before Send. Messages of others are given to receive, which does not wait and may be called
	// concurrently and until the end.
	Open(receive func(message []byte))

	// Send takes a message to a member. It may be called concurrently for different members.
	Send(ctx context.Context, to Member, message []byte) error
}

// streamCarrier opens a stream of memberlist for each message.
type streamCarrier struct{ list *memberlist.Memberlist }

func (c *streamCarrier) Open(func([]byte)) {} // they come by way of the delegate

func (c *streamCarrier) Send(_ context.Context, to Member, message []byte) error {
	address, err := netip.ParseAddrPort(to.Gossip)
	if err != nil {
		return err
	}
	return c.list.SendReliable(&memberlist.Node{
		Name: sessionName(to.ID, to.Session), Addr: address.Addr().AsSlice(), Port: address.Port(),
	}, message)
}

// maxOutgoing is how many messages to a member may wait.
const maxOutgoing = 256

// outbox sends messages, to each member one after the other, and to different ones at the same time.
type outbox struct {
	ctx     context.Context
	carrier Carrier
	log     *slog.Logger

	sending sync.WaitGroup
	mu      sync.Mutex
	queues  map[string][]outgoing // by id; there is a goroutine for each
	closed  bool
}

type outgoing struct {
	to      Member
	message []byte
}

func newOutbox(ctx context.Context, c Carrier, log *slog.Logger) *outbox {
	return &outbox{ctx: ctx, carrier: c, log: log, queues: map[string][]outgoing{}}
}

// send does not wait, and what it sends may get lost.
func (o *outbox) send(to Member, message []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	queue, running := o.queues[to.ID]
	if len(queue) >= maxOutgoing {
		o.log.Debug("too many messages wait for a member", "id", to.ID)
		return
	}
	o.queues[to.ID] = append(queue, outgoing{to, message})
	if !running {
		o.sending.Go(func() { o.drain(to.ID) })
	}
}

func (o *outbox) drain(id string) {
	for {
		o.mu.Lock()
		queue := o.queues[id]
		if len(queue) == 0 || o.ctx.Err() != nil {
			delete(o.queues, id)
			o.mu.Unlock()
			return
		}
		next := queue[0]
		o.queues[id] = queue[1:]
		o.mu.Unlock()
		if err := o.carrier.Send(o.ctx, next.to, next.message); err != nil {
			o.log.Debug("message not sent", "id", id, "address", next.to.Gossip, "err", err)
			o.drop(next.to)
		}
	}
}

// drop forgets what waits for a session that could not be reached: each try takes its time.
func (o *outbox) drop(to Member) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var keep []outgoing
	for _, g := range o.queues[to.ID] {
		if g.to.Session != to.Session || g.to.Gossip != to.Gossip {
			keep = append(keep, g)
		}
	}
	o.queues[to.ID] = keep
}

// close waits until nothing is being sent; the context has ended.
func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.sending.Wait()
}
