package fragment

import (
	"math"

	"github.com/eau2db/eau2/engine/exec/group"
	"github.com/eau2db/eau2/engine/plan"
)

// Options say who runs a plan.
type Options struct {
	Remote func(*plan.Scan) bool // reports whether a scan reads what is elsewhere
	Nodes  int                   // that there are to shuffle rows to: below 2 none are
	Always bool                  // shuffle wherever it can be done, for tests
}

// Split returns n, an optimised plan, with a plan.Remote for what can run at the data. Plans without scans of what is
// elsewhere it returns as they are.
func Split(n plan.Node, o Options) (plan.Node, error) {
	s := splitter{opt: o}
	n = s.split(n)
	return n, s.err
}

// Streams reports whether all of n, a plan that was not split, can run at the data: each row by itself.
func Streams(n plan.Node, remote func(*plan.Scan) bool) bool {
	s := splitter{opt: Options{Remote: remote}}
	return s.streams(n)
}

type splitter struct {
	opt Options
	err error
}

// split returns n with its lower part remote.
func (s *splitter) split(n plan.Node) plan.Node {
	if s.streams(n) {
		return &plan.Remote{Fragment: n}
	}
	if g, ok := s.grouped(n); ok {
		return &plan.Remote{Fragment: g}
	}
	switch n := n.(type) {
	case *plan.Scan:
		if s.reads(n) { // the filter is what cannot travel
			return withoutFilter(n)
		}
	case *plan.Aggregate:
		if s.streams(n.Input) && portable(n) {
			return s.aggregate(n)
		}
	case *plan.Sort:
		if in, k, ok := s.first(n.Input, n.Limit, n.Offset); ok && portable(n) {
			top := &plan.Top{Input: in, Keys: n.Keys, K: k}
			return n.WithInputs([]plan.Node{&plan.Remote{Fragment: top}})
		}
	case *plan.Limit:
		if in, k, ok := s.first(n.Input, n.Limit, n.Offset); ok {
			head := &plan.Limit{Input: in, Limit: k}
			return n.WithInputs([]plan.Node{&plan.Remote{Fragment: head}})
		}
	}
	ins := n.Inputs()
	if len(ins) == 0 {
		return n
	}
	cut, changed := make([]plan.Node, len(ins)), false
	for i, in := range ins {
		cut[i] = s.split(in)
		changed = changed || cut[i] != in
	}
	if !changed {
		return n
	}
	return n.WithInputs(cut)
}

// first returns n as it runs elsewhere, and how many of its rows a limit and an offset need, if they bound them to any
// number above 0.
func (s *splitter) first(n plan.Node, limit, offset int64) (plan.Node, int64, bool) {
	if limit < 0 || offset > math.MaxInt64-limit || limit+offset == 0 {
		return nil, 0, false
	}
	if s.streams(n) {
		return n, limit + offset, true
	}
	g, ok := s.grouped(n)
	return g, limit + offset, ok
}

func (s *splitter) aggregate(n *plan.Aggregate) plan.Node {
	p, err := group.PartialOf(n)
	if err != nil {
		s.err = err
		return n
	}
	return &plan.Merge{Aggregate: n, Input: &plan.Remote{Fragment: p}}
}

// reads reports whether n reads chunks that are elsewhere.
func (s *splitter) reads(n *plan.Scan) bool {
	if _, ok := n.Table.(Identified); !ok {
		return false
	}
	return n.Table.Chunks() > 0 && (n.Chunks == nil || len(n.Chunks) > 0) && s.opt.Remote(n)
}

// streams reports whether all of n can run at the data, row by row.
func (s *splitter) streams(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Scan:
		return portable(n) && s.reads(n)
	case *plan.Filter, *plan.Project, *plan.FlatMap:
		return portable(n) && s.streams(n.Inputs()[0])
	}
	return false
}

// withoutFilter leaves the conditions of a scan that cannot travel to a Filter above it.
func withoutFilter(n *plan.Scan) plan.Node {
	var there, here []plan.Expr
	for _, c := range plan.Conjuncts(n.Filter) {
		if portableExpr(c) {
			there = append(there, c)
		} else {
			here = append(here, c)
		}
	}
	scan := *n
	scan.Filter = plan.And(there...)
	return &plan.Filter{Input: &plan.Remote{Fragment: &scan}, Cond: plan.And(here...)}
}

// portable reports whether the expressions of n mean the same in another process.
func portable(n plan.Node) bool {
	for _, e := range plan.Exprs(n) {
		if !portableExpr(e) {
			return false
		}
	}
	return true
}

func portableExpr(e plan.Expr) bool {
	ok := true
	plan.Walk(e, func(e plan.Expr) bool {
		switch e := e.(type) {
		case *plan.Call:
			ok = ok && overload(e) >= 0
		case *plan.Subquery:
			ok = false
		}
		return ok
	})
	return ok
}
