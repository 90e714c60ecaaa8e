package sql

import (
	"context"
	"errors"
	"strconv"

	"github.com/xwb1989/sqlparser"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/set"
)

// ErrNoTable is what a Catalogue's error wraps when there is no table of that name.
var ErrNoTable = errors.New("no such table")

// Catalogue finds the tables that a query names.
type Catalogue interface {
	// Table finds a table by its name. The error wraps ErrNoTable when there is none.
	Table(ctx context.Context, name string) (plan.Table, error)
	// File makes a table of a file: SELECT … FROM 'commits.sor'.
	File(ctx context.Context, path string) (plan.Table, error)
	// Names lists the tables, for suggestions.
	Names() []string
}

// Arg is the value of a parameter: the next ?, or :Name. An invalid Value is NULL of any type. A Set is the right side of IN.
type Arg struct {
	Name  string
	Value column.Value
	Set   *set.Set // in place of Value
}

// Bound is a query bound to tables.
type Bound struct {
	Plan     plan.Node
	Warnings []string
}

// Bind resolves the names of a query against a catalogue and gives its typed plan, not yet optimised. Errors are *Error. It
// asks the catalogue once for each table or file.
func Bind(ctx context.Context, q *Query, cat Catalogue, args []Arg) (*Bound, error) {
	b := &binder{Query: q, ctx: ctx, cat: cat, tokens: map[plan.Expr]int{}, tables: map[string]plan.Table{},
		once: map[*function.Func]plan.Expr{}, params: map[int]Arg{}, bodies: map[int]body{}, nodes: maxNodes}
	if err := b.bindParams(args); err != nil {
		return nil, err
	}
	r, err := b.query(q.body, nil)
	if err != nil {
		return nil, err
	}
	if q.uniqueNames {
		if err := b.unique(r); err != nil {
			return nil, err
		}
	}
	return &Bound{Plan: r.node, Warnings: b.warnings}, nil
}

// unique checks that the columns of a table to be made have different names.
func (b *binder) unique(r *rel) error {
	seen := map[string]bool{}
	for _, f := range r.node.Fields() {
		if seen[f.Name] {
			return b.errorf(b.lo, "give one of them another name with AS", "two columns of the table would be called %s", f.Name)
		}
		seen[f.Name] = true
	}
	return nil
}

const (
	maxDepth = 1000 // of an expression, ANDs and ORs side by side counted once
	maxNodes = 2000 // tables of a plan: those in WITH queries count each time the query is named
)

// binder binds one query.
type binder struct {
	*Query
	ctx      context.Context
	cat      Catalogue
	params   map[int]Arg                  // by token
	tables   map[string]plan.Table        // found so far; files under their quoted names
	tokens   map[plan.Expr]int            // where columns were named
	once     map[*function.Func]plan.Expr // NOW() and the like: one value a statement
	warnings []string
	bodies   map[int]body // of WITH, by the token of their names
	depth    int
	nodes    int // tables that may still be named
}

// rel is a bound query or table.
type rel struct {
	node plan.Node
	cols []scopeCol
	null []bool // columns that are the constant NULL, which take any type in a UNION; nil for none
}

// index returns the token that an identifier made by the rewriter stands for, -1 for others.
func index(name string) int {
	if len(name) < 2 || name[0] != 't' {
		return -1
	}
	i, err := strconv.Atoi(name[1:])
	if err != nil {
		return -1
	}
	return i
}

// query binds a SELECT or UNION. outer is the scope around a subquery, nil outside.
func (b *binder) query(stmt sqlparser.SelectStatement, outer *scope) (*rel, error) {
	if b.depth++; b.depth > maxDepth {
		return nil, b.errorf(b.selectToken(stmt), "", "the query is nested too deeply")
	}
	defer func() { b.depth-- }()
	if err := b.ctx.Err(); err != nil {
		return nil, err
	}
	switch s := stmt.(type) {
	case *sqlparser.Select:
		return b.selectStmt(s, outer)
	case *sqlparser.ParenSelect:
		return b.query(s.Select, outer)
	case *sqlparser.Union:
		return b.union(s, outer)
	}
	return nil, b.errorf(b.lo, "", "unsupported query")
}
