package gossip

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// meetFor is how long Start waits for members that do not answer, in times of Timing.Resend.
const meetFor = 10

// fetch gets the catalogue from one live member, if there is one, and then what is new from all the others. Who has
// answered knows this node: what it announces from then on, this node has to acknowledge, and what it has announced
// before is in the answer. So this node has seen, when it has started, all that anybody has been told to be done.
func (g *Gossip) fetch(ctx context.Context, joined []reply) error {
	if err := g.fetchOne(ctx, joined); err != nil {
		return fmt.Errorf("fetch the catalogue: %w", err)
	}
	bounded, cancel := context.WithTimeout(ctx, meetFor*g.options.Timing.Resend)
	defer cancel()
	for {
		missing, err := g.meet(bounded)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("fetch the catalogue: %w", err)
		}
		if bounded.Err() != nil {
			for _, m := range missing {
				g.log.Warn("a member that seemed alive did not answer", "id", m.ID, "name", m.Name, "address", m.Gossip)
			}
			return nil
		}
		// Gossip may have missed them: they do not know this node, and answer nobody they do not know.
		var strangers []reply
		for _, m := range missing {
			if a, err := netip.ParseAddrPort(m.Gossip); err == nil {
				strangers = append(strangers, reply{seed: m.Name, address: a})
			}
		}
		g.contactAll(strangers)
	}
}

// meet asks all members for what is new, for a while.
func (g *Gossip) meet(ctx context.Context) (missing []Member, err error) {
	ctx, cancel := context.WithTimeout(ctx, g.options.Timing.Resend)
	defer cancel()
	m := g.message(kindDigest)
	m.flags = flagAsked
	return g.ask(ctx, m, g.options.Timing.Resend/8) // the others are just hearing of this node
}

// fetchOne asks one that has just been joined, first, because the others may not know this node yet.
func (g *Gossip) fetchOne(ctx context.Context, joined []reply) error {
	q := g.asked.begin()
	defer g.asked.end(q)
	for {
		var live []Member
		list, changed := g.members.view()
		for _, m := range list {
			if m.State == Alive && m.ID != g.self.ID {
				if g.asked.has(q, m) {
					return nil
				}
				live = append(live, m)
			}
		}
		if len(live) == 0 {
			return nil
		}
		from := live[rand.IntN(len(live))]
		for _, m := range live {
			if slices.ContainsFunc(joined, func(r reply) bool { return r.is == replyJoined && r.address.String() == m.Gossip }) {
				from = m
			}
		}
		joined = nil
		m := g.message(kindDigest)
		m.flags, m.seq = flagAsked, q.seq
		g.outbox.send(from, m.encode())
		if err := g.await(ctx, q, changed); err != nil {
			return err
		}
	}
}

// await waits for the answer to q, until members change, or until nothing of it has come for a while. What others announce
// meanwhile is no part of it: under a steady load the catalogue always changes, also when the question was lost.
func (g *Gossip) await(ctx context.Context, q *question, members <-chan struct{}) error {
	quiet := time.NewTicker(g.options.Timing.Resend)
	defer quiet.Stop()
	parts := g.asked.parts(q)
	for {
		select {
		case <-q.news:
			return nil
		case <-members:
			return nil
		case <-quiet.C:
			now := g.asked.parts(q)
			if now == parts {
				return nil
			}
			parts = now
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-g.ctx.Done():
			return g.Err()
		}
	}
}
