package plan

import "github.com/eau2db/eau2/column"

// DropEmpty removes what cannot give rows: operators over no rows, and inputs of unions without rows or chunks.
// Projections of literal rows that compute nothing become literal rows.
func DropEmpty(n Node) Node { return Transform(n, dropEmpty) }

func dropEmpty(n Node) Node {
	switch n := n.(type) {
	case *Filter, *Sort, *Limit, *FlatMap:
		if isEmpty(n.Inputs()[0]) {
			return empty(n)
		}
	case *Project:
		if v, ok := n.Input.(*Values); ok {
			return projectValues(n, v)
		}
	case *Aggregate:
		if isEmpty(n.Input) {
			return aggregateNothing(n)
		}
	case *Union:
		return dropEmptyInputs(n)
	}
	return n
}

// empty is no rows with the columns of n.
func empty(n Node) Node { return &Values{Schema: n.Fields()} }

func isEmpty(n Node) bool {
	v, ok := n.(*Values)
	return ok && len(v.Rows) == 0
}

// aggregateNothing gives the result of an aggregate over no rows: none, or without keys one row of zero counts and NULLs.
func aggregateNothing(n *Aggregate) Node {
	if len(n.Keys) > 0 {
		return empty(n)
	}
	row := make([]column.Value, len(n.Aggs))
	for i, a := range n.Aggs {
		switch a.Kind {
		case CountRows, Count, ApproxCountDistinct:
			row[i] = column.IntValue(0)
		case Largest, Smallest:
			return n // it decides how many rows there are
		default:
			row[i] = column.Null(a.T)
		}
	}
	return &Values{Schema: n.Fields(), Rows: [][]column.Value{row}}
}

// projectValues computes columns and constants over literal rows.
func projectValues(p *Project, v *Values) Node {
	for _, e := range p.Exprs {
		switch e.(type) {
		case *Column, *Const:
		default:
			if len(v.Rows) > 0 {
				return p
			}
		}
	}
	out := &Values{Schema: p.Fields(), Rows: make([][]column.Value, len(v.Rows))}
	for i, row := range v.Rows {
		out.Rows[i] = make([]column.Value, len(p.Exprs))
		for j, e := range p.Exprs {
			switch e := e.(type) {
			case *Column:
				out.Rows[i][j] = row[e.Index]
			case *Const:
				out.Rows[i][j] = e.Value
			}
		}
	}
	return out
}

// dropEmptyInputs leaves out inputs without rows. The names of the columns, which are those of the first, stay.
func dropEmptyInputs(u *Union) Node {
	var ins []Node
	for _, in := range u.Ins {
		if s, ok := in.(*Scan); !isEmpty(in) && !(ok && s.Chunks != nil && len(s.Chunks) == 0) {
			ins = append(ins, in)
		}
	}
	if len(ins) == len(u.Ins) {
		return u
	}
	if len(ins) == 0 {
		return empty(u)
	}
	if ins[0] != u.Ins[0] {
		ins[0] = &Project{Input: ins[0], Exprs: ColumnsOf(ins[0]), Names: NamesOf(u)}
	}
	if len(ins) == 1 {
		return ins[0]
	}
	return &Union{Ins: ins}
}
