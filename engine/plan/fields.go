package plan

import "github.com/eau2db/eau2/column"

// Fields returns the scanned columns.
func (n *Scan) Fields() []column.Field {
	all := n.Table.Fields()
	f := make([]column.Field, len(n.Cols))
	for i, c := range n.Cols {
		f[i] = all[c]
	}
	return f
}

// Fields returns the columns of the literal rows.
func (n *Values) Fields() []column.Field { return n.Schema }

// Fields returns the input's columns.
func (n *Filter) Fields() []column.Field { return n.Input.Fields() }

// Fields returns a column for each expression.
func (n *Project) Fields() []column.Field {
	f := make([]column.Field, len(n.Exprs))
	for i, e := range n.Exprs {
		f[i] = column.Field{Name: n.Names[i], Type: e.Type()}
	}
	return f
}

// Fields returns the keys, then the aggregates.
func (n *Aggregate) Fields() []column.Field {
	f := make([]column.Field, 0, len(n.Names))
	for i, k := range n.Keys {
		f = append(f, column.Field{Name: n.Names[i], Type: k.Type()})
	}
	for i, a := range n.Aggs {
		f = append(f, column.Field{Name: n.Names[len(n.Keys)+i], Type: a.T})
	}
	return f
}

// Fields returns the input's columns.
func (n *Sort) Fields() []column.Field { return n.Input.Fields() }

// Fields returns the input's columns.
func (n *Limit) Fields() []column.Field { return n.Input.Fields() }

// Fields returns the first input's columns.
func (n *Union) Fields() []column.Field { return n.Ins[0].Fields() }

// Inputs returns nothing: a scan is a leaf.
func (n *Scan) Inputs() []Node { return nil }

// Inputs returns nothing: literal rows are a leaf.
func (n *Values) Inputs() []Node { return nil }

// Inputs returns the one input.
func (n *Filter) Inputs() []Node { return []Node{n.Input} }

// Inputs returns the one input.
func (n *Project) Inputs() []Node { return []Node{n.Input} }

// Inputs returns the one input.
func (n *Aggregate) Inputs() []Node { return []Node{n.Input} }

// Inputs returns the one input.
func (n *Sort) Inputs() []Node { return []Node{n.Input} }

// Inputs returns the one input.
func (n *Limit) Inputs() []Node { return []Node{n.Input} }

// Inputs returns the united inputs, in order.
func (n *Union) Inputs() []Node { return n.Ins }

// WithInputs returns n.
func (n *Scan) WithInputs([]Node) Node { return n }

// WithInputs returns n.
func (n *Values) WithInputs([]Node) Node { return n }

// WithInputs returns a copy of n over in[0].
func (n *Filter) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs returns a copy of n over in[0].
func (n *Project) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs returns a copy of n over in[0].
func (n *Aggregate) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs returns a copy of n over in[0].
func (n *Sort) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs returns a copy of n over in[0].
func (n *Limit) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs returns a union of in.
func (n *Union) WithInputs(in []Node) Node { return &Union{Ins: in} }
