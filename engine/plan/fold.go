package plan

import (
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/function"
)

// Fold replaces the expressions of a plan that have no columns by their value, which eval computes. What eval fails on stays as
// it is, and fails when, and only if, it is run.
func Fold(n Node, eval func(Expr) (column.Value, error)) Node {
	return Transform(n, func(n Node) Node {
		return MapExprs(n, func(e Expr) Expr { return FoldExpr(e, eval) })
	})
}

// FoldExpr is Fold for one expression.
func FoldExpr(e Expr, eval func(Expr) (column.Value, error)) Expr {
	return rewrite(e, func(e Expr) Expr {
		switch x := e.(type) {
		case *Const, *Column:
			return e
		case *Subquery:
			c := *x
			c.Plan = Fold(x.Plan, eval)
			return &c
		case *Call:
			if x.Func.Varies != function.Never {
				return e
			}
		}
		for _, c := range Children(e) {
			if _, ok := c.(*Const); !ok {
				return e
			}
		}
		v, err := eval(e)
		if err != nil {
			return e
		}
		if !v.Valid {
			v = column.Null(e.Type())
		}
		return &Const{Value: v}
	})
}
