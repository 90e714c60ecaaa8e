package gossip

import (
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// members is what is known of nodes, this one included.
type members struct {
	log *slog.Logger

	mu      sync.Mutex
	byID    map[string]Member
	changed chan struct{} // closed at the next change
}

func newMembers(known []Member, log *slog.Logger) *members {
	t := &members{log: log, byID: map[string]Member{}, changed: make(chan struct{})}
	for _, m := range known {
		if m.State != Left {
			m.State = Dead
		}
		m.Since = time.Now()
		t.byID[m.ID] = m
	}
	return t
}

// set takes over what is said of a session, unless a later one is known. It reports whether that is new. memberlist calls
// it, holding locks: it must not wait.
func (t *members) set(m Member) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	old, known := t.byID[m.ID]
	switch {
	case known && m.Session < old.Session:
		return false
	case known && m.Session == old.Session && m.State == Dead && old.State == Left:
		return false // that it is gone is no news
	}
	m.Since = time.Now()
	if m.State == old.State && m.Session == old.Session {
		m.Since = old.Since
		if m == old {
			return false
		}
	}
	t.byID[m.ID] = m
	t.notify()
	t.log.Info("member is "+m.State.String(), "id", m.ID, "name", m.Name, "address", m.Gossip)
	return m.State == Alive && (old.State != Alive || old.Session != m.Session)
}

// left notes that a session has said that it leaves.
func (t *members) left(id string, session uint64) {
	t.mu.Lock()
	m, ok := t.byID[id]
	t.mu.Unlock()
	if ok && m.Session == session {
		m.State = Left
		t.set(m)
	}
}

func (t *members) forget(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if m, ok := t.byID[id]; ok && m.State != Alive {
		delete(t.byID, id)
		t.notify()
	}
}

func (t *members) notify() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// view returns the members in order of ids, and a channel that is closed when that has changed.
func (t *members) view() ([]Member, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := slices.Collect(maps.Values(t.byID))
	sortMembers(list)
	return list, t.changed
}

// session returns a member when its session is this one.
func (t *members) session(id string, session uint64) (Member, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m, ok := t.byID[id]
	return m, ok && m.Session == session
}

// later reports whether a node is known to have begun a session after this one.
func (t *members) later(id string, session uint64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.byID[id].Session > session
}
