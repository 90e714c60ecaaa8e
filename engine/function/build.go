package function

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// strs returns the strings of some arguments.
func strs(args []*vector.Vec) [][]string {
	s := make([][]string, len(args))
	for i, a := range args {
		s[i] = a.Strings()
	}
	return s
}

// concat appends all arguments.
var concat = Overload{Args: str1, Variadic: true, AsText: true, Result: column.String, Eval: func(args []*vector.Vec, out *vector.Vec) error {
	cols := strs(args)
	return eachText(out, func(dst []byte, i int) ([]byte, error) {
		for _, c := range cols {
			dst = append(dst, c[i]...)
		}
		return dst, nil
	})
}}

// concatWS appends the arguments that are not NULL, with the first in between.
var concatWS = Overload{
	Args: []column.Type{column.String, column.String}, Variadic: true, AsText: true, Result: column.String, NullSafe: true,
	Eval: func(args []*vector.Vec, out *vector.Vec) error {
		cols := strs(args)
		out.AddNulls(args[0].Null)
		return eachText(out, func(dst []byte, i int) ([]byte, error) {
			first := true
			for k, c := range cols[1:] {
				if args[k+1].IsNull(i) {
					continue
				}
				if !first {
					dst = append(dst, cols[0][i]...)
				}
				dst, first = append(dst, c[i]...), false
			}
			return dst, nil
		})
	},
}

// elt gives the n-th of its other arguments.
var elt = Overload{
	Args: []column.Type{column.Int, column.String}, Variadic: true, Result: column.String, NullSafe: true,
	Eval: func(args []*vector.Vec, out *vector.Vec) error {
		cols := strs(args[1:])
		for i, n := range args[0].Int {
			if args[0].IsNull(i) || n < 1 || n > int64(len(cols)) || args[n].IsNull(i) {
				out.Str[i] = ""
				out.SetNull(i)
				continue
			}
			out.Str[i] = cols[n-1][i]
		}
		return nil
	},
}

// field gives the place of its first argument among the others.
func field[T value]() Overload {
	t := typeOf[T]()
	return Overload{Args: []column.Type{t, t}, Variadic: true, Result: column.Int, NullSafe: true, Eval: func(args []*vector.Vec, out *vector.Vec) error {
		x := of[T](args[0])
		clear(out.Int)
		for k := len(args) - 1; k > 0; k-- {
			for i, y := range of[T](args[k]) {
				if x[i] == y && !args[0].IsNull(i) && !args[k].IsNull(i) {
					out.Int[i] = int64(k)
				}
			}
		}
		return nil
	}}
}

// char gives the bytes of its arguments, as many of each as it has.
var char = Overload{
	Args: []column.Type{column.Int}, Variadic: true, Result: column.String, NullSafe: true,
	Eval: func(args []*vector.Vec, out *vector.Vec) error {
		return eachText(out, func(dst []byte, i int) ([]byte, error) {
			for _, a := range args {
				if a.IsNull(i) {
					continue
				}
				n := uint32(a.Int[i])
				for shift := 24; shift > 0; shift -= 8 {
					if n>>shift != 0 {
						dst = append(dst, byte(n>>shift))
					}
				}
				dst = append(dst, byte(n))
			}
			return dst, nil
		})
	},
}

func replace(dst []byte, s, from, to string) ([]byte, error) {
	if from == "" {
		return append(dst, s...), nil
	}
	if n := strings.Count(s, from); len(s)+n*(len(to)-len(from)) > maxText {
		return nil, errTooLong
	}
	for {
		i := strings.Index(s, from)
		if i < 0 {
			return append(dst, s...), nil
		}
		dst = append(append(dst, s[:i]...), to...)
		s = s[i+len(from):]
	}
}

// insert replaces some characters of a string.
var insert = Overload{
	Args: []column.Type{column.String, column.Int, column.Int, column.String}, Result: column.String,
	Eval: func(args []*vector.Vec, out *vector.Vec) error {
		strs, from, n, with := args[0].Strings(), args[1].Int, args[2].Int, args[3].Strings()
		return eachText(out, func(dst []byte, i int) ([]byte, error) {
			s := strs[i]
			if from[i] < 1 || from[i] > length(s) {
				return append(dst, s...), nil
			}
			tail := skip(s, from[i]-1)
			head := s[:len(s)-len(tail)]
			if n[i] < 0 {
				tail = ""
			}
			tail = skip(tail, n[i])
			return append(append(append(dst, head...), with[i]...), tail...), nil
		})
	},
}

func reverse(dst []byte, s string) ([]byte, error) {
	for s != "" {
		w := lastWidth(s)
		dst = append(dst, s[len(s)-w:]...)
		s = s[:len(s)-w]
	}
	return dst, nil
}

func repeat(dst []byte, s string, n int64) ([]byte, error) {
	if n <= 0 || s == "" {
		return dst, nil
	}
	if n > maxText/int64(len(s)) {
		return nil, errTooLong
	}
	for range n {
		dst = append(dst, s...)
	}
	return dst, nil
}

// pad makes the overload of LPAD or RPAD with spaces, or with a third argument.
func pad(left bool, optional int) Overload {
	fill := func(dst []byte, s string, n int64, with string) ([]byte, error) {
		if n < 0 {
			return nil, errNull
		}
		missing := n - length(s)
		if missing <= 0 {
			return append(dst, take(s, n)...), nil
		}
		if with == "" {
			return dst, nil
		}
		if missing > maxText {
			return nil, errTooLong
		}
		if !left {
			dst = append(dst, s...)
		}
		each := length(with)
		for ; missing >= each; missing -= each {
			dst = append(dst, with...)
			if len(dst) > 2*maxText {
				return nil, errTooLong
			}
		}
		dst = append(dst, take(with, missing)...)
		if left {
			dst = append(dst, s...)
		}
		return dst, nil
	}
	if optional > 0 {
		return text2(func(dst []byte, s string, n int64) ([]byte, error) { return fill(dst, s, n, " ") })
	}
	return text3(fill)
}

// quote makes an SQL literal.
var quote = Overload{Args: str1, Result: column.String, NullSafe: true, Eval: func(args []*vector.Vec, out *vector.Vec) error {
	strs := args[0].Strings()
	return eachText(out, func(dst []byte, i int) ([]byte, error) {
		if args[0].IsNull(i) {
			return append(dst, "NULL"...), nil
		}
		dst = append(dst, '\'')
		for _, c := range []byte(strs[i]) {
			switch c {
			case '\'', '\\':
				dst = append(dst, '\\', c)
			case 0:
				dst = append(dst, '\\', '0')
			case 26:
				dst = append(dst, '\\', 'Z')
			default:
				dst = append(dst, c)
			}
		}
		return append(dst, '\''), nil
	})
}}

// soundexCodes are the digits of the letters A to Z; vowels have 0.
const soundexCodes = "01230120022455012623010202"

func soundex(dst []byte, s string) ([]byte, error) {
	start, last := len(dst), byte('0')
	for _, r := range s {
		r = unicode.ToUpper(r)
		if !unicode.IsLetter(r) {
			continue
		}
		code := byte('0')
		if r >= 'A' && r <= 'Z' {
			code = soundexCodes[r-'A']
		}
		if len(dst) == start {
			dst = utf8.AppendRune(dst, r)
		} else if code != '0' && code != last {
			dst = append(dst, code)
		} else if code == '0' {
			continue // MySQL lets letters without a digit not part equal digits
		}
		last = code
	}
	for len(dst) > start && len(dst)-start < 4 {
		dst = append(dst, '0')
	}
	return dst, nil
}
