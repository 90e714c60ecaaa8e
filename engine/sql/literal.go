package sql

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xwb1989/sqlparser"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
)

// literal binds a literal or parameter. sc may be nil; it serves a hint only.
func (b *binder) literal(v *sqlparser.SQLVal, sc *scope) (*plan.Const, error) {
	i := literalIndex(v)
	if i < 0 {
		return nil, b.errorf(b.lo, "", "unsupported literal")
	}
	val := func(x column.Value) (*plan.Const, error) { return &plan.Const{Value: x}, nil }
	switch b.kind(i) {
	case param:
		if b.params[i].Set != nil {
			return nil, b.errorf(i, "", "a set is the right side of IN, as in: x IN ?")
		}
		return val(b.params[i].Value)
	case number:
		x, err := b.number(i, "")
		if err != nil {
			return nil, err
		}
		return val(x)
	case hexa:
		r := b.raw(i)
		s, err := hex.DecodeString(r[2 : len(r)-1])
		if err != nil {
			return nil, b.errorf(i, "", "malformed hexadecimal string")
		}
		return val(column.StringValue(string(s)))
	case text:
		s := b.value(i)
		if kind := b.typedLiteral[i]; kind != "" {
			return b.dateLiteral(i, kind, s)
		}
		b.warnQuotes(i, s, sc)
		return val(column.StringValue(s))
	case word:
		switch {
		case b.is(i, "true"):
			return val(column.BoolValue(true))
		case b.is(i, "false"):
			return val(column.BoolValue(false))
		case b.is(i, "null"):
			return val(column.Null(column.Bool))
		}
		return val(column.StringValue(strings.ToUpper(b.raw(i)))) // a unit of EXTRACT
	}
	return nil, b.errorf(i, "", "unsupported literal")
}

// number reads the number of token i after a sign.
func (b *binder) number(i int, sign string) (column.Value, error) {
	s := b.raw(i)
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		n, err := strconv.ParseInt(sign+s[2:], 16, 64)
		if err != nil {
			return column.Value{}, b.errorf(i, "", "%s is outside the range of INT", s)
		}
		return column.IntValue(n), nil
	}
	if !strings.ContainsAny(s, ".eE") {
		n, err := strconv.ParseInt(sign+s, 10, 64)
		if err != nil {
			return column.Value{}, b.errorf(i, "as a FLOAT it is "+s+".0", "%s is outside the range of INT (64 bits)", s)
		}
		return column.IntValue(n), nil
	}
	f, err := strconv.ParseFloat(sign+s, 64)
	if err != nil || math.IsInf(f, 0) {
		return column.Value{}, b.errorf(i, "", "%s is outside the range of FLOAT", s)
	}
	return column.FloatValue(f), nil
}

// dateLiteral binds DATE '…', TIME '…' and TIMESTAMP '…', which are strings in ISO form.
func (b *binder) dateLiteral(i int, kind, s string) (*plan.Const, error) {
	layouts := map[string][]string{
		"date": {time.DateOnly},
		"time": {time.TimeOnly, "15:04"},
	}[kind]
	if layouts == nil {
		layouts = []string{time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly}
	}
	for _, l := range layouts {
		if _, err := time.Parse(l, s); err == nil {
			return &plan.Const{Value: column.StringValue(s)}, nil
		}
	}
	example := map[string]string{"date": "2020-12-31", "time": "23:59:59"}[kind]
	if example == "" {
		example = "2020-12-31 23:59:59"
	}
	return nil, b.errorf(i, "the form is "+kind+" '"+example+"'", "'%s' is not a %s", s, kind)
}

// warnQuotes warns of a string in double quotes that names a column: in standard SQL it would be the column.
func (b *binder) warnQuotes(i int, s string, sc *scope) {
	if sc == nil || b.raw(i)[0] != '"' {
		return
	}
	if at, _ := sc.find("", s); at >= 0 {
		w := b.raw(i) + " is a string; the column is `" + s + "` in backticks"
		for _, old := range b.warnings {
			if old == w {
				return
			}
		}
		b.warnings = append(b.warnings, w)
	}
}

// constant binds an argument that must be a literal or parameter.
func (b *binder) constant(e sqlparser.Expr, sc *scope) (column.Value, error) {
	x, err := b.expr(e, sc)
	if err != nil {
		return column.Value{}, err
	}
	c, ok := x.(*plan.Const)
	if !ok {
		return column.Value{}, b.errorf(b.at(e), "", "this argument must be a constant")
	}
	return c.Value, nil
}
