package cluster

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
)

// Health is how a cluster is: as each node says of itself what it has.
type Health struct {
	Nodes  []NodeHealth  // by id
	Tables []TableHealth // by name
}

// NodeHealth is how a node is.
type NodeHealth struct {
	Member
	Chunks int    // that it has
	Lacks  int    // chunks that it is to have and has not
	Repair Repair // what it does about that
	Err    error  // why it does not say
}

// TableHealth is how the chunks of a table are.
type TableHealth struct {
	Name    string
	Chunks  int
	Copies  int // that each chunk is to have
	Few     int // chunks that have fewer, those that have none among them
	None    int // chunks that no live node has
	Surplus int // copies beyond what chunks are to have
}

// Health asks all live nodes how they are. One that cannot be reached says so in its Err, and has nothing.
func (n *Node) Health(ctx context.Context) (Health, error) {
	members := n.Members()
	reports := make([]report, len(members))
	var asking sync.WaitGroup
	for i, m := range members {
		asking.Go(func() { reports[i] = n.askHealth(ctx, m) })
	}
	asking.Wait()
	h := Health{Nodes: make([]NodeHealth, len(members))}
	for i, m := range members {
		h.Nodes[i] = NodeHealth{Member: m, Repair: reports[i].repair, Err: reports[i].err}
	}
	for _, e := range n.entries() {
		if e.Dropped {
			continue
		}
		err := n.tableHealth(ctx, e, members, reports, &h)
		if err != nil && !errors.Is(err, ErrNoTable) {
			return h, failTable("find", e.ID, err)
		}
	}
	slices.SortFunc(h.Tables, func(a, b TableHealth) int { return cmp.Compare(a.Name, b.Name) })
	return h, ctx.Err()
}

// tableHealth adds a table to h.
func (n *Node) tableHealth(ctx context.Context, e Entry, members []Member, reports []report, h *Health) error {
	t, err := n.TableOf(ctx, e.ID)
	if err != nil {
		return err
	}
	defer t.Release()
	placed := n.placements.of(e.ID, members, e.Replicas)
	all := TableHealth{Name: t.name, Chunks: t.Chunks(), Copies: max(e.Replicas, 1)}
	for c, chunk := range t.content.manifest.chunks {
		copies := 0
		homes := placed.homes(chunk)
		for i := range members {
			b := reports[i].have[e.ID]
			has := c/8 < len(b) && b[c/8]>>(c%8)&1 == 1
			if has {
				copies++
				h.Nodes[i].Chunks++
			} else if slices.ContainsFunc(homes, func(m Member) bool { return m.ID == members[i].ID }) {
				h.Nodes[i].Lacks++
			}
		}
		switch {
		case copies == 0:
			all.None++
			all.Few++
		case copies < all.Copies:
			all.Few++
		}
		all.Surplus += max(0, copies-all.Copies)
	}
	h.Tables = append(h.Tables, all)
	return nil
}

// entries returns the catalogue.
func (n *Node) entries() []Entry {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return slices.Clone(n.catalogue.names.Entries())
}

// Lacks returns how many chunks this node is to have, of the members as it sees them, and has not. It is ready when there are none.
func (n *Node) Lacks(ctx context.Context) (int, error) {
	members := n.Members()
	lacks := 0
	for _, e := range n.entries() {
		if e.Dropped {
			continue
		}
		t, err := n.TableOf(ctx, e.ID)
		if errors.Is(err, ErrNoTable) {
			continue
		}
		if err != nil {
			return lacks, err
		}
		missing, _ := n.misplaced(t, n.placements.of(e.ID, members, e.Replicas))
		lacks += len(missing)
		if err := t.Release(); err != nil {
			return lacks, err
		}
	}
	return lacks, nil
}

// report is what a node says of itself.
type report struct {
	repair Repair
	have   map[string][]byte // by table, a bit for each chunk
	err    error
}

func (n *Node) askHealth(ctx context.Context, m Member) report {
	if m.ID == n.id {
		return n.report()
	}
	b, err := n.net.Call(ctx, m.ID, kindHealth, nil)
	if err != nil {
		return report{err: atNode(m.ID, err)}
	}
	r, err := parseReport(b)
	if err != nil {
		return report{err: atNode(m.ID, err)}
	}
	return r
}

func (n *Node) report() report {
	r := report{repair: n.Progress(), have: map[string][]byte{}}
	for _, e := range n.entries() {
		if e.Dropped {
			continue
		}
		if b, err := n.have(e.ID); err == nil { // who has nothing of a table, or cannot read it, has no chunk
			r.have[e.ID] = b
		}
	}
	return r
}

// A report is sent as what its repair says, in the order of the fields, and for each table its id and bits.
func (r report) bytes() []byte {
	p := r.repair
	b := appendFlag(nil, p.Running)
	for _, v := range []int64{int64(p.Copied), p.Bytes, int64(p.ToCopy), p.AllCopied, p.AllBytes, p.Removed} {
		b = binary.AppendUvarint(b, uint64(v))
	}
	b = appendText(b, p.Failed)
	b = binary.AppendUvarint(b, uint64(len(r.have)))
	for id, bits := range r.have {
		b = appendText(appendText(b, id), string(bits))
	}
	return b
}

func parseReport(b []byte) (report, error) {
	const most = 1 << 62
	in := manifestReader{b: b}
	r := report{have: map[string][]byte{}}
	r.repair = Repair{
		Running: in.flag(), Copied: in.count(math.MaxInt), Bytes: in.number(most), ToCopy: in.count(math.MaxInt),
		AllCopied: in.number(most), AllBytes: in.number(most), Removed: in.number(most), Failed: in.text(),
	}
	for range in.count(len(in.b)) {
		id := in.text()
		r.have[id] = []byte(in.text())
	}
	if in.err != nil || len(in.b) > 0 {
		return report{}, fmt.Errorf("%w: what a node says of itself", ErrCorrupt)
	}
	return r, nil
}
