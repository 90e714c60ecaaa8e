package sql

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/xwb1989/sqlparser"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/eval"
	"github.com/eau2db/eau2/engine/plan"
)

// expr binds an expression over the columns of sc.
func (b *binder) expr(e sqlparser.Expr, sc *scope) (plan.Expr, error) {
	if b.depth++; b.depth > maxDepth {
		b.depth--
		return nil, b.errorf(b.lo, "", "an expression is nested too deeply")
	}
	defer func() { b.depth-- }()
	switch e := e.(type) {
	case *sqlparser.SQLVal:
		return b.literal(e, sc)
	case *sqlparser.ColName:
		return b.columnName(sc, e)
	case *sqlparser.ParenExpr:
		return b.expr(e.Expr, sc)
	case *sqlparser.AndExpr, *sqlparser.OrExpr:
		return b.logic(e, sc)
	case *sqlparser.NotExpr:
		return b.not(e.Expr, sc)
	case *sqlparser.UnaryExpr:
		return b.unary(e, sc)
	case *sqlparser.BinaryExpr:
		return b.binary(e, sc)
	case *sqlparser.ComparisonExpr:
		return b.comparison(e, sc)
	case *sqlparser.RangeCond:
		return b.between(e, sc)
	case *sqlparser.IsExpr:
		return b.is_(e, sc)
	case *sqlparser.CaseExpr:
		return b.caseExpr(e, sc)
	case *sqlparser.FuncExpr:
		return b.call(e, sc)
	case *sqlparser.GroupConcatExpr:
		return b.groupConcat(e, sc)
	case *sqlparser.Subquery:
		return b.scalarSubquery(e, sc)
	case *sqlparser.ExistsExpr:
		r, err := b.query(e.Subquery.Select, sc)
		if err != nil {
			return nil, err
		}
		return &plan.Subquery{Kind: plan.Exists, Plan: r.node, T: column.Bool}, nil
	case sqlparser.ValTuple:
		return nil, b.errorf(b.at(e), "", "a row (a, b) can only be compared, or looked up with IN")
	case *sqlparser.IntervalExpr:
		return nil, b.errorf(b.at(e), "write date + INTERVAL n unit, or DATE_ADD(date, INTERVAL n unit)", "INTERVAL stands alone")
	}
	return nil, b.errorf(b.at(e), "", "unsupported expression")
}

// exprs binds several expressions.
func (b *binder) exprs(es []sqlparser.Expr, sc *scope) ([]plan.Expr, error) {
	r := make([]plan.Expr, len(es))
	for i, e := range es {
		x, err := b.expr(e, sc)
		if err != nil {
			return nil, err
		}
		r[i] = x
	}
	return r, nil
}

// cond binds an expression as a condition.
func (b *binder) cond(e sqlparser.Expr, sc *scope) (plan.Expr, error) {
	x, err := b.expr(e, sc)
	if err != nil {
		return nil, err
	}
	return b.truth(x, e)
}

// truth makes a bound expression a condition: a number is true unless it is 0.
func (b *binder) truth(x plan.Expr, e sqlparser.Expr) (plan.Expr, error) {
	switch {
	case plan.IsNullConst(x):
		return plan.Convert(x, column.Bool), nil
	case x.Type() == column.Bool:
		return x, nil
	case x.Type() == column.String:
		return nil, b.errorf(b.at(e), "compare it: s <> ''", "a STRING is not a condition")
	}
	return plan.NewCall("<>", x, plan.Convert(&plan.Const{Value: column.IntValue(0)}, x.Type()))
}

// logic binds AND and OR. Chains of them lean left and are taken apart without recursion.
func (b *binder) logic(e sqlparser.Expr, sc *scope) (plan.Expr, error) {
	_, or := e.(*sqlparser.OrExpr)
	var operands []sqlparser.Expr
	for {
		l, r, ok := logicOperands(e, or)
		if !ok {
			operands = append(operands, e)
			break
		}
		operands = append(operands, r)
		e = l
	}
	conds := make([]plan.Expr, 0, len(operands))
	for i := len(operands) - 1; i >= 0; i-- {
		c, err := b.cond(operands[i], sc)
		if err != nil {
			return nil, b.concatHint(err, operands, i, or)
		}
		conds = append(conds, c)
	}
	if or {
		return plan.Or(conds...), nil
	}
	return plan.And(conds...), nil
}

func logicOperands(e sqlparser.Expr, or bool) (l, r sqlparser.Expr, ok bool) {
	switch e := e.(type) {
	case *sqlparser.AndExpr:
		return e.Left, e.Right, !or
	case *sqlparser.OrExpr:
		return e.Left, e.Right, or
	}
	return nil, nil, false
}

// concatHint tells who writes a || b for strings what || means here. operands are in reverse order.
func (b *binder) concatHint(err error, operands []sqlparser.Expr, i int, or bool) error {
	e, ok := err.(*Error)
	if !ok || !or || !strings.Contains(e.Msg, "STRING is not a condition") {
		return err
	}
	j := min(i, len(operands)-2)
	if at := b.opAfter(operands[j+1]); b.isOp(at, "||") {
		e.Hint = "|| is OR, as in MySQL: strings are joined by CONCAT(a, b)"
	}
	return e
}

func (b *binder) not(e sqlparser.Expr, sc *scope) (plan.Expr, error) {
	x, err := b.cond(e, sc)
	if err != nil {
		return nil, err
	}
	return &plan.Not{X: x}, nil
}

// apply calls a function or operator named at token at.
func (b *binder) apply(at int, name string, args ...plan.Expr) (plan.Expr, error) {
	x, err := plan.NewCall(name, args...)
	if err != nil {
		return nil, b.callError(at, err)
	}
	return x, nil
}

// callError makes an error of a failed overload resolution, whose message may end in advice.
func (b *binder) callError(at int, err error) *Error {
	msg, hint, _ := strings.Cut(err.Error(), "; ")
	if strings.HasPrefix(msg, "no ") {
		msg = "there is " + msg
	}
	e := b.errorf(at, hint, "%s", msg)
	e.Err = err
	return e
}

func (b *binder) unary(e *sqlparser.UnaryExpr, sc *scope) (plan.Expr, error) {
	at := b.at(e)
	switch e.Operator {
	case sqlparser.BangStr:
		return b.not(e.Expr, sc)
	case sqlparser.UMinusStr:
		if v, ok := e.Expr.(*sqlparser.SQLVal); ok {
			if i := literalIndex(v); b.kind(i) == number {
				n, err := b.number(i, "-")
				return &plan.Const{Value: n}, err
			}
		}
	}
	x, err := b.expr(e.Expr, sc)
	if err != nil {
		return nil, err
	}
	switch e.Operator {
	case sqlparser.UMinusStr:
		return b.sign(at, "NEG", x)
	case sqlparser.TildaStr:
		return b.sign(at, "~", x)
	case sqlparser.UPlusStr:
		if x.Type() == column.String {
			return nil, b.errorf(at, "turn text into numbers with CAST(x AS INT) or CAST(x AS FLOAT)", "there is no +STRING")
		}
		if x.Type() == column.Bool {
			return plan.Convert(x, column.Int), nil
		}
		return x, nil
	case sqlparser.BinaryStr, sqlparser.UBinaryStr:
		return x, nil // strings compare by their bytes anyway
	}
	return nil, b.errorf(at, "", "unsupported operator %s", e.Operator)
}

// sign applies an operator that stands before its operand, at token at.
func (b *binder) sign(at int, name string, x plan.Expr) (plan.Expr, error) {
	r, err := plan.NewCall(name, x)
	if err != nil {
		e := b.callError(at, err)
		e.Msg = fmt.Sprintf("there is no %s%s", b.raw(at), x.Type())
		return nil, e
	}
	return r, nil
}

func (b *binder) binary(e *sqlparser.BinaryExpr, sc *scope) (plan.Expr, error) {
	name := strings.ToUpper(e.Operator)
	if iv, ok := e.Right.(*sqlparser.IntervalExpr); ok && (name == "+" || name == "-") {
		f := "DATE_ADD"
		if name == "-" {
			f = "DATE_SUB"
		}
		return b.shiftDate(f, e.Left, iv, b.opAfter(e.Left), sc)
	}
	if iv, ok := e.Left.(*sqlparser.IntervalExpr); ok && name == "+" {
		return b.shiftDate("DATE_ADD", e.Right, iv, b.opAfter(e.Left), sc)
	}
	l, err := b.expr(e.Left, sc)
	if err != nil {
		return nil, err
	}
	r, err := b.expr(e.Right, sc)
	if err != nil {
		return nil, err
	}
	x, err := plan.NewCall(name, l, r)
	if err != nil {
		bound := b.callError(b.opAfter(e.Left), err)
		bound.Msg = fmt.Sprintf("there is no %s %s %s", l.Type(), name, r.Type())
		if name == "+" && l.Type() == column.String && r.Type() == column.String {
			bound.Hint = "strings are joined by CONCAT(a, b)"
		}
		return nil, bound
	}
	return x, nil
}

// shiftDate binds date + INTERVAL n unit.
func (b *binder) shiftDate(name string, date sqlparser.Expr, iv *sqlparser.IntervalExpr, at int, sc *scope) (plan.Expr, error) {
	d, err := b.expr(date, sc)
	if err != nil {
		return nil, err
	}
	n, err := b.expr(iv.Expr, sc)
	if err != nil {
		return nil, err
	}
	if d.Type() != column.String && !plan.IsNullConst(d) {
		return nil, b.errorf(b.at(date), "", "INTERVAL is added to a date, which is a STRING such as '2020-12-31', not %s", d.Type())
	}
	unit := &plan.Const{Value: column.StringValue(strings.ToUpper(b.value(index(iv.Unit))))}
	// An unknown unit is an error of the statement, not of its rows: try it.
	trial, err := plan.NewCall(name, &plan.Const{Value: column.StringValue("2000-01-01")}, &plan.Const{Value: column.IntValue(1)}, unit)
	if err == nil {
		if _, err = eval.Constant(trial); err != nil {
			return nil, b.wrap(index(iv.Unit), "", err)
		}
	}
	return b.apply(at, name, d, n, unit)
}

func (b *binder) is_(e *sqlparser.IsExpr, sc *scope) (plan.Expr, error) {
	if e.Operator == sqlparser.IsNullStr || e.Operator == sqlparser.IsNotNullStr {
		x, err := b.expr(e.Expr, sc)
		if err != nil {
			return nil, err
		}
		return &plan.IsNull{X: x, Negate: e.Operator == sqlparser.IsNotNullStr}, nil
	}
	x, err := b.cond(e.Expr, sc)
	if err != nil {
		return nil, err
	}
	want := e.Operator == sqlparser.IsTrueStr || e.Operator == sqlparser.IsNotTrueStr
	c, err := b.apply(b.opAfter(e.Expr), "<=>", x, &plan.Const{Value: column.BoolValue(want)})
	if err != nil {
		return nil, err
	}
	if e.Operator == sqlparser.IsNotTrueStr || e.Operator == sqlparser.IsNotFalseStr {
		return &plan.Not{X: c}, nil
	}
	return c, nil
}

// caseExpr binds CASE. CASE x WHEN a compares x = a.
func (b *binder) caseExpr(e *sqlparser.CaseExpr, sc *scope) (plan.Expr, error) {
	var subject plan.Expr
	var err error
	if e.Expr != nil {
		if subject, err = b.expr(e.Expr, sc); err != nil {
			return nil, err
		}
	}
	c := &plan.Case{}
	results := make([]sqlparser.Expr, 0, len(e.Whens)+1)
	for _, w := range e.Whens {
		var when plan.When
		if subject == nil {
			when.Cond, err = b.cond(w.Cond, sc)
		} else {
			var x plan.Expr
			if x, err = b.expr(w.Cond, sc); err == nil {
				when.Cond, err = b.compare("=", subject, x, b.at(w.Cond))
			}
		}
		if err != nil {
			return nil, err
		}
		if when.Then, err = b.expr(w.Val, sc); err != nil {
			return nil, err
		}
		c.Whens = append(c.Whens, when)
		results = append(results, w.Val)
	}
	c.Else = &plan.Const{Value: column.Null(column.Bool)}
	if e.Else != nil {
		if c.Else, err = b.expr(e.Else, sc); err != nil {
			return nil, err
		}
		results = append(results, e.Else)
	}
	return b.unifyCase(c, func(i int) int { return b.at(results[i]) })
}

// unifyCase gives the results of a Case one type; at tells the token of result i.
func (b *binder) unifyCase(c *plan.Case, at func(i int) int) (plan.Expr, error) {
	results := make([]plan.Expr, 0, len(c.Whens)+1)
	for _, w := range c.Whens {
		results = append(results, w.Then)
	}
	results = append(results, c.Else)
	t, bad, ok := plan.Unify(results...)
	if !ok {
		return nil, b.errorf(at(bad), "CAST one of them", "one result is %s and another %s", t, results[bad].Type())
	}
	for i := range c.Whens {
		c.Whens[i].Then = plan.Convert(c.Whens[i].Then, t)
	}
	c.Else, c.T = plan.Convert(c.Else, t), t
	return c, nil
}

// scalarSubquery binds (SELECT …) as a value.
func (b *binder) scalarSubquery(e *sqlparser.Subquery, sc *scope) (plan.Expr, error) {
	r, err := b.query(e.Select, sc)
	if err != nil {
		return nil, err
	}
	if len(r.cols) != 1 {
		return nil, b.errorf(b.at(e), "", "a subquery used as a value gives one column, not %s", strconv.Itoa(len(r.cols)))
	}
	return &plan.Subquery{Kind: plan.Scalar, Plan: r.node, T: r.cols[0].t}, nil
}
