package sql

import (
	"slices"

	"github.com/xwb1989/sqlparser"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/set"
)

// comparison binds the comparison operators, IN, LIKE and REGEXP.
func (b *binder) comparison(e *sqlparser.ComparisonExpr, sc *scope) (plan.Expr, error) {
	switch e.Operator {
	case sqlparser.InStr, sqlparser.NotInStr:
		x, err := b.in(e, sc)
		return negate(x, e.Operator == sqlparser.NotInStr, err)
	case sqlparser.LikeStr, sqlparser.NotLikeStr:
		x, err := b.match("LIKE", e, sc)
		return negate(x, e.Operator == sqlparser.NotLikeStr, err)
	case sqlparser.RegexpStr, sqlparser.NotRegexpStr:
		x, err := b.match("REGEXP", e, sc)
		return negate(x, e.Operator == sqlparser.NotRegexpStr, err)
	}
	name := e.Operator
	if name == sqlparser.NotEqualStr {
		name = "<>"
	}
	lt, lok := tuple(e.Left)
	rt, rok := tuple(e.Right)
	if lok || rok {
		return b.compareRows(name, lt, rt, e, sc)
	}
	l, err := b.expr(e.Left, sc)
	if err != nil {
		return nil, err
	}
	r, err := b.expr(e.Right, sc)
	if err != nil {
		return nil, err
	}
	return b.compare(name, l, r, b.opAfter(e.Left))
}

func negate(x plan.Expr, not bool, err error) (plan.Expr, error) {
	if err != nil || !not {
		return x, err
	}
	return &plan.Not{X: x}, nil
}

const compareHint = "write the string as a number, or turn one side into the other's type with CAST(x AS INT), CAST(x AS FLOAT) or CAST(x AS STRING)"

// compare applies a comparison operator that stands at token at.
func (b *binder) compare(name string, l, r plan.Expr, at int) (plan.Expr, error) {
	if _, _, ok := plan.Unify(l, r); !ok {
		hint := compareHint
		for _, p := range [][2]plan.Expr{{l, r}, {r, l}} {
			if c, ok := p[0].(*plan.Const); ok && p[1].Type() == column.String {
				hint = p[1].String() + " holds strings: compare it with '" + c.Value.String() + "', or CAST it"
			}
		}
		return nil, b.errorf(at, hint, "%s and %s do not compare", l.Type(), r.Type())
	}
	return b.apply(at, name, l, r)
}

// tuple returns the elements of a row (a, b).
func tuple(e sqlparser.Expr) (sqlparser.ValTuple, bool) {
	for {
		p, ok := e.(*sqlparser.ParenExpr)
		if !ok {
			break
		}
		e = p.Expr
	}
	t, ok := e.(sqlparser.ValTuple)
	return t, ok && len(t) > 1
}

// compareRows binds (a, b) op (c, d): equality of all, or the order by the first that differ.
func (b *binder) compareRows(name string, l, r sqlparser.ValTuple, e *sqlparser.ComparisonExpr, sc *scope) (plan.Expr, error) {
	at := b.opAfter(e.Left)
	if len(l) != len(r) {
		return nil, b.errorf(at, "", "rows compare with rows of the same number of values")
	}
	ls, err := b.exprs(l, sc)
	if err != nil {
		return nil, err
	}
	rs, err := b.exprs(r, sc)
	if err != nil {
		return nil, err
	}
	return b.rows(name, ls, rs, at)
}

// rows compares bound rows.
func (b *binder) rows(name string, l, r []plan.Expr, at int) (plan.Expr, error) {
	each := func(name string, n int) ([]plan.Expr, error) {
		var cs []plan.Expr
		for i := range n {
			c, err := b.compare(name, l[i], r[i], at)
			if err != nil {
				return nil, err
			}
			cs = append(cs, c)
		}
		return cs, nil
	}
	switch name {
	case "=", "<=>":
		cs, err := each(name, len(l))
		if err != nil {
			return nil, err
		}
		return plan.And(cs...), nil
	case "<>":
		cs, err := each(name, len(l))
		if err != nil {
			return nil, err
		}
		return plan.Or(cs...), nil
	}
	// (a, b) < (c, d) is a < c OR a = c AND b < d.
	var ors []plan.Expr
	for i := range l {
		equal, err := each("=", i)
		if err != nil {
			return nil, err
		}
		op := name[:1]
		if i == len(l)-1 {
			op = name
		}
		last, err := b.compare(op, l[i], r[i], at)
		if err != nil {
			return nil, err
		}
		ors = append(ors, plan.And(append(equal, last)...))
	}
	return plan.Or(ors...), nil
}

// match binds LIKE and REGEXP.
func (b *binder) match(name string, e *sqlparser.ComparisonExpr, sc *scope) (plan.Expr, error) {
	operands := []sqlparser.Expr{e.Left, e.Right}
	if e.Escape != nil {
		operands = append(operands, e.Escape)
	}
	args, err := b.exprs(operands, sc)
	if err != nil {
		return nil, err
	}
	for i, a := range args {
		if a.Type() != column.String && !plan.IsNullConst(a) {
			return nil, b.errorf(b.at(operands[i]), "turn it into text with CAST(x AS STRING)", "%s takes strings, not %s", name, a.Type())
		}
	}
	return b.apply(b.opAfter(e.Left), name, args...)
}

// between binds x BETWEEN a AND b as two comparisons.
func (b *binder) between(e *sqlparser.RangeCond, sc *scope) (plan.Expr, error) {
	args, err := b.exprs([]sqlparser.Expr{e.Left, e.From, e.To}, sc)
	if err != nil {
		return nil, err
	}
	at := b.opAfter(e.Left)
	lo, err := b.compare(">=", args[0], args[1], at)
	if err != nil {
		return nil, err
	}
	hi, err := b.compare("<=", args[0], args[2], at)
	if err != nil {
		return nil, err
	}
	return negate(plan.And(lo, hi), e.Operator == sqlparser.NotBetweenStr, nil)
}

// in binds x IN (list) and x IN (SELECT …), without its NOT.
func (b *binder) in(e *sqlparser.ComparisonExpr, sc *scope) (plan.Expr, error) {
	at := b.opAfter(e.Left)
	if t, ok := tuple(e.Left); ok {
		return b.rowIn(t, e.Right, at, sc)
	}
	x, err := b.expr(e.Left, sc)
	if err != nil {
		return nil, err
	}
	switch r := e.Right.(type) {
	case *sqlparser.Subquery:
		return b.inSubquery(x, r, at, sc)
	case sqlparser.ValTuple:
		if s := b.set(r); s != nil {
			return b.inSet(x, s, at)
		}
		list, err := b.exprs(r, sc)
		if err != nil {
			return nil, err
		}
		return b.inList(x, list, func(i int) int { return b.at(r[i]) }, at)
	}
	return nil, b.errorf(at, "", "IN needs a list of values or a subquery")
}

// set returns the set that is all of a list, or nil.
func (b *binder) set(list sqlparser.ValTuple) *set.Set {
	if len(list) != 1 {
		return nil
	}
	v, ok := list[0].(*sqlparser.SQLVal)
	if !ok {
		return nil
	}
	i := literalIndex(v)
	if i < 0 || b.kind(i) != param {
		return nil
	}
	return b.params[i].Set
}

// inSet binds x IN a set.
func (b *binder) inSet(x plan.Expr, s *set.Set, at int) (plan.Expr, error) {
	in, err := plan.InSet(x, s)
	if err != nil {
		return nil, b.errorf(at, "", "%v", err)
	}
	return in, nil
}

// inList binds x IN (list). Constants become one In, what is computed an OR of comparisons.
func (b *binder) inList(x plan.Expr, list []plan.Expr, tok func(i int) int, at int) (plan.Expr, error) {
	t, bad, ok := plan.Unify(append([]plan.Expr{x}, list...)...)
	if !ok {
		where := at
		if bad > 0 {
			where = tok(bad - 1)
		}
		return nil, b.errorf(where, compareHint, "%s and %s do not compare", t, list[max(0, bad-1)].Type())
	}
	in := &plan.In{X: plan.Convert(x, t)}
	var ors []plan.Expr
	for i, e := range list {
		c, ok := plan.Convert(e, t).(*plan.Const)
		switch {
		case !ok:
			eq, err := b.compare("=", x, e, tok(i))
			if err != nil {
				return nil, err
			}
			ors = append(ors, eq)
		case !c.Value.Valid:
			in.HasNull = true
		default:
			in.List = append(in.List, c.Value)
		}
	}
	in.List = unique(in.List)
	switch {
	case len(in.List) > 0:
		ors = append([]plan.Expr{in}, ors...)
	case in.HasNull:
		ors = append(ors, &plan.Const{Value: column.Null(column.Bool)})
	}
	return plan.Or(ors...), nil
}

// unique drops repeated values.
func unique(vs []column.Value) []column.Value {
	seen := make(map[column.Value]bool, len(vs))
	return slices.DeleteFunc(vs, func(v column.Value) bool {
		if seen[v] {
			return true
		}
		seen[v] = true
		return false
	})
}

// rowIn binds (a, b) IN ((1, 2), …).
func (b *binder) rowIn(left sqlparser.ValTuple, right sqlparser.Expr, at int, sc *scope) (plan.Expr, error) {
	list, ok := right.(sqlparser.ValTuple)
	if !ok {
		return nil, b.errorf(at, "", "a row IN (SELECT …) is not supported yet")
	}
	ls, err := b.exprs(left, sc)
	if err != nil {
		return nil, err
	}
	var ors []plan.Expr
	for _, e := range list {
		t, ok := tuple(e)
		if !ok || len(t) != len(left) {
			return nil, b.errorf(b.at(e), "", "the list needs rows of %s", count(len(left), "value"))
		}
		rs, err := b.exprs(t, sc)
		if err != nil {
			return nil, err
		}
		c, err := b.rows("=", ls, rs, b.at(e))
		if err != nil {
			return nil, err
		}
		ors = append(ors, c)
	}
	return plan.Or(ors...), nil
}

// inSubquery binds x IN (SELECT …), with the types of both sides unified.
func (b *binder) inSubquery(x plan.Expr, q *sqlparser.Subquery, at int, sc *scope) (plan.Expr, error) {
	r, err := b.query(q.Select, sc)
	if err != nil {
		return nil, err
	}
	if len(r.cols) != 1 {
		return nil, b.errorf(b.at(q), "", "IN (SELECT …) needs one column, not %d", len(r.cols))
	}
	t := r.cols[0].t
	switch {
	case r.isNull(0):
		t = x.Type()
	case plan.IsNullConst(x):
	case (x.Type() == column.String) != (t == column.String):
		return nil, b.errorf(at, compareHint, "%s and %s do not compare", x.Type(), t)
	default:
		t = max(t, x.Type())
	}
	return &plan.Subquery{Kind: plan.InRows, X: plan.Convert(x, t), Plan: coerce(r.node, []column.Type{t}), T: column.Bool}, nil
}
