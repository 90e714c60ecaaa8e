package plan

// Children returns the expressions directly below e, not those of a subquery's plan.
func Children(e Expr) []Expr {
	switch e := e.(type) {
	case *Call:
		return e.Args
	case *Cast:
		return []Expr{e.X}
	case *Logic:
		return e.Args
	case *Not:
		return []Expr{e.X}
	case *IsNull:
		return []Expr{e.X}
	case *Case:
		var c []Expr
		for _, w := range e.Whens {
			c = append(c, w.Cond, w.Then)
		}
		return append(c, e.Else)
	case *In:
		return []Expr{e.X}
	case *Subquery:
		if e.X != nil {
			return []Expr{e.X}
		}
	}
	return nil
}

// Map rebuilds e from the bottom up: f is given every expression after its children were mapped and returns what
// takes its place. Expressions whose children stay the same are not copied.
func Map(e Expr, f func(Expr) (Expr, error)) (Expr, error) {
	old := Children(e)
	if len(old) > 0 {
		kids, changed := make([]Expr, len(old)), false
		for i, c := range old {
			k, err := Map(c, f)
			if err != nil {
				return nil, err
			}
			kids[i], changed = k, changed || k != c
		}
		if changed {
			e = withChildren(e, kids)
		}
	}
	return f(e)
}

func withChildren(e Expr, kids []Expr) Expr {
	switch e := e.(type) {
	case *Call:
		c := *e
		c.Args = kids
		return &c
	case *Cast:
		return &Cast{X: kids[0], To: e.To}
	case *Logic:
		return &Logic{Or: e.Or, Args: kids}
	case *Not:
		return &Not{X: kids[0]}
	case *IsNull:
		return &IsNull{X: kids[0], Negate: e.Negate}
	case *Case:
		c := &Case{Whens: make([]When, len(e.Whens)), T: e.T}
		for i := range c.Whens {
			c.Whens[i] = When{Cond: kids[2*i], Then: kids[2*i+1]}
		}
		c.Else = kids[len(kids)-1]
		return c
	case *In:
		c := *e
		c.X = kids[0]
		return &c
	case *Subquery:
		c := *e
		c.X = kids[0]
		return &c
	}
	return e
}

// Walk calls f for e and everything below it, stopping below an expression for which f gives false.
func Walk(e Expr, f func(Expr) bool) {
	if !f(e) {
		return
	}
	for _, c := range Children(e) {
		Walk(c, f)
	}
}

// MapChildren returns e with f applied to the expressions directly below it, and e itself when f changes none.
func MapChildren(e Expr, f func(Expr) (Expr, error)) (Expr, error) {
	old := Children(e)
	if len(old) == 0 {
		return e, nil
	}
	kids, changed := make([]Expr, len(old)), false
	for i, c := range old {
		k, err := f(c)
		if err != nil {
			return nil, err
		}
		kids[i], changed = k, changed || k != c
	}
	if !changed {
		return e, nil
	}
	return withChildren(e, kids), nil
}
