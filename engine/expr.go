package engine

import (
	"fmt"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
)

// Expr is an expression over the columns of a DataFrame. It is bound to their types where it is used; what does not fit is
// reported by the DataFrame's Collect. Make one with Col, Lit, Call or Func1, and combine it with the methods.
type Expr struct {
	name string
	bind func(fields []column.Field) (plan.Expr, error)
}

// Col is the column called name.
func Col(name string) Expr {
	return Expr{name: name, bind: func(fields []column.Field) (plan.Expr, error) {
		for i, f := range fields {
			if f.Name == name {
				return &plan.Column{Index: i, Name: name, T: f.Type}, nil
			}
		}
		return nil, unknownColumn(name, fields)
	}}
}

func unknownColumn(name string, fields []column.Field) error {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return fmt.Errorf("no column %q; there are %q", name, names)
}

// Lit is a constant: nil, a bool, a number, a string or a Value.
func Lit(v any) Expr {
	return Expr{name: fmt.Sprint(v), bind: func([]column.Field) (plan.Expr, error) {
		c, err := valueOf(v)
		return &plan.Const{Value: c}, err
	}}
}

// Call applies an SQL function or operator by its name: Call("UPPER", Col("name")), Call("%", Col("n"), Lit(10)).
func Call(name string, args ...Expr) Expr {
	return Expr{name: name, bind: func(fields []column.Field) (plan.Expr, error) {
		bound, err := bindAll(args, fields)
		if err != nil {
			return nil, err
		}
		return plan.NewCall(name, bound...)
	}}
}

func bindAll(es []Expr, fields []column.Field) ([]plan.Expr, error) {
	bound := make([]plan.Expr, len(es))
	for i, e := range es {
		b, err := e.bind(fields)
		if err != nil {
			return nil, err
		}
		bound[i] = b
	}
	return bound, nil
}

// operand turns the right side of a comparison or operation into an Expr: an Expr stays, anything else is Lit.
func operand(v any) Expr {
	if e, ok := v.(Expr); ok {
		return e
	}
	return Lit(v)
}

// As names the expression as a column.
func (e Expr) As(name string) Expr { e.name = name; return e }

// Eq is e = v. v is an Expr or a constant as in Lit, here and below.
func (e Expr) Eq(v any) Expr { return Call("=", e, operand(v)) }

// Ne is e <> v.
func (e Expr) Ne(v any) Expr { return Call("<>", e, operand(v)) }

// Lt is e < v.
func (e Expr) Lt(v any) Expr { return Call("<", e, operand(v)) }

// Le is e <= v.
func (e Expr) Le(v any) Expr { return Call("<=", e, operand(v)) }

// Gt is e > v.
func (e Expr) Gt(v any) Expr { return Call(">", e, operand(v)) }

// Ge is e >= v.
func (e Expr) Ge(v any) Expr { return Call(">=", e, operand(v)) }

// Add is e + v.
func (e Expr) Add(v any) Expr { return Call("+", e, operand(v)) }

// Sub is e - v.
func (e Expr) Sub(v any) Expr { return Call("-", e, operand(v)) }

// Mul is e * v.
func (e Expr) Mul(v any) Expr { return Call("*", e, operand(v)) }

// Div is e / v, a FLOAT.
func (e Expr) Div(v any) Expr { return Call("/", e, operand(v)) }

// And is e AND f.
func (e Expr) And(f Expr) Expr { return logicExpr(false, e, f) }

// Or is e OR f.
func (e Expr) Or(f Expr) Expr { return logicExpr(true, e, f) }

func logicExpr(or bool, es ...Expr) Expr {
	return Expr{name: "condition", bind: func(fields []column.Field) (plan.Expr, error) {
		bound, err := bindAll(es, fields)
		if err != nil {
			return nil, err
		}
		for _, b := range bound {
			if b.Type() != column.Bool {
				return nil, fmt.Errorf("%s is %s, not a condition", b, b.Type())
			}
		}
		if or {
			return plan.Or(bound...), nil
		}
		return plan.And(bound...), nil
	}}
}

// Not is NOT e.
func (e Expr) Not() Expr {
	return Expr{name: "NOT " + e.name, bind: func(fields []column.Field) (plan.Expr, error) {
		x, err := e.bind(fields)
		if err != nil {
			return nil, err
		}
		if x.Type() != column.Bool {
			return nil, fmt.Errorf("NOT %s: it is %s, not a condition", x, x.Type())
		}
		return &plan.Not{X: x}, nil
	}}
}

// IsNull is e IS NULL.
func (e Expr) IsNull() Expr {
	return Expr{name: e.name + " IS NULL", bind: func(fields []column.Field) (plan.Expr, error) {
		x, err := e.bind(fields)
		return &plan.IsNull{X: x}, err
	}}
}

// In is e IN (values), constants that compare with e.
func (e Expr) In(values ...any) Expr {
	return Expr{name: e.name + " IN", bind: func(fields []column.Field) (plan.Expr, error) {
		x, err := e.bind(fields)
		if err != nil {
			return nil, err
		}
		in := &plan.In{X: x}
		any := []plan.Expr{in}
		for _, v := range values {
			c, err := valueOf(v)
			switch {
			case err != nil:
				return nil, err
			case !c.Valid:
				in.HasNull = true
			case c.Type == column.Int && x.Type() == column.Float:
				in.List = append(in.List, column.FloatValue(float64(c.Int)))
			case c.Type == x.Type():
				in.List = append(in.List, c)
			default:
				equal, err := plan.NewCall("=", x, &plan.Const{Value: c})
				if err != nil {
					return nil, fmt.Errorf("%s IN (%s): it is %s, the value %s", x, c, x.Type(), c.Type)
				}
				any = append(any, equal)
			}
		}
		if len(any) == 1 {
			return in, nil
		}
		if len(in.List) == 0 && !in.HasNull {
			any = any[1:]
		}
		return plan.Or(any...), nil
	}}
}

// Like is e LIKE pattern: % stands for any text, _ for one character.
func (e Expr) Like(pattern string) Expr { return Call("LIKE", e, Lit(pattern), Lit(`\`)) }

// valueOf turns a Go value into a Value.
func valueOf(v any) (Value, error) {
	switch v := v.(type) {
	case nil:
		return Value{}, nil
	case Value:
		return v, nil
	case bool:
		return column.BoolValue(v), nil
	case string:
		return column.StringValue(v), nil
	case int64:
		return column.IntValue(v), nil
	case int:
		return column.IntValue(int64(v)), nil
	case float64:
		return floatValue(v)
	}
	return reflectValue(v)
}
