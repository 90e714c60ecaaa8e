package plan

import (
	"math"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/function"
)

// SimplifyAll simplifies every expression of a plan. Filters that are always true go, and what is below filters that are
// never true.
func SimplifyAll(n Node) Node {
	return Transform(n, func(n Node) Node {
		n = MapExprs(n, Simplify)
		if f, ok := n.(*Filter); ok {
			if c, ok := f.Cond.(*Const); ok {
				if c.Value.Valid && c.Value.Bool() {
					return f.Input
				}
				return empty(f)
			}
		}
		return n
	})
}

// Simplify returns an expression with the same value that is cheaper, and in a form that chunks can be pruned by: constants stand
// on the right of comparisons, NOT disappears into what it negates, columns are compared in their own type.
func Simplify(e Expr) Expr { return rewrite(e, simplifyOne) }

// simplifyOne simplifies e, whose children are simple already.
func simplifyOne(e Expr) Expr {
	switch e := e.(type) {
	case *Logic:
		return simplifyLogic(e)
	case *Not:
		return simplifyNot(e)
	case *IsNull:
		if c, ok := e.X.(*Const); ok {
			return boolean(c.Value.Valid == e.Negate)
		}
	case *Cast:
		if _, ok := e.X.(*Const); ok || e.X.Type() == e.To {
			return convertConst(e)
		}
	case *Case:
		return simplifyCase(e)
	case *In:
		return simplifyIn(e)
	case *Call:
		if len(e.Args) == 2 && flipped[e.Func.Name] != "" {
			return simplifyComparison(e)
		}
	}
	return e
}

// convertConst converts what needs no computing.
func convertConst(e *Cast) Expr {
	if x, ok := Convert(e.X, e.To).(*Cast); !ok || x.X != e.X {
		return Convert(e.X, e.To)
	}
	return e
}

func boolean(b bool) Expr { return &Const{column.BoolValue(b)} }

func simplifyLogic(l *Logic) Expr {
	var args []Expr
	for _, a := range Conjoin(l.Or, l.Args) {
		if c, ok := a.(*Const); ok && c.Value.Valid {
			if c.Value.Bool() == l.Or {
				return boolean(l.Or)
			}
			continue
		}
		if !contains(args, a) {
			args = append(args, a)
		}
	}
	if l.Or {
		args = mergeEquals(args)
	}
	switch len(args) {
	case 0:
		return boolean(!l.Or)
	case 1:
		return args[0]
	case len(l.Args):
		same := true
		for i := range args {
			same = same && args[i] == l.Args[i]
		}
		if same {
			return l
		}
	}
	return &Logic{Or: l.Or, Args: args}
}

// Conjoin returns the conditions with nested ones of the same kind (OR or AND) taken apart.
func Conjoin(or bool, conds []Expr) []Expr {
	var all []Expr
	for _, c := range conds {
		if l, ok := c.(*Logic); ok && l.Or == or {
			all = append(all, l.Args...)
		} else if c != nil {
			all = append(all, c)
		}
	}
	return all
}

// contains looks for e among the first of es; comparing all of a long list is not worth its time.
func contains(es []Expr, e Expr) bool {
	for i := range min(len(es), 16) {
		if Equal(es[i], e) && !variesPerRow(e) {
			return true
		}
	}
	return false
}

// mergeEquals turns x = 1 OR x = 2 OR x IN (3) into x IN (1, 2, 3).
func mergeEquals(args []Expr) []Expr {
	var out []Expr
	ins := map[int]*In{} // by place in out
next:
	for _, a := range args {
		in := asIn(a)
		if in == nil {
			out = append(out, a)
			continue
		}
		for i, o := range out {
			if known := ins[i]; known != nil && Equal(known.X, in.X) {
				if o != Expr(known) {
					out[i] = known
				}
				known.List, known.HasNull = append(known.List, in.List...), known.HasNull || in.HasNull
				continue next
			}
		}
		ins[len(out)] = in
		out = append(out, a)
	}
	return out
}

// asIn returns a new In for x = constant and for x IN (list), nil for others.
func asIn(e Expr) *In {
	switch e := e.(type) {
	case *In:
		if e.Set == nil && !variesPerRow(e.X) {
			return &In{X: e.X, List: append([]column.Value(nil), e.List...), HasNull: e.HasNull}
		}
	case *Call:
		if e.Func.Name == "=" && len(e.Args) == 2 {
			if c, ok := e.Args[1].(*Const); ok && c.Value.Valid && !variesPerRow(e.Args[0]) {
				return &In{X: e.Args[0], List: []column.Value{c.Value}}
			}
		}
	}
	return nil
}

// negated and flipped give the comparison that is the opposite of one, and the one with its sides swapped.
var (
	negated = map[string]string{"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
	flipped = map[string]string{"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<=", "<=>": "<=>"}
)

func simplifyNot(n *Not) Expr {
	switch x := n.X.(type) {
	case *Const:
		if !x.Value.Valid {
			return x
		}
		return boolean(!x.Value.Bool())
	case *Not:
		return x.X
	case *IsNull:
		return &IsNull{X: x.X, Negate: !x.Negate}
	case *Logic:
		args := make([]Expr, len(x.Args))
		for i, a := range x.Args {
			args[i] = simplifyNot(&Not{X: a})
		}
		return simplifyLogic(&Logic{Or: !x.Or, Args: args})
	case *Call:
		if name := negated[x.Func.Name]; name != "" && len(x.Args) == 2 {
			if c, err := NewCall(name, x.Args...); err == nil {
				return c
			}
		}
	}
	return n
}

func simplifyCase(c *Case) Expr {
	var whens []When
	for _, w := range c.Whens {
		k, ok := w.Cond.(*Const)
		if !ok {
			whens = append(whens, w)
			continue
		}
		if k.Value.Valid && k.Value.Bool() {
			if len(whens) == 0 {
				return w.Then
			}
			return &Case{Whens: whens, Else: w.Then, T: c.T}
		}
	}
	switch len(whens) {
	case 0:
		return c.Else
	case len(c.Whens):
		return c
	}
	return &Case{Whens: whens, Else: c.Else, T: c.T}
}

// simplifyComparison puts the constant on the right and compares a column in its own type where that gives the same.
func simplifyComparison(c *Call) Expr {
	if _, ok := c.Args[0].(*Const); ok {
		if _, both := c.Args[1].(*Const); both {
			return c
		}
		swapped, err := NewCall(flipped[c.Func.Name], c.Args[1], c.Args[0])
		if err != nil {
			return c
		}
		if c, ok = swapped.(*Call); !ok {
			return swapped
		}
	}
	cast, ok := c.Args[0].(*Cast)
	k, isConst := c.Args[1].(*Const)
	if !ok || !isConst || !k.Value.Valid || c.Func.Name == "<=>" {
		return c
	}
	switch from := cast.X.Type(); {
	case from == column.Bool && cast.To == column.Int && (k.Value.Int == 0 || k.Value.Int == 1):
		return compareBool(c, cast.X, k.Value.Int == 1)
	case from == column.Int && cast.To == column.Float:
		return compareInt(c, cast.X, k.Value.Float)
	}
	return c
}

// compareBool makes flag = 1, which is CAST(flag AS INT) = 1, the flag itself.
func compareBool(c *Call, flag Expr, one bool) Expr {
	switch name := c.Func.Name; {
	case one && (name == "=" || name == ">="), !one && (name == "<>" || name == ">"):
		return flag
	case one && (name == "<>" || name == "<"), !one && (name == "=" || name == "<="):
		return simplifyNot(&Not{X: flag})
	}
	return c
}

// exactInts bounds the INTs that FLOAT holds exactly, and so where INT and FLOAT comparisons agree.
const exactInts = 1 << 53

// compareInt makes n > 2.5, which is CAST(n AS FLOAT) > 2.5, the comparison n > 2 of INTs.
func compareInt(c *Call, n Expr, f float64) Expr {
	if !(math.Abs(f) < exactInts) {
		return c
	}
	k := math.Floor(f)
	name := c.Func.Name
	if k != f {
		switch name {
		case "<", "<=":
			name = "<="
		case ">", ">=":
			name = ">"
		default:
			return c // never equal; NULL stays NULL
		}
	}
	r, err := NewCall(name, n, &Const{column.IntValue(int64(k))})
	if err != nil {
		return c
	}
	return r
}

// simplifyIn looks up a column in its own type where the list fits it.
func simplifyIn(in *In) Expr {
	cast, ok := in.X.(*Cast)
	if !ok || in.Set != nil || cast.X.Type() != column.Int || cast.To != column.Float {
		return in
	}
	c := &In{X: cast.X, HasNull: in.HasNull}
	for _, v := range in.List {
		if !(math.Abs(v.Float) < exactInts) {
			return in
		}
		if v.Float == math.Floor(v.Float) {
			c.List = append(c.List, column.IntValue(int64(v.Float)))
		}
	}
	if len(c.List) == 0 {
		return in
	}
	return c
}

// variesPerRow reports whether e holds a function such as RAND, which must not be computed more or less often than written.
func variesPerRow(e Expr) bool {
	found := false
	Walk(e, func(e Expr) bool {
		if c, ok := e.(*Call); ok && c.Func.Varies == function.PerRow {
			found = true
		}
		return !found
	})
	return found
}
