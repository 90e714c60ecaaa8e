package plan

import "math"

// PushLimits moves LIMIT through projections, into sorts, which then keep only as many rows, and into the inputs of a union.
func PushLimits(n Node) Node {
	return Transform(n, func(n Node) Node {
		switch n := n.(type) {
		case *Limit:
			return pushLimit(n)
		case *Aggregate:
			// The order of what is aggregated does not count, but for what keeps one of several values.
			if s, ok := n.Input.(*Sort); ok && s.Limit < 0 && s.Offset == 0 && !ordered(n) {
				a := *n
				a.Input = s.Input
				return &a
			}
		}
		return n
	})
}

func ordered(n *Aggregate) bool {
	for _, a := range n.Aggs {
		if a.Kind == GroupConcat || a.Kind == AnyValue {
			return true
		}
	}
	return false
}

func pushLimit(n *Limit) Node {
	if n.Limit == 0 {
		return empty(n)
	}
	if n.Limit < 0 && n.Offset == 0 {
		return n.Input
	}
	switch in := n.Input.(type) {
	case *Project:
		p := *in
		p.Input = pushLimit(&Limit{Input: in.Input, Limit: n.Limit, Offset: n.Offset})
		return &p
	case *Limit:
		limit, offset := within(n, in.Limit, in.Offset)
		return pushLimit(&Limit{Input: in.Input, Limit: limit, Offset: offset})
	case *Sort:
		if n.Limit < 0 {
			break
		}
		s := *in
		s.Limit, s.Offset = within(n, in.Limit, in.Offset)
		if s.Limit == 0 {
			return empty(n)
		}
		return &s
	case *Values:
		v := &Values{Schema: in.Schema}
		from := min(n.Offset, int64(len(in.Rows)))
		to := int64(len(in.Rows))
		if n.Limit >= 0 && n.Limit < to-from {
			to = from + n.Limit
		}
		v.Rows = in.Rows[from:to]
		return v
	case *Union:
		if n.Limit < 0 || n.Limit > math.MaxInt64-n.Offset {
			break
		}
		u := &Union{Ins: make([]Node, len(in.Ins))}
		for i, x := range in.Ins {
			u.Ins[i] = pushLimit(&Limit{Input: x, Limit: n.Limit + n.Offset})
		}
		return &Limit{Input: u, Limit: n.Limit, Offset: n.Offset}
	}
	return n
}

// within returns the range of rows that n takes of the rows that limit and offset take.
func within(n *Limit, limit, offset int64) (int64, int64) {
	l := n.Limit
	if limit >= 0 {
		left := max(0, limit-n.Offset)
		if l < 0 || l > left {
			l = left
		}
	}
	o := offset + n.Offset
	if o < 0 {
		o = math.MaxInt64
	}
	return l, o
}
