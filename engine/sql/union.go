package sql

import (
	"github.com/xwb1989/sqlparser"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
)

// union binds a UNION [ALL] and its ORDER BY and LIMIT. Chains of them lean left and are taken apart without recursion.
func (b *binder) union(u *sqlparser.Union, outer *scope) (*rel, error) {
	var chain []*sqlparser.Union
	first := sqlparser.SelectStatement(u)
	for {
		next, ok := first.(*sqlparser.Union)
		if !ok {
			break
		}
		if next != u && (len(next.OrderBy) > 0 || next.Limit != nil) {
			return nil, b.notLast(next.OrderBy, next.Limit)
		}
		chain = append(chain, next)
		first = next.Left
	}
	if s, ok := first.(*sqlparser.Select); ok && (len(s.OrderBy) > 0 || s.Limit != nil) {
		return nil, b.notLast(s.OrderBy, s.Limit)
	}
	acc, err := b.query(first, outer)
	if err != nil {
		return nil, err
	}
	for i := len(chain) - 1; i >= 0; i-- {
		right, err := b.query(chain[i].Right, outer)
		if err != nil {
			return nil, err
		}
		if acc, err = b.unite(acc, right, b.selectToken(chain[i].Right)); err != nil {
			return nil, err
		}
		if chain[i].Type != sqlparser.UnionAllStr {
			acc.node = distinct(acc.node)
		}
	}
	return b.orderUnion(acc, u, outer)
}

// notLast is the error of an ORDER BY or LIMIT before UNION.
func (b *binder) notLast(order sqlparser.OrderBy, limit *sqlparser.Limit) error {
	at, what := -1, "LIMIT"
	if len(order) > 0 {
		at, what = b.at(order[0].Expr)-2, "ORDER BY"
	} else if limit != nil {
		at = b.at(limit.Rowcount) - 1
	}
	return b.errorf(at, "put the SELECT in parentheses, or the clause at the end for the whole UNION", "%s before UNION", what)
}

// unite appends the rows of r to those of l, with columns of the types that hold both.
func (b *binder) unite(l, r *rel, at int) (*rel, error) {
	if len(l.cols) != len(r.cols) {
		return nil, b.errorf(at, "", "UNION needs the same number of columns: %d and %d", len(l.cols), len(r.cols))
	}
	types, null := make([]column.Type, len(l.cols)), make([]bool, len(l.cols))
	for i := range types {
		lt, rt := l.cols[i].t, r.cols[i].t
		switch {
		case l.isNull(i) || r.isNull(i):
			types[i] = lt
			if l.isNull(i) {
				types[i] = rt
			}
			null[i] = l.isNull(i) && r.isNull(i)
		case (lt == column.String) != (rt == column.String):
			return nil, b.errorf(at, "CAST one of them", "column %d of the UNION, %s, is %s above and %s here", i+1, l.cols[i].name, lt, rt)
		default:
			types[i] = max(lt, rt)
		}
	}
	left, right := coerce(l.node, types), coerce(r.node, types)
	u := &plan.Union{Ins: []plan.Node{left, right}}
	if lu, ok := left.(*plan.Union); ok {
		u.Ins = append(append([]plan.Node(nil), lu.Ins...), right)
	}
	out := &rel{node: u, null: null, cols: make([]scopeCol, len(types))}
	for i := range types {
		out.cols[i] = scopeCol{name: l.cols[i].name, t: types[i]}
	}
	return out, nil
}

func (r *rel) isNull(i int) bool { return i < len(r.null) && r.null[i] }

// coerce gives n's columns the types.
func coerce(n plan.Node, types []column.Type) plan.Node {
	cols, same := plan.ColumnsOf(n), true
	for i, t := range types {
		if cols[i].Type() != t {
			same = false
			cols[i] = plan.Convert(cols[i], t)
		}
	}
	if same {
		return n
	}
	return &plan.Project{Input: n, Exprs: cols, Names: plan.NamesOf(n)}
}

// orderUnion applies the ORDER BY and LIMIT at the end of a UNION, which see the columns of its result.
func (b *binder) orderUnion(r *rel, u *sqlparser.Union, outer *scope) (*rel, error) {
	visible := len(r.cols)
	sc := &scope{outer: outer, cols: r.cols, place: "ORDER BY of a UNION"}
	s := &selection{binder: b, items: make([]item, visible)}
	exprs, names := plan.ColumnsOf(r.node), plan.NamesOf(r.node)
	var keys []plan.SortKey
	for _, o := range u.OrderBy {
		at, err := s.ordinal(o.Expr, "ORDER BY")
		if err != nil {
			return nil, err
		}
		if at < 0 {
			e, err := b.expr(o.Expr, sc)
			if err != nil {
				return nil, err
			}
			if at = indexOf(exprs, e); at < 0 {
				at = len(exprs)
				exprs, names = append(exprs, e), append(names, e.String())
			}
		}
		keys = append(keys, plan.SortKey{Expr: &plan.Column{Index: at, Name: names[at], T: exprs[at].Type()}, Desc: o.Direction == sqlparser.DescScr})
	}
	if len(exprs) > visible {
		r.node = &plan.Project{Input: r.node, Exprs: exprs, Names: names}
	}
	if len(keys) > 0 {
		r.node = &plan.Sort{Input: r.node, Keys: keys, Limit: -1}
	}
	var err error
	if r.node, err = b.limit(r.node, u.Limit); err != nil {
		return nil, err
	}
	if len(exprs) > visible {
		r.node = &plan.Project{Input: r.node, Exprs: plan.ColumnsOf(r.node)[:visible], Names: names[:visible]}
	}
	return r, nil
}
