package gossip

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// reply is what came of asking a seed, at one of its addresses.
type reply struct {
	seed    string         // as it was given
	address netip.AddrPort // zero: the host has none
	is      replyKind
	cluster string // of replyOther
	node    string // of replyNone: id
	err     error  // why it did not become replyJoined
}

type replyKind byte

const (
	replySilent replyKind = iota // nobody there, or not one of us
	replyJoined
	replySelf     // it is this node
	replyNone     // it has no cluster yet
	replyOther    // its cluster is not that of this node
	replyKey      // it does not understand us
	replyStarting // one of us, but what it is will be known in a moment
	replyRefused  // one of us, which Accept refuses, or the other way round
)

// step is what follows from the replies.
type step byte

const (
	stepJoined step = iota
	stepAlone       // begin without others, and go on trying
	stepFound       // found a cluster
	stepAdopt       // take a cluster's id over and ask again
	stepWait        // ask again later
	stepFail
)

// enter brings the node into its cluster, as the package says.
func (g *Gossip) enter(ctx context.Context) error {
	delay := g.options.Timing.Resend / 2
	var reason string
	closed := 0
	for {
		replies := g.askSeeds(ctx)
		if err := context.Cause(ctx); err != nil {
			return fmt.Errorf("join: %w%s", err, reason)
		}
		next, cluster, err := decide(g.Cluster(), g.options, replies)
		switch next {
		case stepJoined:
			return g.fetch(ctx, replies)
		case stepAlone:
			g.log.Warn("no other member reached: starting alone, and trying on", "err", err)
			return nil
		case stepFound:
			g.log.Info("founding a cluster")
			return g.adopt(newClusterID())
		case stepAdopt:
			if err := g.adopt(cluster); err != nil {
				return err
			}
			continue
		case stepFail:
			if closed++; errors.Is(err, ErrKey) && closed < 3 { // a seed that just stops closes connections as well
				break
			}
			return fmt.Errorf("join: %w", err)
		}
		if now := "; waiting to join: " + err.Error(); now != reason {
			reason = now
			g.log.Info("waiting to join", "for", err)
		}
		if err := g.pause(ctx, jitter(delay)); err != nil {
			return fmt.Errorf("join: %w%s", err, reason)
		}
		delay = min(2*delay, 4*g.options.Timing.Resend)
	}
}

// adopt makes this node one of a cluster. It is not in touch with anybody yet.
func (g *Gossip) adopt(cluster string) error {
	g.setCluster(cluster)
	if err := g.list.UpdateNode(g.options.Timing.Stream); err != nil {
		return fmt.Errorf("join: %w", err)
	}
	g.log.Info("member of cluster", "cluster", cluster)
	return nil
}

func (g *Gossip) pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-g.ctx.Done():
		return g.Err()
	}
}

// jitter returns between half of d and one and a half.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d) }

// decide says what follows from the replies of the seeds: see the table of the package.
func decide(own string, o Options, replies []reply) (next step, cluster string, err error) {
	by := map[replyKind][]reply{}
	var others []string
	for _, r := range replies {
		by[r.is] = append(by[r.is], r)
		if r.is == replyOther && !slices.Contains(others, r.cluster) {
			others = append(others, r.cluster)
		}
	}
	alone := stepFail
	if o.Rejoin {
		alone = stepAlone
	}
	switch {
	case len(by[replyJoined]) > 0:
		return stepJoined, "", nil
	case len(replies) == 0 && own == "":
		return stepFound, "", nil
	case len(replies) == 0:
		return stepJoined, "", nil
	case own != "" && len(others) > 0:
		return alone, "", reasons(ErrOtherCluster, by[replyOther])
	case len(others) > 1:
		return stepFail, "", reasons(fmt.Errorf("the seeds are of %d clusters: %w", len(others), ErrOtherCluster), by[replyOther])
	case len(others) == 1:
		return stepAdopt, others[0], nil
	case len(by[replyKey]) > 0:
		return alone, "", reasons(ErrKey, by[replyKey])
	case len(by[replyRefused]) > 0:
		return alone, "", reasons(errRefused, by[replyRefused])
	case len(by[replyStarting]) > 0 && alone == stepFail:
		return stepWait, "", reasons(errWaiting, append(by[replyStarting], by[replySilent]...))
	case own != "" && len(by[replySelf]) > 0:
		return stepAlone, "", reasons(ErrNoSeed, by[replySilent])
	case own != "":
		return alone, "", reasons(ErrNoSeed, by[replySilent])
	case o.Bootstrap || founds(replies):
		return stepFound, "", nil
	case len(by[replySelf]) > 0 || len(by[replyNone]) > 0:
		return stepWait, "", reasons(errWaiting, append(by[replyNone], by[replySilent]...))
	case o.Wait:
		return stepWait, "", reasons(ErrNoSeed, by[replySilent])
	}
	return stepFail, "", reasons(ErrNoSeed, by[replySilent])
}

var (
	errRefused = errors.New("refused")
	errWaiting = errors.New("no cluster yet, and it is for the seed with the smallest address to found one")
)

// founds reports whether this node is the one that founds the cluster its seeds are for. Nobody has one yet.
func founds(replies []reply) bool {
	var self, least netip.AddrPort
	waiting, silent := map[string]bool{}, 0
	for _, r := range replies {
		if !r.address.IsValid() {
			return false // it may be the least
		}
		if !least.IsValid() || r.address.Compare(least) < 0 {
			least = r.address
		}
		switch r.is {
		case replySelf:
			if !self.IsValid() || r.address.Compare(self) < 0 {
				self = r.address
			}
		case replyNone:
			waiting[r.node] = true
		default:
			silent++
		}
	}
	return self.IsValid() && self == least && len(waiting)+1 > silent
}

// reasons lists what the seeds have to do with err.
func reasons(err error, replies []reply) error {
	var lines []string
	for _, r := range replies {
		where := r.seed
		if r.address.IsValid() && r.address.String() != r.seed {
			where += " (" + r.address.String() + ")"
		}
		if r.err != nil {
			lines = append(lines, where+": "+r.err.Error())
		}
	}
	if len(lines) == 0 {
		return err
	}
	return fmt.Errorf("%w: %s", err, strings.Join(lines, "; "))
}

// askSeeds resolves the seeds and asks them all, and where none of them is joined some of the members of earlier sessions.
func (g *Gossip) askSeeds(ctx context.Context) []reply {
	var replies []reply
	for _, seed := range g.options.Seeds {
		addresses, err := g.resolve(ctx, seed)
		if err != nil {
			replies = append(replies, reply{seed: seed, err: err})
		}
		for _, a := range addresses {
			replies = append(replies, reply{seed: seed, address: a})
		}
	}
	g.contactAll(replies)
	if !g.options.Rejoin {
		return replies
	}
	known := g.knownReplies()
	for part := range slices.Chunk(known[:min(len(known), maxKnown)], maxContacts) {
		if ctx.Err() != nil || slices.ContainsFunc(replies, func(r reply) bool { return r.is == replyJoined }) {
			break
		}
		g.contactAll(part)
		replies = append(replies, part...)
	}
	return replies
}

// maxKnown is how many members of earlier sessions are asked before the node starts alone; then all of them are, in turn.
const maxKnown = 16

func (g *Gossip) knownReplies() []reply {
	var known []reply
	for _, m := range g.options.Known {
		if a, err := netip.ParseAddrPort(m.Gossip); err == nil && m.State != Left && m.ID != g.self.ID {
			known = append(known, reply{seed: m.Name, address: a})
		}
	}
	rand.Shuffle(len(known), func(i, j int) { known[i], known[j] = known[j], known[i] })
	return known
}

// contactAll asks those that have an address, a few at a time.
func (g *Gossip) contactAll(replies []reply) {
	var asking sync.WaitGroup
	slots := make(chan struct{}, maxContacts)
	for i := range replies {
		if !replies[i].address.IsValid() {
			continue
		}
		slots <- struct{}{}
		asking.Go(func() {
			defer func() { <-slots }()
			seed := replies[i].seed
			replies[i] = g.contact(replies[i].address)
			replies[i].seed = seed
		})
	}
	asking.Wait()
}

// resolve returns the addresses of a host:port, or of a host with the port that this node has.
func (g *Gossip) resolve(ctx context.Context, seed string) ([]netip.AddrPort, error) {
	own := g.address()
	host, port := seed, int(own.Port())
	if h, p, err := splitAddress(seed); err == nil {
		host, port = h, p
	} else if _, _, split := net.SplitHostPort(seed); split == nil {
		return nil, err // there is a port, which is none
	}
	host = strings.Trim(host, "[]")
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.AddrPort{netip.AddrPortFrom(ip.Unmap(), uint16(port))}, nil
	}
	names, err := g.options.Resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	var addresses []netip.AddrPort
	for _, name := range names {
		if ip, err := netip.ParseAddr(name); err == nil {
			addresses = append(addresses, netip.AddrPortFrom(ip.Unmap(), uint16(port)))
		}
	}
	if len(addresses) == 0 {
		return nil, fmt.Errorf("host %s has no address", host)
	}
	return addresses, nil
}

// address returns where the others reach this node's gossip.
func (g *Gossip) address() netip.AddrPort {
	n := g.list.LocalNode()
	a, _ := netip.ParseAddrPort(net.JoinHostPort(n.Addr.String(), strconv.Itoa(int(n.Port))))
	return a
}

// contact joins who is at an address. It takes as long as a stream may.
func (g *Gossip) contact(address netip.AddrPort) reply {
	r := reply{address: address}
	if address == g.address() {
		r.is = replySelf
		return r
	}
	_, err := g.list.Join([]string{address.String()})
	if err == nil {
		r.is = replyJoined
		return r
	}
	r.err = plain(err)
	if refused, ok := g.refusals.find(err); ok {
		r.err, r.cluster, r.node = refused.err, refused.cluster, refused.from.ID
		switch {
		case refused.starting:
			r.is = replyStarting
		case refused.cluster != "":
			r.is = replyOther
		case r.node == g.self.ID:
			r.is = replySelf
		case r.node != "":
			r.is = replyNone
		default:
			r.is = replyRefused
		}
		return r
	}
	switch text := r.err.Error(); {
	case strings.Contains(text, "installed keys") || strings.Contains(text, "ncryption is"):
		r.is = replyKey
	case strings.HasSuffix(text, "EOF") || strings.HasSuffix(text, "reset by peer"): // so it is with another label
		r.is, r.err = replyKey, errors.New("it has closed the connection")
	}
	return r
}

// plain is the last line of what memberlist says, without the address.
func plain(err error) error {
	text := strings.TrimSpace(err.Error())
	if i := strings.LastIndexByte(text, '\n'); i >= 0 {
		text = strings.TrimPrefix(strings.TrimSpace(text[i:]), "* ")
	}
	if rest, ok := strings.CutPrefix(text, "failed to join "); ok {
		if _, after, ok := strings.Cut(rest, ": "); ok {
			text = after
		}
	}
	return errors.New(text)
}
