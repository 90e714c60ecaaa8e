package plan

// MergeProjects merges projections with the projection or aggregate above them where no work is done twice, and removes those that
// change nothing.
func MergeProjects(n Node) Node { return mergeProjects(n, true) }

// mergeProjects does it to n and below. names says that the names of n's columns count: they are those of the result.
func mergeProjects(n Node, names bool) Node {
	switch n := n.(type) {
	case *Project:
		p := &Project{Input: mergeProjects(n.Input, false), Exprs: n.Exprs, Names: n.Names}
		if in, ok := p.Input.(*Project); ok && mergeable(in, p.Exprs) {
			exprs := make([]Expr, len(p.Exprs))
			for i, e := range p.Exprs {
				exprs[i] = Simplify(substitute(e, in.Exprs))
			}
			p = &Project{Input: in.Input, Exprs: exprs, Names: p.Names}
		}
		if trivial(p, names) {
			return p.Input
		}
		return p
	case *Aggregate:
		a := *n
		a.Input = mergeProjects(n.Input, false)
		if in, ok := a.Input.(*Project); ok && mergeable(in, Exprs(&a)) {
			over := a
			over.Input = in.Input
			return MapExprs(&over, func(e Expr) Expr { return Simplify(substitute(e, in.Exprs)) })
		}
		return &a
	case *Union:
		u := &Union{Ins: make([]Node, len(n.Ins))}
		for i, in := range n.Ins {
			u.Ins[i] = mergeProjects(in, names && i == 0)
		}
		return u
	}
	return mapInputs(n, func(in Node) Node { return mergeProjects(in, names) })
}

// mergeable reports whether the expressions of p can take the place of the columns that exprs name: each is a column or constant,
// or is named once.
func mergeable(p *Project, exprs []Expr) bool {
	uses := make([]int, len(p.Exprs))
	for _, e := range exprs {
		eachColumn(e, func(c *Column) { uses[c.Index]++ })
	}
	for i, e := range p.Exprs {
		switch e.(type) {
		case *Column, *Const:
		default:
			if uses[i] > 1 {
				return false
			}
		}
	}
	return true
}

// trivial reports whether p gives all columns of its input in their order, and under their names where those count.
func trivial(p *Project, names bool) bool {
	in := p.Input.Fields()
	if len(in) != len(p.Exprs) {
		return false
	}
	for i, e := range p.Exprs {
		c, ok := e.(*Column)
		if !ok || c.Index != i || names && in[i].Name != p.Names[i] {
			return false
		}
	}
	return true
}
