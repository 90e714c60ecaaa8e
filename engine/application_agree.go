package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/cluster"
)

// The nodes of an application agree on who they are in two steps. When the node with the lowest id sees all that are
// expected, it proposes them, itself among them, to all. Each acknowledges one proposal at a time, as soon as it sees all of
// them, too: news of members take a moment from node to node. When all have, the proposer goes: it begins to follow the others, which is the sign for them to begin, too; so does everyone who begins.
//
//	         propose              follow, by any that has begun
//	waiting ────────▶ acknowledged ────────▶ running
//	   ▲                   │
//	   └───────────────────┘ abort; or the proposer is gone, and no other node has begun
//
// Who waits for the go of a proposer that is gone asks the others whether they have begun. Each that has not will not
// do so on the proposer's word any more. So if nobody has, nobody will; and if somebody has, everybody hears it.

// proposal is a run that its proposer may begin.
type proposal struct {
	run      string
	proposer string // its id
	members  []cluster.Member
}

// proposeAgain bounds the pause before a proposal that was not acknowledged is repeated.
const proposeAgain = 100 * time.Millisecond

const notYet = "the application does not begin yet"

// agree waits for the other nodes and returns when the run has begun.
func (r *run) agree(ctx context.Context) error {
	said, why := "", ""
	r.mu.Lock()
	r.ready = true
	r.mu.Unlock()
	for {
		changed := r.node.Changed()
		members := r.node.Members()
		r.mu.Lock()
		started, refused, p := r.started, r.refused, r.acknowledged
		again := r.changed
		r.mu.Unlock()
		switch {
		case started:
			return nil
		case refused != nil:
			return refused
		case p != nil && !r.isMember(p.proposer):
			r.resolve(ctx, p)
			continue
		}
		var pause <-chan time.Time
		if p == nil && len(members) >= r.n && members[0].ID == r.self {
			err := r.propose(ctx, members[:r.n])
			if err == nil {
				continue
			}
			level := slog.LevelDebug
			if why != err.Error() {
				why, level = err.Error(), slog.LevelInfo
			}
			r.log.Log(ctx, level, notYet, "error", err)
			r.mu.Lock()
			over := r.started || r.refused != nil || r.acknowledged != nil // meanwhile
			again = r.changed                                              // that the proposal came to nothing is no change
			r.mu.Unlock()
			if over {
				continue
			}
			pause = time.After(proposeAgain/2 + time.Duration(rand.Text()[0])*proposeAgain/256)
		}
		if text := waitsFor(members, r.n); text != said {
			said = text
			r.log.Info("the application waits", "for", text)
		}
		select {
		case <-again:
		case <-changed:
		case <-pause:
		case <-ctx.Done():
			return fmt.Errorf("the application waits for %s: %w", said, context.Cause(ctx))
		}
	}
}

// waitsFor says what is missing for a run of n nodes to begin.
func waitsFor(members []cluster.Member, n int) string {
	if len(members) >= n {
		return fmt.Sprintf("node %s to begin", members[0].Name)
	}
	text := plural(n-len(members), "more node") + "; here:"
	for _, m := range members {
		text += " " + m.Name
	}
	return text
}

// propose asks the others to take part, and begins when all of them do. An error says why not; r.refused is set when that is for
// good.
func (r *run) propose(ctx context.Context, members []cluster.Member) error {
	p := &proposal{run: rand.Text(), proposer: r.self, members: members}
	r.mu.Lock()
	if r.started || r.acknowledged != nil { // meanwhile
		r.mu.Unlock()
		return nil
	}
	r.acknowledged, r.frozen = p, false
	r.mu.Unlock()
	q := runRequest{Ask: askPropose, Run: p.run}
	for _, m := range members {
		q.Nodes = append(q.Nodes, proposedNode{ID: m.ID, Name: m.Name})
	}
	asking, cancel := context.WithCancelCause(ctx)
	var watch sync.WaitGroup
	watch.Go(func() { cancel(r.awaitMembers(asking, members, false)) })
	err := r.askAll(asking, members, q)
	if err != nil && ctx.Err() == nil && asking.Err() != nil { // somebody has gone meanwhile
		err = context.Cause(asking)
	}
	cancel(nil)
	watch.Wait()
	if err == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.start(p)
		return nil
	}
	for _, final := range []error{errSurplus, errSizes} {
		if errors.Is(err, final) {
			r.refuseStart(err)
		}
	}
	r.forget(p.run)
	_ = r.askAll(ctx, members, runRequest{Ask: askAbort, Run: p.run}) // who does not hear it takes the next proposal all the same
	return err
}

// awaitMembers waits until all of some nodes are members, or until one of them is none; ErrGone says which that is.
func (r *run) awaitMembers(ctx context.Context, nodes []cluster.Member, all bool) error {
	for {
		changed := r.node.Changed()
		var missing error
		for _, m := range nodes {
			if missing == nil && !r.isMember(m.ID) {
				missing = fmt.Errorf("node %s %w", m.Name, ErrGone)
			}
		}
		if (missing == nil) == all {
			return missing
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// askAll asks all members but this one at once.
func (r *run) askAll(ctx context.Context, members []cluster.Member, q runRequest) error {
	var g errgroup.Group
	for _, m := range members {
		if m.ID == r.self {
			continue
		}
		g.Go(func() error {
			if err := r.ask(ctx, m, q); err != nil {
				return fmt.Errorf("node %s: %w", m.Name, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// acknowledge answers a proposal.
func (r *run) acknowledge(ctx context.Context, q runRequest) error {
	p := &proposal{run: q.Run, proposer: q.From}
	for _, m := range q.Nodes {
		p.members = append(p.members, cluster.Member{ID: m.ID, Name: m.Name})
	}
	if err := r.promise(p, false); err != nil {
		return err
	}
	if err := r.awaitMembers(ctx, p.members, true); err != nil {
		return err
	}
	return r.promise(p, true)
}

// promise says why this node cannot take part in a run, and notes that it will when it can and is to.
func (r *run) promise(p *proposal, note bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.started:
		return errSurplus
	case !r.ready, r.refused != nil:
		return errNotReady
	case r.acknowledged != nil && r.acknowledged.proposer != p.proposer: // a later one of the same proposer is in place of the first
		return errBusy
	case len(p.members) != r.n:
		r.refused = fmt.Errorf("%w: %d here, %d at another", errSizes, r.n, len(p.members))
		r.tell()
		return r.refused
	}
	if note {
		r.acknowledged, r.frozen = p, false
		r.tell()
	}
	return nil
}

// forget forgets a proposal that has not become a run.
func (r *run) forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.acknowledged; p != nil && p.run == id && !r.started {
		r.acknowledged = nil
		r.tell()
	}
}

// refuseStart ends the waiting for a run.
func (r *run) refuseStart(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.started && r.refused == nil {
		r.refused = err
		r.tell()
	}
}

// resolve finds out what has become of a proposal whose proposer is gone.
func (r *run) resolve(ctx context.Context, p *proposal) {
	if r.hasStarted(p.run) == nil { // and if not, will not by the proposer
		return
	}
	for _, m := range p.members {
		if m.ID == r.self || m.ID == p.proposer || !r.isMember(m.ID) {
			continue
		}
		if r.ask(ctx, m, runRequest{Ask: askStarted, Run: p.run}) == nil {
			r.mu.Lock()
			r.start(p)
			r.mu.Unlock()
			return
		}
	}
	r.forget(p.run)
}

// hasStarted tells whether a run has begun here; if not, it does not by the word of its proposer any more.
func (r *run) hasStarted(id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.started && r.id == id {
		return nil
	}
	if p := r.acknowledged; p != nil && p.run == id {
		r.frozen = true
	}
	return errNotRunning
}

// begun takes in that a run has begun at another node.
func (r *run) begun(q runRequest) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.acknowledged; p != nil && p.run == q.Run && !(r.frozen && q.From == p.proposer) {
		r.start(p)
	}
	if !r.started || r.id != q.Run {
		return errNotRunning
	}
	return nil
}

// start begins a run, if it has not begun. r.mu is held.
func (r *run) start(p *proposal) {
	if r.started {
		return
	}
	r.started, r.id, r.members = true, p.run, p.members
	r.peers = make([]peer, len(p.members))
	for i, m := range p.members {
		r.peers[i] = peer{arrived: map[string]int{}, recovered: map[int]bool{}}
		if m.ID == r.self {
			r.index = i
		}
	}
	r.tell()
}
