package plan

import "github.com/eau2db/eau2/column"

// PruneColumns makes every operator give only the columns that are used above it, and scans read only those. The result's
// columns stay as they are.
func PruneColumns(n Node) Node {
	fields := n.Fields()
	need := make([]bool, len(fields))
	for i := range need {
		need[i] = true
	}
	return exactly(n, need)
}

// exactly prunes n to the columns needed, in their order.
func exactly(n Node, need []bool) Node {
	fields := n.Fields()
	p, at := pruneColumns(n, need)
	var exprs []Expr
	var names []string
	same := true
	for i, ok := range need {
		if ok {
			same = same && at[i] == len(exprs)
			exprs = append(exprs, &Column{Index: at[i], Name: fields[i].Name, T: fields[i].Type})
			names = append(names, fields[i].Name)
		}
	}
	if same && len(p.Fields()) == len(exprs) {
		return p
	}
	return &Project{Input: p, Exprs: exprs, Names: names}
}

// pruneColumns returns n with at least the columns needed, and where each of n's columns went.
func pruneColumns(n Node, need []bool) (Node, []int) {
	switch n := n.(type) {
	case *Scan:
		return pruneScan(n, need)
	case *Filter:
		in, at := pruneInput(n.Input, need, []Expr{n.Cond})
		return &Filter{Input: in, Cond: remap(n.Cond, at)}, at
	case *Project:
		return pruneProject(n, need)
	case *Aggregate:
		return pruneAggregate(n, need)
	case *Sort:
		in, at := pruneInput(n.Input, need, Exprs(n))
		s := MapExprs(n, func(e Expr) Expr { return remap(e, at) })
		return s.WithInputs([]Node{in}), at
	case *Limit:
		in, at := pruneColumns(n.Input, need)
		return n.WithInputs([]Node{in}), at
	case *Union:
		return pruneUnion(n, need)
	case *FlatMap: // it may use any
		return n.WithInputs([]Node{PruneColumns(n.Input)}), identity(len(need))
	}
	return n, identity(len(need))
}

func identity(n int) []int {
	at := make([]int, n)
	for i := range at {
		at[i] = i
	}
	return at
}

// pruneInput prunes n to the columns needed and those that the expressions name.
func pruneInput(n Node, need []bool, exprs []Expr) (Node, []int) {
	all := append([]bool(nil), need...)
	for _, e := range exprs {
		eachColumn(e, func(c *Column) { all[c.Index] = true })
	}
	return pruneColumns(n, all)
}

func pruneScan(n *Scan, need []bool) (Node, []int) {
	all := append([]bool(nil), need...)
	if n.Filter != nil {
		eachColumn(n.Filter, func(c *Column) { all[c.Index] = true })
	}
	s := *n
	s.Cols = make([]int, 0, len(n.Cols))
	at := make([]int, len(n.Cols))
	for i, c := range n.Cols {
		at[i] = len(s.Cols)
		if all[i] {
			s.Cols = append(s.Cols, c)
		}
	}
	if n.Filter != nil {
		s.Filter = remap(n.Filter, at)
	}
	return &s, at
}

func pruneProject(n *Project, need []bool) (Node, []int) {
	p := &Project{}
	at := make([]int, len(n.Exprs))
	var kept []Expr
	for i, e := range n.Exprs {
		at[i] = len(kept)
		if need[i] {
			kept, p.Names = append(kept, e), append(p.Names, n.Names[i])
		}
	}
	in, inAt := pruneInput(n.Input, make([]bool, len(n.Input.Fields())), kept)
	if len(kept) == 0 {
		return in, at // only its number of rows counts
	}
	p.Input = in
	for _, e := range kept {
		p.Exprs = append(p.Exprs, remap(e, inAt))
	}
	return p, at
}

func pruneAggregate(n *Aggregate, need []bool) (Node, []int) {
	a := &Aggregate{Keys: n.Keys, Names: append([]string(nil), n.Names[:len(n.Keys)]...)}
	at := identity(len(need))
	for i, g := range n.Aggs {
		col := len(n.Keys) + i
		at[col] = len(a.Keys) + len(a.Aggs)
		// LARGEST and SMALLEST decide how many rows there are.
		if need[col] || g.Kind == Largest || g.Kind == Smallest {
			a.Aggs, a.Names = append(a.Aggs, g), append(a.Names, n.Names[col])
		}
	}
	if len(a.Keys)+len(a.Aggs) == 0 {
		return &Values{Rows: [][]column.Value{{}}}, at // one row, of which no column is needed
	}
	in, inAt := pruneInput(n.Input, make([]bool, len(n.Input.Fields())), Exprs(a))
	a.Input = in
	return MapExprs(a, func(e Expr) Expr { return remap(e, inAt) }), at
}

// pruneUnion gives all inputs the same columns again.
func pruneUnion(n *Union, need []bool) (Node, []int) {
	need = append([]bool(nil), need...)
	any := false
	for _, b := range need {
		any = any || b
	}
	if !any && len(need) > 0 {
		need[0] = true
	}
	u := &Union{Ins: make([]Node, len(n.Ins))}
	for i, in := range n.Ins {
		u.Ins[i] = exactly(in, need)
	}
	at, next := make([]int, len(need)), 0
	for i, b := range need {
		at[i] = next
		if b {
			next++
		}
	}
	return u, at
}
