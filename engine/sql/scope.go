package sql

import (
	"strings"

	"github.com/xwb1989/sqlparser"

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

// columnName resolves a name, which may be qualified by a table.
func (b *binder) columnName(sc *scope, n *sqlparser.ColName) (plan.Expr, error) {
	table, at := "", index(n.Name.String())
	name := b.value(at)
	if q := index(n.Qualifier.Qualifier.String()); q >= 0 {
		return nil, b.errorf(q, "write table.column", "there are no databases: a column has at most a table before it")
	}
	if q := index(n.Qualifier.Name.String()); q >= 0 {
		table = b.value(q)
		if !sc.hasTable(table) && sc.outer == nil {
			return nil, b.unknownQualifier(sc, table, name, q)
		}
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
	return nil, b.unknownColumn(sc, name, at)
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

// hasTable reports whether the scope has columns of the table.
func (sc *scope) hasTable(table string) bool {
	for _, c := range sc.cols {
		if strings.EqualFold(c.table, table) {
			return true
		}
	}
	return false
}

// unknownQualifier is the error of table.name, at token at, when there is no such table.
func (b *binder) unknownQualifier(sc *scope, table, name string, at int) error {
	hint := ""
	if len(sc.cols) > 0 {
		hint = "the table in FROM is called " + sc.cols[0].table
	}
	return b.errorf(at, hint, "unknown table %s in %s.%s", table, table, name)
}

func (b *binder) unknownColumn(sc *scope, name string, at int) error {
	var names []string
	for _, c := range sc.cols {
		names = append(names, c.name)
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
	hint := DidYouMean(name, names)
	if hint == "" {
		hint = listing("columns", names)
	}
	return b.errorf(at, hint, "unknown column %s", name)
}
