package fragment

import (
	"math"

	"github.com/eau2db/eau2/engine/exec/group"
	"github.com/eau2db/eau2/engine/plan"
)

// Split returns n, an optimised plan, with a plan.Remote for what can run at the data of the scans that remote accepts. Plans
// without such scans it returns as they are.
func Split(n plan.Node, remote func(*plan.Scan) bool) (plan.Node, error) {
	s := splitter{remote: remote}
	n = s.split(n)
	return n, s.err
}

type splitter struct {
	remote func(*plan.Scan) bool
	err    error
}

// split returns n with its lower part remote.
func (s *splitter) split(n plan.Node) plan.Node {
	if s.streams(n) {
		return &plan.Remote{Fragment: n}
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
		if k, ok := first(n.Limit, n.Offset); ok && s.streams(n.Input) && portable(n) {
			top := &plan.Top{Input: n.Input, Keys: n.Keys, K: k}
			return n.WithInputs([]plan.Node{&plan.Remote{Fragment: top}})
		}
	case *plan.Limit:
		if k, ok := first(n.Limit, n.Offset); ok && s.streams(n.Input) {
			head := &plan.Limit{Input: n.Input, Limit: k}
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

// first returns how many rows a limit and an offset need, if they bound them to any number above 0.
func first(limit, offset int64) (int64, bool) {
	return limit + offset, limit >= 0 && offset <= math.MaxInt64-limit && limit+offset > 0
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
	return n.Table.Chunks() > 0 && (n.Chunks == nil || len(n.Chunks) > 0) && s.remote(n)
}

// streams reports whether all of n can run at the data, row by row.
func (s *splitter) streams(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Scan:
		return portable(n) && s.reads(n)
	case *plan.Filter, *plan.Project:
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
