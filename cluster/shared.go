package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eau2db/eau2/cluster/gossip"
)

// Join makes a node, just opened, one of many, as Peers and Mesh do. Tables that it made alone become known to the others.
// After an error it is to be closed.
func (n *Node) Join(ctx context.Context, join func(context.Context, Local) (Network, error)) error {
	net, err := join(ctx, Local{ID: n.id, Cluster: n.place.cluster(), SetCluster: n.place.setCluster, Known: n.place.peers(), SetKnown: n.place.setPeers})
	if err != nil {
		return err
	}
	n.net = net
	n.remote = newRemote(n)
	n.change.Lock()
	err = n.version()
	n.change.Unlock()
	if err != nil {
		return err
	}
	if err := net.Serve(ctx, (*handler)(n)); err != nil {
		return err
	}
	n.startRepair(repairDelay)
	return nil
}

// Leave takes the node out of its cluster: the others do without it from now on, and what they have asked for comes to
// its end. What is here stays readable until Close.
func (n *Node) Leave() error {
	if n.net == nil {
		return nil
	}
	if r := n.repairer(); r != nil {
		r.close()
	}
	return n.net.Close()
}

// version gives the tables that have no version theirs: those that were made alone.
func (n *Node) version() error {
	for _, e := range n.catalogue.names.Entries() {
		if e.Dropped || e.Named.Count > 0 {
			continue
		}
		e = n.made(e.ID, e.Name)
		if err := n.place.publish(e); err != nil {
			return err
		}
		n.mu.Lock()
		n.catalogue.put(e)
		n.mu.Unlock()
	}
	return nil
}

// next returns a version after all that are known.
func (n *Node) next() gossip.Stamp {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.catalogue.clock++
	return gossip.Stamp{Count: n.catalogue.clock, Node: n.id}
}

// made returns the entry of a table that is made here and now.
func (n *Node) made(id, name string) Entry {
	v := n.next()
	return Entry{ID: id, Name: name, Named: v, Made: v, Home: n.id, Maker: n.net.Self().Name, Replicas: n.replicas}
}

// announce makes a new table known to all live nodes, or to none.
func (n *Node) announce(ctx context.Context, name string, s *stored) (*Table, error) {
	if err := n.naming.take(ctx); err != nil {
		return nil, err
	}
	defer n.naming.pass()
	if err := n.free(name); err != nil {
		return nil, err
	}
	e := n.made(s.id, name)
	if err := n.prepare(s); err != nil {
		return nil, err
	}
	if err := n.net.Announce(ctx, []Entry{e}); err != nil {
		e.Dropped = true
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
		defer cancel()
		return nil, also(err, n.net.Announce(undo, []Entry{e}))
	}
	return n.TableOf(ctx, s.id)
}

// undoTime is how long it may take to take a failed change back. Nodes that hear nothing of it clear up themselves.
const undoTime = 5 * time.Second

func (n *Node) dropShared(ctx context.Context, name string) error {
	s, err := n.find(name)
	if err != nil {
		return err
	}
	defer s.release()
	e, _ := n.entry(s.id)
	e.Dropped = true
	return n.net.Announce(ctx, []Entry{e})
}

func (n *Node) renameShared(ctx context.Context, from, to string) error {
	if err := n.naming.take(ctx); err != nil {
		return err
	}
	defer n.naming.pass()
	e, s, err := n.renamed(ctx, from, to)
	if err != nil {
		return err
	}
	defer s.release()
	if from == to {
		return nil
	}
	e.Named = n.next()
	return n.net.Announce(ctx, []Entry{e})
}

// merge takes in what nodes say of tables. When it returns nil it is on stable storage.
func (n *Node) merge(entries []Entry) error {
	n.change.Lock()
	defer n.change.Unlock()
	var errs []error
	for _, e := range entries {
		if err := n.mergeOne(e); err != nil {
			errs = append(errs, failTable("take over", e.ID, err))
		}
	}
	return errors.Join(errs...)
}

func (n *Node) mergeOne(e Entry) error {
	if !isTableID(e.ID) {
		return fmt.Errorf("%w: the id %q of a table", ErrCorrupt, e.ID)
	}
	if !e.Dropped {
		if err := checkName(e.Name); err != nil {
			return err
		}
	}
	n.mu.RLock()
	closed := n.tables == nil
	merged, changed := n.catalogue.with(e)
	n.mu.RUnlock()
	if closed {
		return ErrClosed
	}
	if !changed {
		return nil
	}
	if err := n.place.publish(merged); err != nil {
		return err
	}
	if merged.Dropped {
		return n.takeDrop(merged)
	}
	n.takeOver(merged)
	n.store.wakeTable(e.ID)
	n.repairer().tell()
	return nil
}

// takeOver puts a table into the catalogue in memory. There is no moment in which it is not found: other nodes that have its
// entry already may ask for its chunks.
func (n *Node) takeOver(e Entry) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.tables[e.ID]
	if s == nil {
		if p := n.prepared[e.ID]; p != nil {
			s = p.take()
		}
	}
	if s == nil {
		s = newStored(e.ID, n, nil)
	}
	delete(n.prepared, e.ID)
	n.put(e, s)
}

// takeDrop removes a table that was dropped.
func (n *Node) takeDrop(e Entry) error {
	n.mu.Lock()
	n.catalogue.put(e)
	n.tell() // the name may be another table's now
	s, p := n.tables[e.ID], n.prepared[e.ID]
	delete(n.tables, e.ID)
	delete(n.prepared, e.ID)
	n.mu.Unlock()
	var err error
	if p != nil {
		err = p.drop()
	}
	n.place.remove(e.ID)
	if s != nil {
		err = also(err, s.release())
	}
	return err
}
