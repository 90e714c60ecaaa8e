package gossip

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// maxContacts is how many members are asked at the same time.
const maxContacts = 4

// attempt is when an address is asked next, and how long after that.
type attempt struct {
	next  time.Time
	delay time.Duration
}

// resolveEvery is how long the addresses of seeds are good for, in times of Timing.Rejoin.
const resolveEvery = 10

// rejoin asks lost members and seeds, for as long as the node runs and does not leave.
func (g *Gossip) rejoin() {
	attempts := map[netip.AddrPort]attempt{}
	var seeds []netip.AddrPort
	var resolved time.Time
	for g.pause(g.ctx, jitter(g.options.Timing.Rejoin)) == nil && !g.left.Load() {
		if resolved.IsZero() || time.Since(resolved) > resolveEvery*g.options.Timing.Rejoin {
			seeds, resolved = g.resolveSeeds(), time.Now()
		}
		g.rejoinDue(attempts, g.lost(seeds))
	}
}

// rejoinDue asks some of those lost whose time has come.
func (g *Gossip) rejoinDue(attempts map[netip.AddrPort]attempt, lost map[netip.AddrPort]bool) {
	for a := range attempts {
		if !lost[a] {
			delete(attempts, a)
		}
	}
	now := time.Now()
	var due []netip.AddrPort
	for a := range lost {
		if at, ok := attempts[a]; !ok {
			attempts[a] = attempt{now.Add(jitter(g.options.Timing.Rejoin)), g.options.Timing.Rejoin}
		} else if now.After(at.next) {
			due = append(due, a)
		}
	}
	rand.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] })
	if len(due) > maxContacts {
		due = due[:maxContacts]
	}
	var asking sync.WaitGroup
	for _, a := range due {
		asking.Go(func() {
			r := g.contact(a)
			g.log.Debug("lost member asked", "address", a, "joined", r.is == replyJoined, "err", r.err)
		})
	}
	asking.Wait()
	for _, a := range due {
		at := attempts[a]
		at.delay = min(2*at.delay, g.options.Timing.RejoinMax)
		at.next = time.Now().Add(jitter(at.delay))
		attempts[a] = at
	}
}

func (g *Gossip) resolveSeeds() []netip.AddrPort {
	ctx, cancel := context.WithTimeout(g.ctx, g.options.Timing.Stream)
	defer cancel()
	var all []netip.AddrPort
	for _, seed := range g.options.Seeds {
		addresses, err := g.resolve(ctx, seed)
		if err != nil {
			g.log.Debug("seed not resolved", "seed", seed, "err", err)
		}
		all = append(all, addresses...)
	}
	return all
}

// lost returns the addresses where a member might be that is not alive here.
func (g *Gossip) lost(seeds []netip.AddrPort) map[netip.AddrPort]bool {
	list, _ := g.members.view()
	lost := map[netip.AddrPort]bool{}
	for _, a := range seeds {
		lost[a] = true
	}
	for _, m := range list {
		if a, err := netip.ParseAddrPort(m.Gossip); err == nil && m.State == Dead {
			lost[a] = true
		}
	}
	for _, m := range list {
		if a, err := netip.ParseAddrPort(m.Gossip); err == nil && m.State == Alive {
			delete(lost, a)
		}
	}
	delete(lost, g.address())
	return lost
}
