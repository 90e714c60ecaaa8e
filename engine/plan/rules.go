package plan

// Optimize improves a plan without changing its result: it simplifies expressions, moves filters to the scans, leaves out chunks
// that the statistics rule out, merges projections, turns ORDER BY with LIMIT into top-k, reads only the columns that are
// used, and answers from the statistics what they can answer. It reads statistics but no data.
func Optimize(n Node) Node {
	n = optimizeSubqueries(n)
	n = SimplifyAll(n)
	n = PushFilters(n)
	n = MergeProjects(n)
	n = PushLimits(n)
	n = DropEmpty(PruneChunks(n))
	n = PruneColumns(n)
	n = MergeProjects(n)
	return AnswerFromStats(n)
}

func optimizeSubqueries(n Node) Node {
	return Transform(n, func(n Node) Node {
		return MapExprs(n, func(e Expr) Expr {
			return rewrite(e, func(e Expr) Expr {
				s, ok := e.(*Subquery)
				if !ok {
					return e
				}
				c := *s
				switch s.Kind {
				case Exists:
					c.Plan = &Limit{Input: s.Plan, Limit: 1}
				case Scalar:
					c.Plan = &Limit{Input: s.Plan, Limit: 2} // a second row is an error already
				}
				c.Plan = Optimize(c.Plan)
				return &c
			})
		})
	})
}

// Transform rebuilds a plan from the bottom up: f is given every operator after its inputs were transformed and returns
// what takes its place.
func Transform(n Node, f func(Node) Node) Node {
	return f(mapInputs(n, func(in Node) Node { return Transform(in, f) }))
}

// mapInputs returns n with f applied to its inputs, and n itself when f changes none.
func mapInputs(n Node, f func(Node) Node) Node {
	old := n.Inputs()
	if len(old) == 0 {
		return n
	}
	ins, changed := make([]Node, len(old)), false
	for i, in := range old {
		ins[i] = f(in)
		changed = changed || ins[i] != in
	}
	if !changed {
		return n
	}
	return n.WithInputs(ins)
}

// rewrite is Map with a function that cannot fail.
func rewrite(e Expr, f func(Expr) Expr) Expr {
	r, _ := Map(e, func(e Expr) (Expr, error) { return f(e), nil })
	return r
}

// substitute returns e over the input of a Project whose expressions are exprs.
func substitute(e Expr, exprs []Expr) Expr {
	return rewrite(e, func(e Expr) Expr {
		if c, ok := e.(*Column); ok {
			return exprs[c.Index]
		}
		return e
	})
}

// remap returns e with the columns at their new indexes.
func remap(e Expr, at []int) Expr {
	return rewrite(e, func(e Expr) Expr {
		if c, ok := e.(*Column); ok && at[c.Index] != c.Index {
			return &Column{Index: at[c.Index], Name: c.Name, T: c.T}
		}
		return e
	})
}

// eachColumn calls f for every column that e names.
func eachColumn(e Expr, f func(*Column)) {
	Walk(e, func(e Expr) bool {
		if c, ok := e.(*Column); ok {
			f(c)
		}
		return true
	})
}
