package eval

import (
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// condition is a BOOL expression made ready to choose rows.
type condition interface {
	// keep returns those of the rows, ascending, for which the condition is true, in memory that holds until its next
	// call. rows are rows of b, ascending, or nil for all.
	keep(b *vector.Batch, rows []int32) ([]int32, error)
}

// counter is a condition that can tell how many rows meet it without listing them.
type counter interface {
	count(b *vector.Batch) (int, error)
}

// general evaluates the condition as an expression.
type general struct {
	node node
	sub  vector.Batch
	out  []int32
}

func (c *general) keep(b *vector.Batch, rows []int32) ([]int32, error) {
	from := b
	if rows != nil {
		from = subset(b, &c.sub, rows)
	}
	v, err := c.node.eval(from)
	if err != nil {
		return nil, err
	}
	c.out = selectTrue(c.out, v)
	translate(c.out, rows)
	return c.out, nil
}

// translate turns places in rows into rows of the batch.
func translate(out, rows []int32) {
	if rows != nil {
		for i, r := range out {
			out[i] = rows[r]
		}
	}
}

// masked works on encoded data, if need be later on, and until then evaluates the expression.
type masked struct {
	mask
	general general
	sub     vector.Batch
	bits    bitmap
	out     []int32
}

func (c *masked) keep(b *vector.Batch, rows []int32) ([]int32, error) {
	from := b
	if rows != nil {
		from = subset(b, &c.sub, rows)
	}
	if !c.ready(from) {
		return c.general.keep(b, rows)
	}
	c.bits = c.bits.ones(from.Len())
	c.narrow(from, c.bits)
	c.out = c.bits.rows(c.out)
	translate(c.out, rows)
	return c.out, nil
}

func (c *masked) count(b *vector.Batch) (int, error) {
	if !c.ready(b) {
		rows, err := c.general.keep(b, nil)
		return len(rows), err
	}
	c.bits = c.bits.ones(b.Len())
	c.narrow(b, c.bits)
	return c.bits.count(), nil
}

// every is AND: masks first, as they are quick and cannot fail, then the rest for the rows that are left.
type every struct {
	masks []*masked
	rest  []condition
	sub   vector.Batch
	bits  bitmap
	late  []condition
	out   []int32
}

// narrowReady sets c.bits to the rows of b that meet all masks that are ready, and c.late to the conditions left over.
func (c *every) narrowReady(b *vector.Batch) {
	c.bits = c.bits.ones(b.Len())
	c.late = c.late[:0]
	for _, m := range c.masks {
		if !m.ready(b) {
			c.late = append(c.late, m)
		} else if m.narrow(b, c.bits); c.bits.none() {
			return
		}
	}
	c.late = append(c.late, c.rest...)
}

func (c *every) keep(b *vector.Batch, rows []int32) ([]int32, error) {
	from := b
	if rows != nil {
		from = subset(b, &c.sub, rows)
	}
	c.narrowReady(from)
	c.out = c.bits.rows(c.out)
	translate(c.out, rows)
	left := c.out
	for _, k := range c.late {
		if len(left) == 0 {
			break
		}
		if len(left) == b.Len() {
			left = nil
		}
		var err error
		if left, err = k.keep(b, left); err != nil {
			return nil, err
		}
	}
	return left, nil
}

func (c *every) count(b *vector.Batch) (int, error) {
	if c.narrowReady(b); len(c.late) == 0 {
		return c.bits.count(), nil
	}
	rows, err := c.keep(b, nil)
	return len(rows), err
}

// some is OR: each condition sees the rows that those before it have not kept.
type some struct {
	of                []condition
	open, found, both []int32
}

func (c *some) keep(b *vector.Batch, rows []int32) ([]int32, error) {
	if rows == nil {
		c.open = allRows(c.open, b.Len())
	} else {
		c.open = append(c.open[:0], rows...)
	}
	c.found = c.found[:0]
	for _, k := range c.of {
		if len(c.open) == 0 {
			break
		}
		kept, err := k.keep(b, c.open)
		if err != nil {
			return nil, err
		}
		c.both = merge(c.both[:0], c.found, kept)
		c.found, c.both = c.both, c.found
		c.open = remove(c.open, kept)
	}
	return c.found, nil
}

// merge appends two ascending lists without common elements as one.
func merge(dst, a, b []int32) []int32 {
	for len(a) > 0 && len(b) > 0 {
		if a[0] < b[0] {
			dst, a = append(dst, a[0]), a[1:]
		} else {
			dst, b = append(dst, b[0]), b[1:]
		}
	}
	return append(append(dst, a...), b...)
}

// remove takes the elements of drop, some of those of a, out of a.
func remove(a, drop []int32) []int32 {
	n := 0
	for _, x := range a {
		if len(drop) > 0 && drop[0] == x {
			drop = drop[1:]
			continue
		}
		a[n] = x
		n++
	}
	return a[:n]
}

// condition makes the condition for which e, or NOT e, is true.
func (p *Program) condition(e plan.Expr, negate bool) condition {
	if m := p.mask(e, negate); m != nil {
		return p.masked(m, e, negate)
	}
	switch e := e.(type) {
	case *plan.Not:
		return p.condition(e.X, !negate)
	case *plan.Logic:
		if e.Or == negate { // AND, or NOT (a OR b), which is NOT a AND NOT b
			return p.every(e.Args, negate)
		}
		c := &some{}
		for _, a := range e.Args {
			c.of = append(c.of, p.condition(a, negate))
		}
		return c
	}
	return p.general(e, negate)
}

func (p *Program) general(e plan.Expr, negate bool) *general {
	n := p.compile(e)
	if negate {
		n = &not{x: n}
	}
	return &general{node: n}
}

func (p *Program) masked(m mask, e plan.Expr, negate bool) *masked {
	return &masked{mask: m, general: *p.general(e, negate)}
}

func (p *Program) every(args []plan.Expr, negate bool) condition {
	c := &every{}
	for _, a := range args {
		switch k := p.condition(a, negate).(type) {
		case *every:
			c.masks, c.rest = append(c.masks, k.masks...), append(c.rest, k.rest...)
		case *masked:
			if !c.intersect(k) {
				c.masks = append(c.masks, k)
			}
		default:
			c.rest = append(c.rest, k)
		}
	}
	if len(c.masks) == 1 && len(c.rest) == 0 {
		return c.masks[0]
	}
	return c
}

// intersect merges a range with an earlier one of the same column, as of BETWEEN.
func (c *every) intersect(k *masked) bool {
	for i, m := range c.masks {
		switch r := k.mask.(type) {
		case *intRange:
			if s, ok := m.mask.(*intRange); ok && s.col == r.col && !s.out && !r.out {
				c.masks[i] = &masked{mask: &intRange{col: r.col, lo: max(r.lo, s.lo), hi: min(r.hi, s.hi)}}
				return true
			}
		case *floatRange:
			if s, ok := m.mask.(*floatRange); ok && s.col == r.col && !s.out && !r.out {
				c.masks[i] = &masked{mask: &floatRange{col: r.col, lo: max(r.lo, s.lo), hi: min(r.hi, s.hi)}}
				return true
			}
		}
	}
	return false
}

// mask makes the mask of e, or of NOT e, or nil where there is none.
func (p *Program) mask(e plan.Expr, negate bool) mask {
	if e.Type() != column.Bool {
		return nil
	}
	if d := p.dictMask(e, negate); d != nil {
		return d
	}
	switch e := e.(type) {
	case *plan.Column:
		return &boolIs{col: e.Index, want: !negate}
	case *plan.Not:
		return p.mask(e.X, !negate)
	case *plan.IsNull:
		if c, ok := e.X.(*plan.Column); ok {
			return &nullIs{col: c.Index, null: e.Negate == negate}
		}
	case *plan.In:
		return inMask(e, negate)
	case *plan.Call:
		return compareMask(e, negate)
	case *plan.Logic:
		return p.logicMask(e, negate)
	}
	return nil
}

func (p *Program) logicMask(e *plan.Logic, negate bool) mask {
	if e.Or == negate {
		return nil // every keeps the masks of AND apart
	}
	a := &anyOf{}
	for _, arg := range e.Args {
		m := p.conjunction(arg, negate)
		if m == nil {
			return nil
		}
		a.of = append(a.of, m)
	}
	return a
}

// conjunction makes the mask of an argument of OR, which may be AND of masks.
func (p *Program) conjunction(e plan.Expr, negate bool) mask {
	if m := p.mask(e, negate); m != nil {
		return m
	}
	if n, ok := e.(*plan.Not); ok {
		return p.conjunction(n.X, !negate)
	}
	l, ok := e.(*plan.Logic)
	if !ok || l.Or != negate {
		return nil
	}
	c, ok := p.every(l.Args, negate).(*every)
	if !ok || len(c.rest) > 0 {
		return nil
	}
	all := make(allOf, len(c.masks))
	for i, m := range c.masks {
		all[i] = m.mask
	}
	return all
}
