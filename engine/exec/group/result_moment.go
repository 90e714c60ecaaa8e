package group

import (
	"math"
	"math/bits"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/exec/kernel"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// centered returns the sum of (x-mean(x))*(y-mean(y)) over n rows, from the sums of x*y, x and y. What is below the
// rounding errors of the sums is 0.
func centered(state []uint64, o uint32, n float64, xy, x, y sum) float64 {
	if xy.kind == intSum && x.kind == intSum && y.kind == intSum {
		return centeredInts(int64(state[xy.at+int(o)]), int64(state[x.at+int(o)]), int64(state[y.at+int(o)]), n)
	}
	q, qrest := xy.float(state, o)
	a, arest := x.float(state, o)
	b, brest := y.float(state, o)
	p := float64(a * b)
	prest := math.FMA(a, b, -p) + float64(a*brest) + float64(b*arest)
	m := p / n
	mrest := (math.FMA(-m, n, p) + prest) / n
	d, drest := twoSum(q, -m)
	c := d + (drest + qrest - mrest)
	if math.Abs(c) <= 8*n*0x1p-106*max(math.Abs(q), math.Abs(m)) {
		return 0
	}
	return c
}

// centeredInts is (n*xy - x*y) / n without rounding in the difference.
func centeredInts(xy, x, y int64, n float64) float64 {
	ahi, alo := mul128(int64(n), xy)
	bhi, blo := mul128(x, y)
	lo, borrow := bits.Sub64(alo, blo, 0)
	hi, _ := bits.Sub64(ahi, bhi, borrow)
	negative := int64(hi) < 0
	if negative {
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	f := (float64(hi)*(1<<64) + float64(lo)) / n
	if negative {
		return -f
	}
	return f
}

// mul128 returns the signed product of a and b in 128 bits.
func mul128(a, b int64) (hi, lo uint64) {
	hi, lo = bits.Mul64(uint64(a), uint64(b))
	return hi - uint64(a>>63)&uint64(b) - uint64(b>>63)&uint64(a), lo
}

type varResult struct {
	agg          *plan.Agg
	sum, squares sum
	n            *slot
}

func (s *varResult) emit(_ *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(column.Float, len(off))
	for i, o := range off {
		n := float64(state[s.n.at+int(o)])
		if n == 0 {
			setNull(out, i)
			continue
		}
		v, ok := deviation(s.agg.Kind, max(0, centered(state, o, n, s.squares, s.sum, s.sum)), n)
		switch {
		case !ok:
			setNull(out, i)
		case !finite(v):
			return rangeError(s.agg)
		default:
			out.Float[i] = v
		}
	}
	return nil
}

// deviation returns the variance, or its root, from the sum of squared distances from the mean of n values; ok is false
// where there is none.
func deviation(kind plan.AggKind, squares, n float64) (v float64, ok bool) {
	if kind == plan.VarSamp || kind == plan.StddevSamp {
		if n == 1 {
			return 0, false
		}
		n--
	}
	v = squares / n
	if kind == plan.StddevSamp || kind == plan.StddevPop {
		v = math.Sqrt(v)
	}
	return v, true
}

// momentResult computes sums, means and deviations from the list of all values.
type momentResult struct {
	agg  *plan.Agg
	list *list
}

func (s *momentResult) emit(r *reader, state []uint64, off []uint32, out *vector.Vec) error {
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
		x, ok := momentOf(s.agg.Kind, v)
		if !ok {
			setNull(out, i)
			continue
		}
		if !finite(x) {
			return rangeError(s.agg)
		}
		out.Float[i] = x
	}
	return nil
}

func momentOf(kind plan.AggKind, v []float64) (x float64, ok bool) {
	sum, rest := kernel.SumFloat(v)
	switch n := float64(len(v)); kind {
	case plan.Sum:
		return sum + rest, true
	case plan.Avg:
		return (sum + rest) / n, true
	default:
		squares := 0.0
		if lo, hi := kernel.MinMax(v); lo != hi {
			squares = kernel.SumSquares(v, (sum+rest)/n)
		}
		return deviation(kind, squares, n)
	}
}

type corrResult struct {
	agg              *plan.Agg
	x, y, xx, yy, xy sum
	n                *slot
}

// emit gives NULL where one side does not vary.
func (s *corrResult) emit(_ *reader, state []uint64, off []uint32, out *vector.Vec) error {
	out.Reset(column.Float, len(off))
	for i, o := range off {
		n := float64(state[s.n.at+int(o)])
		if n == 0 {
			setNull(out, i)
			continue
		}
		xx, yy := centered(state, o, n, s.xx, s.x, s.x), centered(state, o, n, s.yy, s.y, s.y)
		xy := centered(state, o, n, s.xy, s.x, s.y)
		if !finite(xx) || !finite(yy) || !finite(xy) {
			return rangeError(s.agg)
		}
		if xx <= 0 || yy <= 0 {
			setNull(out, i)
			continue
		}
		out.Float[i] = max(-1, min(1, xy/math.Sqrt(xx)/math.Sqrt(yy)))
	}
	return nil
}
