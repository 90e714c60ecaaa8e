package function

import (
	"bytes"
	"math"
	"strconv"
)

// roundFloat rounds x half away from zero to digits behind the point. What counts is the shortest decimal text of x, as
// people read it: ROUND(2.345, 2) is 2.35 although the number behind it is a little less than 2.345.
func roundFloat(x float64, digits int64) (float64, error) {
	if y, p, ok := scaled(x, digits); ok {
		if f := math.Abs(y - math.Trunc(y)); math.Abs(f-0.5) > 1e-6 {
			return math.Round(y)/p + 0, nil
		}
	}
	return float(cutDecimal(x, digits, true))
}

// truncateFloat cuts the shortest decimal text of x off after digits behind the point.
func truncateFloat(x float64, digits int64) (float64, error) {
	if y, p, ok := scaled(x, digits); ok {
		if f := math.Abs(y - math.Round(y)); f > 1e-6 {
			return math.Trunc(y)/p + 0, nil
		}
	}
	return float(cutDecimal(x, digits, false))
}

// scaled returns x times p, 10 to the power of digits; ok is false where p or the product is not near enough to exact.
func scaled(x float64, digits int64) (y, p float64, ok bool) {
	if digits < 0 || digits > 15 {
		return 0, 0, false
	}
	p = float64(powersOf10[digits])
	y = x * p
	return y, p, math.Abs(y) < 1e9
}

// cutDecimal rounds or truncates the shortest decimal text of x.
func cutDecimal(x float64, digits int64, round bool) float64 {
	if x == 0 || digits > 400 {
		return x
	}
	if digits < -400 {
		return 0
	}
	var buf [32]byte
	b := strconv.AppendFloat(buf[:0], math.Abs(x), 'e', -1, 64) // d.ddde±xx
	at := bytes.IndexByte(b, 'e')
	exp, err := strconv.Atoi(string(b[at+1:]))
	if err != nil {
		return x
	}
	digs := append([]byte{b[0]}, b[min(2, at):at]...)
	keep := exp + 1 + int(digits) // how many digits stay
	if keep >= len(digs) {
		return x
	}
	if keep < 0 {
		return 0
	}
	up := round && digs[keep] >= '5'
	digs = append([]byte{'0'}, digs[:keep]...)
	if up {
		i := len(digs) - 1
		for digs[i] == '9' {
			digs[i] = '0'
			i--
		}
		digs[i]++
	}
	r, _ := strconv.ParseFloat(string(digs)+"e"+strconv.Itoa(exp+1-keep), 64)
	if x < 0 {
		return 0 - r
	}
	return r
}
