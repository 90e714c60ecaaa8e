package function

import (
	"cmp"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// comparison makes the six comparison operators: ints, floats and strings are the loops for the ordered types, and
// true[1+c] says what the operator gives where the arguments compare as c.
type comparison struct {
	ints    func(r []bool, a, b []int64)
	floats  func(r []bool, a, b []float64)
	strings func(r []bool, a, b []string)
	codes   func(r []bool, a, b []uint32)
	result  [3]bool // for less, equal, greater
}

func (c comparison) overloads() []Overload {
	return overloads(
		Overload{Args: twoInts, Result: column.Bool, Eval: func(args []*vector.Vec, out *vector.Vec) error {
			c.ints(out.Bool, args[0].Int, args[1].Int)
			return nil
		}},
		Overload{Args: twoFloats, Result: column.Bool, Eval: func(args []*vector.Vec, out *vector.Vec) error {
			c.floats(out.Bool, args[0].Float, args[1].Float)
			return nil
		}},
		Overload{Args: []column.Type{column.String, column.String}, Result: column.Bool, Eval: func(args []*vector.Vec, out *vector.Vec) error {
			a, b := args[0], args[1]
			if a.Dict != nil && a.Dict == b.Dict && c.result[0] == c.result[2] { // = and <>
				c.codes(out.Bool, a.Code, b.Code)
				return nil
			}
			c.strings(out.Bool, a.Strings(), b.Strings())
			return nil
		}},
		Overload{Args: []column.Type{column.Bool, column.Bool}, Result: column.Bool, Eval: func(args []*vector.Vec, out *vector.Vec) error {
			a, b := args[0].Bool, args[1].Bool
			for i := range out.Bool {
				out.Bool[i] = c.result[1+compareBools(a[i], b[i])]
			}
			return nil
		}},
	)
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

var (
	equals    = comparison{eq[int64], eq[float64], eq[string], eq[uint32], [3]bool{false, true, false}}
	differs   = comparison{ne[int64], ne[float64], ne[string], ne[uint32], [3]bool{true, false, true}}
	less      = comparison{lt[int64], lt[float64], lt[string], nil, [3]bool{true, false, false}}
	lessEq    = comparison{le[int64], le[float64], le[string], nil, [3]bool{true, true, false}}
	greater   = comparison{gt[int64], gt[float64], gt[string], nil, [3]bool{false, false, true}}
	greaterEq = comparison{ge[int64], ge[float64], ge[string], nil, [3]bool{false, true, true}}
)

func eq[T cmp.Ordered](r []bool, a, b []T) {
	a, b = a[:len(r)], b[:len(r)]
	for i := range r {
		r[i] = a[i] == b[i]
	}
}

func ne[T cmp.Ordered](r []bool, a, b []T) {
	a, b = a[:len(r)], b[:len(r)]
	for i := range r {
		r[i] = a[i] != b[i]
	}
}

func lt[T cmp.Ordered](r []bool, a, b []T) {
	a, b = a[:len(r)], b[:len(r)]
	for i := range r {
		r[i] = a[i] < b[i]
	}
}

func le[T cmp.Ordered](r []bool, a, b []T) {
	a, b = a[:len(r)], b[:len(r)]
	for i := range r {
		r[i] = a[i] <= b[i]
	}
}

func gt[T cmp.Ordered](r []bool, a, b []T) { lt(r, b, a) }

func ge[T cmp.Ordered](r []bool, a, b []T) { le(r, b, a) }

// nullEqual makes the overload of <=>, the comparison that is never NULL.
func nullEqual[T value]() Overload {
	t := typeOf[T]()
	return Overload{Args: []column.Type{t, t}, Result: column.Bool, NullSafe: true, Eval: func(args []*vector.Vec, out *vector.Vec) error {
		a, b := of[T](args[0]), of[T](args[1])
		for i := range out.Bool {
			m, n := args[0].IsNull(i), args[1].IsNull(i)
			out.Bool[i] = m == n && (m || a[i] == b[i])
		}
		return nil
	}}
}
