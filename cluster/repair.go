package cluster

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// repairDelay is how long the members must have been the same before chunks are copied: a node that is started again is
// back by then.
const repairDelay = 30 * time.Second

// repairer brings the chunks of this node to what the placement says, after nodes have come or gone and after tables have been
// made: it copies those that the node is a home of and lacks, and removes those that are surplus.
type repairer struct {
	node  *Node
	delay time.Duration
	ctx   context.Context
	stop  context.CancelFunc
	done  chan struct{}
	news  chan struct{} // has room for one: there is a new table

	// These are used by one goroutine.
	members []Member        // that the tables were right for
	right   map[string]bool // ids of tables of which nothing is to be done

	valuesRight bool // nothing is to be done of the values that are of no table

	mu       sync.Mutex
	progress Repair
}

// Repair tells how far a node is with copying what it lacks.
type Repair struct {
	Running bool   // chunks are being copied or removed now
	Copied  int    // chunks, since it began to
	Bytes   int64  // of those
	ToCopy  int    // chunks, those that are copied already among them
	Failed  string // why the last attempt did not do all of it, "" if it did; another will follow

	// Since the node was started:
	AllCopied int64 // chunks
	AllBytes  int64 // of those
	Removed   int64 // chunks that were surplus
}

func (n *Node) startRepair(delay time.Duration) {
	r := &repairer{node: n, delay: delay, done: make(chan struct{}), news: make(chan struct{}, 1)}
	r.ctx, r.stop = context.WithCancel(context.Background())
	n.mu.Lock()
	n.repair = r
	n.mu.Unlock()
	go func() {
		defer close(r.done)
		r.run()
	}()
}

// repairer returns that of the node, nil before it has joined.
func (n *Node) repairer() *repairer {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.repair
}

func (r *repairer) close() {
	r.stop()
	<-r.done
}

// tell says that there is a new table.
func (r *repairer) tell() {
	if r == nil {
		return
	}
	select {
	case r.news <- struct{}{}:
	default:
	}
}

// run repairs when the members have changed and then been the same for a while, a while after a table was made, and again
// where that failed.
func (r *repairer) run() {
	for r.ctx.Err() == nil {
		changed := r.node.net.Changed()
		if !r.wait(changed, nil, r.delay) {
			continue
		}
		if r.all() == nil {
			r.wait(changed, r.news, -1)
		}
	}
}

// wait reports whether the time has passed without a change or news. A negative time never passes.
func (r *repairer) wait(changed, news <-chan struct{}, d time.Duration) bool {
	var passed <-chan time.Time
	if d >= 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		passed = t.C
	}
	select {
	case <-passed:
		return true
	case <-changed:
	case <-news:
	case <-r.ctx.Done():
	}
	return false
}

// Progress tells how far this node's repair is.
func (n *Node) Progress() Repair {
	r := n.repairer()
	if r == nil {
		return Repair{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.progress
}

func (r *repairer) note(f func(*Repair)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.progress)
}

// all repairs all tables.
func (r *repairer) all() error {
	members := r.node.Members()
	if !slices.Equal(members, r.members) {
		r.members, r.right, r.valuesRight = members, map[string]bool{}, false
	}
	tables, err := r.tables()
	toCopy := 0
	for _, t := range tables {
		toCopy += len(t.lacks)
	}
	r.note(func(p *Repair) { p.Running, p.Copied, p.Bytes, p.ToCopy = len(tables) > 0, 0, 0, toCopy })
	errs := []error{err, r.values()}
	for _, t := range tables {
		err := r.table(t)
		if err == nil {
			r.right[t.ID()] = true
		}
		if !r.gone(t.ID()) {
			errs = append(errs, failTable("repair", t.name, err))
		}
		errs = append(errs, t.Release())
	}
	err = errors.Join(errs...)
	if err == nil && !slices.Equal(members, r.node.Members()) {
		err = errMembersChanged
	}
	failed := ""
	if err != nil {
		failed = err.Error()
	}
	r.note(func(p *Repair) { p.Running, p.Failed = false, failed })
	return err
}

var errMembersChanged = errors.New("nodes have come or gone meanwhile")

// repairing is a table that is not as it should be.
type repairing struct {
	*Table
	placed  *placement
	lacks   []int // chunks that this node is a home of and does not have
	surplus []int // chunks that it has and is not a home of
	empty   bool  // there are no chunks, and this node is to have what there is beside
}

// tables finds and holds the tables that are not as they should be.
func (r *repairer) tables() (tables []*repairing, err error) {
	var errs []error
	for _, e := range r.node.entries() {
		if e.Dropped || r.right[e.ID] || r.ctx.Err() != nil {
			continue
		}
		t, err := r.node.TableOf(r.ctx, e.ID)
		if err != nil {
			if !errors.Is(err, ErrNoTable) {
				errs = append(errs, err)
			}
			continue
		}
		p := &repairing{Table: t, placed: r.node.placements.of(e.ID, r.members, e.Replicas)}
		p.lacks, p.surplus = r.node.misplaced(t, p.placed)
		_, nothing := t.content.values.(*remoteValues)
		p.empty = nothing && len(t.content.manifest.chunks) == 0 && p.placed.isHome(r.node.id, 0)
		if len(p.lacks)+len(p.surplus) > 0 || p.empty {
			tables = append(tables, p)
			continue
		}
		r.right[e.ID] = true
		errs = append(errs, t.Release())
	}
	if r.ctx.Err() != nil {
		errs = append(errs, r.ctx.Err())
	}
	return tables, errors.Join(errs...)
}

// misplaced returns the chunks of a table that are to be here and are not, and the other way round.
func (n *Node) misplaced(t *Table, p *placement) (lacks, surplus []int) {
	m := t.content.manifest
	if len(m.fields) == 0 {
		return nil, nil
	}
	for i, chunk := range m.chunks {
		switch home, here := p.isHome(n.id, chunk), t.content.values.has(i); {
		case home && !here:
			lacks = append(lacks, i)
		case here && !home:
			surplus = append(surplus, i)
		}
	}
	return lacks, surplus
}

// table repairs a table.
func (r *repairer) table(t *repairing) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if len(t.lacks) > 0 || t.empty {
		if err := r.copy(t.Table, t.lacks); err != nil {
			return err
		}
	}
	if len(t.surplus) > 0 {
		return r.remove(t)
	}
	return nil
}

// gone removes what was written of a table that has been dropped meanwhile.
func (r *repairer) gone(id string) bool {
	if e, known := r.node.entry(id); known && !e.Dropped {
		return false
	}
	r.node.place.remove(id)
	return true
}
