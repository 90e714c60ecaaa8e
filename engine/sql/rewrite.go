package sql

import (
	"strconv"
	"strings"
)

// rewriter turns the tokens of one query into text for sqlparser. Names become t12 and literals and parameters :t12,
// where 12 is the index of the token, so that every leaf of the tree that comes back knows its place, the grammar never
// sees a name that it reserves, and forms that it lacks (CAST AS DOUBLE, FROM 'file', EXTRACT) reach it in ones that
// it has. Only words that act as keywords where they stand are written as such.
type rewriter struct {
	*source
	q      *Query
	out    []byte
	marks  []mark  // where the text of each token ends in out
	frames []frame // open parentheses
	fn     string  // the function whose parenthesis comes next
	after  bool    // the token before ends an operand
	as     bool    // the token before is AS
	from   bool    // the token before is FROM
}

type mark struct{ end, tok int32 }

// frame is what is known inside one pair of parentheses.
type frame struct {
	fn      string // the function it belongs to
	tok     int    // its open parenthesis
	cases   int    // open CASEs
	limit   bool   // past LIMIT
	inFrom  bool   // in a FROM clause
	done    bool   // the special part of fn (AS type, FROM …) has been seen
	derived bool   // a derived table
}

// rewrite writes tokens lo to hi, hi excluded.
func (r *rewriter) rewrite(lo, hi int) error {
	r.frames = []frame{{tok: -1}}
	for i := lo; i < hi; {
		n, err := r.token(i, hi)
		if err != nil {
			return err
		}
		i += n
	}
	return nil
}

func (r *rewriter) top() *frame { return &r.frames[len(r.frames)-1] }

// write adds s, which stands for token i.
func (r *rewriter) write(i int, s string, after bool) {
	r.out = append(r.out, s...)
	r.marks = append(r.marks, mark{int32(len(r.out)), int32(i)})
	r.out = append(r.out, ' ')
	r.after, r.as, r.from = after, false, false
}

func (r *rewriter) name(i int)    { r.write(i, "t"+strconv.Itoa(i), true) }
func (r *rewriter) literal(i int) { r.write(i, ":t"+strconv.Itoa(i), true) }

// token writes the token at i and gives the number of tokens that it took.
func (r *rewriter) token(i, hi int) (int, error) {
	switch t := r.toks[i]; t.kind {
	case word:
		return r.word(i, hi)
	case quoted:
		r.name(i)
	case text:
		if r.as || r.from || r.top().inFrom && r.kind(i-1) == comma {
			r.name(i)
			break
		}
		r.literal(i)
	case number, hexa:
		r.literal(i)
	case param:
		if !r.is(i-1, "in") {
			r.literal(i)
			break
		}
		r.write(i, "(", false) // IN ?, which the grammar does not know
		r.literal(i)
		r.write(i, ")", true)
	case open:
		r.open(i)
	case closed:
		return 1, r.close(i, hi)
	case op:
		star := r.raw(i) == "*" && !r.after
		r.write(i, r.raw(i), star)
	case comma:
		if r.top().fn == "convert" && !r.top().done {
			return r.castType(i)
		}
		r.write(i, ",", false)
	case dot:
		r.write(i, ".", false)
	default:
		return 0, r.errorf(i, "", "unexpected %s", r.raw(i))
	}
	return 1, nil
}

func (r *rewriter) open(i int) {
	derived := r.from && r.is(i+1, "select", "with")
	if r.from && r.kind(i+1) == open && r.is(i+2, "select", "with") {
		derived = r.is(int(r.toks[i+1].mate)+1, "union")
	}
	r.frames = append(r.frames, frame{fn: r.fn, tok: i, derived: derived})
	r.fn = ""
	r.write(i, "(", false)
}

func (r *rewriter) close(i, hi int) error {
	f := *r.top()
	if len(r.frames) > 1 {
		r.frames = r.frames[:len(r.frames)-1]
	}
	if !f.done && (f.fn == "cast" || f.fn == "convert") {
		return r.errorf(i, "write CAST(x AS type); the types are BOOL, INT, FLOAT and STRING", "%s needs a type", strings.ToUpper(f.fn))
	}
	r.write(i, ")", true)
	if f.derived && (i+1 >= hi || !r.isName(i+1) || r.is(i+1, "where", "group", "having", "order", "limit", "union")) {
		r.write(i, "t"+strconv.Itoa(i), true) // the grammar wants an alias
	}
	return nil
}

// castType writes the comma before the type of a CAST and the type as a literal.
func (r *rewriter) castType(i int) (int, error) {
	end := int(r.toks[r.top().tok].mate)
	t, err := r.parseCastType(i+1, end)
	if err != nil {
		return 0, err
	}
	r.q.castTypes[i+1] = t
	r.top().done = true
	r.write(i, ",", false)
	r.literal(i + 1)
	return end - i, nil
}

// keywords that are written as such wherever they stand, but after a dot or AS.
var reserved = map[string]bool{
	"where": true, "having": true, "distinct": true, "and": true, "or": true, "not": true, "in": true, "is": true,
	"like": true, "regexp": true, "rlike": true, "between": true, "as": true, "from": true, "select": true,
	"union": true, "null": true, "true": true, "false": true,
}

// word writes a word, as a keyword, a name or a literal.
func (r *rewriter) word(i, hi int) (int, error) {
	if r.kind(i-1) == dot && len(r.out) > 0 || r.kind(i+1) == dot || r.as {
		r.name(i)
		return 1, nil
	}
	w := strings.ToLower(r.raw(i))
	if suspects[w] {
		if err := r.unsupported(i, hi); err != nil {
			return 0, err
		}
	}
	if reserved[w] {
		return r.keyword(i, w)
	}
	if n, err := r.contextual(i, hi, w); n > 0 || err != nil {
		return n, err
	}
	if r.kind(i+1) == open && !r.after {
		r.fn = w
		if w == "group_concat" {
			r.write(i, w, false)
			return 1, nil
		}
	}
	if r.kind(i+1) == text && !r.after && (w == "date" || w == "time" || w == "timestamp" || w == "datetime") {
		r.q.typedLiteral[i+1] = w
		r.literal(i + 1)
		return 2, nil
	}
	r.name(i)
	if w, ok := bareFunctions[w]; ok && r.kind(i+1) != open && w {
		r.out = append(r.out, "( ) "...)
	}
	return 1, nil
}

// functions that SQL calls without parentheses.
var bareFunctions = map[string]bool{
	"current_date": true, "current_time": true, "current_timestamp": true, "localtime": true, "localtimestamp": true,
	"utc_date": true, "utc_time": true, "utc_timestamp": true,
}

// keyword writes a reserved word.
func (r *rewriter) keyword(i int, w string) (int, error) {
	f := r.top()
	switch w {
	case "select":
		f.limit, f.inFrom = false, false
		r.write(i, "select /*"+strconv.Itoa(i)+"*/", false)
		if r.is(i+1, "all") {
			return 2, nil
		}
		return 1, nil
	case "from":
		switch f.fn {
		case "extract", "trim", "substring", "substr":
			if f.fn == "trim" && r.q.trimSide[f.tok-1] == "" {
				r.q.trimSide[f.tok-1] = "both"
			}
			r.write(i, ",", false)
			return 1, nil
		}
		f.inFrom = true
		r.write(i, w, false)
		r.from = true
		return 1, nil
	case "in":
		if f.fn == "position" {
			r.write(i, ",", false)
			return 1, nil
		}
	case "as":
		if f.fn == "cast" {
			return r.castType(i)
		}
		r.write(i, w, false)
		r.as = true
		return 1, nil
	case "null", "true", "false":
		if r.is(i-1, "is") || r.is(i-1, "not") && r.is(i-2, "is") {
			r.write(i, w, true)
		} else {
			r.literal(i)
		}
		return 1, nil
	case "where", "having":
		f.inFrom = false
	case "union":
		f.inFrom, f.limit = false, false
		r.write(i, w, false)
		if r.is(i+1, "all", "distinct") {
			r.write(i+1, r.raw(i+1), false)
			return 2, nil
		}
		return 1, nil
	}
	r.write(i, w, false)
	return 1, nil
}

// contextual writes words that are keywords in some places and names in others. It takes 0 tokens of those that are names here.
func (r *rewriter) contextual(i, hi int, w string) (int, error) {
	f, next := r.top(), r.kind(i+1)
	isKeyword := false
	switch w {
	case "order", "group":
		if r.is(i+1, "by") {
			f.inFrom = false
			r.write(i, w, false)
			r.write(i+1, "by", false)
			return 2, nil
		}
	case "limit":
		if r.after {
			f.limit, f.inFrom, isKeyword = true, false, true
		}
	case "offset":
		isKeyword = f.limit && r.after
	case "asc", "desc":
		if r.after {
			r.write(i, w, true)
			return 1, nil
		}
	case "case":
		if !r.after && i+1 < hi && next != comma && next != closed && !r.is(i+1, "from") {
			f.cases++
			isKeyword = true
		}
	case "when", "then", "else":
		isKeyword = f.cases > 0 && (r.after || r.is(i-1, "case"))
	case "end":
		if f.cases > 0 && r.after {
			f.cases--
			r.write(i, w, true)
			return 1, nil
		}
	case "div", "mod":
		isKeyword = r.after
	case "escape":
		isKeyword = r.after && (next == text || next == param)
	case "exists":
		isKeyword = next == open
	case "separator":
		if f.fn == "group_concat" && next == text {
			r.write(i, w, false)
			r.write(i+1, "'"+strconv.Itoa(i+1)+"'", true)
			return 2, nil
		}
	case "binary":
		isKeyword = !r.after && (next == text || next == param || next == open || next == quoted || next == word && !r.is(i+1, "from", "as", "and", "or", "is", "in", "like", "between"))
	case "interval":
		isKeyword = r.interval(i)
	case "both", "leading", "trailing":
		if f.fn == "trim" && r.kind(i-1) == open {
			return r.trim(i, w)
		}
	case "year", "quarter", "month", "week", "day", "hour", "minute", "second":
		if f.fn == "extract" && r.is(i+1, "from") {
			r.literal(i)
			return 1, nil
		}
	case "for":
		if f.fn == "substring" || f.fn == "substr" {
			r.write(i, ",", false)
			return 1, nil
		}
	case "with":
		if i == 0 || r.kind(i-1) == open || len(r.out) == 0 {
			return r.with(i, hi)
		}
	}
	if !isKeyword {
		return 0, nil
	}
	r.write(i, w, false)
	return 1, nil
}

// trim notes the side of TRIM(LEADING x FROM s) and drops the word; TRIM(BOTH FROM s) loses its FROM as well.
func (r *rewriter) trim(i int, side string) (int, error) {
	r.q.trimSide[i-2] = side
	if r.is(i+1, "from") {
		return 2, nil
	}
	return 1, nil
}

// interval reports whether the word INTERVAL at i starts INTERVAL n UNIT.
func (r *rewriter) interval(i int) bool {
	if r.after {
		return false
	}
	j := i + 1
	for r.isOp(j, "-") || r.isOp(j, "+") {
		j++
	}
	switch r.kind(j) {
	case open:
		return r.isName(int(r.toks[j].mate) + 1)
	case number, text, param:
		return r.kind(j+1) == word
	case word, quoted:
		return j == i+1 && !r.is(j, "from", "as", "and", "or", "is", "in", "like", "between", "order", "group", "where", "not", "asc", "desc", "div", "limit", "having", "union")
	}
	return false
}
