package fragment

import (
	"github.com/eau2db/eau2/engine/exec/group"
	"github.com/eau2db/eau2/engine/plan"
)

// An aggregation runs at the data, whose results are merged, as long as that leaves fewer rows. Where it does not, because
// there are nearly as many groups as rows, or because it has to keep every row, the rows go to the nodes by the keys of their
// groups: each node then has whole groups.

// worthShuffling is how many rows are worth a second round of requests.
const worthShuffling = 1 << 17

// leastReduction is how many rows of a node must fall into a group, at least, for groups to be cheaper than rows.
const leastReduction = 4

// shuffles reports whether the rows of n are to go to the nodes by their keys.
func (s *splitter) shuffles(n *plan.Aggregate) bool {
	if s.opt.Nodes < 2 || len(n.Keys) == 0 || !portable(n) || !s.streams(n.Input) {
		return false
	}
	e, nodes := group.EstimateOf(n), float64(s.opt.Nodes)
	if e.Order || e.Groups < 2*nodes && !s.opt.Always {
		return false
	}
	return s.opt.Always || e.Rows >= worthShuffling && (e.Grows || e.Groups*leastReduction >= e.Rows/nodes)
}

// grouped returns n with a Shuffle, if n is an aggregation that wants one, with what can run where its groups are.
func (s *splitter) grouped(n plan.Node) (plan.Node, bool) {
	switch n := n.(type) {
	case *plan.Aggregate:
		if !s.shuffles(n) {
			return nil, false
		}
		return shuffle(n), true
	case *plan.Filter, *plan.Project:
		if !portable(n) {
			return nil, false
		}
		in, ok := s.grouped(n.Inputs()[0])
		if !ok {
			return nil, false
		}
		return n.WithInputs([]plan.Node{in}), true
	}
	return nil, false
}

// shuffle puts a Shuffle below n, and below that a Project of no more than n needs, its keys computed.
func shuffle(n *plan.Aggregate) plan.Node {
	p := &plan.Project{Input: n.Input}
	fields := n.Input.Fields()
	at := make([]int, len(fields)) // of the input's columns in p, plus 1
	add := func(e plan.Expr, name string) int {
		p.Exprs, p.Names = append(p.Exprs, e), append(p.Names, name)
		return len(p.Exprs)
	}
	move := func(e plan.Expr) plan.Expr {
		e, _ = plan.Map(e, func(e plan.Expr) (plan.Expr, error) {
			c, ok := e.(*plan.Column)
			if !ok {
				return e, nil
			}
			if at[c.Index] == 0 {
				at[c.Index] = add(c, fields[c.Index].Name)
			}
			moved := *c
			moved.Index = at[c.Index] - 1
			return &moved, nil
		})
		return e
	}
	s, a := &plan.Shuffle{}, &plan.Aggregate{Names: n.Names}
	for i, k := range n.Keys {
		if _, ok := k.(*plan.Column); ok {
			k = move(k)
		} else {
			k = &plan.Column{Index: add(k, n.Names[i]) - 1, Name: n.Names[i], T: k.Type()}
		}
		a.Keys, s.Keys = append(a.Keys, k), append(s.Keys, k.(*plan.Column).Index)
	}
	for _, g := range n.Aggs {
		args := g.Args
		g.Args = nil
		for _, x := range args {
			g.Args = append(g.Args, move(x))
		}
		a.Aggs = append(a.Aggs, g)
	}
	s.Input = plan.PruneColumns(p)
	a.Input = s
	return a
}
