package fragment

import (
	"fmt"
	"math"
	"slices"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/exec/group"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
)

// Resolve finds a table. It is asked once for each Scan.
type Resolve func(ref TableRef) (plan.Table, error)

// Decode reads a plan that Encode wrote. It checks all that a binder makes sure of, against the tables that resolve
// gives.
func Decode(b []byte, resolve Resolve) (plan.Node, error) {
	d := newDecoder(b)
	p := planDecoder{decoder: d, resolve: resolve}
	n := p.node()
	if err := d.end(); err != nil {
		return nil, fmt.Errorf("decode a fragment: %w", err)
	}
	return n, nil
}

// planDecoder reads operators.
type planDecoder struct {
	*decoder
	resolve Resolve
}

// nothing takes the place of an operator that could not be read.
var nothing = &plan.Values{}

func (d planDecoder) node() plan.Node {
	if !d.down() {
		return nothing
	}
	defer d.up()
	var n plan.Node
	switch kind := d.byte(); kind {
	case nodeScan:
		n = d.scan()
	case nodeValues:
		n = d.values()
	case nodeFilter:
		f := &plan.Filter{Input: d.node()}
		f.Cond = d.cond(f.Input.Fields())
		n = f
	case nodeProject:
		p := &plan.Project{Input: d.node()}
		p.Exprs = d.exprs(p.Input.Fields())
		p.Names = d.names(len(p.Exprs))
		n = p
	case nodeFlatMap:
		f := &plan.FlatMap{Input: d.node()}
		d.program()
		name := d.text()
		fn, ok := function.LookupFlat(name)
		if d.err == nil && !ok {
			d.fail(fmt.Errorf("FlatMap %q: %w", name, function.ErrUnknown))
		}
		f.Func, f.Name = fn, d.text()
		n = f
	case nodeAggregate:
		n = d.aggregate()
	case nodePartial:
		n = d.partial()
	case nodeMerge:
		n = d.merge()
	case nodeRemote:
		n = d.remote()
	case nodeShuffle:
		s := &plan.Shuffle{Input: d.node()}
		for n := d.count(); n > 0 && d.err == nil; n-- {
			s.Keys = append(s.Keys, d.index(len(s.Input.Fields()), "column"))
		}
		n = s
	case nodeSort:
		s := &plan.Sort{Input: d.node()}
		s.Keys = d.order(s.Input.Fields())
		s.Limit, s.Offset = d.limits()
		n = s
	case nodeTop:
		t := &plan.Top{Input: d.node()}
		t.Keys, t.K = d.order(t.Input.Fields()), d.number()
		if t.K < 1 {
			d.failf("the first %d rows", t.K)
		}
		n = t
	case nodeLimit:
		l := &plan.Limit{Input: d.node()}
		l.Limit, l.Offset = d.limits()
		n = l
	case nodeUnion:
		n = d.union()
	default:
		d.failf("no operator has number %d", kind)
	}
	if d.err != nil {
		return nothing
	}
	return n
}

func (d planDecoder) scan() plan.Node {
	ref := TableRef{ID: d.text(), Name: d.text()}
	if d.err != nil {
		return nothing
	}
	t, err := d.resolve(ref)
	if err != nil {
		d.fail(err)
		return nothing
	}
	s := &plan.Scan{Table: t, Cols: []int{}}
	for n := d.count(); n > 0 && d.err == nil; n-- {
		s.Cols = append(s.Cols, d.index(len(t.Fields()), "column"))
	}
	if d.flag() {
		s.Chunks = d.chunkList(t.Chunks())
	}
	if d.flag() && d.err == nil {
		s.Filter = d.cond(s.Fields())
	}
	return s
}

func (d planDecoder) chunkList(limit int) []int {
	list, next := []int{}, 0
	for runs := d.count(); runs > 0 && d.err == nil; runs-- {
		from := next + d.index(limit-next, "chunk")
		n := d.index(limit-from+1, "length of a run of chunks")
		if d.chunks += n; d.chunks > maxChunks || n == 0 {
			d.failf("a run of %d chunks", n)
			return nil
		}
		for c := range n {
			list = append(list, from+c)
		}
		next = from + n
	}
	return list
}

func (d planDecoder) values() plan.Node {
	v := &plan.Values{Schema: d.fields()}
	for n := d.count(); n > 0 && d.err == nil; n-- {
		d.flag()
		row := make([]column.Value, 0, len(v.Schema))
		for _, f := range v.Schema {
			if d.err != nil {
				return nothing
			}
			row = append(row, d.value(f.Type))
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

func (d planDecoder) union() plan.Node {
	u := &plan.Union{}
	for n := d.count(); n > 0 && d.err == nil; n-- {
		u.Ins = append(u.Ins, d.node())
	}
	if d.err != nil {
		return nothing
	}
	if len(u.Ins) == 0 {
		d.failf("a union of nothing")
		return nothing
	}
	for i, in := range u.Ins {
		if !sameTypes(in.Fields(), u.Fields()) {
			d.failf("input %d of a union has other types than the first", i)
		}
	}
	return u
}

func sameTypes(a, b []column.Field) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Type != b[i].Type {
			return false
		}
	}
	return true
}

func (d planDecoder) limits() (limit, offset int64) {
	limit, offset = d.number(), d.number()
	if offset < 0 {
		d.failf("an offset of %d", offset)
	}
	return limit, offset
}

func (d planDecoder) cond(fields []column.Field) plan.Expr {
	e := d.expr(fields)
	if e.Type() != column.Bool {
		d.failf("a condition of type %s", e.Type())
	}
	return e
}

func (d planDecoder) keys(fields []column.Field) []plan.SortKey {
	var ks []plan.SortKey
	for n := d.count(); n > 0 && d.err == nil; n-- {
		ks = append(ks, plan.SortKey{Expr: d.expr(fields), Desc: d.flag()})
	}
	return ks
}

// order reads the keys of a sort, of which there is one at least.
func (d planDecoder) order(fields []column.Field) []plan.SortKey {
	ks := d.keys(fields)
	if len(ks) == 0 {
		d.failf("a sort without keys")
	}
	return ks
}

func (d planDecoder) aggregate() plan.Node {
	a := &plan.Aggregate{Input: d.node()}
	fields := a.Input.Fields()
	a.Keys = d.exprs(fields)
	for n := d.count(); n > 0 && d.err == nil; n-- {
		a.Aggs = append(a.Aggs, d.agg(fields))
	}
	a.Names = d.names(len(a.Keys) + len(a.Aggs))
	return a
}

func (d planDecoder) agg(fields []column.Field) plan.Agg {
	a := plan.Agg{Kind: plan.AggKind(d.byte())}
	if a.Kind > plan.Smallest {
		d.failf("no aggregate has number %d", a.Kind)
		return a
	}
	a.Args, a.Distinct = d.exprs(fields), d.flag()
	a.Param, a.K = math.Float64frombits(d.word()), int(d.number())
	a.Separator, a.OrderBy = d.text(), d.keys(fields)
	if d.err != nil {
		return a
	}
	made, err := plan.NewAgg(a)
	if err != nil {
		d.fail(err)
		return a
	}
	for i, x := range made.Args {
		if x != a.Args[i] {
			d.failf("argument %d of %s is of type %s", i, a, a.Args[i].Type())
		}
	}
	return made
}

func (d planDecoder) partial() plan.Node {
	a, ok := d.aggregate().(*plan.Aggregate)
	if !ok || d.err != nil {
		return nothing
	}
	p, err := group.PartialOf(a)
	if err != nil {
		d.fail(err)
		return nothing
	}
	return p
}

func (d planDecoder) merge() plan.Node {
	m := &plan.Merge{Input: d.node()}
	p, ok := d.partial().(*plan.Partial)
	if !ok || d.err != nil {
		return nothing
	}
	if !slices.Equal(m.Input.Fields(), p.Schema) {
		d.failf("a merge of other columns than the state of its aggregate has")
	}
	m.Aggregate = p.Aggregate
	return m
}

func (d planDecoder) remote() plan.Node {
	n := d.node()
	for in := n; ; in = in.Inputs()[0] {
		if _, ok := in.(*plan.Scan); ok || d.err != nil {
			return &plan.Remote{Fragment: n}
		}
		if len(in.Inputs()) != 1 {
			d.failf("a remote without a scan, or with several")
			return nothing
		}
	}
}
