package fragment

import (
	"fmt"
	"math"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/set"
)

func (e *encoder) exprs(xs []plan.Expr) {
	e.count(len(xs))
	for _, x := range xs {
		e.expr(x)
	}
}

func (e *encoder) expr(x plan.Expr) {
	if !e.down() {
		return
	}
	defer e.up()
	switch x := x.(type) {
	case *plan.Column:
		e.byte(exprColumn)
		e.count(x.Index)
		e.byte(byte(x.T))
		e.text(x.Name)
	case *plan.Const:
		e.byte(exprConst)
		e.byte(byte(x.Value.Type))
		e.value(x.Value)
	case *plan.Call:
		if x.Func.Class == function.User {
			e.byte(exprUser)
			e.program()
		} else {
			e.byte(exprCall)
		}
		e.call(x)
	case *plan.Cast:
		e.byte(exprCast)
		e.byte(byte(x.To))
		e.expr(x.X)
	case *plan.Logic:
		e.byte(exprLogic)
		e.flag(x.Or)
		e.exprs(x.Args)
	case *plan.Not:
		e.byte(exprNot)
		e.expr(x.X)
	case *plan.IsNull:
		e.byte(exprIsNull)
		e.flag(x.Negate)
		e.expr(x.X)
	case *plan.Case:
		e.byte(exprCase)
		e.count(len(x.Whens))
		for _, w := range x.Whens {
			e.expr(w.Cond)
			e.expr(w.Then)
		}
		e.expr(x.Else)
	case *plan.In:
		e.byte(exprIn)
		e.expr(x.X)
		e.flag(x.HasNull)
		if e.flag(x.Set != nil); x.Set != nil {
			e.set(x.Set)
			return
		}
		e.list(x.List)
	default:
		e.fail(fmt.Errorf("%s: %w", x, ErrNotPortable))
	}
}

// program writes what tells builds apart, before the name of a function that the program has registered.
func (e *encoder) program() {
	program, err := function.Program()
	if err != nil {
		e.fail(err)
	}
	e.text(program)
}

func (e *encoder) call(x *plan.Call) {
	n := overload(x)
	if n < 0 {
		e.fail(fmt.Errorf("function %s: %w", x.Func.Name, ErrNotPortable))
		return
	}
	e.text(x.Func.Name)
	e.count(n)
	e.exprs(x.Args)
}

// overload returns the number of the overload that x calls, or -1 where other processes do not know the function.
func overload(x *plan.Call) int {
	if f, ok := function.Lookup(x.Func.Name); !ok || f != x.Func {
		return -1
	}
	for i := range x.Func.Overloads {
		if &x.Func.Overloads[i] == x.Overload {
			return i
		}
	}
	return -1
}

// list writes the values of an IN, all of one type, INTs as distances from the one before: lists are often sorted.
func (e *encoder) set(s *set.Set) {
	b, err := s.MarshalBinary()
	if err != nil {
		e.fail(err)
		return
	}
	e.long(string(b))
}

func (e *encoder) list(vs []column.Value) {
	e.count(len(vs))
	if len(vs) == 0 {
		return
	}
	last := int64(0)
	for _, v := range vs {
		switch v.Type {
		case column.Int:
			e.number(v.Int - last) // around the end of the range it wraps, here and back
			last = v.Int
		case column.Float:
			e.word(math.Float64bits(v.Float))
		default:
			e.valid(v)
		}
	}
}
