package sql

import (
	"cmp"
	"context"
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/xwb1989/sqlparser"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
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

// Arg is the value of a parameter: the next ?, or :Name. An invalid Value is NULL of any type.
type Arg struct {
	Name  string
	Value column.Value
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
		once: map[*function.Func]plan.Expr{}, params: map[int]column.Value{}, bodies: map[int]body{}, nodes: maxNodes}
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
	params   map[int]column.Value         // by token
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

func (b *binder) bindParams(args []Arg) error {
	var marks, names []int
	for i := b.lo; i < b.hi; i++ {
		switch {
		case b.kind(i) != param:
		case b.raw(i) == "?":
			marks = append(marks, i)
		default:
			names = append(names, i)
		}
	}
	if len(marks) > 0 && len(names) > 0 {
		return b.errorf(max(marks[0], names[0]), "", "? and :name do not go together in one statement")
	}
	named := map[string]column.Value{}
	for _, a := range args {
		if a.Name != "" {
			named[a.Name] = a.Value
		}
	}
	if len(names) == 0 {
		if len(named) > 0 && len(args) > 0 {
			return b.errorf(-1, "", "named values were given, but the statement has no :name")
		}
		if len(args) != len(marks) {
			at := -1
			if len(args) < len(marks) {
				at = marks[len(args)]
			}
			return b.errorf(at, "", "the statement has %s, but %s given", count(len(marks), "parameter"), were(len(args), "value"))
		}
		for i, t := range marks {
			b.params[t] = args[i].Value
		}
		return nil
	}
	if len(named) < len(args) {
		return b.errorf(names[0], "", "the parameters have names, so the values need names too")
	}
	used := map[string]bool{}
	for _, t := range names {
		name := b.raw(t)[1:]
		v, ok := named[name]
		if !ok {
			return b.errorf(t, "", "no value was given for :%s", name)
		}
		b.params[t], used[name] = v, true
	}
	for _, a := range args {
		if !used[a.Name] {
			return b.errorf(-1, "", "a value was given for :%s, which the statement does not have", a.Name)
		}
	}
	return nil
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func were(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " was"
	}
	return count(n, noun) + " were"
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

// from binds what stands in FROM.
func (b *binder) from(exprs sqlparser.TableExprs, outer *scope) (*rel, error) {
	if len(exprs) > 1 {
		return nil, b.errorf(b.tableToken(exprs[1]), "", "joins are not supported yet: FROM takes one table")
	}
	switch e := exprs[0].(type) {
	case *sqlparser.ParenTableExpr:
		return b.from(e.Exprs, outer)
	case *sqlparser.AliasedTableExpr:
		switch x := e.Expr.(type) {
		case sqlparser.TableName:
			return b.tableName(x, e)
		case *sqlparser.Subquery:
			r, err := b.query(x.Select, outer)
			if err != nil {
				return nil, err
			}
			return r.as(b.aliasOf(e, "")), nil
		}
	}
	return nil, b.errorf(b.tableToken(exprs[0]), "", "joins are not supported yet: FROM takes one table")
}

// aliasOf returns the alias of a table in FROM, or name without one.
func (b *binder) aliasOf(e *sqlparser.AliasedTableExpr, name string) string {
	if i := index(e.As.String()); i >= 0 && b.kind(i) != closed {
		return b.value(i)
	}
	return name
}

// as returns r with its columns under the table name alias.
func (r *rel) as(alias string) *rel {
	c := *r
	c.cols = make([]scopeCol, len(r.cols))
	for i, col := range r.cols {
		col.table = alias
		c.cols[i] = col
	}
	return &c
}

func (b *binder) tableName(n sqlparser.TableName, e *sqlparser.AliasedTableExpr) (*rel, error) {
	at := index(n.Name.String())
	if at < 0 {
		// No FROM at all: one row without columns.
		return &rel{node: &plan.Values{Rows: [][]column.Value{{}}}}, nil
	}
	if q := index(n.Qualifier.String()); q >= 0 {
		return nil, b.errorf(q, "write the name of the table alone", "there are no databases: %s.%s is not a table", b.value(q), b.value(at))
	}
	if b.nodes--; b.nodes < 0 {
		return nil, b.errorf(at, "make the queries of WITH tables first", "the query is too large when its WITH queries are written out")
	}
	name := b.value(at)
	if b.kind(at) == text {
		t, err := b.find("'"+name, func() (plan.Table, error) { return b.cat.File(b.ctx, name) })
		if err != nil {
			return nil, b.wrap(at, "", err)
		}
		return scanOf(t).as(b.aliasOf(e, baseName(name))), nil
	}
	if r, err := b.cte(at, name); r != nil || err != nil {
		if err != nil {
			return nil, err
		}
		return r.as(b.aliasOf(e, name)), nil
	}
	t, err := b.find(name, func() (plan.Table, error) { return b.cat.Table(b.ctx, name) })
	switch {
	case errors.Is(err, ErrNoTable):
		if strings.EqualFold(name, "dual") {
			return &rel{node: &plan.Values{Rows: [][]column.Value{{}}}}, nil
		}
		names := b.tableNames(at)
		hint := DidYouMean(name, names)
		if hint == "" {
			hint = listing("tables", names)
		}
		e := b.errorf(at, hint, "unknown table %s", name)
		e.Err = err
		return nil, e
	case err != nil:
		return nil, b.wrap(at, "", err)
	}
	return scanOf(t).as(b.aliasOf(e, name)), nil
}

// find asks the catalogue for a table once a statement.
func (b *binder) find(key string, ask func() (plan.Table, error)) (plan.Table, error) {
	if t, ok := b.tables[key]; ok {
		return t, nil
	}
	t, err := ask()
	if err == nil {
		b.tables[key] = t
	}
	return t, err
}

// scanOf reads all columns of a table.
func scanOf(t plan.Table) *rel {
	f := t.Fields()
	s := &plan.Scan{Table: t, Cols: make([]int, len(f))}
	for i := range f {
		s.Cols[i] = i
	}
	return &rel{node: s, cols: columnsOf(f)}
}

func columnsOf(f []column.Field) []scopeCol {
	cols := make([]scopeCol, len(f))
	for i := range f {
		cols[i] = scopeCol{name: f[i].Name, t: f[i].Type}
	}
	return cols
}

// baseName is the name of a file without its folder and endings, under which its columns can be qualified.
func baseName(file string) string {
	base := path.Base(file)
	if name, _, _ := strings.Cut(base, "."); name != "" {
		return name
	}
	return base
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

func (b *binder) tableNames(at int) []string {
	names := b.cat.Names()
	for _, c := range b.visible(at) {
		names = append(names, b.value(c.name))
	}
	return names
}
