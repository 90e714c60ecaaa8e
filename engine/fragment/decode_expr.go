package fragment

import (
	"fmt"
	"math"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/set"
)

// DecodeExpr reads an expression that EncodeExpr wrote, over the columns fields.
func DecodeExpr(b []byte, fields []column.Field) (plan.Expr, error) {
	d := newDecoder(b)
	e := d.expr(fields)
	if err := d.end(); err != nil {
		return nil, fmt.Errorf("decode an expression: %w", err)
	}
	return e, nil
}

// unknown takes the place of an expression that could not be read.
var unknown = &plan.Const{}

func (d *decoder) exprs(fields []column.Field) []plan.Expr {
	var es []plan.Expr
	for n := d.count(); n > 0 && d.err == nil; n-- {
		es = append(es, d.expr(fields))
	}
	return es
}

func (d *decoder) expr(fields []column.Field) plan.Expr {
	if !d.down() {
		return unknown
	}
	defer d.up()
	var e plan.Expr
	switch kind := d.byte(); kind {
	case exprColumn:
		e = d.column(fields)
	case exprConst:
		e = &plan.Const{Value: d.value(d.typ())}
	case exprCall:
		e = d.call(fields, false)
	case exprUser:
		d.program()
		e = d.call(fields, true)
	case exprCast:
		to := d.typ()
		x := d.expr(fields)
		if x.Type() == to {
			d.failf("a cast from %s to %s", to, to)
		}
		e = &plan.Cast{X: x, To: to}
	case exprLogic:
		e = d.logic(fields)
	case exprNot:
		e = &plan.Not{X: d.typed(fields, column.Bool)}
	case exprIsNull:
		negate := d.flag()
		e = &plan.IsNull{X: d.expr(fields), Negate: negate}
	case exprCase:
		e = d.cases(fields)
	case exprIn:
		in := &plan.In{X: d.expr(fields), HasNull: d.flag()}
		if d.flag() {
			in.Set = d.set(in.X)
		} else {
			in.List = d.list(in.X.Type())
		}
		e = in
	default:
		d.failf("no expression has number %d", kind)
	}
	if d.err != nil {
		return unknown
	}
	return e
}

// typed reads an expression of type t.
func (d *decoder) typed(fields []column.Field, t column.Type) plan.Expr {
	e := d.expr(fields)
	if e.Type() != t {
		d.failf("%s is of type %s, not %s", e, e.Type(), t)
	}
	return e
}

func (d *decoder) column(fields []column.Field) plan.Expr {
	c := &plan.Column{Index: d.index(len(fields), "column"), T: d.typ(), Name: d.text()}
	if d.err == nil && fields[c.Index].Type != c.T {
		d.failf("column %s is of type %s, not %s", c.Name, fields[c.Index].Type, c.T)
	}
	return c
}

func (d *decoder) program() {
	if err := function.SameProgram(d.text()); err != nil && d.err == nil {
		d.fail(err)
	}
}

func (d *decoder) call(fields []column.Field, user bool) plan.Expr {
	name := d.text()
	f, ok := function.Lookup(name)
	if user && !ok && d.err == nil {
		d.fail(fmt.Errorf("function %q: %w", name, function.ErrUnknown))
	}
	if d.err != nil || !ok || user != (f.Class == function.User) {
		d.failf("no function is called %q", name)
		return unknown
	}
	c := &plan.Call{Func: f, Overload: &f.Overloads[d.index(len(f.Overloads), "overload")], Args: d.exprs(fields)}
	types := make([]column.Type, len(c.Args))
	for i, a := range c.Args {
		types[i] = a.Type()
	}
	if d.err == nil && !c.Overload.Takes(types) {
		d.failf("%s does not take %v", f.Name, types)
	}
	return c
}

func (d *decoder) logic(fields []column.Field) plan.Expr {
	l := &plan.Logic{Or: d.flag()}
	for n := d.count(); n > 0 && d.err == nil; n-- {
		l.Args = append(l.Args, d.typed(fields, column.Bool))
	}
	if len(l.Args) == 0 {
		d.failf("AND or OR of nothing")
	}
	return l
}

func (d *decoder) cases(fields []column.Field) plan.Expr {
	c := &plan.Case{}
	for n := d.count(); n > 0 && d.err == nil; n-- {
		c.Whens = append(c.Whens, plan.When{Cond: d.typed(fields, column.Bool), Then: d.expr(fields)})
	}
	c.Else = d.expr(fields)
	c.T = c.Else.Type()
	for _, w := range c.Whens {
		if w.Then.Type() != c.T {
			d.failf("CASE gives %s and %s", w.Then.Type(), c.T)
		}
	}
	return c
}

// set reads the set of x IN set.
func (d *decoder) set(x plan.Expr) *set.Set {
	b := d.long()
	if d.err == nil && x.Type() != column.Int {
		d.failf("a set of INTs for %s, which is of type %s", x, x.Type())
	}
	s := &set.Set{}
	if d.err == nil {
		if err := s.UnmarshalBinary([]byte(b)); err != nil {
			d.fail(err)
		}
	}
	return s
}

func (d *decoder) list(t column.Type) []column.Value {
	n := d.count()
	if t == column.Float && n > len(d.b)/8 {
		d.fail(errShort)
	}
	if d.err != nil || n == 0 {
		return nil
	}
	vs := make([]column.Value, n)
	last := int64(0)
	for i := range vs {
		switch t {
		case column.Int:
			last += d.number()
			vs[i] = column.IntValue(last)
		case column.Float:
			vs[i] = column.FloatValue(math.Float64frombits(d.word()))
		default:
			vs[i] = d.valid(t)
		}
		if d.err != nil {
			return nil
		}
	}
	return vs
}
