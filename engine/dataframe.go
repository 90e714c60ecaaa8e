package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/sql"
)

// DataFrame is a table, or a pipeline over one that runs when Collect, Save or one of the chunk functions is called. Its
// methods do not change it but return a new one, so that DataFrames can be shared and built upon. A mistake (a column that
// is not there, types that do not fit) is kept and returned by what runs the pipeline.
type DataFrame struct {
	engine *Engine
	// build makes the plan over the tables as they are when the pipeline runs.
	build func(b *builder) (plan.Node, error)
}

// builder holds the tables that a running pipeline uses.
type builder struct {
	ctx    context.Context
	tables *tableSet
}

// Table is the table called name. That it exists is checked when the DataFrame runs.
func (e *Engine) Table(name string) *DataFrame {
	return &DataFrame{engine: e, build: func(b *builder) (plan.Node, error) {
		t, err := b.tables.Table(b.ctx, name)
		if errors.Is(err, sql.ErrNoTable) {
			return nil, sql.NewError("", -1, "unknown table "+name, sql.DidYouMean(name, b.tables.Names()), err)
		}
		if err != nil {
			return nil, err
		}
		return plan.NewScan(t), nil
	}}
}

// then returns d followed by one step.
func (d *DataFrame) then(step func(in plan.Node) (plan.Node, error)) *DataFrame {
	return &DataFrame{engine: d.engine, build: func(b *builder) (plan.Node, error) {
		in, err := d.build(b)
		if err != nil {
			return nil, err
		}
		return step(in)
	}}
}

// Select computes a column for each expression. Name them with As; a plain column keeps its name.
func (d *DataFrame) Select(exprs ...Expr) *DataFrame {
	return d.then(func(in plan.Node) (plan.Node, error) {
		bound, err := bindAll(exprs, in.Fields())
		if err != nil {
			return nil, fmt.Errorf("Select: %w", err)
		}
		return &plan.Project{Input: in, Exprs: bound, Names: names(exprs)}, nil
	})
}

// With adds columns behind those that are there, or in place of those of the same name.
func (d *DataFrame) With(exprs ...Expr) *DataFrame {
	return d.then(func(in plan.Node) (plan.Node, error) {
		p := &plan.Project{Input: in, Exprs: plan.ColumnsOf(in), Names: plan.NamesOf(in)}
		for _, e := range exprs {
			b, err := e.bind(in.Fields())
			if err != nil {
				return nil, fmt.Errorf("With: %w", err)
			}
			at := len(p.Names)
			for i, n := range p.Names {
				if n == e.name {
					at = i
				}
			}
			if at < len(p.Names) {
				p.Exprs[at] = b
				continue
			}
			p.Exprs, p.Names = append(p.Exprs, b), append(p.Names, e.name)
		}
		return p, nil
	})
}

// Filter keeps the rows for which cond is true.
func (d *DataFrame) Filter(cond Expr) *DataFrame {
	return d.then(func(in plan.Node) (plan.Node, error) {
		c, err := cond.bind(in.Fields())
		if err != nil {
			return nil, fmt.Errorf("Filter: %w", err)
		}
		if c.Type() != column.Bool {
			return nil, fmt.Errorf("Filter: %s is %s, not a condition", c, c.Type())
		}
		return &plan.Filter{Input: in, Cond: c}, nil
	})
}

// Order is an expression to order by; make one with Asc or Desc.
type Order struct {
	expr Expr
	desc bool
}

// Asc orders by e, smallest first; NULLs come before everything.
func Asc(e Expr) Order { return Order{expr: e} }

// Desc orders by e, largest first; NULLs come last.
func Desc(e Expr) Order { return Order{expr: e, desc: true} }

// OrderBy sorts the rows. Rows that are equal in all of by keep their order.
func (d *DataFrame) OrderBy(by ...Order) *DataFrame {
	return d.then(func(in plan.Node) (plan.Node, error) {
		s := &plan.Sort{Input: in, Limit: -1}
		for _, o := range by {
			e, err := o.expr.bind(in.Fields())
			if err != nil {
				return nil, fmt.Errorf("OrderBy: %w", err)
			}
			s.Keys = append(s.Keys, plan.SortKey{Expr: e, Desc: o.desc})
		}
		return s, nil
	})
}

// Limit keeps the first n rows.
func (d *DataFrame) Limit(n int64) *DataFrame {
	return d.then(func(in plan.Node) (plan.Node, error) {
		return &plan.Limit{Input: in, Limit: max(n, 0)}, nil
	})
}

// Distinct drops rows that are there already. The order of the others is not defined.
func (d *DataFrame) Distinct() *DataFrame {
	return d.then(func(in plan.Node) (plan.Node, error) {
		return &plan.Aggregate{Input: in, Keys: plan.ColumnsOf(in), Names: plan.NamesOf(in)}, nil
	})
}

// Union gives the rows of d, then those of o, whose columns must have the same types.
func (d *DataFrame) Union(o *DataFrame) *DataFrame {
	return &DataFrame{engine: d.engine, build: func(b *builder) (plan.Node, error) {
		l, err := d.build(b)
		if err != nil {
			return nil, err
		}
		r, err := o.build(b)
		if err != nil {
			return nil, err
		}
		lf, rf := l.Fields(), r.Fields()
		if len(lf) != len(rf) {
			return nil, fmt.Errorf("Union: %d columns and %d columns", len(lf), len(rf))
		}
		for i := range lf {
			if lf[i].Type != rf[i].Type {
				return nil, fmt.Errorf("Union: column %s is %s, %s is %s", lf[i].Name, lf[i].Type, rf[i].Name, rf[i].Type)
			}
		}
		return &plan.Union{Ins: []plan.Node{l, r}}, nil
	}}
}

// Grouped is a DataFrame with grouping columns, waiting for Agg.
type Grouped struct {
	frame *DataFrame
	keys  []Expr
}

// GroupBy groups the rows by columns, given as names or Exprs. Without any, all rows are one group.
func (d *DataFrame) GroupBy(keys ...any) *Grouped {
	g := &Grouped{frame: d}
	for _, k := range keys {
		switch k := k.(type) {
		case Expr:
			g.keys = append(g.keys, k)
		case string:
			g.keys = append(g.keys, Col(k))
		default:
			err := fmt.Errorf("GroupBy takes column names and Exprs, not %T", k)
			g.keys = append(g.keys, Expr{bind: func([]column.Field) (plan.Expr, error) { return nil, err }})
		}
	}
	return g
}

// Agg computes aggregates for each group: the result has the grouping columns, then one column for each of aggs.
func (g *Grouped) Agg(aggs ...Agg) *DataFrame {
	return g.frame.then(func(in plan.Node) (plan.Node, error) {
		keys, err := bindAll(g.keys, in.Fields())
		if err != nil {
			return nil, fmt.Errorf("GroupBy: %w", err)
		}
		n := &plan.Aggregate{Input: in, Keys: keys, Names: names(g.keys)}
		several := 0 // aggregates that give several rows a group
		for _, a := range aggs {
			b, err := a.bind(in.Fields())
			if err != nil {
				return nil, fmt.Errorf("Agg: %w", err)
			}
			if b.Kind == plan.Largest || b.Kind == plan.Smallest {
				several++
			}
			if several > 1 {
				return nil, errors.New("Agg: only one of LARGEST and SMALLEST is possible, as they give several rows a group")
			}
			n.Aggs = append(n.Aggs, b)
			n.Names = append(n.Names, a.name)
		}
		return n, nil
	})
}

func names(es []Expr) []string {
	n := make([]string, len(es))
	for i, e := range es {
		n[i] = e.name
	}
	return n
}

// Collect runs the pipeline and returns its rows. Close them.
func (d *DataFrame) Collect(ctx context.Context) (*Rows, error) {
	return d.engine.runPlan(ctx, d.build)
}

// Save runs the pipeline and keeps its rows as a new table, which it returns.
func (d *DataFrame) Save(ctx context.Context, name string) (*DataFrame, error) {
	rows, err := d.Collect(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if _, err := d.engine.save(ctx, name, rows); err != nil {
		return nil, err
	}
	return d.engine.Table(name), nil
}
