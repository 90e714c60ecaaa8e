package engine

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/engine/plan"
)

// Local is d over a part of its tables: the chunks that fall to the node of d's Engine, which has them. Of the nodes that have a
// chunk it falls to one, the table's home if there is one, the same for whoever asks, so that what the Local pipelines of all nodes give is what d gives, each
// row once, as long as nodes neither come nor go in between. It runs here alone. In an Engine that is not one of a
// cluster, Local is all of d.
func (d *DataFrame) Local() *DataFrame {
	return &DataFrame{engine: d.engine, build: func(b *builder) (plan.Node, error) {
		n, err := d.build(b)
		if err != nil {
			return nil, err
		}
		var failed error
		n = plan.Transform(n, func(n plan.Node) plan.Node {
			s, ok := n.(*plan.Scan)
			if !ok || !elsewhere(s) || failed != nil {
				return n
			}
			local, err := d.engine.local(b, s)
			if err != nil {
				failed = err
				return n
			}
			return local
		})
		return n, failed
	}}
}

// localTable is a table of which this node reads what it has; no plan over it is cut for others.
type localTable struct{ *cluster.Table }

// local returns a scan of the chunks that fall to this node.
func (e *Engine) local(b *builder, s *plan.Scan) (*plan.Scan, error) {
	t := s.Table.(*cluster.Table)
	holders, err := t.Holders(b.ctx)
	if err != nil {
		return nil, err
	}
	local := *s
	local.Table, local.Chunks = localTable{t}, []int{}
	for _, c := range chunksOf(s) {
		if len(holders[c]) == 0 {
			return nil, fmt.Errorf("read table %s: no live node has chunk %d", t.Name(), c)
		}
		to := t.Home()
		if !slices.ContainsFunc(holders[c], func(m cluster.Member) bool { return m.ID == to }) {
			byID := slices.SortedFunc(slices.Values(holders[c]), func(a, b cluster.Member) int { return cmp.Compare(a.ID, b.ID) })
			to = byID[c%len(byID)].ID
		}
		if to == e.node.ID() {
			local.Chunks = append(local.Chunks, c)
		}
	}
	return &local, nil
}
