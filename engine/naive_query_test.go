package engine

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/eau2db/eau2/column"
)

// naiveQuery is a random query: its text, and its answer worked out row by row.
type naiveQuery struct {
	sql     string
	answer  naiveTable
	ordered bool // the order of the answer's rows is defined
}

// query makes a random query over a relation of the given name.
func (g *generator) query(name string, t naiveTable, depth int) naiveQuery {
	if depth > 0 && g.pick(3) {
		inner := g.query(name, t, depth-1)
		if inner.ordered {
			name, t = "("+inner.sql+") d", inner.answer
		}
	}
	sub := &generator{g.Rand, t.fields, depth}
	from := " FROM " + name
	rows := t.rows
	if g.pick(2) {
		c := sub.condition(2)
		from += " WHERE " + c.sql
		rows = nil
		for _, r := range t.rows {
			if c.eval(r).Bool() {
				rows = append(rows, r)
			}
		}
	}
	switch g.IntN(5) {
	case 0, 1:
		return sub.grouped(from, rows)
	case 2:
		return sub.distinct(from, rows)
	}
	return sub.plain(from, rows)
}

func (g *generator) name(prefix string, i int) string {
	return fmt.Sprintf("%s%d%s", prefix, i, strings.Repeat("_", g.level))
}

// columns makes 1 to n named expressions.
func (g *generator) columns(prefix string, n, depth int) ([]naive, []Column, string) {
	es := make([]naive, 1+g.IntN(n))
	var fields []Column
	var texts []string
	for i := range es {
		es[i] = g.expr(g.anyType(), depth)
		name := g.name(prefix, i)
		fields = append(fields, Column{Name: name, Type: es[i].typ})
		texts = append(texts, es[i].sql+" AS "+name)
	}
	return es, fields, strings.Join(texts, ", ")
}

func evalAll(es []naive, row []Value) []Value {
	out := make([]Value, len(es))
	for i, e := range es {
		out[i] = e.eval(row)
	}
	return out
}

func (g *generator) plain(from string, rows [][]Value) naiveQuery {
	es, fields, list := g.columns("c", 4, 3)
	q := naiveQuery{sql: "SELECT " + list + from, answer: naiveTable{fields: fields}, ordered: true}
	if g.pick(2) {
		rows = slices.Clone(rows)
		var keys []naive
		var desc []bool
		var texts []string
		for range 1 + g.IntN(3) {
			k := g.expr(g.anyType(), 1)
			if len(keys) == 0 || !strings.HasPrefix(k.sql, "(") && !strings.HasPrefix(k.sql, "'") {
				keys, desc = append(keys, k), append(desc, g.pick(2))
				texts = append(texts, k.sql+map[bool]string{true: " DESC"}[desc[len(desc)-1]])
			}
		}
		sorted := make([][]Value, len(rows))
		for i, r := range rows {
			sorted[i] = append(evalAll(keys, r), r...)
		}
		slices.SortStableFunc(sorted, func(a, b []Value) int { return compareRows(a, b, desc) })
		for i, r := range sorted {
			rows[i] = r[len(keys):]
		}
		q.sql += " ORDER BY " + strings.Join(texts, ", ")
	}
	rows = g.limit(&q, rows)
	for _, r := range rows {
		q.answer.rows = append(q.answer.rows, evalAll(es, r))
	}
	return q
}

func compareRows(a, b []Value, desc []bool) int {
	for i, d := range desc {
		c := a[i].Compare(b[i])
		if d {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// limit adds LIMIT and OFFSET, sometimes.
func (g *generator) limit(q *naiveQuery, rows [][]Value) [][]Value {
	if !g.pick(3) {
		return rows
	}
	n, skip := g.IntN(len(rows)+3), 0
	q.sql += fmt.Sprintf(" LIMIT %d", n)
	if g.pick(2) {
		skip = g.IntN(len(rows) + 3)
		q.sql += fmt.Sprintf(" OFFSET %d", skip)
	}
	rows = rows[min(skip, len(rows)):]
	return rows[:min(n, len(rows))]
}

// order adds an ORDER BY of the first n columns, which makes the order of distinct rows defined, sometimes.
func (g *generator) order(q *naiveQuery, n int) {
	if !g.pick(2) || n == 0 {
		return
	}
	desc := make([]bool, n)
	var texts []string
	for i := range desc {
		desc[i] = g.pick(2)
		texts = append(texts, fmt.Sprint(i+1)+map[bool]string{true: " DESC"}[desc[i]])
	}
	slices.SortFunc(q.answer.rows, func(a, b []Value) int { return compareRows(a, b, desc) })
	q.sql += " ORDER BY " + strings.Join(texts, ", ")
	q.ordered = true
	q.answer.rows = g.limit(q, q.answer.rows)
}

func (g *generator) distinct(from string, rows [][]Value) naiveQuery {
	es, fields, list := g.columns("c", 3, 2)
	q := naiveQuery{sql: "SELECT DISTINCT " + list + from, answer: naiveTable{fields: fields}}
	seen := map[string]bool{}
	for _, r := range rows {
		out := evalAll(es, r)
		if k := rowKey(out); !seen[k] {
			seen[k] = true
			q.answer.rows = append(q.answer.rows, out)
		}
	}
	g.order(&q, len(es))
	return q
}

// rowKey is the same for rows that GROUP BY takes for equal: -0.0 is 0.0.
func rowKey(row []Value) string {
	var b strings.Builder
	for _, v := range row {
		if v.Type == Float && v.Float == 0 {
			v.Float = 0
		}
		fmt.Fprintf(&b, "%v %q|", v.Valid, v.String())
	}
	return b.String()
}

func (g *generator) grouped(from string, rows [][]Value) naiveQuery {
	keys, fields, list := g.columns("k", 3, 1)
	if g.pick(4) {
		keys, fields, list = nil, nil, ""
	}
	aggs := make([]naiveAggregate, 1+g.IntN(4))
	for i := range aggs {
		aggs[i] = g.aggregate()
		name := g.name("a", i)
		fields = append(fields, Column{Name: name, Type: aggs[i].typ})
		if list != "" {
			list += ", "
		}
		list += aggs[i].sql + " AS " + name
	}
	q := naiveQuery{sql: "SELECT " + list + from, answer: naiveTable{fields: fields}}
	groups := map[string][][]Value{}
	var order []string
	if len(keys) == 0 {
		order, groups[""] = []string{""}, rows
		q.ordered = true
	} else {
		var texts []string
		for i := range keys {
			texts = append(texts, []string{fmt.Sprint(i + 1), g.name("k", i)}[g.IntN(2)])
		}
		q.sql += " GROUP BY " + strings.Join(texts, ", ")
		for _, r := range rows {
			k := rowKey(evalAll(keys, r))
			if groups[k] == nil {
				order = append(order, k)
			}
			groups[k] = append(groups[k], r)
		}
	}
	least := -1
	if g.pick(4) {
		least = g.IntN(4)
		q.sql += fmt.Sprintf(" HAVING COUNT(*) > %d", least)
	}
	for _, k := range order {
		if len(groups[k]) <= least {
			continue
		}
		var out []Value
		if len(keys) > 0 {
			out = evalAll(keys, groups[k][0])
		}
		for _, a := range aggs {
			out = append(out, a.fold(groups[k]))
		}
		q.answer.rows = append(q.answer.rows, out)
	}
	g.order(&q, len(keys))
	return q
}

// naiveAggregate is an aggregate as SQL and as a function of a group's rows.
type naiveAggregate struct {
	sql  string
	typ  Type
	fold func(rows [][]Value) Value
}

// folded applies f to the values of x that are not NULL, only the first of each where distinct. f gets one at least.
func folded(sql string, t Type, x naive, distinct bool, f func(vs []Value) Value) naiveAggregate {
	return naiveAggregate{sql, t, func(rows [][]Value) Value {
		var vs []Value
		seen := map[string]bool{}
		for _, r := range rows {
			v := x.eval(r)
			if k := rowKey([]Value{v}); v.Valid && (!distinct || !seen[k]) {
				seen[k] = true
				vs = append(vs, v)
			}
		}
		if len(vs) == 0 && !strings.HasPrefix(sql, "COUNT") {
			return column.Null(t)
		}
		return f(vs)
	}}
}

func (g *generator) aggregate() naiveAggregate {
	number := g.expr([]Type{Int, Float, Bool}[g.IntN(3)], 1)
	some := g.expr(g.anyType(), 1)
	distinct, word := g.pick(4), ""
	if distinct {
		word = "DISTINCT "
	}
	floats := func(vs []Value) (fs []float64) {
		for _, v := range vs {
			if v.Type == Float {
				fs = append(fs, v.Float)
			} else {
				fs = append(fs, float64(v.Int))
			}
		}
		return fs
	}
	total := func(fs []float64) (s float64) {
		for _, f := range fs {
			s += f
		}
		return s
	}
	extreme := func(sign int) func(vs []Value) Value {
		return func(vs []Value) Value {
			return slices.MaxFunc(vs, func(a, b Value) int { return sign * a.Compare(b) })
		}
	}
	switch g.IntN(9) {
	case 0:
		return naiveAggregate{"COUNT(*)", Int, func(rows [][]Value) Value { return column.IntValue(int64(len(rows))) }}
	case 1:
		return folded("COUNT("+word+some.sql+")", Int, some, distinct, func(vs []Value) Value { return column.IntValue(int64(len(vs))) })
	case 2, 3:
		t := number.typ
		if t == Bool {
			t = Int
		}
		return folded("SUM("+word+number.sql+")", t, number, distinct, func(vs []Value) Value {
			if t == Float {
				return column.FloatValue(total(floats(vs)))
			}
			var n int64
			for _, v := range vs {
				n += v.Int
			}
			return column.IntValue(n)
		})
	case 4:
		return folded("AVG("+word+number.sql+")", Float, number, distinct, func(vs []Value) Value {
			return column.FloatValue(total(floats(vs)) / float64(len(vs)))
		})
	case 5:
		return folded("MIN("+some.sql+")", some.typ, some, false, extreme(-1))
	case 6:
		return folded("MAX("+some.sql+")", some.typ, some, false, extreme(1))
	case 7:
		return folded("VAR_POP("+number.sql+")", Float, number, false, func(vs []Value) Value {
			fs := floats(vs)
			mean, sum := total(fs)/float64(len(fs)), 0.0
			for _, f := range fs {
				sum += (f - mean) * (f - mean)
			}
			return column.FloatValue(sum / float64(len(fs)))
		})
	}
	return folded("QUANTILE("+number.sql+", 0.25)", Float, number, false, func(vs []Value) Value {
		fs := floats(vs)
		slices.Sort(fs)
		at := 0.25 * float64(len(fs)-1)
		lo := int(math.Floor(at))
		hi := min(lo+1, len(fs)-1)
		return column.FloatValue(fs[lo] + (at-float64(lo))*(fs[hi]-fs[lo]))
	})
}
