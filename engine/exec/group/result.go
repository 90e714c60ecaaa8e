package group

import (
	"fmt"
	"math"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// result makes one column of the result from the words of records.
type result interface {
	// emit fills out, which has a row for each record: the one whose state starts at state[off[i]].
	emit(r *reader, state []uint64, off []uint32, out *vector.Vec) error
}

// manyResult is a result with several rows a group: emit gives value r.nth[i] of the record, or NULL beyond the last.
type manyResult interface {
	result
	rows(state []uint64) int
}

type countResult struct{ n *slot }

func (c *countResult) emit(_ *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(column.Int, len(off))
	p := state[c.n.at:]
	for i, o := range off {
		out.Int[i] = int64(p[o])
	}
	return nil
}

// wide returns a sum of INTs as 128 bits.
func (s sum) wide(state []uint64, o uint32) (hi int64, lo uint64) {
	lo = state[s.at+int(o)]
	if s.kind == wideSum {
		return int64(state[s.at+int(o)+1]), lo
	}
	return int64(lo) >> 63, lo
}

// float returns a sum as a FLOAT and what its rounding took away.
func (s sum) float(state []uint64, o uint32) (x, rest float64) {
	p := state[s.at+int(o):]
	if s.kind == floatSum {
		return twoSum(math.Float64frombits(p[0]), math.Float64frombits(p[1]))
	}
	hi, lo := s.wide(state, o)
	if hi == int64(lo)>>63 {
		x = float64(int64(lo))
		if math.Abs(x) < 1<<62 {
			rest = float64(int64(lo) - int64(x))
		}
		return x, rest
	}
	return twoSum(float64(hi)*(1<<64), float64(lo))
}

type sumResult struct {
	agg *plan.Agg
	sum sum
	n   *slot
}

func (s *sumResult) emit(_ *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(s.agg.T, len(off))
	p, n := state[s.sum.at:], state[s.n.at:]
	for i, o := range off {
		switch {
		case n[o] == 0:
			setNull(out, i)
		case s.sum.kind == floatSum:
			out.Float[i] = math.Float64frombits(p[o]) + math.Float64frombits(p[o+1])
			if !finite(out.Float[i]) {
				return rangeError(s.agg)
			}
		default:
			hi, lo := s.sum.wide(state, o)
			if hi != int64(lo)>>63 {
				return rangeError(s.agg)
			}
			out.Int[i] = int64(lo)
		}
	}
	return nil
}

func setNull(out *vector.Vec, i int) {
	out.SetNull(i)
	switch out.Type {
	case column.Bool:
		out.Bool[i] = false
	case column.Int:
		out.Int[i] = 0
	case column.Float:
		out.Float[i] = 0
	case column.String:
		if out.Dict != nil {
			out.Code[i] = 0
		} else {
			out.Str[i] = ""
		}
	}
}

func finite(f float64) bool { return math.Abs(f) <= math.MaxFloat64 }

func rangeError(a *plan.Agg) error {
	return fmt.Errorf("%s: the result is out of the range of %s", a, a.T)
}

type avgResult struct {
	agg *plan.Agg
	sum sum
	n   *slot
}

func (s *avgResult) emit(_ *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(column.Float, len(off))
	n := state[s.n.at:]
	for i, o := range off {
		if n[o] == 0 {
			setNull(out, i)
			continue
		}
		x, rest := s.sum.float(state, o)
		out.Float[i] = (x + rest) / float64(n[o])
		if !finite(out.Float[i]) {
			return rangeError(s.agg)
		}
	}
	return nil
}

type extremeResult struct {
	fold *extreme
	typ  column.Type
	n    *slot
}

func (s *extremeResult) emit(_ *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(s.typ, len(off))
	p, n := state[s.fold.at:], state[s.n.at:]
	for i, o := range off {
		if n[o] == 0 {
			setNull(out, i)
		} else {
			setWord(out, i, p[o], s.fold.reverse)
		}
	}
	return nil
}

// setWord stores the value of an ordered word.
func setWord(out *vector.Vec, i int, w uint64, reverse bool) {
	if reverse {
		w = ^w
	}
	switch out.Type {
	case column.Bool:
		out.Bool[i] = intOf(w) != 0
	case column.Int:
		out.Int[i] = intOf(w)
	case column.Float:
		out.Float[i] = floatOf(w)
	}
}

type stringResult struct{ fold *extremeString }

func (s *stringResult) emit(r *reader, state []uint64, off []uint32, out *vector.Vec) error {
	r.handles = resize(r.handles, len(off))
	p := state[s.fold.at:]
	for i, o := range off {
		r.handles[i] = p[o]
	}
	r.emitHandles(s.fold.args[0], r.handles, out)
	return nil
}

// emitHandles gives codes where all handles are of the home dictionary, else text.
func (r *reader) emitHandles(operand int, handles []uint64, out *vector.Vec) {
	home, text := r.a.homes[operand].Load(), false
	for _, h := range handles {
		text = text || h&pooled != 0
	}
	if home != nil && !text {
		out.SetDict(home, len(handles))
		for i, h := range handles {
			if h == 0 {
				setNull(out, i)
			} else {
				out.Code[i] = handleCode(h)
			}
		}
		return
	}
	out.Reset(column.String, len(handles))
	for i, h := range handles {
		if h == 0 {
			setNull(out, i)
		} else {
			out.Str[i] = r.a.text(operand, h)
		}
	}
}

type anyResult struct{ fold *anyValue }

func (s *anyResult) emit(r *reader, state []uint64, off []uint32, out *vector.Vec) error {
	typ, p := r.a.exprs[s.fold.args[0]].Type(), state[s.fold.at:]
	if typ == column.String {
		r.handles = resize(r.handles, len(off))
		for i, o := range off {
			r.handles[i] = p[o+1]
		}
		r.emitHandles(s.fold.args[0], r.handles, out)
		return nil
	}
	out.Reset(typ, len(off))
	for i, o := range off {
		if p[o] == 0 {
			setNull(out, i)
		} else {
			out.Set(i, r.a.plainValue(s.fold.args[0], typ, p[o+1]))
		}
	}
	return nil
}

type sketchResult struct{ sketch *sketch }

func (s *sketchResult) emit(r *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(column.Int, len(off))
	p := state[s.sketch.at:]
	for i, o := range off {
		if r.registers == nil {
			r.registers = new([registers / 8]uint64)
		}
		out.Int[i] = r.a.estimate(p[o:o+2], r.registers)
	}
	return nil
}

type topResult struct {
	fold *top
	typ  column.Type
	n    *slot
}

func (s *topResult) rows(state []uint64) int { return int(min(state[s.n.at], uint64(s.fold.k))) }

func (s *topResult) emit(r *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(s.typ, len(off))
	p, n := state[s.fold.at:], state[s.n.at:]
	for i, o := range off {
		if k := r.nth[i]; k < min(int(n[o]), s.fold.k) {
			setWord(out, i, p[int(o)+k], s.fold.reverse)
		} else {
			setNull(out, i)
		}
	}
	return nil
}
