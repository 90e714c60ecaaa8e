package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/cluster/wire"
)

// kindRun is the kind of all requests between the nodes of an application.
const kindRun = "run"

// What nodes of an application ask each other.
const (
	askPropose = "propose" // to acknowledge Nodes as those of Run
	askAbort   = "abort"   // to forget that
	askStarted = "started" // whether Run has begun there; if not, its proposer must not begin it any more
	askFollow  = "follow"  // for the events of Run from At on, as they come; it has begun at node From
	askRefuse  = "refuse"  // to do without: a run goes on without that node
)

type runRequest struct {
	Ask   string         `json:"ask"`
	Run   string         `json:"run,omitempty"`
	From  string         `json:"from,omitempty"` // id of the node that asks
	At    int            `json:"at,omitempty"`
	Nodes []proposedNode `json:"nodes,omitempty"` // by index
}

type proposedNode struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Answers to those.
var (
	errNoApplication = errors.New("the node runs no application")
	errNotRunning    = errors.New("the node is not one of this run")
	errNotReady      = errors.New("the node is not ready yet")
	errBusy          = errors.New("the node is about to begin with others")
	errSurplus       = errors.New("the run has begun with all nodes that it is for; this one is too many")
	errSizes         = errors.New("the nodes do not agree on how many take part")
)

func init() {
	for name, err := range map[string]error{
		"run none": errNoApplication, "run other": errNotRunning, "run unready": errNotReady, "run busy": errBusy, "run surplus": errSurplus, "run sizes": errSizes, "run gone": ErrGone,
	} {
		wire.RegisterError(name, err)
	}
}

// serveRun answers the other nodes of an application.
func (e *Engine) serveRun(ctx context.Context, request []byte, out func([]byte) error) error {
	r := e.opt.run
	if r == nil {
		return errNoApplication
	}
	var q runRequest
	if err := decode(request, &q); err != nil {
		return err
	}
	switch q.Ask {
	case askPropose:
		return r.acknowledge(ctx, q)
	case askAbort:
		r.forget(q.Run)
		return nil
	case askStarted:
		return r.hasStarted(q.Run)
	case askRefuse:
		r.refuseStart(errSurplus)
		return nil
	case askFollow:
		if err := r.begun(q); err != nil {
			return err
		}
		return r.giveEvents(ctx, q.At, out)
	}
	return fmt.Errorf("%w: ask %q", wire.ErrGarbled, q.Ask)
}

// ask asks a node something that has no answer but an error.
func (r *run) ask(ctx context.Context, to cluster.Member, q runRequest) error {
	q.From = r.self
	return r.node.Fetch(ctx, to, kindRun, encode(q), func([]byte) error { return nil })
}

// giveEvents gives the events of this node from at on, as they come, until there are no more.
func (r *run) giveEvents(ctx context.Context, at int, out func([]byte) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		if at < 0 || at > len(r.events) {
			return fmt.Errorf("%w: event %d of %d", wire.ErrGarbled, at, len(r.events))
		}
		if at < len(r.events) {
			e := r.events[at]
			r.mu.Unlock()
			err := out(e)
			r.mu.Lock()
			if err != nil {
				return err
			}
			at++
			continue
		}
		if r.closed {
			return nil
		}
		if err := r.wait(ctx); err != nil {
			return err
		}
	}
}

// A node whose log breaks off is asked again some times, unless it is no member any more.
const (
	followTries = 3
	followPause = 200 * time.Millisecond
)

// follow takes in what node i tells, until it has told all, or is gone.
func (r *run) follow(ctx context.Context, i int) {
	to := r.members[i]
	q := runRequest{Ask: askFollow, Run: r.id, From: r.self}
	for tries := 1; ; tries++ {
		changed := r.node.Changed()
		err := r.node.Fetch(ctx, to, kindRun, encode(q), func(b []byte) error {
			e, err := decodeEvent(b, r.n)
			if err != nil {
				return err
			}
			q.At++
			tries = 1
			r.mu.Lock()
			defer r.mu.Unlock()
			r.apply(i, e)
			return nil
		})
		if err == nil || ctx.Err() != nil {
			return
		}
		r.mu.Lock()
		over := r.settled || r.peers[i].lost
		if over { // it has left, or is as good as gone
			r.peers[i].bye = true
			r.tell()
		} else if !errors.Is(err, cluster.ErrUnavailable) || tries >= followTries || !r.isMember(to.ID) {
			over = true
			r.lose(i, err)
		}
		r.mu.Unlock()
		if over {
			return
		}
		pause(ctx, changed, followPause)
	}
}

// pause waits for a change of the members, or some time.
func pause(ctx context.Context, changed <-chan struct{}, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (r *run) isMember(id string) bool {
	for _, m := range r.node.Members() {
		if m.ID == id {
			return true
		}
	}
	return false
}

// decodeEvent reads an event of one of n nodes.
func decodeEvent(b []byte, n int) (e event, err error) {
	if err := decode(b, &e); err != nil {
		return e, err
	}
	if e.Kind == eventFail {
		e.err = wire.DecodeError("", e.Err)
	}
	switch e.Kind {
	case eventArrive, eventEnd, eventBye:
	case eventFail, eventLost, eventRecovered:
		if e.Index < 0 || e.Index >= n {
			return e, fmt.Errorf("%w: node %d of %d", wire.ErrGarbled, e.Index, n)
		}
	default:
		return e, fmt.Errorf("%w: event %q", wire.ErrGarbled, e.Kind)
	}
	return e, nil
}

// refuse tells nodes that come while the run goes on that they are too many.
func (r *run) refuse(ctx context.Context) {
	told := map[string]bool{}
	for ctx.Err() == nil {
		changed := r.node.Changed()
		for _, m := range r.node.Members() {
			if told[m.ID] || r.takesPart(m.ID) {
				continue
			}
			if r.ask(ctx, m, runRequest{Ask: askRefuse}) == nil {
				told[m.ID] = true
				r.log.Warn("a node has come that is too many for the application", "node", m.Name)
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// takesPart reports whether a node is one of the run, and not lost.
func (r *run) takesPart(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, m := range r.members {
		if m.ID == id {
			return !r.peers[i].lost
		}
	}
	return false
}
