package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/cluster/wire"
)

// run is an application on one node.
//
// First the nodes agree on who they are (application_agree.go). Then each keeps a log of events: it has come to a barrier, has
// ended, has failed, has missed another. Every other node follows that log by a request that stays open
// (application_follow.go), so that all know of all, and find out at once when a node is gone: its log breaks off. A node leaves
// in two steps, so that no end of a log is taken for a death: it says that it has ended; when it knows that all living nodes have, it
// says so, too; and when all have said that, everybody knows all there is to know.
type run struct {
	app  Application
	n    int
	log  *slog.Logger
	node *cluster.Node
	self string // its id
	own  *Node  // what the application sees

	mu      sync.Mutex
	changed chan struct{} // closed when anything of the following has changed

	ready        bool      // the node has joined the others
	acknowledged *proposal // that waits for the go
	frozen       bool      // its proposer's go comes too late
	refused      error     // ends the waiting for a run

	started bool
	id      string
	members []cluster.Member // by index
	index   int              // of this node
	peers   []peer           // by index
	events  [][]byte         // of this node
	closed  bool             // there are no more events
	lost    []int            // Recover has not been called with
	losses  int              // how many nodes are lost
	settled bool             // all living nodes have ended: who leaves now is not missed
	cause   error            // why the run ends early
	cancel  context.CancelCauseFunc
}

// peer is what a node has said, the own one too.
type peer struct {
	arrived   map[string]int // how often it has come to a barrier
	recovered map[int]bool   // nodes whose loss it has recovered from
	ended     bool           // Run has returned
	bye       bool           // it knows that all have ended
	lost      bool
	err       error // of its Run
}

func newRun(n int, app Application) *run { return &run{app: app, n: n, changed: make(chan struct{})} }

// What a node tells.
const (
	eventArrive    = "arrive"    // it has come to the barrier Name
	eventFail      = "fail"      // Run or Recover of the node Index, or its own, has returned Err
	eventEnd       = "end"       // its Run has returned
	eventLost      = "lost"      // it has missed the node Index
	eventRecovered = "recovered" // its Recover has returned for the node Index
	eventBye       = "bye"       // it knows that all have ended
)

type event struct {
	Kind  string `json:"kind"`
	Name  []byte `json:"name,omitempty"`
	Index int    `json:"index,omitempty"`
	Err   []byte `json:"err,omitempty"`

	err error // that Err is of, where it is this node's
}

// emit tells an event to all. r.mu is held.
func (r *run) emit(e event) {
	if e.err != nil {
		e.Err = wire.EncodeError(e.err)
	}
	r.events = append(r.events, encode(e))
	r.apply(r.index, e)
}

// apply takes in what node i has told. r.mu is held.
func (r *run) apply(i int, e event) {
	defer r.tell()
	p := &r.peers[i]
	switch e.Kind {
	case eventArrive:
		p.arrived[string(e.Name)]++
	case eventFail:
		if failed := &r.peers[e.Index]; failed.err == nil {
			failed.err = e.err
			r.end(&NodeError{Name: r.members[e.Index].Name, Index: e.Index, Err: e.err})
			if e.Index != r.index { // so that nobody hears of what comes of it first
				r.emit(e)
			}
		}
	case eventEnd:
		p.ended = true
	case eventLost:
		switch {
		case i == r.index: // see lose
		case e.Index == r.index:
			r.end(&NodeError{Name: r.members[r.index].Name, Index: r.index, Err: errGivenUp})
		default:
			r.lose(e.Index, errors.New("another node cannot reach it"))
		}
	case eventRecovered:
		p.recovered[e.Index] = true
	case eventBye:
		p.bye = true
	}
}

// errGivenUp is for a node that lives, but that others think is gone.
var errGivenUp = errors.New("the other nodes could not reach it and go on without it")

// tell wakes who waits for a change. r.mu is held.
func (r *run) tell() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// end ends the run early. r.mu is held.
func (r *run) end(cause error) {
	if r.cause == nil {
		r.cause = cause
		r.cancel(cause)
	}
}

// lose notes that node i is gone. r.mu is held.
func (r *run) lose(i int, why error) {
	p := &r.peers[i]
	if r.settled || p.lost {
		return
	}
	p.lost = true
	r.losses++
	r.log.Warn("a node of the application is gone", "node", r.members[i].Name, "index", i, "error", why)
	r.emit(event{Kind: eventLost, Index: i})
	if _, ok := r.app.(Recoverer); ok {
		r.lost = append(r.lost, i)
	} else {
		r.end(&NodeError{Name: r.members[i].Name, Index: i, Err: ErrGone})
	}
}

// recovered reports whether a node has recovered from all losses. r.mu is held.
func (r *run) recovered(p *peer) bool { return len(p.recovered) >= r.losses || r.cause != nil }

// attach tells the run of its engine, before the others can ask it anything.
func (r *run) attach(e *Engine) { r.log, r.node, r.self = e.opt.Logger, e.node, e.node.ID() }

// run is the life of the application on this node.
func (r *run) run(ctx context.Context, e *Engine) error {
	if err := r.agree(ctx); err != nil {
		return err
	}
	runCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r.cancel = cancel
	r.own = &Node{run: r, engine: e}
	r.own.store = newStore(r)
	follow, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var tasks sync.WaitGroup
	for i := range r.members {
		if i != r.index {
			tasks.Go(func() { r.follow(follow, i) })
		}
	}
	tasks.Go(func() { r.refuse(follow) })
	tasks.Go(func() { r.recoverLost(follow, runCtx) })
	r.returned(callUser(func() error { return r.app.Run(runCtx, r.own) }))
	r.leave(ctx)
	stop()
	tasks.Wait()
	return r.outcome()
}

// returned notes that Run has returned. What it returns once the run has ended is an echo of that.
func (r *run) returned(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil && r.cause == nil {
		r.emit(event{Kind: eventFail, Index: r.index, err: err})
	}
	r.emit(event{Kind: eventEnd})
}

// leaveTime is how long a node that is interrupted waits for the others.
const leaveTime = 5 * time.Second

// leave waits until all living nodes have ended, and know it.
func (r *run) leave(ctx context.Context) {
	wait, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(leaveTime, cancel) })()
	interrupted := context.AfterFunc(ctx, func() { r.fail(context.Cause(ctx)) })
	defer interrupted()
	r.mu.Lock()
	defer r.mu.Unlock()
	told := false
	for !r.all(func(p *peer) bool { return p.ended && r.recovered(p) }) {
		if !told {
			r.log.Info("the application waits for the other nodes to end")
			told = true
		}
		if r.wait(wait) != nil {
			return
		}
	}
	r.settled = true
	r.emit(event{Kind: eventBye})
	r.closed = true
	for !r.all(func(p *peer) bool { return p.bye }) && r.wait(wait) == nil {
	}
}

// fail ends the run with an error of this node.
func (r *run) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cause == nil && !r.settled {
		r.emit(event{Kind: eventFail, Index: r.index, err: err})
	}
}

// all reports whether f holds for all living nodes. r.mu is held.
func (r *run) all(f func(p *peer) bool) bool {
	for i := range r.peers {
		if p := &r.peers[i]; !p.lost && !f(p) {
			return false
		}
	}
	return true
}

// recoverLost calls Recover until follow ends, which is after the run.
func (r *run) recoverLost(follow, runCtx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		if lost := r.lost; len(lost) > 0 && r.cause == nil {
			r.lost = nil
			r.mu.Unlock()
			err := callUser(func() error { return r.app.(Recoverer).Recover(runCtx, r.own, lost) })
			r.mu.Lock()
			if err != nil && r.cause == nil {
				r.emit(event{Kind: eventFail, Index: r.index, err: err})
			}
			for _, i := range lost {
				r.emit(event{Kind: eventRecovered, Index: i})
			}
			continue
		}
		if r.wait(follow) != nil {
			return
		}
	}
}

// outcome is what the run has come to: that a node is gone, and the error that a node has had, the one of the lowest index.
func (r *run) outcome() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cause == nil {
		return nil
	}
	var gone, failed error
	for i := range r.peers {
		p := &r.peers[i]
		if p.err != nil && failed == nil {
			failed = &NodeError{Name: r.members[i].Name, Index: i, Err: p.err}
		}
		if _, ok := r.app.(Recoverer); !ok && p.lost && gone == nil {
			gone = &NodeError{Name: r.members[i].Name, Index: i, Err: ErrGone}
		}
	}
	switch {
	case gone != nil && failed != nil:
		return fmt.Errorf("%w; %w", gone, failed)
	case gone != nil:
		return gone
	case failed != nil:
		return failed
	}
	return r.cause
}
