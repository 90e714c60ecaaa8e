package sql

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/xwb1989/sqlparser"
)

// Query is a parsed SELECT, with its WITH and UNIONs, that has not been bound to tables yet. It may be bound any number of
// times and by several goroutines.
type Query struct {
	*source
	body   sqlparser.SelectStatement
	lo, hi int // its tokens
	ctes   []cte

	uniqueNames bool // the columns of the result become those of a table

	typedLiteral map[int]string   // string tokens after DATE, TIME, TIMESTAMP
	trimSide     map[int]string   // TRIM tokens with BOTH, LEADING or TRAILING
	castTypes    map[int]castType // tokens of the types of CASTs
}

// parseQuery parses tokens lo to hi, hi excluded, as a query.
func parseQuery(s *source, lo, hi int) (*Query, error) {
	q := &Query{source: s, lo: lo, hi: hi, typedLiteral: map[int]string{}, trimSide: map[int]string{}, castTypes: map[int]castType{}}
	var err error
	q.body, err = q.parse(lo, hi)
	return q, err
}

// Text returns the query as it was written.
func (q *Query) Text() string { return q.text[q.toks[q.lo].pos:q.toks[q.hi-1].end] }

// parse parses tokens lo to hi with sqlparser. CTEs found in them are added to q.
func (q *Query) parse(lo, hi int) (stmt sqlparser.SelectStatement, err error) {
	for hi-lo > 2 && q.kind(lo) == open && int(q.toks[lo].mate) == hi-1 {
		lo, hi = lo+1, hi-1
	}
	if lo >= hi {
		return nil, q.errorf(lo, "", "a SELECT is missing")
	}
	if !q.is(lo, "select", "with") && q.kind(lo) != open {
		return nil, q.errorf(lo, "", "expected SELECT, not %s", q.raw(lo))
	}
	r := &rewriter{source: q.source, q: q}
	if err := r.rewrite(lo, hi); err != nil {
		return nil, err
	}
	defer func() {
		// sqlparser panics on nothing known; should it, one statement fails and not the program.
		if p := recover(); p != nil {
			err = q.errorf(lo, "", "the parser failed: %v", p)
		}
	}()
	tree, perr := sqlparser.ParseStrictDDL(string(r.out))
	if perr != nil {
		return nil, r.syntaxError(perr, lo, hi)
	}
	stmt, ok := tree.(sqlparser.SelectStatement)
	if !ok {
		return nil, q.errorf(lo, "", "expected a SELECT")
	}
	return stmt, nil
}

// syntaxError turns sqlparser's error, which speaks of the rewritten text, into one about the original.
func (r *rewriter) syntaxError(err error, lo, hi int) error {
	msg := err.Error()
	pos := len(r.out)
	if _, rest, ok := strings.Cut(msg, " at position "); ok {
		digits, _, _ := strings.Cut(rest, " ")
		if n, err := strconv.Atoi(digits); err == nil {
			pos = n - 1
		}
	}
	at := hi
	for _, m := range r.marks {
		if int(m.end) >= pos {
			at = int(m.tok)
			break
		}
	}
	e := r.explain(at, lo, hi)
	e.Err = fmt.Errorf("sqlparser: %w", err)
	return e
}

// explain says what is likely wrong at token at, which the grammar did not expect.
func (r *rewriter) explain(at, lo, hi int) *Error {
	if at >= hi {
		if at > 0 && r.kind(at) == eof {
			return NewError(r.text, int(r.toks[at-1].end), "the statement ends too early", "", nil)
		}
		return r.errorf(at, "", "the query ends too early")
	}
	near := r.raw(at)
	if len(near) > 40 {
		near = near[:40] + "…"
	}
	hint := ""
	prev, w := r.kind(at-1), strings.ToLower(near)
	switch k := r.kind(at); {
	case k == text && prev == text:
		hint = "strings side by side do not join: use CONCAT(a, b)"
	case (k == text || k == number) && r.isOperandEnd(at-1):
		hint = "an operator or comma is missing; an alias in quotes needs AS before it"
	case k == op && comparison[near]:
		hint = "comparisons do not chain: write a = b AND b = c, or use parentheses"
	case k == closed && prev == open && r.is(at-2, "in"):
		hint = "IN needs at least one value"
	case w == "from" && prev == comma:
		hint = "there is a comma too many before FROM"
	case w == "from" && r.is(at-1, "select"):
		hint = "name the columns, or * for all"
	case k == word && reserved[w] && infix[w] && !r.isOperandEnd(at-1):
		hint = fmt.Sprintf("something is missing before %s; a column of that name is `%s` in backticks", strings.ToUpper(near), near)
	case k == word && reserved[w]:
		hint = fmt.Sprintf("%s is a reserved word: a column of that name is `%s` in backticks, or t.%s", strings.ToUpper(near), near, near)
	case k == word && (w == "using" || w == "on"):
		hint = "joins are not supported yet"
	}
	return r.errorf(at, hint, "syntax error at %s", near)
}

// infix words stand between operands.
var infix = map[string]bool{"and": true, "or": true, "in": true, "is": true, "like": true, "rlike": true, "regexp": true, "between": true, "as": true}

var comparison = map[string]bool{"=": true, "<": true, ">": true, "<=": true, ">=": true, "<>": true, "!=": true, "<=>": true}

func (s *source) isOperandEnd(i int) bool {
	switch s.kind(i) {
	case word:
		return !reserved[strings.ToLower(s.raw(i))] || s.is(i, "null", "true", "false")
	case quoted, text, number, hexa, param, closed:
		return true
	}
	return false
}
