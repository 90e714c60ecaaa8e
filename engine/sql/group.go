package sql

import (
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
)

// aggregates collects the groups and aggregates of a SELECT while its expressions are bound over its input.
type aggregates struct {
	grouped bool
	keys    []plan.Expr
	list    []plan.Agg
}

// aggRef stands for aggregate number i until the expressions are lifted over the Aggregate.
type aggRef struct {
	i   int
	agg plan.Agg
}

// Type returns the type of the aggregate's result.
func (r *aggRef) Type() column.Type { return r.agg.T }

// String returns the aggregate as SQL.
func (r *aggRef) String() string { return r.agg.String() }

func (a *aggregates) addKey(k plan.Expr) {
	if indexOf(a.keys, k) < 0 {
		a.keys = append(a.keys, k)
	}
}

// add returns the reference of an aggregate, the same for equal ones.
func (a *aggregates) add(g plan.Agg) *aggRef {
	for i := range a.list {
		if plan.EqualAgg(a.list[i], g) {
			return &aggRef{i, g}
		}
	}
	a.list = append(a.list, g)
	return &aggRef{len(a.list) - 1, g}
}

// node makes the Aggregate over in.
func (a *aggregates) node(in plan.Node) plan.Node {
	n := &plan.Aggregate{Input: in, Keys: a.keys, Aggs: a.list}
	for _, k := range a.keys {
		n.Names = append(n.Names, k.String())
	}
	for _, g := range a.list {
		n.Names = append(n.Names, g.String())
	}
	return n
}

func hasAggregate(e plan.Expr) bool {
	found := false
	plan.Walk(e, func(e plan.Expr) bool {
		_, ok := e.(*aggRef)
		found = found || ok
		return !found
	})
	return found
}

// lift turns an expression over the input of an Aggregate into one over its result: what equals a group key becomes its column, an
// aggregate its column. Any other column of the input is an error.
func (s *selection) lift(e plan.Expr, a *aggregates) (plan.Expr, error) {
	if i := indexOf(a.keys, e); i >= 0 {
		return &plan.Column{Index: i, Name: a.keys[i].String(), T: e.Type()}, nil
	}
	switch e := e.(type) {
	case *aggRef:
		return &plan.Column{Index: len(a.keys) + e.i, Name: e.String(), T: e.Type()}, nil
	case *plan.Column:
		tok, ok := s.tokens[e]
		if !ok {
			tok = s.at
		}
		if !a.grouped {
			return nil, s.errorf(tok, "add GROUP BY "+e.Name+", or use an aggregate such as ANY_VALUE("+e.Name+")",
				"column %s stands beside an aggregate, but there is no GROUP BY", e.Name)
		}
		return nil, s.errorf(tok, "add it to GROUP BY, or use an aggregate such as ANY_VALUE("+e.Name+")",
			"column %s is neither in GROUP BY nor in an aggregate", e.Name)
	}
	return plan.MapChildren(e, func(c plan.Expr) (plan.Expr, error) { return s.lift(c, a) })
}
