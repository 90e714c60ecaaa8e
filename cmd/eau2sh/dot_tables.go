package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/eau2db/eau2/engine"
)

func (sh *shell) dotTables(ctx context.Context, pattern string) error {
	tables, err := sh.session.Tables(ctx)
	if err != nil {
		return err
	}
	list := newList("table STRING", "rows INT", "columns INT", "bytes INT")
	for _, t := range tables {
		if matches(pattern, t.Name) {
			list.add(stringOf(t.Name), intOf(t.Rows), intOf(int64(len(t.Columns))), intOf(t.Bytes))
		}
	}
	if len(list.rows) == 0 && sh.interactive {
		sh.note("no tables; LOAD 'file.sor' INTO t makes one")
		return nil
	}
	return sh.showList(ctx, list)
}

func (sh *shell) dotSchema(ctx context.Context, name string) error {
	tables, err := sh.session.Tables(ctx)
	if err != nil {
		return err
	}
	name = strings.Trim(name, "`;")
	list := newList("table STRING", "column STRING", "type STRING")
	var names []string
	for _, t := range tables {
		names = append(names, t.Name)
		if name != "" && !strings.EqualFold(name, t.Name) {
			continue
		}
		for _, c := range t.Columns {
			list.add(stringOf(t.Name), stringOf(c.Name), stringOf(c.Type.String()))
		}
	}
	if name != "" && len(list.rows) == 0 {
		return fmt.Errorf("unknown table %s%s", name, suggest(name, names))
	}
	return sh.showList(ctx, list)
}

func (sh *shell) dotFunctions(ctx context.Context, pattern string) error {
	list := newList("function STRING", "class STRING", "usage STRING", "description STRING")
	for _, f := range sh.session.Functions() {
		if matches(pattern, f.Name) {
			list.add(stringOf(f.Name), stringOf(f.Class), stringOf(f.Usage), stringOf(f.Doc))
		}
	}
	return sh.showList(ctx, list)
}

// showList shows rows the shell made itself as any other result.
func (sh *shell) showList(ctx context.Context, list *memoryResult) error {
	_, err := sh.show(ctx, func() {}, list, false, &progressBar{})
	return err
}

// newList returns an empty result with columns given as "name TYPE".
func newList(columns ...string) *memoryResult {
	r := &memoryResult{}
	for _, c := range columns {
		name, kind, _ := strings.Cut(c, " ")
		t := engine.String
		if kind == "INT" {
			t = engine.Int
		}
		r.columns = append(r.columns, engine.Column{Name: name, Type: t})
	}
	return r
}

func (r *memoryResult) add(row ...engine.Value) { r.rows = append(r.rows, row) }

func stringOf(s string) engine.Value { return engine.Value{Type: engine.String, Valid: true, Str: s} }
func intOf(n int64) engine.Value     { return engine.Value{Type: engine.Int, Valid: true, Int: n} }
