package sql

import (
	"strings"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
)

// scope is where the names in an expression are looked up.
type scope struct {
	outer *scope // of the query around a subquery: names found only there make it correlated
	cols  []scopeCol
	place string // the clause, for messages

	aggs    *aggregates // collects the aggregates; nil where they are not allowed
	inAgg   bool        // inside the arguments of an aggregate
	aliases []item      // select items that can be named here
	// order says what a name means that is both: a column of the table or an alias.
	order aliasOrder
	later []item // select items that cannot be named here, for hints
}

// aliasOrder says whether an alias comes before a column of the same name.
type aliasOrder uint8

const (
	columnFirst aliasOrder = iota // GROUP BY
	aliasFirst                    // ORDER BY
	keyFirst                      // HAVING: columns in GROUP BY, then aliases, then columns
)

// scopeCol is a column that can be named; its place in the scope is its index in the operator's input.
type scopeCol struct {
	table, name string
	t           column.Type
}

// item is one expression of a SELECT list.
type item struct {
	name  string
	alias bool // name was given with AS
	tok   int
	expr  plan.Expr
}

// columnName resolves a name; table is empty for an unqualified one. at is its token.
func (b *binder) columnName(sc *scope, table, name string, at int) (plan.Expr, error) {
	if b.depth > maxDepth {
		return nil, b.errorf(at, "", "the expression is nested too deeply")
	}
	i, ambiguous := sc.find(table, name)
	if ambiguous {
		return nil, b.errorf(at, "", "column %s is ambiguous", name)
	}
	if table == "" {
		if e, err := b.alias(sc, name, i, at); e != nil || err != nil {
			return e, err
		}
	}
	if i >= 0 {
		c := &plan.Column{Index: i, Name: sc.cols[i].name, T: sc.cols[i].t}
		b.tokens[c] = at
		return c, nil
	}
	for o := sc.outer; o != nil; o = o.outer {
		if i, _ := o.find(table, name); i >= 0 {
			return nil, b.errorf(at, "", "correlated subqueries are not supported yet: %s is a column of the query outside", name)
		}
	}
	return nil, b.unknownColumn(sc, table, name, at)
}

// find returns the index of a column, -1 when there is none. Names match in any case, but one that matches exactly wins.
func (sc *scope) find(table, name string) (at int, ambiguous bool) {
	exact, folded := -1, -1
	exacts, foldeds := 0, 0
	for i, c := range sc.cols {
		switch {
		case table != "" && !strings.EqualFold(c.table, table):
		case c.name == name:
			exact = i
			exacts++
		case strings.EqualFold(c.name, name):
			folded = i
			foldeds++
		}
	}
	if exacts > 0 {
		return exact, exacts > 1
	}
	return folded, foldeds > 1
}

// alias returns the select item called name where the scope's order puts it before column i, nil otherwise.
func (b *binder) alias(sc *scope, name string, i, at int) (plan.Expr, error) {
	if len(sc.aliases) == 0 || sc.inAgg || i >= 0 && sc.order == columnFirst {
		return nil, nil
	}
	if i >= 0 && sc.order == keyFirst {
		c := &plan.Column{Index: i, T: sc.cols[i].t}
		for _, k := range sc.aggs.keys {
			if plan.Equal(k, c) {
				return nil, nil
			}
		}
	}
	var found *item
	for j := range sc.aliases {
		it := &sc.aliases[j]
		if it.expr == nil || !it.alias && (i >= 0 || sc.order == columnFirst) || !strings.EqualFold(it.name, name) {
			continue
		}
		if found != nil && !plan.Equal(found.expr, it.expr) {
			return nil, b.errorf(at, "", "%s is ambiguous: two expressions of the SELECT list have that name", name)
		}
		found = it
	}
	if found == nil {
		return nil, nil
	}
	return found.expr, nil
}

func (b *binder) unknownColumn(sc *scope, table, name string, at int) error {
	var names []string
	tables := map[string]bool{}
	for _, c := range sc.cols {
		names = append(names, c.name)
		tables[strings.ToLower(c.table)] = true
	}
	if table != "" && !tables[strings.ToLower(table)] {
		var all []string
		for t := range tables {
			all = append(all, t)
		}
		hint := didYouMean(table, all)
		if hint == "" && len(all) == 1 && all[0] != "" {
			hint = "the table in FROM is called " + all[0]
		}
		return b.errorf(at, hint, "unknown table %s in %s.%s", table, table, name)
	}
	for _, it := range sc.later {
		if it.alias && strings.EqualFold(it.name, name) {
			return b.errorf(at, "repeat its expression, or filter with HAVING or in a query around this one", "the alias %s cannot be used in %s", name, sc.place)
		}
	}
	for _, it := range sc.aliases {
		if it.alias {
			names = append(names, it.name)
		}
	}
	if len(sc.cols) == 0 && len(names) == 0 {
		return b.errorf(at, "strings are written in single quotes", "unknown column %s: there is no FROM", name)
	}
	hint := didYouMean(name, names)
	if hint == "" && len(names) <= 8 {
		hint = "the columns are " + strings.Join(names, ", ")
	}
	return b.errorf(at, hint, "unknown column %s", name)
}
