package eval

import (
	"fmt"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// node is an expression made ready for evaluation, with the memory of its result. The result of eval holds until the
// node's next eval or a change of b.
type node interface {
	eval(b *vector.Batch) (*vector.Vec, error)
}

// compiler makes nodes. Where plain is set it is already inside of an expression that is computed for dictionaries.
type compiler struct {
	p     *Program
	plain bool
}

// compile makes the node of an expression.
func (p *Program) compile(e plan.Expr) node { return compiler{p: p}.compile(e) }

func (c compiler) compile(e plan.Expr) node {
	if k, ok := e.(*plan.Const); ok {
		return &constant{value: k.Value, known: true}
	}
	t := c.p.traits(e)
	if t.dict != nil && !c.plain {
		return c.p.dict(e, t.dict)
	}
	n := c.op(e)
	if t.constant {
		return &constant{inner: n, typ: e.Type()}
	}
	return n
}

// op makes the node of an expression's topmost operator.
func (c compiler) op(e plan.Expr) node {
	switch e := e.(type) {
	case *plan.Column:
		return columnRef(e.Index)
	case *plan.Call:
		return &call{
			f: e.Func, o: e.Overload, kernel: e.Overload.Kernel(),
			nodes: c.compileAll(e.Args), args: make([]*vector.Vec, len(e.Args)),
		}
	case *plan.Cast:
		if e.X.Type() == e.To {
			return c.compile(e.X)
		}
		return &cast{x: c.compile(e.X), to: e.To}
	case *plan.Logic:
		return &logic{or: e.Or, args: c.compileAll(e.Args), safe: c.p.traits(e).safe}
	case *plan.Not:
		return &not{x: c.compile(e.X)}
	case *plan.IsNull:
		return &isNull{x: c.compile(e.X), negate: e.Negate}
	case *plan.Case:
		return c.caseOf(e)
	case *plan.In:
		n := &in{x: c.compile(e.X), hasNull: e.HasNull}
		if e.Set != nil {
			n.table = e.Set.Table()
		} else {
			n.set = newSet(e.X.Type(), e.List)
		}
		return n
	}
	return unknown{e}
}

// safe returns which of some expressions give no error.
func (c compiler) safe(es []plan.Expr) []bool {
	s := make([]bool, len(es))
	for i, e := range es {
		s[i] = c.p.traits(e).safe
	}
	return s
}

func (c compiler) compileAll(es []plan.Expr) []node {
	ns := make([]node, len(es))
	for i, e := range es {
		ns[i] = c.compile(e)
	}
	return ns
}

// traits are what the columns of an expression allow.
type traits struct {
	constant bool         // it has the same value in every row
	dict     *plan.Column // it depends only on this STRING column and is more than that
	one      *plan.Column // likewise, or it is the column
	safe     bool         // it gives no error in any row, and costs little
}

// traits returns the traits of an expression, for which it looks at each part of it only once.
func (p *Program) traits(e plan.Expr) traits {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.findTraits(e)
}

func (p *Program) findTraits(e plan.Expr) traits {
	if t, ok := p.known[e]; ok {
		return t
	}
	t := traits{constant: true, safe: isSafe(e)}
	mixed := false
	for _, k := range plan.Children(e) {
		kt := p.findTraits(k)
		t.constant = t.constant && kt.constant
		t.safe = t.safe && kt.safe
		switch {
		case kt.constant:
		case kt.one == nil, t.one != nil && t.one.Index != kt.one.Index:
			mixed = true
		default:
			t.one = kt.one
		}
	}
	switch e := e.(type) {
	case *plan.Column:
		t.constant = false
		if e.T == column.String {
			t.one = e
		}
	case *plan.Call:
		if e.Func.Varies == function.PerRow {
			t.constant, mixed = false, true
		}
	case *plan.Subquery:
		t.constant, mixed = false, true
	}
	if mixed {
		t.one = nil
	}
	t.dict = t.one
	switch e := e.(type) {
	case *plan.Column:
		t.dict = nil
	case *plan.IsNull:
		if _, ok := e.X.(*plan.Column); ok {
			t.dict = nil // the validity bits tell
		}
	}
	p.known[e] = t
	return t
}

// isSafe reports whether e gives no error in any row if what it is made of does not.
func isSafe(e plan.Expr) bool {
	switch e := e.(type) {
	case *plan.Column, *plan.Const, *plan.Logic, *plan.Not, *plan.IsNull, *plan.Case, *plan.In:
		return true
	case *plan.Cast:
		from := e.X.Type()
		return from != column.String && e.To != column.String && (from != column.Float || e.To != column.Int)
	case *plan.Call:
		switch e.Func.Name {
		case "=", "<>", "<", "<=", ">", ">=", "<=>":
			return true
		}
	}
	return false
}

// unknown is an expression that cannot be evaluated.
type unknown struct{ e plan.Expr }

func (n unknown) eval(*vector.Batch) (*vector.Vec, error) {
	return nil, fmt.Errorf("cannot evaluate %T %s", n.e, n.e)
}

// columnRef is a column of the batch.
type columnRef int

func (n columnRef) eval(b *vector.Batch) (*vector.Vec, error) { return b.Col(int(n)), nil }

// constant is a value, or an expression that is evaluated when its value is first asked for, because it may fail and
// perhaps no row takes it.
type constant struct {
	inner node
	typ   column.Type
	known bool
	value column.Value
	full  vector.Vec // as long as the longest batch so far
	view  vector.Vec // its head
}

func (n *constant) eval(b *vector.Batch) (*vector.Vec, error) {
	if !n.known {
		if b.Len() == 0 { // no row takes it
			n.view.Reset(n.typ, 0)
			return &n.view, nil
		}
		v, err := n.inner.eval(vector.NewBatch(1, nil))
		if err != nil {
			return nil, err
		}
		n.value, n.known, n.inner = v.Value(0), true, nil
	}
	if !n.full.Const || n.full.Len() < b.Len() {
		n.full.Fill(n.value, max(b.Len(), 1))
	}
	n.view.Head(&n.full, b.Len())
	return &n.view, nil
}

// call applies a function.
type call struct {
	f      *function.Func
	o      *function.Overload
	kernel function.Kernel
	nodes  []node
	args   []*vector.Vec
	out    vector.Vec
}

func (n *call) eval(b *vector.Batch) (*vector.Vec, error) {
	same := n.f.Varies != function.PerRow
	for i, a := range n.nodes {
		v, err := a.eval(b)
		if err != nil {
			return nil, err
		}
		n.args[i] = v
		same = same && v.Const
	}
	n.out.Reset(n.o.Result, b.Len())
	n.out.Stop = b.Stop
	if !n.o.NullSafe {
		for _, v := range n.args {
			if v.Const && b.Len() > 0 && v.IsNull(0) {
				n.out.Fill(column.Null(n.o.Result), b.Len())
				return &n.out, nil
			}
			n.out.AddNulls(v.Null)
		}
	}
	if err := n.kernel(n.args, &n.out); err != nil {
		if n.f.Class != "operator" && !n.f.IsUser() { // whose errors say it
			err = fmt.Errorf("%s: %w", n.f.Name, err)
		}
		return nil, err
	}
	n.out.Const = same && b.Len() > 0
	return &n.out, nil
}
