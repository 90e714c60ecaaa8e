package sql

import (
	"strconv"
	"strings"

	"github.com/xwb1989/sqlparser"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
)

// selectStmt binds a SELECT: FROM, WHERE, the list, GROUP BY, HAVING, DISTINCT, ORDER BY, LIMIT, and stacks the operators in the
// order in which they apply.
func (b *binder) selectStmt(s *sqlparser.Select, outer *scope) (*rel, error) {
	in, err := b.from(s.From, outer)
	if err != nil {
		return nil, err
	}
	sel := &selection{binder: b, stmt: s, node: in.node, cols: in.cols, outer: outer, at: b.selectToken(s)}
	steps := []func() error{sel.where, sel.list, sel.groupBy, sel.having, sel.orderBy, sel.aggregate, sel.project}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if err := sel.limit(s.Limit); err != nil {
		return nil, err
	}
	sel.dropHidden()
	return sel.result(), nil
}

// selection is the state of binding one SELECT.
type selection struct {
	*binder
	stmt  *sqlparser.Select
	outer *scope
	at    int // SELECT's token

	node    plan.Node // the input so far
	cols    []scopeCol
	items   []item
	aggs    aggregates
	filter  plan.Expr // HAVING's condition
	order   []orderKey
	visible int // columns of the result; those of node behind them are for ORDER BY
}

// orderKey is one key of ORDER BY: an item of the list, or an expression of its own.
type orderKey struct {
	item int // or -1
	expr plan.Expr
	desc bool
	tok  int
}

func (s *selection) scope(place string) *scope {
	return &scope{outer: s.outer, cols: s.cols, place: place}
}

func (s *selection) where() error {
	if s.stmt.Where == nil {
		return nil
	}
	sc := s.scope("WHERE")
	sc.later = s.aliasNames()
	cond, err := s.cond(s.stmt.Where.Expr, sc)
	if err != nil {
		return err
	}
	s.node = &plan.Filter{Input: s.node, Cond: cond}
	return nil
}

// aliasNames returns the aliases of the list, unbound.
func (s *selection) aliasNames() []item {
	var items []item
	for _, e := range s.stmt.SelectExprs {
		if a, ok := e.(*sqlparser.AliasedExpr); ok && !a.As.IsEmpty() {
			items = append(items, item{name: s.value(index(a.As.String())), alias: true})
		}
	}
	return items
}

// list binds the SELECT list, with * written out.
func (s *selection) list() error {
	sc := s.scope("the SELECT list")
	sc.aggs = &s.aggs
	for _, e := range s.stmt.SelectExprs {
		switch e := e.(type) {
		case *sqlparser.StarExpr:
			if err := s.star(e); err != nil {
				return err
			}
		case *sqlparser.AliasedExpr:
			x, err := s.expr(e.Expr, sc)
			if err != nil {
				return err
			}
			it := item{expr: x, tok: s.binder.at(e.Expr)}
			if i := index(e.As.String()); i >= 0 {
				it.name, it.alias = s.value(i), true
			} else if c, ok := e.Expr.(*sqlparser.ColName); ok {
				it.name = s.value(index(c.Name.String()))
				if col, ok := x.(*plan.Column); ok {
					it.name = col.Name
				}
			} else {
				it.name = s.textOf(e.Expr)
			}
			s.items = append(s.items, it)
		default:
			return s.errorf(s.at, "", "unsupported expression in the SELECT list")
		}
	}
	s.visible = len(s.items)
	return nil
}

// star adds the columns of * or t.*.
func (s *selection) star(e *sqlparser.StarExpr) error {
	table, tok := "", s.at+1
	if q := index(e.TableName.Qualifier.String()); q >= 0 {
		return s.errorf(q, "write table.*", "there are no databases: * has at most a table before it")
	}
	if i := index(e.TableName.Name.String()); i >= 0 {
		table, tok = s.value(i), i
	}
	found := false
	for i, c := range s.cols {
		if table != "" && !strings.EqualFold(c.table, table) {
			continue
		}
		found = true
		x := &plan.Column{Index: i, Name: c.name, T: c.t}
		s.tokens[x] = tok
		s.items = append(s.items, item{name: c.name, expr: x, tok: tok})
	}
	if !found && table != "" {
		return s.unknownQualifier(s.scope(""), table, "*", tok)
	}
	if len(s.cols) == 0 {
		return s.errorf(tok, "", "* needs a table: there is no FROM")
	}
	return nil
}

// ordinal returns the item that a number in GROUP BY or ORDER BY stands for, -1 when e is no number.
func (s *selection) ordinal(e sqlparser.Expr, clause string) (int, error) {
	v, ok := e.(*sqlparser.SQLVal)
	if !ok {
		return -1, nil
	}
	i := literalIndex(v)
	if s.kind(i) != number {
		return -1, nil
	}
	n, err := strconv.Atoi(s.raw(i))
	if err != nil || n < 1 || n > len(s.items) {
		return -1, s.errorf(i, "", "%s %s: the SELECT list has %s", clause, s.raw(i), count(len(s.items), "column"))
	}
	return n - 1, nil
}

func (s *selection) groupBy() error {
	sc := s.scope("GROUP BY")
	sc.aliases, sc.order = s.items, columnFirst
	for _, e := range s.stmt.GroupBy {
		n, err := s.ordinal(e, "GROUP BY")
		if err != nil {
			return err
		}
		var key plan.Expr
		if n >= 0 {
			key = s.items[n].expr
		} else if key, err = s.expr(e, sc); err != nil {
			return err
		}
		if hasAggregate(key) {
			return s.errorf(s.binder.at(e), "", "aggregates are not allowed in GROUP BY")
		}
		s.aggs.addKey(key)
	}
	s.aggs.grouped = len(s.stmt.GroupBy) > 0
	return nil
}

func (s *selection) having() error {
	if s.stmt.Having == nil {
		return nil
	}
	e := s.stmt.Having.Expr
	sc := s.scope("HAVING")
	sc.aggs, sc.aliases, sc.order = &s.aggs, s.items, keyFirst
	cond, err := s.cond(e, sc)
	if err != nil {
		return err
	}
	if !s.aggs.grouped && len(s.aggs.list) == 0 {
		return s.errorf(s.binder.at(e), "use WHERE", "HAVING needs GROUP BY or an aggregate")
	}
	s.filter = cond
	return nil
}

func (s *selection) orderBy() error {
	sc := s.scope("ORDER BY")
	sc.aggs, sc.aliases, sc.order = &s.aggs, s.items, aliasFirst
	for _, o := range s.stmt.OrderBy {
		k := orderKey{desc: o.Direction == sqlparser.DescScr, tok: s.binder.at(o.Expr)}
		var err error
		if k.item, err = s.ordinal(o.Expr, "ORDER BY"); err != nil {
			return err
		}
		if k.item < 0 {
			if k.expr, err = s.expr(o.Expr, sc); err != nil {
				return err
			}
		}
		s.order = append(s.order, k)
	}
	return nil
}

// aggregate puts an Aggregate, and a Filter for HAVING, on the input and makes the items expressions over it, when there are
// groups or aggregates.
func (s *selection) aggregate() error {
	if !s.aggs.grouped && len(s.aggs.list) == 0 {
		return nil
	}
	a := &s.aggs
	lift := func(e plan.Expr) (plan.Expr, error) { return s.lift(e, a) }
	var err error
	for i := range s.items {
		if s.items[i].expr, err = lift(s.items[i].expr); err != nil {
			return err
		}
	}
	for i := range s.order {
		if s.order[i].item < 0 {
			if s.order[i].expr, err = lift(s.order[i].expr); err != nil {
				return err
			}
		}
	}
	s.node = a.node(s.node)
	if s.filter != nil {
		cond, err := lift(s.filter)
		if err != nil {
			return err
		}
		s.node = &plan.Filter{Input: s.node, Cond: cond}
	}
	return nil
}

// project computes the list, DISTINCT and the order. Keys of ORDER BY that are not in the list become hidden columns.
func (s *selection) project() error {
	p := &plan.Project{Input: s.node}
	for _, it := range s.items {
		p.Exprs, p.Names = append(p.Exprs, it.expr), append(p.Names, it.name)
	}
	var keys []plan.SortKey
	for _, k := range s.order {
		at := k.item
		if at < 0 {
			if _, ok := k.expr.(*plan.Const); ok {
				continue
			}
			at = indexOf(p.Exprs, k.expr)
		}
		if at < 0 {
			if s.stmt.Distinct != "" {
				return s.errorf(k.tok, "", "with DISTINCT, ORDER BY can only use what is in the SELECT list")
			}
			at = len(p.Exprs)
			p.Exprs, p.Names = append(p.Exprs, k.expr), append(p.Names, k.expr.String())
		}
		keys = append(keys, plan.SortKey{Expr: &plan.Column{Index: at, Name: p.Names[at], T: p.Exprs[at].Type()}, Desc: k.desc})
	}
	s.node = p
	if s.stmt.Distinct != "" {
		s.node = distinct(s.node)
	}
	if len(keys) > 0 {
		s.node = &plan.Sort{Input: s.node, Keys: keys, Limit: -1}
	}
	return nil
}

func indexOf(es []plan.Expr, e plan.Expr) int {
	for i := range es {
		if plan.Equal(es[i], e) {
			return i
		}
	}
	return -1
}

// distinct drops repeated rows.
func distinct(n plan.Node) plan.Node {
	return &plan.Aggregate{Input: n, Keys: plan.ColumnsOf(n), Names: plan.NamesOf(n)}
}

func (s *selection) limit(l *sqlparser.Limit) error {
	var err error
	s.node, err = s.binder.limit(s.node, l)
	return err
}

// limit applies LIMIT and OFFSET to n.
func (b *binder) limit(n plan.Node, l *sqlparser.Limit) (plan.Node, error) {
	if l == nil {
		return n, nil
	}
	lim := &plan.Limit{Input: n}
	var err error
	if lim.Limit, err = b.rowCount(l.Rowcount, "LIMIT"); err != nil {
		return nil, err
	}
	if l.Offset != nil {
		if lim.Offset, err = b.rowCount(l.Offset, "OFFSET"); err != nil {
			return nil, err
		}
	}
	return lim, nil
}

// rowCount reads the number of LIMIT or OFFSET.
func (b *binder) rowCount(e sqlparser.Expr, clause string) (int64, error) {
	fail := func() (int64, error) {
		return 0, b.errorf(b.at(e), "", "%s takes a whole number, not negative, or a parameter", clause)
	}
	v, ok := e.(*sqlparser.SQLVal)
	if !ok {
		return fail()
	}
	x, err := b.literal(v, nil)
	if err != nil {
		return 0, err
	}
	c := x.Value
	if !c.Valid || c.Type != column.Int || c.Int < 0 {
		return fail()
	}
	return c.Int, nil
}

// dropHidden removes the columns made for ORDER BY.
func (s *selection) dropHidden() {
	cols := plan.ColumnsOf(s.node)
	if len(cols) > s.visible {
		s.node = &plan.Project{Input: s.node, Exprs: cols[:s.visible], Names: plan.NamesOf(s.node)[:s.visible]}
	}
}

func (s *selection) result() *rel {
	r := &rel{node: s.node, cols: columnsOf(s.node.Fields()), null: make([]bool, s.visible)}
	for i, it := range s.items {
		r.null[i] = plan.IsNullConst(it.expr)
	}
	return r
}
