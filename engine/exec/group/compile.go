package group

import (
	"fmt"
	"math"
	"math/bits"
	"reflect"
	"slices"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/eval"
	"github.com/eau2db/eau2/engine/plan"
)

// program is what an aggregation does with rows: the operands it reads, the folds it keeps and how their words become results.
type program struct {
	input    plan.Node
	rows     int64           // bound of the input's
	exprs    []plan.Expr     // the operands
	programs []*eval.Program // of each, for all workers
	bounds   []bounds        // of each
	keys     []int           // operands of the keys
	folds    []fold
	phases   []phase
	results  []result
	precise  map[*sumFloat]bool // sums whose differences count
	rowCount *countRows         // the first fold
	useRows  bool               // a result reads it
	unnest   bool               // a result gives several rows
	small    bool               // no fold keeps anything but words
}

// phase is what one stream of batches is folded into. The first is the input; the others are the distinct tuples of the
// arguments of DISTINCT aggregates, from a child aggregation by the keys and those arguments.
type phase struct {
	loads    []int // operands of folds
	folds    []fold
	child    *Aggregation
	column   map[int]int // child: the column of each operand
	position int         // child: the column of the first row's position, or -1
}

func compile(n *plan.Aggregate, threads int, budget Budget) (*program, error) {
	p := &program{input: n.Input, rows: maxRows(n.Input), rowCount: &countRows{}, phases: make([]phase, 1), precise: map[*sumFloat]bool{}}
	for _, k := range n.Keys {
		p.keys = append(p.keys, p.operand(k))
	}
	p.folds = append(p.folds, p.rowCount)
	p.phases[0].folds = append(p.phases[0].folds, p.rowCount)
	p.keepLists(n)
	for i := range n.Aggs {
		a := &n.Aggs[i]
		ph, err := p.phaseOf(n, a, threads, budget)
		if err != nil {
			return nil, err
		}
		r, err := p.aggregate(ph, a)
		if err != nil {
			return nil, err
		}
		p.results = append(p.results, r)
	}
	p.small = true
	for _, f := range p.folds {
		switch f.(type) {
		case *list, *concat, *sketch:
			p.small = false
		}
	}
	return p, nil
}

// keepLists adds the folds of quantiles. What else is asked of the same FLOATs is computed from their lists in the end.
func (p *program) keepLists(n *plan.Aggregate) {
	for i := range n.Aggs {
		if a := &n.Aggs[i]; a.Kind == plan.Quantile && !a.Distinct {
			p.list(0, p.number(a.Args[0]))
		}
	}
}

// list returns the fold that keeps the values of an operand as FLOATs.
func (p *program) list(ph, operand int) *list {
	return share(p, ph, &list{args: p.need(ph, operand), asFloat: true})
}

// listOf returns the fold that keeps the values of a FLOAT operand anyway, if there is one.
func (p *program) listOf(ph, operand int) (*list, bool) {
	if !p.isFloat(operand) {
		return nil, false
	}
	for _, f := range p.phases[ph].folds {
		if l, ok := f.(*list); ok && l.asFloat && l.args[0] == operand {
			return l, true
		}
	}
	return nil, false
}

// operand returns the number of e, a new one unless an equal expression has one.
func (p *program) operand(e plan.Expr) int {
	for i, x := range p.exprs {
		if plan.Equal(x, e) {
			return i
		}
	}
	p.exprs = append(p.exprs, e)
	p.programs = append(p.programs, eval.Prepare(readAs(e)))
	p.bounds = append(p.bounds, boundsOf(p.input, e))
	return len(p.exprs) - 1
}

// phaseOf returns the phase that feeds a, making the child aggregation of a DISTINCT one.
func (p *program) phaseOf(n *plan.Aggregate, a *plan.Agg, threads int, budget Budget) (int, error) {
	if !needsDistinct(a) {
		return 0, nil
	}
	child := &plan.Aggregate{Input: n.Input, Keys: slices.Concat(n.Keys, arguments(a))}
	ph := phase{column: map[int]int{}, position: -1}
	for i, e := range child.Keys {
		if o := p.operand(e); !has(ph.column, o) {
			ph.column[o] = i
		}
	}
	if a.Kind == plan.GroupConcat {
		ph.position = len(child.Keys)
		child.Aggs = append(child.Aggs, plan.Agg{Kind: firstPosition, T: column.Int})
		for _, k := range a.OrderBy {
			if o := p.operand(k.Expr); !has(ph.column, o) {
				ph.column[o] = len(child.Keys) + len(child.Aggs)
				child.Aggs = append(child.Aggs, plan.Agg{Kind: firstValue, Args: []plan.Expr{k.Expr}, T: k.Expr.Type()})
			}
		}
	}
	for i := 1; i < len(p.phases); i++ {
		if old := &p.phases[i]; old.position == ph.position && reflect.DeepEqual(old.column, ph.column) {
			return i, nil
		}
	}
	var err error
	ph.child, err = New(child, threads, budget)
	p.phases = append(p.phases, ph)
	return len(p.phases) - 1, err
}

func has(m map[int]int, k int) bool { _, ok := m[k]; return ok }

func needsDistinct(a *plan.Agg) bool {
	if !a.Distinct {
		return false
	}
	switch a.Kind {
	case plan.CountRows, plan.Min, plan.Max, plan.AnyValue, plan.BoolAnd, plan.BoolOr, plan.ApproxCountDistinct:
		return false
	}
	return true
}

// share returns the fold of phase ph that equals f, or adds f.
func share[F fold](p *program, ph int, f F) F {
	for _, old := range p.phases[ph].folds {
		if same, ok := old.(F); ok && reflect.DeepEqual(old, fold(f)) {
			return same
		}
	}
	p.folds = append(p.folds, f)
	p.phases[ph].folds = append(p.phases[ph].folds, f)
	return f
}

// need notes the operands that a phase has to load.
func (p *program) need(ph int, operands ...int) []int {
	for _, o := range operands {
		if !slices.Contains(p.phases[ph].loads, o) {
			p.phases[ph].loads = append(p.phases[ph].loads, o)
		}
	}
	return operands
}

// count returns the place of the number of rows in which no operand is NULL.
func (p *program) count(ph int, args ...int) *slot {
	var nullable []int
	for _, o := range args {
		if !p.bounds[o].nonNull {
			nullable = append(nullable, o)
		}
	}
	if len(nullable) == 0 && ph == 0 {
		p.useRows = true
		return &p.rowCount.slot
	}
	if len(nullable) == 0 {
		nullable = args
	}
	return &share(p, ph, &countValues{args: p.need(ph, nullable...)}).slot
}

// number returns the operand of an argument of an aggregate over numbers.
func (p *program) number(e plan.Expr) int { return p.operand(uncast(e)) }

// uncast takes the cast of an INT to FLOAT off: exact sums of integers are better.
func uncast(e plan.Expr) plan.Expr {
	if c, ok := e.(*plan.Cast); ok && c.To == column.Float && (c.X.Type() == column.Int || c.X.Type() == column.Bool) {
		return c.X
	}
	return e
}

// arguments returns the expressions that the folds of a read.
func arguments(a *plan.Agg) []plan.Expr {
	switch a.Kind {
	case plan.Avg, plan.StddevPop, plan.StddevSamp, plan.VarPop, plan.VarSamp, plan.Corr, plan.Quantile:
		args := make([]plan.Expr, len(a.Args))
		for i, e := range a.Args {
			args[i] = uncast(e)
		}
		return args
	}
	return a.Args
}

func (p *program) isFloat(operand int) bool { return p.exprs[operand].Type() == column.Float }

// fits reports whether sums of rows products of at most two operands stay in 64 bits.
func (p *program) fits(x, y int) bool {
	limit := p.magnitude(x)
	if y >= 0 {
		hi, lo := bits.Mul64(limit, p.magnitude(y))
		if hi > 0 {
			return false
		}
		limit = lo
	}
	hi, lo := bits.Mul64(limit, uint64(p.rows))
	return hi == 0 && lo <= math.MaxInt64
}

func (p *program) magnitude(operand int) uint64 {
	b := p.bounds[operand]
	switch {
	case p.exprs[operand].Type() == column.Bool:
		return 1
	case !b.ranged:
		return math.MaxUint64
	}
	return max(uint64(max(b.hi, -b.hi)), uint64(max(b.lo, -b.lo))) // right for the smallest INT too
}

// sum is where a sum lies: an intSum, a wideSum or a floatSum.
type sum struct {
	*slot
	kind sumKind
}

type sumKind uint8

const (
	intSum sumKind = iota
	wideSum
	floatSum
)

// sum returns the sum of the first operand over the rows in which none is NULL. A precise one is a part of a difference that
// may be much smaller.
func (p *program) sum(ph int, precise bool, args ...int) sum {
	p.need(ph, args...)
	switch {
	case p.isFloat(args[0]):
		f := share(p, ph, &sumFloat{args: args})
		p.precise[f] = p.precise[f] || precise
		return sum{&f.slot, floatSum}
	case p.fits(args[0], -1):
		return sum{&share(p, ph, &sumInt{args: args}).slot, intSum}
	}
	return sum{&share(p, ph, &sumWide{args: args}).slot, wideSum}
}

// product returns the sum of args[x]*args[y] over the rows in which none of args is NULL.
func (p *program) product(ph int, x, y int, args ...int) sum {
	p.need(ph, args...)
	if !p.isFloat(args[x]) && !p.isFloat(args[y]) && p.fits(args[x], args[y]) {
		return sum{&share(p, ph, &sumProductInt{args: args, x: x, y: y}).slot, intSum}
	}
	return sum{&share(p, ph, &sumProduct{args: args, x: x, y: y}).slot, floatSum}
}

// aggregate adds the folds of a and returns how its result comes from them.
func (p *program) aggregate(ph int, a *plan.Agg) (result, error) {
	switch a.Kind {
	case plan.CountRows:
		p.useRows = true
		return &countResult{&p.rowCount.slot}, nil
	case plan.Count:
		args := make([]int, len(a.Args))
		for i, e := range a.Args {
			args[i] = p.operand(e)
		}
		return &countResult{p.count(ph, args...)}, nil
	case plan.Sum:
		o := p.operand(a.Args[0])
		if l, ok := p.listOf(ph, o); ok {
			return &momentResult{a, l}, nil
		}
		return &sumResult{agg: a, sum: p.sum(ph, false, o), n: p.count(ph, o)}, nil
	case plan.Avg:
		o := p.number(a.Args[0])
		if l, ok := p.listOf(ph, o); ok {
			return &momentResult{a, l}, nil
		}
		return &avgResult{agg: a, sum: p.sum(ph, false, o), n: p.count(ph, o)}, nil
	case plan.StddevPop, plan.StddevSamp, plan.VarPop, plan.VarSamp:
		o := p.number(a.Args[0])
		if l, ok := p.listOf(ph, o); ok {
			return &momentResult{a, l}, nil
		}
		return &varResult{agg: a, sum: p.sum(ph, true, o), squares: p.product(ph, 0, 0, o), n: p.count(ph, o)}, nil
	case plan.Corr:
		return p.corr(ph, a), nil
	case plan.Min, plan.Max, plan.BoolAnd, plan.BoolOr:
		return p.extreme(ph, a), nil
	case plan.AnyValue:
		o := p.operand(a.Args[0])
		f := share(p, ph, &anyValue{args: p.need(ph, o)})
		return &anyResult{f}, nil
	case plan.Quantile:
		if !(a.Param >= 0 && a.Param <= 1) {
			return nil, fmt.Errorf("%s: the quantile's place is not from 0 to 1", a)
		}
		return &quantileResult{agg: a, list: p.list(ph, p.number(a.Args[0]))}, nil
	case plan.ApproxCountDistinct:
		o := p.operand(a.Args[0])
		return &sketchResult{sketch: share(p, ph, &sketch{args: p.need(ph, o)})}, nil
	case plan.GroupConcat:
		return p.concat(ph, a), nil
	case plan.Largest, plan.Smallest:
		if a.K < 1 {
			return nil, fmt.Errorf("%s: the number of values is less than 1", a)
		}
		return p.top(ph, a), nil
	case firstValue:
		return &firstResult{share(p, ph, &first{operand: p.need(ph, p.operand(a.Args[0]))[0]})}, nil
	case firstPosition:
		return &firstResult{share(p, ph, &first{operand: -1})}, nil
	}
	return nil, fmt.Errorf("exec: no aggregate %s", a)
}

func (p *program) corr(ph int, a *plan.Agg) result {
	x, y := p.number(a.Args[0]), p.number(a.Args[1])
	r := &corrResult{agg: a, n: p.count(ph, x, y)}
	if p.bounds[x].nonNull && p.bounds[y].nonNull || x == y {
		r.x, r.y = p.sum(ph, true, x), p.sum(ph, true, y)
		r.xx, r.yy = p.product(ph, 0, 0, x), p.product(ph, 0, 0, y)
	} else {
		r.x, r.y = p.sum(ph, true, x, y), p.sum(ph, true, y, x)
		r.xx, r.yy = p.product(ph, 0, 0, x, y), p.product(ph, 1, 1, x, y)
	}
	r.xy = p.product(ph, 0, 1, x, y)
	return r
}

func (p *program) extreme(ph int, a *plan.Agg) result {
	o := p.operand(a.Args[0])
	args := p.need(ph, o)
	reverse := a.Kind == plan.Min || a.Kind == plan.BoolAnd
	if p.exprs[o].Type() == column.String {
		return &stringResult{share(p, ph, &extremeString{args: args, reverse: reverse})}
	}
	return &extremeResult{fold: share(p, ph, &extreme{args: args, reverse: reverse}), typ: a.T, n: p.count(ph, o)}
}

func (p *program) concat(ph int, a *plan.Agg) result {
	o := p.operand(a.Args[0])
	f := &concat{args: p.need(ph, o), keys: a.OrderBy}
	for _, k := range a.OrderBy {
		f.order = append(f.order, p.need(ph, p.operand(k.Expr))...)
	}
	return &concatResult{agg: a, concat: share(p, ph, f), typ: p.exprs[o].Type()}
}

func (p *program) top(ph int, a *plan.Agg) result {
	p.unnest = true
	o := p.operand(a.Args[0])
	args := p.need(ph, o)
	reverse := a.Kind == plan.Smallest
	if a.K <= maxTop && p.exprs[o].Type() != column.String {
		return &topResult{fold: share(p, ph, &top{args: args, k: a.K, reverse: reverse}), typ: a.T, n: p.count(ph, o)}
	}
	return &topListResult{list: share(p, ph, &list{args: args}), k: a.K, reverse: reverse, typ: p.exprs[o].Type()}
}
