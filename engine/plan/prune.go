package plan

import (
	"slices"
	"strings"

	"github.com/eau2db/eau2/column"
)

// PruneChunks leaves out the chunks of which the statistics say that no row passes their scan's filter. A filter that all rows of
// the chunks left pass goes.
func PruneChunks(n Node) Node {
	return Transform(n, func(n Node) Node {
		if s, ok := n.(*Scan); ok {
			return Prune(s)
		}
		return n
	})
}

// Prune is PruneChunks for one scan.
func Prune(s *Scan) *Scan {
	if s.Filter == nil {
		return s
	}
	kept, all := []int{}, true
	p := newPruner(s.Filter)
	for _, c := range chunksOf(s) {
		p.stats = func(i int) column.Stats { return s.Table.ChunkStats(c, s.Cols[i]) }
		o := p.outcomes(s.Filter)
		if o.t {
			kept = append(kept, c)
			all = all && !o.f && !o.n
		}
	}
	r := *s
	if len(kept) < s.Table.Chunks() {
		r.Chunks = kept
	}
	if all {
		r.Filter = nil
	}
	return &r
}

func chunksOf(s *Scan) []int {
	if s.Chunks != nil {
		return s.Chunks
	}
	return identity(s.Table.Chunks())
}

// outcomes says what a condition may be for the rows of a chunk: true, false, NULL.
type outcomes struct{ t, f, n bool }

var anything = outcomes{true, true, true}

// pruner bounds conditions by the statistics of one chunk after the other.
type pruner struct {
	stats func(col int) column.Stats
	lists map[*In][]column.Value // sorted
}

func newPruner(filter Expr) *pruner {
	p := &pruner{lists: map[*In][]column.Value{}}
	Walk(filter, func(e Expr) bool {
		if in, ok := e.(*In); ok {
			p.lists[in] = slices.SortedFunc(slices.Values(in.List), column.Value.Compare)
		}
		return true
	})
	return p
}

// outcomes bounds what e may be.
func (p *pruner) outcomes(e Expr) outcomes {
	switch e := e.(type) {
	case *Const:
		return outcomes{e.Value.Valid && e.Value.Bool(), e.Value.Valid && !e.Value.Bool(), !e.Value.Valid}
	case *Logic:
		return p.logic(e)
	case *Not:
		o := p.outcomes(e.X)
		return outcomes{o.f, o.t, o.n}
	case *Column:
		if r, ok := p.rangeOf(e); ok && r.bounded {
			return outcomes{r.hi.Bool(), !r.lo.Bool(), r.nulls}
		} else if ok && r.all {
			return outcomes{n: true}
		}
	case *IsNull:
		if r, ok := p.rangeOf(e.X); ok {
			o := outcomes{t: r.nulls, f: !r.all}
			if e.Negate {
				o.t, o.f = o.f, o.t
			}
			return o
		}
	case *In:
		if r, ok := p.rangeOf(e.X); ok {
			return inOutcomes(e, p.lists[e], r)
		}
	case *Call:
		if len(e.Args) < 2 {
			return anything
		}
		k, ok := e.Args[1].(*Const)
		if !ok {
			return anything
		}
		if r, ok := p.rangeOf(e.Args[0]); ok {
			return callOutcomes(e.Func.Name, r, k.Value, len(e.Args))
		}
	}
	return anything
}

func (p *pruner) logic(l *Logic) outcomes {
	// Of an AND: true needs all true, false one false, NULL one NULL and no false. OR is the same with the roles changed.
	o := outcomes{t: true}
	noneFalse := true
	for _, a := range l.Args {
		x := p.outcomes(a)
		if l.Or {
			x.t, x.f = x.f, x.t
		}
		o.t = o.t && x.t
		o.f = o.f || x.f
		o.n = o.n || x.n
		noneFalse = noneFalse && (x.t || x.n)
	}
	o.n = o.n && noneFalse
	if l.Or {
		o.t, o.f = o.f, o.t
	}
	return o
}

// valueRange is what is known of an expression's values in a chunk.
type valueRange struct {
	lo, hi  column.Value
	bounded bool // lo and hi hold
	nulls   bool // there may be NULLs
	all     bool // all are NULL
}

// rangeOf returns the range of a column, or of a column cast to a wider number type, whose order is the same.
func (p *pruner) rangeOf(e Expr) (valueRange, bool) {
	var to *column.Type
	if c, ok := e.(*Cast); ok && c.To <= column.Float && c.X.Type() < c.To {
		to, e = &c.To, c.X
	}
	c, ok := e.(*Column)
	if !ok {
		return valueRange{}, false
	}
	s := p.stats(c.Index)
	r := valueRange{lo: s.Min, hi: s.Max, bounded: s.Min.Valid && s.Max.Valid, nulls: true}
	if s.Rows > 0 {
		r.nulls, r.all = s.Nulls > 0, s.Nulls == s.Rows
	}
	if to != nil && r.bounded {
		r.lo, r.hi = widen(r.lo, *to), widen(r.hi, *to)
	}
	return r, true
}

func widen(v column.Value, to column.Type) column.Value {
	return Convert(&Const{v}, to).(*Const).Value
}

// inOutcomes bounds x IN (list), whose values are sorted in list, for an x in the range.
func inOutcomes(in *In, list []column.Value, r valueRange) outcomes {
	if r.all {
		return outcomes{n: true}
	}
	o := outcomes{f: true, n: r.nulls || in.HasNull}
	if in.Set != nil {
		o.t = !r.bounded || in.Set.Within(r.lo.Int, r.hi.Int)
		return o
	}
	if !r.bounded {
		o.t = len(list) > 0
		return o
	}
	i, _ := slices.BinarySearchFunc(list, r.lo, column.Value.Compare)
	if i < len(list) && list[i].Compare(r.hi) <= 0 {
		o.t = true
		if r.lo.Compare(r.hi) == 0 {
			o.f, o.n = false, r.nulls // the one value is in the list
		}
	}
	return o
}

// callOutcomes bounds x op k for an x in the range.
func callOutcomes(name string, r valueRange, k column.Value, args int) outcomes {
	if name == "<=>" {
		return nullSafeOutcomes(r, k)
	}
	if flipped[name] == "" && name != "LIKE" {
		return anything
	}
	if r.all || !k.Valid {
		return outcomes{n: true}
	}
	if !r.bounded {
		return anything
	}
	o := outcomes{n: r.nulls}
	lo, hi := r.lo.Compare(k), r.hi.Compare(k)
	switch name {
	case "=", "<>":
		o.t, o.f = lo <= 0 && hi >= 0, lo != 0 || hi != 0
		if name == "<>" {
			o.t, o.f = o.f, o.t
		}
	case "<":
		o.t, o.f = lo < 0, hi >= 0
	case "<=":
		o.t, o.f = lo <= 0, hi > 0
	case ">":
		o.t, o.f = hi > 0, lo <= 0
	case ">=":
		o.t, o.f = hi >= 0, lo < 0
	case "LIKE":
		o.t, o.f = true, true
		if p := likePrefix(k.Str); p != "" && args == 2 {
			o.t = r.hi.Str >= p && (r.lo.Str <= p || strings.HasPrefix(r.lo.Str, p))
		}
	}
	return o
}

func nullSafeOutcomes(r valueRange, k column.Value) outcomes {
	if !k.Valid {
		return outcomes{t: r.nulls, f: !r.all}
	}
	if r.all {
		return outcomes{f: true}
	}
	if !r.bounded {
		return outcomes{t: true, f: true}
	}
	o := callOutcomes("=", r, k, 2)
	return outcomes{t: o.t, f: o.f || o.n}
}

// likePrefix returns what every match of a LIKE pattern begins with.
func likePrefix(pattern string) string {
	if i := strings.IndexAny(pattern, `%_\`); i >= 0 {
		return pattern[:i]
	}
	return pattern
}
