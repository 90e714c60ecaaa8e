package sql

import (
	"path"
	"strings"
)

// Parse parses one statement, which may end in a semicolon. Errors are *Error.
func Parse(text string) (Statement, error) { return ParseLimited(text, Limits{}) }

// ParseLimited is Parse with other limits.
func ParseLimited(text string, limits Limits) (Statement, error) {
	s, err := scan(text, limits)
	if err != nil {
		return nil, err
	}
	p := &parser{source: s}
	for p.end = 0; p.end < len(s.toks)-1 && s.kind(p.end) != semi; {
		p.end++
	}
	for i := p.end; i < len(s.toks)-1; i++ {
		if s.kind(i) != semi {
			return nil, s.errorf(i, "run them one by one", "more than one statement")
		}
	}
	if p.end == 0 {
		return nil, s.errorf(-1, "", "the statement is empty")
	}
	return p.statement()
}

// parser reads the statements that sqlparser does not know. It stands at token i.
type parser struct {
	*source
	i, end int
}

// accept steps over the word if it is next.
func (p *parser) accept(words ...string) bool {
	if p.i < p.end && p.is(p.i, words...) {
		p.i++
		return true
	}
	return false
}

// acceptKind steps over a token of the kind if it is next.
func (p *parser) acceptKind(k kind) bool {
	if p.i < p.end && p.kind(p.i) == k {
		p.i++
		return true
	}
	return false
}

// expected is the error that what should be next is not.
func (p *parser) expected(what, usage string) error {
	hint := ""
	if usage != "" {
		hint = "the statement is " + usage
	}
	if p.i >= p.end {
		at := p.end - 1
		return NewError(p.text, int(p.toks[at].end), "expected "+what, hint, nil)
	}
	return p.errorf(p.i, hint, "expected %s, not %s", what, p.raw(p.i))
}

// finish returns st if nothing follows.
func (p *parser) finish(st Statement, usage string) (Statement, error) {
	if p.i < p.end {
		return nil, p.expected("the end of the statement", usage)
	}
	return st, nil
}

// table reads a table's name.
func (p *parser) table(usage string) (Ref, error) {
	if p.i >= p.end || !p.isName(p.i) {
		return Ref{}, p.expected("the name of a table", usage)
	}
	r := Ref{Name: p.value(p.i), Pos: int(p.toks[p.i].pos)}
	p.i++
	return r, nil
}

// file reads a file name in quotes.
func (p *parser) file(usage string) (Ref, error) {
	if p.i >= p.end || p.kind(p.i) != text {
		return Ref{}, p.expected("a file name in quotes", usage)
	}
	r := Ref{Name: p.value(p.i), File: true, Pos: int(p.toks[p.i].pos)}
	p.i++
	return r, nil
}

// query reads the rest of the statement as a query.
func (p *parser) query(usage string) (*Query, error) {
	if p.i >= p.end || !p.is(p.i, "select", "with") && p.kind(p.i) != open {
		return nil, p.expected("SELECT", usage)
	}
	q, err := parseQuery(p.source, p.i, p.end)
	p.i = p.end
	return q, err
}

var firstWords = []string{"SELECT", "WITH", "LOAD", "COPY", "EXPLAIN", "DESCRIBE", "SHOW", "CREATE", "DROP", "ALTER"}

func (p *parser) statement() (Statement, error) {
	if p.kind(0) == open || p.is(0, "select", "with") {
		q, err := p.query("")
		if err != nil {
			return nil, err
		}
		return &Select{Query: q}, nil
	}
	if p.kind(0) != word {
		return nil, p.errorf(0, "", "a statement starts with one of %s", strings.Join(firstWords, ", "))
	}
	p.i = 1
	switch first := strings.ToLower(p.raw(0)); first {
	case "load":
		return p.load()
	case "copy":
		return p.copy()
	case "explain":
		return p.explain()
	case "describe", "desc":
		return p.describe("DESCRIBE t")
	case "show":
		return p.show()
	case "create":
		return p.create()
	case "drop":
		return p.drop()
	case "alter":
		return p.alter()
	case "insert", "update", "delete", "truncate", "replace", "merge":
		return nil, p.errorf(0, "tables never change once loaded: CREATE TABLE t AS SELECT … makes a new one", "%s is not supported", strings.ToUpper(first))
	case "begin", "start", "commit", "rollback", "savepoint", "set", "use", "grant", "revoke", "lock", "call", "prepare", "execute", "vacuum", "pragma":
		return nil, p.errorf(0, "", "%s is not supported", strings.ToUpper(first))
	case "from", "values", "table":
		return nil, p.errorf(0, "write SELECT * FROM t", "a statement does not start with %s", strings.ToUpper(first))
	}
	return nil, p.errorf(0, DidYouMean(p.raw(0), firstWords), "unknown statement %s", p.raw(0))
}

const explainUsage = "EXPLAIN [ANALYZE] SELECT …"

func (p *parser) explain() (Statement, error) {
	st := &Explain{Analyze: p.accept("analyze", "analyse")}
	q, err := p.query(explainUsage)
	if err != nil {
		return nil, err
	}
	st.Query = q
	return st, nil
}

func (p *parser) describe(usage string) (Statement, error) {
	p.accept("table")
	if p.kind(p.i) == text && p.i < p.end {
		r, err := p.file(usage)
		if err != nil {
			return nil, err
		}
		return p.finish(&Describe{Table: r}, usage)
	}
	t, err := p.table(usage)
	if err != nil {
		return nil, err
	}
	return p.finish(&Describe{Table: t}, usage)
}

const showUsage = "SHOW TABLES [LIKE '…'], SHOW FUNCTIONS [LIKE '…'], SHOW COLUMNS FROM t, SHOW NODES, SHOW REPLICAS or SHOW CHUNKS FROM t"

func (p *parser) show() (Statement, error) {
	switch {
	case p.accept("tables"):
		like, err := p.like()
		if err != nil {
			return nil, err
		}
		return p.finish(&ShowTables{Like: like}, showUsage)
	case p.accept("functions"):
		like, err := p.like()
		if err != nil {
			return nil, err
		}
		return p.finish(&ShowFunctions{Like: like}, showUsage)
	case p.accept("nodes"):
		return p.finish(&ShowNodes{}, showUsage)
	case p.accept("replicas"):
		return p.finish(&ShowReplicas{}, showUsage)
	case p.accept("chunks"):
		if !p.accept("from", "in") {
			return nil, p.expected("FROM and the name of a table", showUsage)
		}
		t, err := p.table(showUsage)
		if err != nil {
			return nil, err
		}
		return p.finish(&ShowChunks{Table: t}, showUsage)
	case p.accept("columns", "fields"):
		if !p.accept("from", "in") {
			return nil, p.expected("FROM and the name of a table", showUsage)
		}
		return p.describe(showUsage)
	}
	return nil, p.expected("TABLES, FUNCTIONS, COLUMNS, NODES, REPLICAS or CHUNKS", showUsage)
}

func (p *parser) like() (string, error) {
	if !p.accept("like") {
		return "", nil
	}
	if p.i >= p.end || p.kind(p.i) != text {
		return "", p.expected("a pattern in quotes", showUsage)
	}
	p.i++
	return p.value(p.i - 1), nil
}

const createUsage = "CREATE TABLE [IF NOT EXISTS] t AS SELECT …"

func (p *parser) create() (Statement, error) {
	st := &CreateTableAs{}
	if p.accept("or") || p.accept("temporary", "temp", "view", "index", "database", "schema") {
		return nil, p.errorf(p.i-1, "the statement is "+createUsage, "CREATE %s is not supported", strings.ToUpper(p.raw(p.i-1)))
	}
	if !p.accept("table") {
		return nil, p.expected("TABLE", createUsage)
	}
	if p.accept("if") {
		if !p.accept("not") || !p.accept("exists") {
			return nil, p.expected("IF NOT EXISTS", createUsage)
		}
		st.IfNotExists = true
	}
	var err error
	if st.Name, err = p.table(createUsage); err != nil {
		return nil, err
	}
	if p.i < p.end && p.kind(p.i) == open && !p.is(p.i+1, "select", "with") && p.kind(p.i+1) != open {
		return nil, p.errorf(p.i, "the statement is "+createUsage+", or LOAD 'file' INTO t (name TYPE, …)", "a table is made from a query or a file, not from a list of columns")
	}
	if !p.accept("as") && !p.is(p.i, "select", "with") {
		return nil, p.expected("AS SELECT", createUsage)
	}
	if st.Query, err = p.query(createUsage); err != nil {
		return nil, err
	}
	st.Query.uniqueNames = true
	return st, nil
}

const dropUsage = "DROP TABLE [IF EXISTS] t"

func (p *parser) drop() (Statement, error) {
	st := &Drop{}
	if !p.accept("table") {
		return nil, p.expected("TABLE", dropUsage)
	}
	if p.accept("if") {
		if !p.accept("exists") {
			return nil, p.expected("EXISTS", dropUsage)
		}
		st.IfExists = true
	}
	var err error
	if st.Name, err = p.table(dropUsage); err != nil {
		return nil, err
	}
	return p.finish(st, dropUsage)
}

const alterUsage = "ALTER TABLE t RENAME TO u"

func (p *parser) alter() (Statement, error) {
	st := &Rename{}
	if !p.accept("table") {
		return nil, p.expected("TABLE", alterUsage)
	}
	var err error
	if st.From, err = p.table(alterUsage); err != nil {
		return nil, err
	}
	if !p.accept("rename") {
		return nil, p.expected("RENAME TO", alterUsage)
	}
	if !p.accept("to") {
		p.accept("as")
	}
	if st.To, err = p.table(alterUsage); err != nil {
		return nil, err
	}
	return p.finish(st, alterUsage)
}

const copyUsage = "COPY t TO 'file', or COPY (SELECT …) TO 'file'"

func (p *parser) copy() (Statement, error) {
	st := &Copy{}
	var err error
	if p.i < p.end && p.kind(p.i) == open {
		lo, hi := p.i+1, int(p.toks[p.i].mate)
		if st.Query, err = parseQuery(p.source, lo, hi); err != nil {
			return nil, err
		}
		p.i = hi + 1
	} else if st.Table, err = p.table(copyUsage); err != nil {
		return nil, err
	}
	if p.is(p.i, "from") {
		return nil, p.errorf(p.i, "LOAD 'file' INTO t reads a file", "COPY writes files only")
	}
	if !p.accept("to") {
		return nil, p.expected("TO", copyUsage)
	}
	at := p.i
	if st.Path, err = p.file(copyUsage); err != nil {
		return nil, err
	}
	if st.Format, err = p.format(at, st.Path.Name); err != nil {
		return nil, err
	}
	return p.finish(st, copyUsage)
}

var formats = map[string]string{
	".sor": "sor", ".csv": "csv", ".tsv": "tsv", ".parquet": "parquet", ".arrow": "arrow", ".feather": "arrow",
	".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl",
}

// format tells the format from a file's ending.
func (p *parser) format(at int, name string) (string, error) {
	if f, ok := formats[strings.ToLower(path.Ext(name))]; ok {
		return f, nil
	}
	return "", p.errorf(at, "the endings are .sor, .csv, .tsv, .parquet, .arrow, .json and .jsonl", "the format of %q is not known by its ending", name)
}
