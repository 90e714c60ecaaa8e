package group

import (
	"cmp"
	"slices"
	"strings"
	"unsafe"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

type quantileResult struct {
	agg  *plan.Agg
	list *list
}

func (s *quantileResult) emit(r *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(column.Float, len(off))
	p := state[s.list.at:]
	for i, o := range off {
		if err := r.cancelled(); err != nil {
			return err
		}
		v := r.gather(p[o : o+listWords])
		if len(v) == 0 {
			setNull(out, i)
			continue
		}
		out.Float[i] = r.selector.quantile(v, s.agg.Param)
	}
	return nil
}

// gather returns the FLOATs of a list, in memory that holds until the next call.
func (r *reader) gather(list []uint64) []float64 {
	v := r.floats[:0]
	r.a.entries(list, 1, func(run []uint64) { v = append(v, floatBits(run)...) })
	r.floats = v
	return v
}

// floatBits gives words as the FLOATs whose bits they are.
func floatBits(w []uint64) []float64 {
	return unsafe.Slice((*float64)(unsafe.Pointer(unsafe.SliceData(w))), len(w))
}

type concatResult struct {
	agg    *plan.Agg
	concat *concat
	typ    column.Type
}

func (s *concatResult) emit(r *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(column.String, len(off))
	p, size := state[s.concat.at:], s.concat.entryWords()
	for i, o := range off {
		if err := r.cancelled(); err != nil {
			return err
		}
		var entries [][]uint64
		r.a.entries(p[o:o+listWords], size, func(run []uint64) {
			entries = slices.AppendSeq(entries, slices.Chunk(run, size))
		})
		if len(entries) == 0 {
			setNull(out, i)
			continue
		}
		slices.SortFunc(entries, func(x, y []uint64) int { return s.compare(r, x, y) })
		var b strings.Builder
		for k, e := range entries {
			if k > 0 {
				b.WriteString(s.agg.Separator)
			}
			b.WriteString(r.a.plainValue(s.concat.args[0], s.typ, e[1]).String())
		}
		out.Str[i] = b.String()
	}
	return nil
}

func (s *concatResult) compare(r *reader, x, y []uint64) int {
	for k, key := range s.concat.keys {
		a, b := 2+2*k, 3+2*k
		c := cmp.Compare(x[a], y[a])
		if c == 0 && x[a] == 1 && x[b] != y[b] {
			operand, typ := s.concat.order[k], key.Expr.Type()
			c = r.a.plainValue(operand, typ, x[b]).Compare(r.a.plainValue(operand, typ, y[b]))
		}
		if c != 0 {
			if key.Desc {
				return -c
			}
			return c
		}
	}
	return cmp.Compare(x[0], y[0])
}

// topListResult gives the k largest or smallest of a list of all values.
type topListResult struct {
	list    *list
	k       int
	reverse bool
	typ     column.Type
}

func (s *topListResult) rows(state []uint64) int {
	return int(min(state[s.list.at+listCount], uint64(s.k)))
}

func (s *topListResult) emit(r *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(s.typ, len(off))
	var top []column.Value
	for i, o := range off {
		if i == 0 || o != off[i-1] {
			if err := r.cancelled(); err != nil {
				return err
			}
			top = s.sorted(r, state[s.list.at+int(o):])
		}
		if k := r.nth[i]; k < min(s.k, len(top)) {
			out.Set(i, top[k])
		} else {
			setNull(out, i)
		}
	}
	return nil
}

func (s *topListResult) sorted(r *reader, state []uint64) []column.Value {
	var all []column.Value
	r.a.entries(state[:listWords], 1, func(run []uint64) {
		for _, w := range run {
			all = append(all, r.a.plainValue(s.list.args[0], s.typ, w))
		}
	})
	slices.SortFunc(all, func(x, y column.Value) int {
		if s.reverse {
			return x.Compare(y)
		}
		return y.Compare(x)
	})
	return all
}
