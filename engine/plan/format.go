package plan

import "strings"

// Format prints the plan as a tree, one operator a line, each operator's inputs below it and two spaces further in.
// Subqueries stand below the operator whose expressions hold them.
func Format(n Node) string {
	var b strings.Builder
	format(&b, n, 0)
	return b.String()
}

func format(b *strings.Builder, n Node, depth int) {
	b.WriteString(strings.Repeat("  ", depth))
	b.WriteString(n.String())
	b.WriteByte('\n')
	for _, e := range Exprs(n) {
		Walk(e, func(e Expr) bool {
			if s, ok := e.(*Subquery); ok {
				b.WriteString(strings.Repeat("  ", depth+1) + "Subquery\n")
				format(b, s.Plan, depth+2)
			}
			return true
		})
	}
	for _, in := range n.Inputs() {
		format(b, in, depth+1)
	}
}

// Exprs returns the expressions of n itself, not those of its inputs.
func Exprs(n Node) []Expr {
	var es []Expr
	MapExprs(n, func(e Expr) Expr {
		es = append(es, e)
		return e
	})
	return es
}

// MapExprs returns n with f applied to each of its expressions, and n itself when f changes none.
func MapExprs(n Node, f func(Expr) Expr) Node {
	changed := false
	one := func(e Expr) Expr {
		r := f(e)
		changed = changed || r != e
		return r
	}
	each := func(es []Expr) []Expr {
		r := make([]Expr, len(es))
		for i, e := range es {
			r[i] = one(e)
		}
		return r
	}
	keys := func(ks []SortKey) []SortKey {
		r := make([]SortKey, len(ks))
		for i, k := range ks {
			r[i] = SortKey{Expr: one(k.Expr), Desc: k.Desc}
		}
		return r
	}
	var c Node
	switch n := n.(type) {
	case *Scan:
		s := *n
		if n.Filter != nil {
			s.Filter = one(n.Filter)
		}
		c = &s
	case *Filter:
		c = &Filter{Input: n.Input, Cond: one(n.Cond)}
	case *Project:
		c = &Project{Input: n.Input, Exprs: each(n.Exprs), Names: n.Names}
	case *Aggregate:
		a := &Aggregate{Input: n.Input, Keys: each(n.Keys), Names: n.Names, Aggs: make([]Agg, len(n.Aggs))}
		for i, g := range n.Aggs {
			g.Args, g.OrderBy = each(g.Args), keys(g.OrderBy)
			a.Aggs[i] = g
		}
		c = a
	case *Sort:
		c = &Sort{Input: n.Input, Keys: keys(n.Keys), Limit: n.Limit, Offset: n.Offset}
	}
	if !changed {
		return n
	}
	return c
}
