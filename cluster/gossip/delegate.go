package gossip

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"sync"

	"github.com/hashicorp/memberlist"
)

// delegate is what memberlist calls. Some calls come under its locks: none may wait, or call memberlist.
type delegate struct{ *Gossip }

// NodeMeta is what the others come to know of this node.
func (d delegate) NodeMeta(int) []byte {
	return encodeMeta(d.Cluster(), d.self)
}

// NotifyMsg takes a message of another node.
func (d delegate) NotifyMsg(b []byte) { d.take(b) }

// GetBroadcasts has nothing: see the package.
func (d delegate) GetBroadcasts(int, int) [][]byte { return nil }

// LocalState is what memberlist takes to another node with its own state.
func (d delegate) LocalState(bool) []byte {
	return d.message(kindDigest).encode()
}

// MergeRemoteState gets what LocalState was at another node.
func (d delegate) MergeRemoteState(b []byte, _ bool) { d.take(b) }

// NotifyJoin is called when a session is there.
func (d delegate) NotifyJoin(n *memberlist.Node) { d.note(n, Alive) }

// NotifyUpdate is called when a session says something else of itself.
func (d delegate) NotifyUpdate(n *memberlist.Node) { d.note(n, Alive) }

// NotifyLeave is called when a session is gone; whether it left it has told us itself.
func (d delegate) NotifyLeave(n *memberlist.Node) { d.note(n, Dead) }

func (d delegate) note(n *memberlist.Node, s State) {
	m, _, err := parseNode(n)
	if err != nil {
		d.log.Warn("member not understood", "err", err)
		return
	}
	if m.ID == d.self.ID {
		d.noteSelf(m, s)
		return
	}
	m.State = s
	if d.members.set(m) {
		d.enqueue(event{greet: m})
	}
}

func (d delegate) noteSelf(m Member, s State) {
	if m.Session == d.self.Session && s == Alive {
		m.State = Alive
		d.members.set(m)
	}
}

// NotifyAlive is called when a member is heard of, and refuses those that are not of us.
func (d delegate) NotifyAlive(n *memberlist.Node) error {
	m, cluster, err := parseNode(n)
	if err != nil {
		return err
	}
	if m.ID == d.self.ID {
		switch {
		case m.Session > d.self.Session:
			d.stop(ErrSuperseded)
			return ErrSuperseded
		case m.Session < d.self.Session:
			return d.refusals.add(refusal{err: errors.New("an earlier session of this node")})
		}
		return nil
	}
	if own := d.Cluster(); own == "" || cluster != own {
		return d.refusals.add(refusal{cluster: cluster, err: fmt.Errorf("member %s %w", m.ID, ErrOtherCluster)})
	}
	if d.members.later(m.ID, m.Session) {
		return d.refusals.add(refusal{err: fmt.Errorf("an earlier session of member %s", m.ID)})
	}
	return d.accept(m)
}

// NotifyMerge is called when this node joins another, or another joins this one, with all that are known there. An error
// keeps them apart.
func (d delegate) NotifyMerge(nodes []*memberlist.Node) error {
	own, found := d.Cluster(), ""
	for _, n := range nodes {
		m, cluster, err := parseNode(n)
		if err != nil {
			return d.refusals.add(refusal{err: err})
		}
		if m.ID != d.self.ID && (n.State == memberlist.StateAlive || n.State == memberlist.StateSuspect) {
			if err := d.accept(m); err != nil {
				return d.refusals.add(refusal{err: err})
			}
		}
		switch {
		case own == "" && cluster == "": // it knows nobody but itself
			return d.refusals.add(refusal{from: m, err: errors.New("neither is of a cluster yet")})
		case own == "":
			found = cluster // those that follow may be refused
		case cluster == "":
			return d.refusals.add(refusal{from: m, err: fmt.Errorf("node %s is not of a cluster yet", m.ID)})
		case cluster != own:
			return d.refusals.add(refusal{cluster: cluster, err: fmt.Errorf("node %s is of cluster %s", m.ID, cluster)})
		}
	}
	if own == "" && found == "" { // it has not even come to know itself
		return d.refusals.add(refusal{starting: true, err: errors.New("it is just starting")})
	}
	if own == "" {
		return d.refusals.add(refusal{cluster: found, err: errors.New("this node is not of a cluster yet")})
	}
	return nil
}

func (d delegate) accept(m Member) error {
	if d.options.Accept == nil {
		return nil
	}
	return d.options.Accept(m)
}

// NotifyConflict is called when two have one session name and different addresses.
func (d delegate) NotifyConflict(has, other *memberlist.Node) {
	d.log.Error("two nodes have one id and session", "id", has.Name, "address", has.Address(), "other", other.Address())
}

// refusal says why NotifyMerge has refused somebody.
type refusal struct {
	cluster string // of the other, "" when it has none
	from    Member // the other, when it or this node has no cluster
	err     error

	starting bool // nothing is known of the other yet
}

// refusals keeps the last ones. memberlist makes text of errors, so they are found again by a number in it.
type refusals struct {
	mu   sync.Mutex
	last uint64
	kept map[uint64]refusal
}

const (
	refusalMark = " [refusal "
	maxRefusals = 1024
)

var refusalNumber = regexp.MustCompile(regexp.QuoteMeta(refusalMark) + `(\d+)\]`)

func (r *refusals) add(one refusal) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept == nil {
		r.kept = map[uint64]refusal{}
	}
	r.last++
	r.kept[r.last] = one
	delete(r.kept, r.last-maxRefusals)
	return fmt.Errorf("%w%s%d]", one.err, refusalMark, r.last)
}

func (r *refusals) find(err error) (refusal, bool) {
	found := refusalNumber.FindStringSubmatch(err.Error())
	if found == nil {
		return refusal{}, false
	}
	n, err := strconv.ParseUint(found[1], 10, 64)
	r.mu.Lock()
	defer r.mu.Unlock()
	one, ok := r.kept[n]
	return one, ok && err == nil
}
