package plan

import (
	"cmp"
	"slices"
)

// PushFilters moves conditions as far down as they can go: into the scans, through projections, sorts without a limit, into all inputs
// of a union, and below an aggregate where they look at its keys only.
func PushFilters(n Node) Node { return pushFilters(n, nil) }

// pushFilters returns n with conds, which are over n's columns, applied to it or below it.
func pushFilters(n Node, conds []Expr) Node {
	switch n := n.(type) {
	case *Filter:
		return pushFilters(n.Input, slices.Concat(Conjuncts(n.Cond), conds))
	case *Scan:
		if len(conds) == 0 {
			return n
		}
		s := *n
		all := slices.Concat(Conjuncts(n.Filter), conds)
		slices.SortStableFunc(all, func(a, b Expr) int { return cmp.Compare(cost(a), cost(b)) })
		s.Filter = Simplify(And(all...))
		return &s
	case *Project:
		through, stay := split(conds, func(e Expr) bool { return !refersTo(e, func(i int) bool { return variesPerRow(n.Exprs[i]) }) })
		for i, e := range through {
			through[i] = Simplify(substitute(e, n.Exprs))
		}
		return filter(&Project{Input: pushFilters(n.Input, through), Exprs: n.Exprs, Names: n.Names}, stay)
	case *Aggregate:
		if len(n.Keys) == 0 {
			break
		}
		through, stay := split(conds, func(e Expr) bool {
			return !refersTo(e, func(i int) bool { return i >= len(n.Keys) || variesPerRow(n.Keys[i]) })
		})
		for i, e := range through {
			through[i] = Simplify(substitute(e, n.Keys))
		}
		a := *n
		a.Input = pushFilters(n.Input, through)
		return filter(&a, stay)
	case *Sort:
		if n.Limit < 0 && n.Offset == 0 {
			s := *n
			s.Input = pushFilters(n.Input, conds)
			return &s
		}
	case *Union:
		u := &Union{Ins: make([]Node, len(n.Ins))}
		for i, in := range n.Ins {
			u.Ins[i] = pushFilters(in, conds)
		}
		return u
	}
	return filter(mapInputs(n, func(in Node) Node { return pushFilters(in, nil) }), conds)
}

// filter puts a Filter on n where there are conditions.
func filter(n Node, conds []Expr) Node {
	cond := And(conds...)
	if cond == nil {
		return n
	}
	cond = Simplify(cond)
	if c, ok := cond.(*Const); ok {
		if c.Value.Valid && c.Value.Bool() {
			return n
		}
		return empty(n)
	}
	return &Filter{Input: n, Cond: cond}
}

// split parts the conditions that may pass from those that may not. A condition that RAND is in does not move.
func split(conds []Expr, pass func(Expr) bool) (through, stay []Expr) {
	for _, c := range conds {
		if pass(c) && !variesPerRow(c) {
			through = append(through, c)
		} else {
			stay = append(stay, c)
		}
	}
	return through, stay
}

// refersTo reports whether e names a column whose index is.
func refersTo(e Expr, is func(i int) bool) bool {
	found := false
	eachColumn(e, func(c *Column) { found = found || is(c.Index) })
	return found
}

// cost ranks conditions: what compares a column with constants cannot fail and is cheapest, so it goes first.
func cost(e Expr) int {
	plain := func(e Expr) bool {
		switch e.(type) {
		case *Column, *Const:
			return true
		}
		return false
	}
	switch e := e.(type) {
	case *Column, *Const:
		return 0
	case *IsNull:
		if plain(e.X) {
			return 0
		}
	case *In:
		if plain(e.X) {
			return 0
		}
	case *Call:
		if flipped[e.Func.Name] != "" && plain(e.Args[0]) && plain(e.Args[1]) {
			return 0
		}
	}
	return 1
}
