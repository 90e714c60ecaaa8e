package function

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// expression is a compiled regular expression.
type expression struct {
	*regexp.Regexp
	lit   string // the whole expression, where isLit
	isLit bool
}

func (e *expression) match(s string) bool {
	if e.isLit {
		return strings.Contains(s, e.lit)
	}
	return e.MatchString(s)
}

// compiler compiles regular expressions and remembers some.
type compiler map[[2]string]*expression

// maxExpressions is how many compiled expressions a kernel remembers.
const maxExpressions = 64

func (c compiler) compile(pat, flags string) (*expression, error) {
	if e, ok := c[[2]string{pat, flags}]; ok {
		return e, nil
	}
	var set strings.Builder
	for _, f := range flags {
		switch f {
		case 'i', 'm':
			set.WriteRune(f)
		case 'n':
			set.WriteByte('s') // the dot matches line ends
		case 'c':
		default:
			return nil, fmt.Errorf("unknown flag %q: the flags are c (case matters), i (it does not), m (lines), n (dot matches line ends)", f)
		}
	}
	full := pat
	if set.Len() > 0 {
		full = "(?" + set.String() + ")" + pat
	}
	re, err := regexp.Compile(full)
	if err != nil {
		return nil, fmt.Errorf("bad regular expression '%s': %w", pat, err)
	}
	e := &expression{Regexp: re}
	e.lit, e.isLit = re.LiteralPrefix()
	if len(c) >= maxExpressions {
		clear(c)
	}
	c[[2]string{strings.Clone(pat), strings.Clone(flags)}] = e
	return e, nil
}

// regexpOverload makes an overload of (s, pattern, more...) from a function of a row's string, its compiled pattern and
// the rest of its arguments. flags is the index of the argument with flags, or -1.
func regexpOverload(result column.Type, more []column.Type, optional, flags int, f func(out *vector.Vec, i int, e *expression, s string, args []*vector.Vec) error) Overload {
	types := append([]column.Type{column.String, column.String}, more...)
	return Overload{Args: types, Optional: optional, Result: result, Prepare: func() Kernel {
		cache := compiler{}
		return func(args []*vector.Vec, out *vector.Vec) error {
			strs, pats := args[0].Strings(), args[1].Strings()
			steady := args[1].Const && (flags < 0 || flags >= len(args) || args[flags].Const)
			var e *expression
			return eachRow(out, func(i int) (err error) {
				if e == nil || !steady {
					flag := ""
					if flags >= 0 && flags < len(args) {
						flag = args[flags].Strings()[i]
					}
					if e, err = cache.compile(pats[i], flag); err != nil {
						return err
					}
				}
				return f(out, i, e, strs[i], args)
			})
		}
	}}
}

func regexpMatch(out *vector.Vec, i int, e *expression, s string, _ []*vector.Vec) error {
	out.Bool[i] = e.match(s)
	return nil
}

func regexpSubstr(out *vector.Vec, i int, e *expression, s string, _ []*vector.Vec) error {
	at := e.FindStringIndex(s)
	if at == nil {
		return errNull
	}
	out.Str[i] = s[at[0]:at[1]]
	return nil
}

func regexpInstr(out *vector.Vec, i int, e *expression, s string, _ []*vector.Vec) error {
	out.Int[i] = 0
	if at := e.FindStringIndex(s); at != nil {
		out.Int[i] = int64(utf8.RuneCountInString(s[:at[0]])) + 1
	}
	return nil
}

func regexpReplace(out *vector.Vec, i int, e *expression, s string, args []*vector.Vec) error {
	template := goTemplate(args[2].Strings()[i])
	b := out.Tail()
	end := 0
	for _, at := range e.FindAllStringSubmatchIndex(s, -1) {
		b = append(b, s[end:at[0]]...)
		b = e.ExpandString(b, template, s, at)
		if end = at[1]; len(b) > maxText {
			return errTooLong
		}
	}
	out.SetTail(i, append(b, s[end:]...))
	return nil
}

// goTemplate turns a replacement with $1 or \1 for the groups, and \$ for a dollar, into that of package regexp.
func goTemplate(s string) string {
	if !strings.ContainsAny(s, `$\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		next := byte(0)
		if i+1 < len(s) {
			next = s[i+1]
		}
		switch {
		case (c == '$' || c == '\\') && next >= '0' && next <= '9':
			b.WriteString("${" + string(next) + "}")
			i++
		case c == '\\' && next == '$':
			b.WriteString("$$")
			i++
		case c == '\\' && next != 0:
			b.WriteByte(next)
			i++
		case c == '$':
			b.WriteString("$$")
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
