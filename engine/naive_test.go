package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/eau2db/eau2/column"
)

// naive is an expression as SQL and as a function of one row: what the engine's vectors are compared with. It must not
// overflow: products are of small operands only.
type naive struct {
	sql  string
	typ  Type
	eval func(row []Value) Value
}

// naiveTable is a relation held as rows.
type naiveTable struct {
	fields []Column
	rows   [][]Value
}

// generator makes random expressions over the columns of a relation.
type generator struct {
	*rand.Rand
	fields []Column
	level  int // of derived tables, part of the names that the query gives
}

func (g *generator) pick(n int) bool { return g.IntN(n) == 0 }

// expr returns an expression of type t, at most depth operators deep.
func (g *generator) expr(t Type, depth int) naive {
	if depth <= 0 || g.pick(4) {
		return g.leaf(t)
	}
	if g.pick(8) {
		return g.choice(t, depth)
	}
	switch t {
	case Bool:
		return g.condition(depth)
	case Int:
		return g.integer(depth)
	case Float:
		return g.float(depth)
	}
	return g.text(depth)
}

func (g *generator) leaf(t Type) naive {
	var cols []int
	for i, f := range g.fields {
		if f.Type == t {
			cols = append(cols, i)
		}
	}
	if len(cols) > 0 && !g.pick(4) {
		i := cols[g.IntN(len(cols))]
		return naive{"`" + g.fields[i].Name + "`", t, func(row []Value) Value { return row[i] }}
	}
	return g.literal(t)
}

func (g *generator) literal(t Type) naive {
	v := column.Null(t)
	text := map[Type]string{Bool: "CAST(NULL AS BOOL)", Int: "CAST(NULL AS INT)", Float: "CAST(NULL AS FLOAT)", String: "CAST(NULL AS STRING)"}[t]
	if !g.pick(10) {
		switch t {
		case Bool:
			v = column.BoolValue(g.pick(2))
			text = strings.ToUpper(v.String())
		case Int:
			v = column.IntValue(int64(g.IntN(21) - 10))
			text = "(" + v.String() + ")"
		case Float:
			v = column.FloatValue(float64(g.IntN(81)-40) / 4)
			text = "(" + v.String() + ")"
		case String:
			v = column.StringValue(randomWord(g.Rand))
			text = "'" + v.Str + "'"
		}
	}
	return naive{text, t, func([]Value) Value { return v }}
}

var words = []string{"", "a", "b", "ab", "B", "ba", "añ", "a_b", "50%", "x y"}

func randomWord(r *rand.Rand) string { return words[r.IntN(len(words))] }

// choice is a CASE, IF or COALESCE.
func (g *generator) choice(t Type, depth int) naive {
	x, y := g.expr(t, depth-1), g.expr(t, depth-1)
	switch g.IntN(4) {
	case 0:
		return naive{"COALESCE(" + x.sql + ", " + y.sql + ")", t, func(row []Value) Value {
			if v := x.eval(row); v.Valid {
				return v
			}
			return y.eval(row)
		}}
	case 1:
		return naive{"NULLIF(" + x.sql + ", " + y.sql + ")", t, func(row []Value) Value {
			v, w := x.eval(row), y.eval(row)
			if v.Valid && w.Valid && v.Compare(w) == 0 {
				return column.Null(t)
			}
			return v
		}}
	case 2:
		c := g.condition(depth - 1)
		return naive{"IF(" + c.sql + ", " + x.sql + ", " + y.sql + ")", t, func(row []Value) Value {
			if c.eval(row).Bool() {
				return x.eval(row)
			}
			return y.eval(row)
		}}
	}
	c := g.condition(depth - 1)
	return naive{"CASE WHEN " + c.sql + " THEN " + x.sql + " END", t, func(row []Value) Value {
		if c.eval(row).Bool() {
			return x.eval(row)
		}
		return column.Null(t)
	}}
}

// strict is a function of values that is NULL where one of them is.
func strict(sql string, t Type, f func(v []Value) Value, args ...naive) naive {
	return naive{sql, t, func(row []Value) Value {
		vs := make([]Value, len(args))
		for i, a := range args {
			if vs[i] = a.eval(row); !vs[i].Valid {
				return column.Null(t)
			}
		}
		return f(vs)
	}}
}

func infix(op string, t Type, x, y naive, f func(v []Value) Value) naive {
	return strict("("+x.sql+" "+op+" "+y.sql+")", t, f, x, y)
}

func (g *generator) integer(depth int) naive {
	x, y := g.expr(Int, depth-1), g.expr(Int, depth-1)
	switch g.IntN(9) {
	case 0:
		return infix("+", Int, x, y, func(v []Value) Value { return column.IntValue(v[0].Int + v[1].Int) })
	case 1:
		return infix("-", Int, x, y, func(v []Value) Value { return column.IntValue(v[0].Int - v[1].Int) })
	case 2:
		k := g.IntN(7) - 3
		return strict(fmt.Sprintf("(%s * (%d))", x.sql, k), Int, func(v []Value) Value { return column.IntValue(v[0].Int * int64(k)) }, x)
	case 3:
		return infix("DIV", Int, x, y, func(v []Value) Value {
			if v[1].Int == 0 {
				return column.Null(Int)
			}
			return column.IntValue(v[0].Int / v[1].Int)
		})
	case 4:
		return infix("%", Int, x, y, func(v []Value) Value {
			if v[1].Int == 0 {
				return column.Null(Int)
			}
			return column.IntValue(v[0].Int % v[1].Int)
		})
	case 5:
		return strict("ABS("+x.sql+")", Int, func(v []Value) Value { return column.IntValue(max(v[0].Int, -v[0].Int)) }, x)
	case 6:
		s := g.expr(String, depth-1)
		return strict("LENGTH("+s.sql+")", Int, func(v []Value) Value { return column.IntValue(int64(len(v[0].Str))) }, s)
	case 7:
		p := g.expr(Bool, depth-1)
		return infix("+", Int, x, p, func(v []Value) Value { return column.IntValue(v[0].Int + v[1].Int) })
	}
	return strict("(-"+x.sql+")", Int, func(v []Value) Value { return column.IntValue(-v[0].Int) }, x)
}

func (g *generator) float(depth int) naive {
	x, y := g.expr(Float, depth-1), g.expr(Float, depth-1)
	n := g.expr(Int, depth-1)
	switch g.IntN(6) {
	case 0:
		return infix("+", Float, x, y, func(v []Value) Value { return column.FloatValue(v[0].Float + v[1].Float) })
	case 1:
		return infix("-", Float, x, n, func(v []Value) Value { return column.FloatValue(v[0].Float - float64(v[1].Int)) })
	case 2:
		return infix("*", Float, x, g.literal(Float), func(v []Value) Value { return column.FloatValue(v[0].Float * v[1].Float) })
	case 3:
		return infix("/", Float, n, g.leaf(Int), func(v []Value) Value {
			if v[1].Int == 0 {
				return column.Null(Float)
			}
			return column.FloatValue(float64(v[0].Int) / float64(v[1].Int))
		})
	case 4:
		return strict("FLOOR("+x.sql+")", Float, func(v []Value) Value { return column.FloatValue(math.Floor(v[0].Float)) }, x)
	}
	return strict("CAST("+n.sql+" AS FLOAT)", Float, func(v []Value) Value { return column.FloatValue(float64(v[0].Int)) }, n)
}

func (g *generator) text(depth int) naive {
	x, y := g.expr(String, depth-1), g.expr(String, depth-1)
	n := g.expr(Int, depth-1)
	switch g.IntN(5) {
	case 0:
		return strict("CONCAT("+x.sql+", "+y.sql+")", String, func(v []Value) Value { return column.StringValue(v[0].Str + v[1].Str) }, x, y)
	case 1:
		return strict("UPPER("+x.sql+")", String, func(v []Value) Value { return column.StringValue(strings.ToUpper(v[0].Str)) }, x)
	case 2:
		k := g.IntN(3)
		return strict(fmt.Sprintf("LEFT(%s, %d)", x.sql, k), String, func(v []Value) Value {
			r := []rune(v[0].Str)
			return column.StringValue(string(r[:min(k, len(r))]))
		}, x)
	case 3:
		return strict("CAST("+n.sql+" AS STRING)", String, func(v []Value) Value { return column.StringValue(strconv.FormatInt(v[0].Int, 10)) }, n)
	}
	return strict("CONCAT("+x.sql+", "+n.sql+")", String, func(v []Value) Value { return column.StringValue(v[0].Str + v[1].String()) }, x, n)
}

func (g *generator) anyType() Type { return []Type{Bool, Int, Float, String}[g.IntN(4)] }

// condition is a BOOL expression that is not a mere leaf.
func (g *generator) condition(depth int) naive {
	switch g.IntN(10) {
	case 0, 1:
		return g.logic(depth)
	case 2:
		x := g.expr(Bool, depth-1)
		return strict("(NOT "+x.sql+")", Bool, func(v []Value) Value { return column.BoolValue(!v[0].Bool()) }, x)
	case 3:
		x := g.expr(g.anyType(), depth-1)
		if g.pick(2) {
			return naive{"(" + x.sql + " IS NULL)", Bool, func(row []Value) Value { return column.BoolValue(!x.eval(row).Valid) }}
		}
		return naive{"(" + x.sql + " IS NOT NULL)", Bool, func(row []Value) Value { return column.BoolValue(x.eval(row).Valid) }}
	case 4:
		return g.in(depth)
	case 5:
		t := g.anyType()
		x, lo, hi := g.expr(t, depth-1), g.expr(t, depth-1), g.expr(t, depth-1)
		return naive{"(" + x.sql + " BETWEEN " + lo.sql + " AND " + hi.sql + ")", Bool, func(row []Value) Value {
			v := x.eval(row)
			return and(compare(v, lo.eval(row), func(c int) bool { return c >= 0 }), compare(v, hi.eval(row), func(c int) bool { return c <= 0 }))
		}}
	case 6:
		x, pattern := g.expr(String, depth-1), []string{"a%", "%b", "_", "%", "a_b", "%a%", "", `a\_b`, "%0%"}[g.IntN(9)]
		return strict("("+x.sql+" LIKE '"+pattern+"')", Bool, func(v []Value) Value {
			return column.BoolValue(naiveLike([]rune(v[0].Str), []rune(pattern)))
		}, x)
	}
	return g.comparison(depth)
}

func (g *generator) comparison(depth int) naive {
	t := g.anyType()
	x, y := g.expr(t, depth-1), g.expr(t, depth-1)
	if t == Int && g.pick(4) {
		y = g.expr(Float, depth-1)
	}
	ops := []struct {
		sign string
		keep func(c int) bool
	}{
		{"=", func(c int) bool { return c == 0 }}, {"<>", func(c int) bool { return c != 0 }},
		{"<", func(c int) bool { return c < 0 }}, {"<=", func(c int) bool { return c <= 0 }},
		{">", func(c int) bool { return c > 0 }}, {">=", func(c int) bool { return c >= 0 }},
	}
	if g.pick(8) {
		return naive{"(" + x.sql + " <=> " + y.sql + ")", Bool, func(row []Value) Value {
			v, w := x.eval(row), y.eval(row)
			return column.BoolValue(v.Valid == w.Valid && (!v.Valid || compare(v, w, ops[0].keep).Bool()))
		}}
	}
	op := ops[g.IntN(len(ops))]
	return naive{"(" + x.sql + " " + op.sign + " " + y.sql + ")", Bool, func(row []Value) Value {
		return compare(x.eval(row), y.eval(row), op.keep)
	}}
}

// compare is a comparison of SQL: NULL where a side is.
func compare(v, w Value, keep func(c int) bool) Value {
	if !v.Valid || !w.Valid {
		return column.Null(Bool)
	}
	if v.Type == Int && w.Type == Float {
		v = column.FloatValue(float64(v.Int))
	}
	return column.BoolValue(keep(v.Compare(w)))
}

func and(v, w Value) Value {
	switch {
	case v.Valid && !v.Bool(), w.Valid && !w.Bool():
		return column.BoolValue(false)
	case !v.Valid || !w.Valid:
		return column.Null(Bool)
	}
	return column.BoolValue(true)
}

func not(v Value) Value {
	if v.Valid {
		v.Int = 1 - v.Int
	}
	return v
}

func (g *generator) logic(depth int) naive {
	x, y := g.expr(Bool, depth-1), g.expr(Bool, depth-1)
	if g.pick(2) {
		return naive{"(" + x.sql + " AND " + y.sql + ")", Bool, func(row []Value) Value { return and(x.eval(row), y.eval(row)) }}
	}
	return naive{"(" + x.sql + " OR " + y.sql + ")", Bool, func(row []Value) Value {
		return not(and(not(x.eval(row)), not(y.eval(row))))
	}}
}

func (g *generator) in(depth int) naive {
	t := []Type{Int, Float, String}[g.IntN(3)]
	x := g.expr(t, depth-1)
	list := make([]naive, 1+g.IntN(4))
	texts := make([]string, len(list))
	for i := range list {
		list[i] = g.literal(t)
		if g.pick(5) {
			list[i] = g.leaf(t)
		}
		texts[i] = list[i].sql
	}
	eval := func(row []Value) Value {
		out := column.BoolValue(false)
		for _, l := range list {
			out = not(and(not(out), not(compare(x.eval(row), l.eval(row), func(c int) bool { return c == 0 }))))
		}
		return out
	}
	if g.pick(2) {
		return naive{"(" + x.sql + " NOT IN (" + strings.Join(texts, ", ") + "))", Bool, func(row []Value) Value { return not(eval(row)) }}
	}
	return naive{"(" + x.sql + " IN (" + strings.Join(texts, ", ") + "))", Bool, eval}
}

func naiveLike(s, p []rune) bool {
	if len(p) == 0 {
		return len(s) == 0
	}
	switch {
	case p[0] == '%':
		return naiveLike(s, p[1:]) || len(s) > 0 && naiveLike(s[1:], p)
	case p[0] == '\\' && len(p) > 1:
		p = p[1:]
	case p[0] == '_':
		return len(s) > 0 && naiveLike(s[1:], p[1:])
	}
	return len(s) > 0 && s[0] == p[0] && naiveLike(s[1:], p[1:])
}
