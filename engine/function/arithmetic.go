package function

import (
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

var (
	twoInts   = []column.Type{column.Int, column.Int}
	twoFloats = []column.Type{column.Float, column.Float}
)

var errFloatOverflow = errors.New("FLOAT overflow")

func intOverflow(format string, args ...any) error {
	return fmt.Errorf("INT overflow: "+format, args...)
}

func finite(f float64) bool { return math.Abs(f) <= math.MaxFloat64 }

// float returns r as a FLOAT result, an error where it is infinite or not a number.
func float(r float64) (float64, error) {
	if !finite(r) {
		return 0, errFloatOverflow
	}
	return r, nil
}

// intOp makes an overload of an INT operator. fast computes a whole vector and says whether every row, NULL or not, was
// within INT; if not, slow computes them one by one.
func intOp(fast func(r, a, b []int64) bool, slow func(a, b int64) (int64, error)) Overload {
	return Overload{Args: twoInts, Result: column.Int, Eval: func(args []*vector.Vec, out *vector.Vec) error {
		r := out.Int
		a, b := args[0].Int[:len(r)], args[1].Int[:len(r)]
		if fast(r, a, b) {
			return nil
		}
		return eachRow(out, func(i int) (err error) { r[i], err = slow(a[i], b[i]); return })
	}}
}

func addIntsPlain(r, a, b []int64) bool {
	a, b = a[:len(r)], b[:len(r)]
	var over int64
	for i := range r {
		x, y := a[i], b[i]
		s := x + y
		r[i] = s
		over |= (x ^ s) & (y ^ s)
	}
	return over >= 0
}

func addInt(a, b int64) (int64, error) {
	s := a + b
	if (a^s)&(b^s) < 0 {
		return 0, intOverflow("%d + %d", a, b)
	}
	return s, nil
}

func subIntsPlain(r, a, b []int64) bool {
	a, b = a[:len(r)], b[:len(r)]
	var over int64
	for i := range r {
		x, y := a[i], b[i]
		d := x - y
		r[i] = d
		over |= (x ^ y) & (x ^ d)
	}
	return over >= 0
}

func subInt(a, b int64) (int64, error) {
	d := a - b
	if (a^b)&(a^d) < 0 {
		return 0, intOverflow("%d - %d", a, b)
	}
	return d, nil
}

// mulIntsPlain is certain only of factors in 32 bits.
func mulIntsPlain(r, a, b []int64) bool {
	a, b = a[:len(r)], b[:len(r)]
	var wide uint64
	for i := range r {
		x, y := a[i], b[i]
		r[i] = x * y
		wide |= uint64(x+1<<31) | uint64(y+1<<31)
	}
	return wide>>32 == 0
}

func mulInt(a, b int64) (int64, error) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	p := int64(lo)
	// The high word of the signed product must be the sign of the low one.
	if int64(hi)-a>>63&b-b>>63&a != p>>63 {
		return 0, intOverflow("%d * %d", a, b)
	}
	return p, nil
}

// floatOp makes an overload of a FLOAT operator whose result must be finite. loop computes a whole vector and says whether
// all of it is finite.
func floatOp(loop func(r, a, b []float64) bool) Overload {
	return Overload{Args: twoFloats, Result: column.Float, Eval: func(args []*vector.Vec, out *vector.Vec) error {
		r := out.Float
		if loop(r, args[0].Float[:len(r)], args[1].Float[:len(r)]) {
			return nil
		}
		return checkFinite(out)
	}}
}

// checkFinite reports a FLOAT overflow in a row that is not NULL.
func checkFinite(out *vector.Vec) error {
	for i, f := range out.Float {
		if !finite(f) {
			if !out.IsNull(i) {
				return errFloatOverflow
			}
			out.Float[i] = 0
		}
	}
	return nil
}

// divide computes quotients; those by zero are not finite and become NULL.
func divide(args []*vector.Vec, out *vector.Vec) error {
	r := out.Float
	a, b := args[0].Float[:len(r)], args[1].Float[:len(r)]
	if divFloats(r, a, b) {
		return nil
	}
	for i, d := range b {
		if d == 0 {
			out.SetNull(i)
		}
	}
	return checkFinite(out)
}

func addFloatsPlain(r, a, b []float64) bool {
	a, b = a[:len(r)], b[:len(r)]
	all := true
	for i := range r {
		r[i] = a[i] + b[i]
		all = all && finite(r[i])
	}
	return all
}

func subFloatsPlain(r, a, b []float64) bool {
	a, b = a[:len(r)], b[:len(r)]
	all := true
	for i := range r {
		r[i] = a[i] - b[i]
		all = all && finite(r[i])
	}
	return all
}

func mulFloatsPlain(r, a, b []float64) bool {
	a, b = a[:len(r)], b[:len(r)]
	all := true
	for i := range r {
		r[i] = a[i] * b[i]
		all = all && finite(r[i])
	}
	return all
}

func divFloatsPlain(r, a, b []float64) bool {
	a, b = a[:len(r)], b[:len(r)]
	all := true
	for i := range r {
		r[i] = a[i] / b[i]
		all = all && finite(r[i])
	}
	return all
}

func divInt(a, b int64) (int64, error) {
	if b == 0 {
		return 0, errNull
	}
	if a == math.MinInt64 && b == -1 {
		return 0, intOverflow("%d DIV %d", a, b)
	}
	return a / b, nil
}

func divFloatToInt(a, b float64) (int64, error) {
	if b == 0 {
		return 0, errNull
	}
	q := math.Trunc(a / b)
	if !(q >= -1<<63 && q < 1<<63) {
		return 0, intOverflow("%s DIV %s", column.FormatFloat(a), column.FormatFloat(b))
	}
	return int64(q), nil
}

// modInt has the sign of a, as in MySQL.
func modInt(a, b int64) (int64, error) {
	if b == 0 {
		return 0, errNull
	}
	if b == -1 {
		return 0, nil
	}
	return a % b, nil
}

func modFloat(a, b float64) (float64, error) {
	if b == 0 {
		return 0, errNull
	}
	return math.Mod(a, b), nil
}

func negInt(a int64) (int64, error) {
	if a == math.MinInt64 {
		return 0, intOverflow("-(%d)", a)
	}
	return -a, nil
}

func shiftLeft(a, n int64) int64 {
	if uint64(n) > 63 {
		return 0
	}
	return a << n
}

func shiftRight(a, n int64) int64 {
	if uint64(n) > 63 {
		return a >> 63
	}
	return a >> n
}
