package function

import (
	"hash/crc32"
	"math"
	"math/bits"
	"math/rand/v2"
	"strconv"

	"github.com/eau2db/eau2/engine/vector"
)

const number = "numeric"

// real returns r as a FLOAT result: NULL where it is not a number, an error where it is infinite.
func real(r float64) (float64, error) {
	if r != r {
		return 0, errNull
	}
	return float(r)
}

// real1 makes the overload of a function of one FLOAT.
func real1(f func(float64) float64) []Overload {
	return overloads(try1(func(x float64) (float64, error) { return real(f(x)) }))
}

func real2(f func(x, y float64) float64) Overload {
	return try2(func(x, y float64) (float64, error) { return real(f(x, y)) })
}

// positive makes f give NULL for numbers that are not positive.
func positive(f func(float64) float64) func(float64) float64 {
	return func(x float64) float64 {
		if x <= 0 {
			return math.NaN()
		}
		return f(x)
	}
}

var numeric = []*Func{
	{Name: "ABS", Class: number, Usage: "ABS(x)", Doc: "x without its sign",
		Overloads: overloads(try1(absInt), fn1(math.Abs))},
	{Name: "SIGN", Class: number, Usage: "SIGN(x)", Doc: "-1, 0 or 1, as x is negative, zero or positive",
		Overloads: overloads(fn1(func(x int64) int64 { return signOf(x < 0, x > 0) }), fn1(func(x float64) int64 { return signOf(x < 0, x > 0) }))},
	{Name: "ROUND", Class: number, Usage: "ROUND(x[, digits])", Doc: "x rounded half away from zero to digits behind the point, negative ones before it",
		Overloads: overloads(fn1(same), fn1(whole(math.Round)), try2(roundInt), try2(roundFloat))},
	{Name: "TRUNCATE", Aliases: []string{"TRUNC"}, Class: number, Usage: "TRUNCATE(x[, digits])", Doc: "x cut off after digits behind the point",
		Overloads: overloads(fn1(same), fn1(whole(math.Trunc)), fn2(truncateInt), try2(truncateFloat))},
	{Name: "FLOOR", Class: number, Usage: "FLOOR(x)", Doc: "the largest whole number not above x",
		Overloads: overloads(fn1(same), fn1(whole(math.Floor)))},
	{Name: "CEIL", Aliases: []string{"CEILING"}, Class: number, Usage: "CEIL(x)", Doc: "the smallest whole number not below x",
		Overloads: overloads(fn1(same), fn1(whole(math.Ceil)))},

	{Name: "SQRT", Class: number, Usage: "SQRT(x)", Doc: "square root; NULL of a negative number", Overloads: real1(math.Sqrt)},
	{Name: "CBRT", Class: number, Usage: "CBRT(x)", Doc: "cube root", Overloads: real1(math.Cbrt)},
	{Name: "POW", Aliases: []string{"POWER"}, Class: number, Usage: "POW(x, y)", Doc: "x to the power of y", Overloads: overloads(real2(math.Pow))},
	{Name: "EXP", Class: number, Usage: "EXP(x)", Doc: "e to the power of x", Overloads: real1(math.Exp)},
	{Name: "LN", Class: number, Usage: "LN(x)", Doc: "natural logarithm; NULL unless x is positive", Overloads: real1(positive(math.Log))},
	{Name: "LOG", Class: number, Usage: "LOG([base, ]x)", Doc: "logarithm to a base, or the natural one; NULL where there is none",
		Overloads: append(real1(positive(math.Log)), real2(logBase))},
	{Name: "LOG2", Class: number, Usage: "LOG2(x)", Doc: "logarithm to base 2", Overloads: real1(positive(math.Log2))},
	{Name: "LOG10", Class: number, Usage: "LOG10(x)", Doc: "logarithm to base 10", Overloads: real1(positive(math.Log10))},
	{Name: "SIN", Class: number, Usage: "SIN(x)", Doc: "sine of x radians", Overloads: real1(math.Sin)},
	{Name: "COS", Class: number, Usage: "COS(x)", Doc: "cosine of x radians", Overloads: real1(math.Cos)},
	{Name: "TAN", Class: number, Usage: "TAN(x)", Doc: "tangent of x radians", Overloads: real1(math.Tan)},
	{Name: "COT", Class: number, Usage: "COT(x)", Doc: "cotangent of x radians", Overloads: real1(func(x float64) float64 { return 1 / math.Tan(x) })},
	{Name: "ASIN", Class: number, Usage: "ASIN(x)", Doc: "arc sine in radians; NULL unless x is within -1 to 1", Overloads: real1(math.Asin)},
	{Name: "ACOS", Class: number, Usage: "ACOS(x)", Doc: "arc cosine in radians; NULL unless x is within -1 to 1", Overloads: real1(math.Acos)},
	{Name: "ATAN", Class: number, Usage: "ATAN(x) or ATAN(y, x)", Doc: "arc tangent in radians", Overloads: append(real1(math.Atan), real2(math.Atan2))},
	{Name: "ATAN2", Class: number, Usage: "ATAN2(y, x)", Doc: "the angle of the point x, y in radians", Overloads: overloads(real2(math.Atan2))},
	{Name: "DEGREES", Class: number, Usage: "DEGREES(x)", Doc: "radians as degrees", Overloads: real1(func(x float64) float64 { return x * (180 / math.Pi) })},
	{Name: "RADIANS", Class: number, Usage: "RADIANS(x)", Doc: "degrees as radians", Overloads: real1(func(x float64) float64 { return x * (math.Pi / 180) })},
	{Name: "PI", Class: number, Usage: "PI()", Doc: "3.141592653589793", Overloads: overloads(nullary(func() float64 { return math.Pi }))},
	{Name: "RAND", Aliases: []string{"RANDOM"}, Class: number, Usage: "RAND()", Doc: "a random FLOAT from 0 up to 1, another one in each row", Varies: PerRow,
		Overloads: overloads(nullary(rand.Float64))},

	{Name: "BIT_COUNT", Class: number, Usage: "BIT_COUNT(n)", Doc: "the number of bits set in an INT",
		Overloads: overloads(fn1(func(n int64) int64 { return int64(bits.OnesCount64(uint64(n))) }))},
	{Name: "CRC32", Class: number, Usage: "CRC32(s)", Doc: "checksum of a string",
		Overloads: overloads(fn1(func(s string) int64 { return int64(crc32.ChecksumIEEE([]byte(s))) }))},
	{Name: "CONV", Class: number, Usage: "CONV(n, from, to)", Doc: "the digits n in base from written in base to, 2 to 36; a negative base to is signed",
		Overloads: overloads(text3(convText), text3(func(dst []byte, n, from, to int64) ([]byte, error) {
			return convText(dst, strconv.FormatInt(n, 10), from, to)
		}))},
	{Name: "BIN", Class: number, Usage: "BIN(n)", Doc: "the binary digits of an INT", Overloads: overloads(text1(inBase(2)))},
	{Name: "OCT", Class: number, Usage: "OCT(n)", Doc: "the octal digits of an INT", Overloads: overloads(text1(inBase(8)))},
}

// nullary makes the overload of a function without arguments.
func nullary[R value](f func() R) Overload {
	return Overload{Result: typeOf[R](), Eval: func(_ []*vector.Vec, out *vector.Vec) error {
		r := of[R](out)
		for i := range r {
			r[i] = f()
		}
		return nil
	}}
}

func same(x int64) int64 { return x }

// whole makes a rounding function never give the negative zero.
func whole(f func(float64) float64) func(float64) float64 {
	return func(x float64) float64 { return f(x) + 0 }
}

func absInt(x int64) (int64, error) {
	if x == math.MinInt64 {
		return 0, intOverflow("ABS(%d)", x)
	}
	if x < 0 {
		return -x, nil
	}
	return x, nil
}

func signOf(negative, positive bool) int64 {
	switch {
	case negative:
		return -1
	case positive:
		return 1
	}
	return 0
}

func logBase(base, x float64) float64 {
	if base <= 0 || base == 1 || x <= 0 {
		return math.NaN()
	}
	switch base {
	case 2:
		return math.Log2(x)
	case 10:
		return math.Log10(x)
	}
	return math.Log(x) / math.Log(base)
}

// powersOf10 are those that an INT holds.
var powersOf10 = func() (p [19]int64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

func truncateInt(x, digits int64) int64 {
	if digits >= 0 {
		return x
	}
	if -digits >= int64(len(powersOf10)) || digits == math.MinInt64 {
		return 0
	}
	return x - x%powersOf10[-digits]
}

func roundInt(x, digits int64) (int64, error) {
	if digits >= 0 {
		return x, nil
	}
	if digits < -19 {
		return 0, nil
	}
	if digits == -19 { // half of 1e19 is within INT
		if x >= 5e18 || x <= -5e18 {
			return 0, intOverflow("ROUND(%d, %d)", x, digits)
		}
		return 0, nil
	}
	p := powersOf10[-digits]
	rest := x % p
	t := x - rest
	switch {
	case rest >= p-rest:
		rest = p
	case rest <= -p-rest:
		rest = -p
	default:
		return t, nil
	}
	r, err := addInt(t, rest)
	if err != nil {
		return 0, intOverflow("ROUND(%d, %d)", x, digits)
	}
	return r, nil
}

func inBase(base int) func(dst []byte, n int64) ([]byte, error) {
	return func(dst []byte, n int64) ([]byte, error) { return strconv.AppendUint(dst, uint64(n), base), nil }
}

func convText(dst []byte, s string, from, to int64) ([]byte, error) {
	signed := to < 0
	if from < 0 {
		from = -from
	}
	if to < 0 {
		to = -to
	}
	if from < 2 || from > 36 || to < 2 || to > 36 {
		return nil, errNull
	}
	n := parseDigits(s, uint64(from))
	start := len(dst)
	if signed {
		dst = strconv.AppendInt(dst, int64(n), int(to))
	} else {
		dst = strconv.AppendUint(dst, n, int(to))
	}
	upperASCII(dst[start:])
	return dst, nil
}

// parseDigits reads the number that s begins with, without regard to what follows; it stops at the largest.
func parseDigits(s string, base uint64) uint64 {
	i, negative := 0, false
	for i < len(s) && s[i] == ' ' {
		i++
	}
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		negative = s[i] == '-'
		i++
	}
	n := uint64(0)
	for ; i < len(s); i++ {
		d := digit(s[i])
		if d >= base {
			break
		}
		hi, lo := bits.Mul64(n, base)
		sum, carry := bits.Add64(lo, d, 0)
		if hi+carry != 0 {
			n = math.MaxUint64
			break
		}
		n = sum
	}
	if negative {
		return -n
	}
	return n
}

// digit returns the value of a digit, or something larger than any base.
func digit(c byte) uint64 {
	switch {
	case c >= '0' && c <= '9':
		return uint64(c - '0')
	case c >= 'a' && c <= 'z':
		return uint64(c-'a') + 10
	case c >= 'A' && c <= 'Z':
		return uint64(c-'A') + 10
	}
	return math.MaxUint64
}

func upperASCII(b []byte) {
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
}

// formatInt and formatFloat append the text of a number for FORMAT: grouped by thousands.
func formatInt(dst []byte, x, digits int64) ([]byte, error) {
	return group(dst, strconv.FormatInt(x, 10), min(max(digits, 0), 30)), nil
}

func formatFloat(dst []byte, x float64, digits int64) ([]byte, error) {
	digits = min(max(digits, 0), 30)
	x, err := roundFloat(x, digits)
	if err != nil {
		return nil, err
	}
	return group(dst, strconv.FormatFloat(x, 'f', int(digits), 64), digits), nil
}

// group appends the number s with commas, and with digits behind the point where s has no point.
func group(dst []byte, s string, digits int64) []byte {
	if s[0] == '-' {
		dst = append(dst, '-')
		s = s[1:]
	}
	whole, point := len(s), false
	for i := range len(s) {
		if s[i] == '.' {
			whole, point = i, true
			break
		}
	}
	for i := range whole {
		if i > 0 && (whole-i)%3 == 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, s[i])
	}
	dst = append(dst, s[whole:]...)
	if !point && digits > 0 {
		dst = append(dst, '.')
		for range digits {
			dst = append(dst, '0')
		}
	}
	return dst
}
