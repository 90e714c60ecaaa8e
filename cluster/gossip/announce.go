package gossip

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// asked keeps who has acknowledged what was asked.
type asked struct {
	mu   sync.Mutex
	last uint64
	open map[uint64]*question
}

type question struct {
	seq      uint64
	sessions map[string]uint64 // by id: those that have acknowledged
	news     chan struct{}     // has room for one
	parts    int               // of an answer that have come
}

func (a *asked) begin() *question {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open == nil {
		a.open = map[uint64]*question{}
	}
	a.last++
	q := &question{seq: a.last, sessions: map[string]uint64{}, news: make(chan struct{}, 1)}
	a.open[q.seq] = q
	return q
}

func (a *asked) end(q *question) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, q.seq)
}

func (a *asked) acknowledge(seq uint64, id string, session uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if q := a.open[seq]; q != nil {
		q.sessions[id] = session
		select {
		case q.news <- struct{}{}:
		default:
		}
	}
}

// heard notes a part of an answer that is not its last.
func (a *asked) heard(seq uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if q := a.open[seq]; q != nil {
		q.parts++
	}
}

func (a *asked) parts(q *question) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return q.parts
}

func (a *asked) has(q *question, m Member) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return q.sessions[m.ID] == m.Session
}

// Announce merges entries here and waits until every live member has merged and stored them too, those included that
// join meanwhile. A member that is found dead or leaves is not waited for any longer: missing has those that have not
// acknowledged, and they get the entries when they come back. An error of Options.Store is returned before anything is
// sent. When the context ends the entries may be with some and not with others, and spread all the same.
func (g *Gossip) Announce(ctx context.Context, entries []Entry) (missing []Member, err error) {
	if _, err := g.Apply(entries); err != nil {
		return nil, fmt.Errorf("announce: %w", err)
	}
	gone := map[string]Member{}
	for _, part := range chunks(entries) {
		m := g.message(kindAnnounce)
		m.entries = part
		missing, err := g.ask(ctx, m, g.options.Timing.Resend)
		for _, m := range missing {
			gone[m.ID] = m
		}
		if err != nil {
			return sorted(gone), fmt.Errorf("announce: %w", err)
		}
	}
	return sorted(gone), nil
}

func sorted(byID map[string]Member) []Member {
	var list []Member
	for _, m := range byID {
		list = append(list, m)
	}
	sortMembers(list)
	return list
}

// try is what was sent to a member, and when it is sent again.
type try struct {
	session uint64
	next    time.Time
	delay   time.Duration
}

// ask sends a message to every live member until it is acknowledged by all, those that join meanwhile included, and
// returns those that were alive and did not. It sends again after a time, and then after longer ones.
func (g *Gossip) ask(ctx context.Context, m *message, after time.Duration) (missing []Member, err error) {
	q := g.asked.begin()
	defer g.asked.end(q)
	m.seq = q.seq
	encoded := m.encode()
	resend := time.NewTicker(after)
	defer resend.Stop()
	tries := map[string]try{}
	seen := map[string]Member{}
	for {
		list, changed := g.members.view()
		waiting := false
		for _, m := range list {
			if m.State != Alive || m.ID == g.self.ID {
				continue
			}
			seen[m.ID] = m
			if g.asked.has(q, m) {
				continue
			}
			waiting = true
			if t, again := tries[m.ID].again(m, after, 8*g.options.Timing.Resend); again {
				tries[m.ID] = t
				g.outbox.send(m, encoded)
			}
		}
		if !waiting {
			return g.unacknowledged(q, seen), nil
		}
		select {
		case <-q.news:
		case <-changed:
		case <-resend.C:
		case <-ctx.Done():
			return g.unacknowledged(q, seen), context.Cause(ctx)
		case <-g.ctx.Done():
			return g.unacknowledged(q, seen), g.Err()
		}
	}
}

// again reports whether it is time to send to m, and what comes after that.
func (t try) again(m Member, first, longest time.Duration) (try, bool) {
	now := time.Now()
	if t.session != m.Session {
		return try{m.Session, now.Add(first), first}, true
	}
	if now.Before(t.next) {
		return t, false
	}
	delay := min(2*t.delay, longest)
	return try{t.session, now.Add(delay), delay}, true
}

func (g *Gossip) unacknowledged(q *question, seen map[string]Member) []Member {
	for id, m := range seen {
		if g.asked.has(q, m) {
			delete(seen, id)
		}
	}
	return sorted(seen)
}
