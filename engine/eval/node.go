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

// compile makes the node of an expression.
func compile(e plan.Expr) node {
	if c, ok := e.(*plan.Const); ok {
		return &constant{value: c.Value, known: true}
	}
	n := compileOp(e)
	if isConstant(e) {
		return &constant{inner: n}
	}
	return n
}

func compileOp(e plan.Expr) node {
	switch e := e.(type) {
	case *plan.Column:
		return columnRef(e.Index)
	case *plan.Call:
		return newCall(e)
	case *plan.Cast:
		return newCast(e)
	case *plan.Logic:
		return &logic{or: e.Or, args: compileAll(e.Args)}
	case *plan.Not:
		return &not{x: compile(e.X)}
	case *plan.IsNull:
		return &isNull{x: compile(e.X), negate: e.Negate}
	case *plan.Case:
		return newCase(e)
	case *plan.In:
		return &in{x: compile(e.X), set: newSet(e.X.Type(), e.List), hasNull: e.HasNull}
	}
	return unknown{e}
}

func compileAll(es []plan.Expr) []node {
	ns := make([]node, len(es))
	for i, e := range es {
		ns[i] = compile(e)
	}
	return ns
}

// isConstant reports whether e has the same value in every row.
func isConstant(e plan.Expr) bool {
	constant := true
	plan.Walk(e, func(e plan.Expr) bool {
		switch e := e.(type) {
		case *plan.Column, *plan.Subquery:
			constant = false
		case *plan.Call:
			constant = constant && e.Func.Varies != function.PerRow
		}
		return constant
	})
	return constant
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
	known bool
	value column.Value
	full  vector.Vec // as long as the longest batch so far
	view  vector.Vec // its head
}

func (n *constant) eval(b *vector.Batch) (*vector.Vec, error) {
	if !n.known {
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
	kernel  function.Kernel
	o       *function.Overload
	pure    bool
	nodes   []node
	args    []*vector.Vec
	out     vector.Vec
	explain func(error) error
}

func newCall(e *plan.Call) node {
	return &call{
		kernel: e.Overload.Kernel(), o: e.Overload, pure: e.Func.Varies != function.PerRow,
		nodes: compileAll(e.Args), args: make([]*vector.Vec, len(e.Args)),
		explain: func(err error) error {
			if e.Func.Class == "operator" {
				return err
			}
			return fmt.Errorf("%s: %w", e.Func.Name, err)
		},
	}
}

func (n *call) eval(b *vector.Batch) (*vector.Vec, error) {
	same := n.pure
	for i, a := range n.nodes {
		v, err := a.eval(b)
		if err != nil {
			return nil, err
		}
		n.args[i] = v
		same = same && v.Const
	}
	n.out.Reset(n.o.Result, b.Len())
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
		return nil, n.explain(err)
	}
	n.out.Const = same && b.Len() > 0
	return &n.out, nil
}
