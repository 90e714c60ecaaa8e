package sql

import (
	"errors"
	"path"
	"strings"

	"github.com/xwb1989/sqlparser"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
)

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

func (b *binder) tableNames(at int) []string {
	names := b.cat.Names()
	for _, c := range b.visible(at) {
		names = append(names, b.value(c.name))
	}
	return names
}
