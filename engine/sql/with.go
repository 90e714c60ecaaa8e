package sql

import (
	"cmp"
	"slices"
	"strings"

	"github.com/xwb1989/sqlparser"
)

// cte is one query of a WITH. It can be named by the tokens from and up to to, excluded.
type cte struct {
	name     int // token
	columns  []int
	body     sqlparser.SelectStatement
	from, to int
}

// with takes WITH name AS (query), … and leaves the query that follows to the caller.
func (r *rewriter) with(i, hi int) (int, error) {
	end := hi
	if up := r.toks[i].up; up >= 0 {
		end = min(hi, int(r.toks[up].mate))
	}
	at := i + 1
	if r.is(at, "recursive") && !r.is(at+1, "as") {
		return 0, r.errorf(at, "", "WITH RECURSIVE is not supported")
	}
	for {
		n, err := r.cte(at, end)
		if err != nil {
			return 0, err
		}
		at += n
		if r.kind(at) != comma {
			break
		}
		at++
	}
	if !r.is(at, "select", "with") && r.kind(at) != open {
		return 0, r.errorf(at, "", "a SELECT must follow WITH … AS (…)")
	}
	r.from = false
	return at - i, nil
}

// cte takes name [(columns)] AS (query), whose query is parsed on its own.
func (r *rewriter) cte(at, end int) (int, error) {
	c := cte{name: at, to: end}
	for _, o := range r.q.ctes {
		if o.to == end && strings.EqualFold(r.value(o.name), r.value(at)) {
			return 0, r.errorf(at, "", "WITH defines %s twice", r.value(at))
		}
	}
	if !r.isName(at) {
		return 0, r.errorf(at, "", "WITH needs a name: WITH x AS (SELECT …) SELECT …")
	}
	i := at + 1
	if r.kind(i) == open {
		for i++; ; i++ {
			if !r.isName(i) {
				return 0, r.errorf(i, "", "a column name is missing")
			}
			c.columns = append(c.columns, i)
			if i++; r.kind(i) != comma {
				break
			}
		}
		if r.kind(i) != closed {
			return 0, r.errorf(i, "", "expected , or ) in the column list of %s", r.value(at))
		}
		i++
	}
	if !r.is(i, "as") || r.kind(i+1) != open {
		return 0, r.errorf(i, "", "expected AS (SELECT …) after the name %s", r.value(at))
	}
	lo, hi := i+2, int(r.toks[i+1].mate)
	body, err := r.q.parse(lo, hi)
	if err != nil {
		return 0, err
	}
	c.body, c.from = body, hi+1
	r.q.ctes = append(r.q.ctes, c)
	return hi + 1 - at, nil
}

// body is a bound query of WITH and the number of tables it names.
type body struct {
	rel   *rel
	nodes int
}

// visible returns the queries of WITH that can be named at token at, the innermost last.
func (b *binder) visible(at int) []cte {
	var v []cte
	for _, c := range b.ctes {
		if c.from <= at && at < c.to {
			v = append(v, c)
		}
	}
	slices.SortStableFunc(v, func(x, y cte) int { return cmp.Compare(x.from, y.from) })
	return v
}

// cte returns the query of WITH that is called name at token at, nil when there is none.
func (b *binder) cte(at int, name string) (*rel, error) {
	v := b.visible(at)
	for i := len(v) - 1; i >= 0; i-- {
		c := v[i]
		if !strings.EqualFold(b.value(c.name), name) {
			continue
		}
		if known, ok := b.bodies[c.name]; ok {
			b.nodes -= known.nodes
			return known.rel, nil
		}
		before := b.nodes
		r, err := b.query(c.body, nil)
		if err != nil {
			return nil, err
		}
		if r, err = b.rename(r, c); err != nil {
			return nil, err
		}
		b.bodies[c.name] = body{r, before - b.nodes}
		return r, nil
	}
	return nil, nil
}

// rename gives the columns of r the names in WITH x (a, b) AS ….
func (b *binder) rename(r *rel, c cte) (*rel, error) {
	if len(c.columns) == 0 {
		return r, nil
	}
	if len(c.columns) != len(r.cols) {
		return nil, b.errorf(c.columns[0], "", "%s has %s, but its query gives %d", b.value(c.name), count(len(c.columns), "column name"), len(r.cols))
	}
	n := *r
	n.cols = slices.Clone(r.cols)
	for i, t := range c.columns {
		n.cols[i].name = b.value(t)
	}
	return &n, nil
}
