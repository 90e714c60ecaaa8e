package engine

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/exec"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/sql"
)

// Query runs one statement, of any kind, and returns its rows. A query's rows stream: it is still running while they are
// read, so Close the Rows. Statements without rows have done their work when Query returns; Rows.Message says what it was.
//
// args take the place of the statement's ? in order: nil, bool, integers, floats, strings, a Value, or pointers to these; a *Set in IN ?.
// The :name ones are given by sql.Named of database/sql.
func (e *Engine) Query(ctx context.Context, text string, args ...any) (*Rows, error) {
	st, err := sql.Parse(text)
	if err != nil {
		return nil, err
	}
	params, err := parameters(args)
	if err != nil {
		return nil, err
	}
	return e.query(ctx, st, text, params, nil)
}

// query runs a parsed statement; client is nil for one of this process.
func (e *Engine) query(ctx context.Context, st sql.Statement, text string, params []sql.Arg, client *clientFiles) (*Rows, error) {
	ctx, end, err := e.begin(ctx)
	if err != nil {
		return nil, err
	}
	s := &statement{Engine: e, ctx: ctx, text: text, params: params, tables: e.newTableSet(), end: end, client: client}
	s.tables.noFiles = client != nil
	rows, err := s.run(st)
	if err != nil {
		s.tables.release()
		end()
		return nil, refine(ctx, err)
	}
	rows.warnings = append(rows.warnings, s.warnings...)
	return rows, nil
}

// statement is a running statement.
type statement struct {
	*Engine
	ctx    context.Context
	text   string
	params []sql.Arg
	tables *tableSet
	end    func()
	client *clientFiles // nil: the files it names are this process's

	warnings []string
}

func (s *statement) run(st sql.Statement) (*Rows, error) {
	if q, ok := st.(*sql.Select); ok {
		n, err := s.bind(q.Query)
		if err != nil {
			return nil, err
		}
		return s.start(s.ctx, n, s.tables, s.end), nil
	}
	if c, ok := st.(*sql.Copy); ok && s.client != nil {
		return s.copied(c, s.end)
	}
	defer s.end()
	defer s.tables.release()
	switch st := st.(type) {
	case *sql.Load:
		return s.loadFile(st)
	case *sql.CreateTableAs:
		return s.createTable(st)
	case *sql.Copy:
		return s.copyTo(st)
	case *sql.Explain:
		return s.explain(st)
	case *sql.Drop:
		return s.drop(st)
	case *sql.Rename:
		if err := s.node.Rename(s.ctx, st.From.Name, st.To.Name); err != nil {
			ref := st.From
			if errors.Is(err, cluster.ErrTableExists) {
				ref = st.To
			}
			return nil, s.at(ref, err)
		}
		return done("%s renamed to %s", st.From.Name, st.To.Name), nil
	case *sql.Describe:
		return s.describe(st)
	case *sql.ShowTables:
		return s.showTables(st)
	case *sql.ShowFunctions:
		return showFunctions(st), nil
	case *sql.ShowNodes:
		return s.showNodes()
	case *sql.ShowReplicas:
		return s.showReplicas()
	case *sql.ShowChunks:
		return s.showChunks(st)
	}
	return nil, fmt.Errorf("%s is not possible here", st.Kind())
}

// bind binds and prepares a query.
func (s *statement) bind(q *sql.Query) (plan.Node, error) {
	b, err := sql.Bind(s.ctx, q, s.tables, s.params)
	if err != nil {
		return nil, err
	}
	s.warnings = append(append(s.warnings, b.Warnings...), s.tables.warnings...)
	return s.prepare(s.ctx, b.Plan)
}

// query runs q to be read by a statement that makes something of its rows.
func (s *statement) query(q *sql.Query) (*Rows, error) {
	n, err := s.bind(q)
	if err != nil {
		return nil, err
	}
	return s.start(s.ctx, n, s.tables, func() {}), nil
}

func (s *statement) loadFile(st *sql.Load) (*Rows, error) {
	o := st.Options
	in := file(st.Path.Name)
	var err error
	switch {
	case s.client != nil && st.FromNode:
		in, err = s.client.nodeInput(st.Path.Name)
	case s.client != nil:
		in, err = s.client.input()
	}
	if err != nil {
		return nil, s.at(st.Path, err)
	}
	report, warnings, err := s.load(s.ctx, st.Table.Name, in, LoadOptions{
		Columns: o.Columns, OnError: o.OnError, OnMismatch: o.OnMismatch, Sample: o.Sample, From: o.From, Len: o.Len,
		FromAll: st.FromAll,
	})
	if err != nil {
		ref := st.Path
		if errors.Is(err, cluster.ErrTableExists) {
			ref = st.Table
		}
		return nil, s.at(ref, err)
	}
	r := done("%s: %s loaded", st.Table.Name, count(report.Rows))
	r.warnings = append(append(s.fewCopies(st.Table.Name), warnings...), reportWarnings(st.Path.Name, report)...)
	return r, nil
}

func (s *statement) createTable(st *sql.CreateTableAs) (*Rows, error) {
	if st.IfNotExists && s.exists(st.Name.Name) {
		return done("%s exists already", st.Name.Name), nil
	}
	rows, err := s.query(st.Query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	n, err := s.save(s.ctx, st.Name.Name, rows)
	if errors.Is(err, cluster.ErrTableExists) {
		err = s.at(st.Name, err)
	}
	if err != nil {
		return nil, err
	}
	r := done("%s: %s", st.Name.Name, count(n))
	r.warnings = s.fewCopies(st.Name.Name)
	return r, nil
}

func (s *statement) exists(name string) bool {
	for _, t := range s.node.Tables() {
		if t == name {
			return true
		}
	}
	return false
}

// copied returns the rows that a COPY writes. end is called when they are computed.
func (s *statement) copied(st *sql.Copy, end func()) (*Rows, error) {
	var n plan.Node
	var err error
	if st.Query != nil {
		n, err = s.bind(st.Query)
	} else {
		var t plan.Table
		if t, err = s.table(st.Table); err == nil {
			n = plan.NewScan(t)
		}
	}
	if err != nil {
		return nil, err
	}
	return s.start(s.ctx, n, s.tables, end), nil
}

func (s *statement) copyTo(st *sql.Copy) (*Rows, error) {
	rows, err := s.copied(st, func() {})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	n, err := export(st.Path.Name, st.Format, rows)
	if rows.Err() != nil {
		return nil, rows.Err()
	}
	if err != nil {
		return nil, s.at(st.Path, err)
	}
	return done("%s written to %s", count(n), st.Path.Name), nil
}

func (s *statement) drop(st *sql.Drop) (*Rows, error) {
	err := s.node.Drop(s.ctx, st.Name.Name)
	switch {
	case errors.Is(err, cluster.ErrNoTable) && st.IfExists:
		return done("there was no %s", st.Name.Name), nil
	case err != nil:
		return nil, s.at(st.Name, err)
	}
	return done("%s dropped", st.Name.Name), nil
}

func (s *statement) table(ref sql.Ref) (plan.Table, error) {
	find := s.tables.Table
	if ref.File {
		find = s.tables.File
	}
	t, err := find(s.ctx, ref.Name)
	if err != nil {
		return nil, s.at(ref, err)
	}
	return t, nil
}

// at puts err at the place of ref in the statement; a table that is not there gets the nearest name as a hint.
func (s *statement) at(ref sql.Ref, err error) error {
	if errors.As(err, new(*Error)) || s.ctx.Err() != nil {
		return err
	}
	if errors.Is(err, cluster.ErrNoTable) && !ref.File {
		return sql.NewError(s.text, ref.Pos, "unknown table "+ref.Name, sql.DidYouMean(ref.Name, s.tables.Names()), err)
	}
	if errors.Is(err, cluster.ErrTableExists) {
		return sql.NewError(s.text, ref.Pos, fmt.Sprintf("table %s exists already", ref.Name), "", err)
	}
	return sql.NewError(s.text, ref.Pos, err.Error(), "", err)
}

func (s *statement) describe(st *sql.Describe) (*Rows, error) {
	t, err := s.table(st.Table)
	if err != nil {
		return nil, err
	}
	fields := t.Fields()
	rows := make([][]any, len(fields))
	for i, f := range fields {
		lo, hi, nulls := column.Null(f.Type), column.Null(f.Type), int64(0)
		known := true
		for c := range t.Chunks() {
			st := t.ChunkStats(c, i)
			nulls += st.Nulls
			known = known && (st.Min.Valid || st.Nulls == st.Rows)
			if st.Min.Valid && (!lo.Valid || st.Min.Compare(lo) < 0) {
				lo = st.Min
			}
			if st.Max.Valid && (!hi.Valid || st.Max.Compare(hi) > 0) {
				hi = st.Max
			}
		}
		rows[i] = []any{f.Name, f.Type.String(), nulls, nil, nil}
		if known && lo.Valid {
			rows[i][3], rows[i][4] = lo.String(), hi.String()
		}
	}
	return table([]Column{{Name: "column", Type: String}, {Name: "type", Type: String}, {Name: "nulls", Type: Int}, {Name: "min", Type: String}, {Name: "max", Type: String}}, rows...), nil
}

func (s *statement) showTables(st *sql.ShowTables) (*Rows, error) {
	var rows [][]any
	for _, t := range s.Tables() {
		if like(st.Like, t.Name) {
			rows = append(rows, []any{t.Name, t.Rows, len(t.Columns), t.Chunks, t.Bytes})
		}
	}
	return table([]Column{{Name: "table", Type: String}, {Name: "rows", Type: Int}, {Name: "columns", Type: Int}, {Name: "chunks", Type: Int}, {Name: "bytes", Type: Int}}, rows...), nil
}

func (s *statement) showChunks(st *sql.ShowChunks) (*Rows, error) {
	t, err := s.table(st.Table)
	if err != nil {
		return nil, err
	}
	holders, err := t.(*cluster.Table).Holders(s.ctx)
	if err != nil {
		return nil, err
	}
	var rows [][]any
	for c := range t.Chunks() {
		var names []string
		for _, m := range holders[c] {
			names = append(names, nodeName(m))
		}
		slices.Sort(names)
		rows = append(rows, []any{c, t.ChunkRows(c), strings.Join(names, " ")})
	}
	return table([]Column{{Name: "chunk", Type: Int}, {Name: "rows", Type: Int}, {Name: "nodes", Type: String}}, rows...), nil
}

func showFunctions(st *sql.ShowFunctions) *Rows {
	var rows [][]any
	for _, f := range Functions() {
		if like(st.Like, f.Name) {
			rows = append(rows, []any{f.Name, f.Class, f.Usage, f.Doc})
		}
	}
	return table([]Column{{Name: "function", Type: String}, {Name: "class", Type: String}, {Name: "usage", Type: String}, {Name: "does", Type: String}}, rows...)
}

// like says whether name matches a LIKE pattern, in any case; an empty pattern matches all.
func like(pattern, name string) bool {
	if pattern == "" {
		return true
	}
	glob := strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, "%", "*", "_", "?").Replace(strings.ToLower(pattern))
	ok, err := path.Match(glob, strings.ToLower(name))
	return err == nil && ok
}

// table returns ready rows.
func table(fields []Column, rows ...[]any) *Rows {
	n := &plan.Values{Schema: fields, Rows: make([][]Value, len(rows))}
	for i, r := range rows {
		for c, x := range r {
			v, err := valueOf(x)
			if err != nil || !v.Valid {
				v = column.Null(fields[c].Type)
			}
			n.Rows[i] = append(n.Rows[i], v)
		}
	}
	return &Rows{fields: fields, stream: exec.Start(context.Background(), n, exec.Options{Threads: 1}), row: -1, refine: func(err error) error { return err }}
}

// done returns the Rows of a statement that gives none.
func done(format string, args ...any) *Rows { return &Rows{message: fmt.Sprintf(format, args...)} }

// count formats a number of rows.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if n == 1 {
		return s + " row"
	}
	return s + " rows"
}

// Split cuts a script at its semicolons into statements, leaving out blank and comment-only pieces. rest is the last piece,
// if it is not ended by a semicolon; a shell reads on, or runs it at the end of the input.
func Split(script string) (stmts []string, rest string) { return sql.Split(script) }

// FunctionInfo documents a function, aggregate or operator.
type FunctionInfo struct{ Name, Class, Usage, Doc string }

// Functions lists all functions, aggregates and operators, by class and name.
func Functions() []FunctionInfo {
	var fs []FunctionInfo
	for _, f := range function.All() {
		name := f.Name
		if name == "NEG" {
			name = "-" // as it is written
		}
		fs = append(fs, FunctionInfo{name, f.Class, f.Usage, f.Doc})
	}
	for _, a := range sql.Aggregates() {
		fs = append(fs, FunctionInfo{a.Name, "aggregate", a.Usage, a.Doc})
	}
	for _, f := range sql.Forms() {
		name := f.Name
		if name == "NEG" {
			name = "-" // as it is written
		}
		fs = append(fs, FunctionInfo{name, f.Class, f.Usage, f.Doc})
	}
	sort.SliceStable(fs, func(i, j int) bool { return fs[i].Class < fs[j].Class })
	return fs
}
