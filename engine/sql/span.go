package sql

import (
	"strconv"
	"strings"

	"github.com/xwb1989/sqlparser"
)

// span returns the first and the last token of an expression. sqlparser's tree has no positions, but each leaf is named
// after its token, and between leaves the grammar is known. Unknown shapes give -1, -1.
func (b *binder) span(e sqlparser.Expr) (lo, hi int) {
	around := func(first, last sqlparser.Expr, before, after int) (int, int) {
		lo, _ := b.span(first)
		_, hi := b.span(last)
		return widen(lo, hi, before, after)
	}
	// Around a single one, its span must be taken once only: twice would double the work at each level.
	one := func(e sqlparser.Expr, before, after int) (int, int) {
		lo, hi := b.span(e)
		return widen(lo, hi, before, after)
	}
	switch e := e.(type) {
	case *sqlparser.SQLVal:
		i := literalIndex(e)
		if i > 0 && b.typedLiteral[i] != "" {
			return i - 1, i
		}
		return i, i
	case *sqlparser.ColName:
		hi = index(e.Name.String())
		if q := index(e.Qualifier.Name.String()); q >= 0 {
			return q, hi
		}
		return hi, hi
	case *sqlparser.FuncExpr:
		return b.callSpan(index(e.Name.String()))
	case *sqlparser.GroupConcatExpr:
		if i := b.groupConcatToken(e); i >= 0 {
			return b.callSpan(i)
		}
	case *sqlparser.ParenExpr:
		return one(e.Expr, 1, 1)
	case sqlparser.ValTuple:
		switch len(e) {
		case 0:
		case 1:
			return one(e[0], 1, 1)
		default:
			return around(e[0], e[len(e)-1], 1, 1)
		}
	case *sqlparser.BinaryExpr:
		return around(e.Left, e.Right, 0, 0)
	case *sqlparser.ComparisonExpr:
		if e.Escape != nil {
			return around(e.Left, e.Escape, 0, 0)
		}
		return around(e.Left, e.Right, 0, 0)
	case *sqlparser.AndExpr:
		return around(e.Left, e.Right, 0, 0)
	case *sqlparser.OrExpr:
		return around(e.Left, e.Right, 0, 0)
	case *sqlparser.RangeCond:
		return around(e.Left, e.To, 0, 0)
	case *sqlparser.IsExpr:
		return one(e.Expr, 0, len(strings.Fields(e.Operator)))
	case *sqlparser.NotExpr:
		return one(e.Expr, 1, 0)
	case *sqlparser.UnaryExpr:
		return one(e.Expr, 1, 0)
	case *sqlparser.IntervalExpr:
		lo, _ := b.span(e.Expr)
		return lo - 1, index(e.Unit)
	case *sqlparser.CaseExpr:
		last := e.Else
		if last == nil {
			last = e.Whens[len(e.Whens)-1].Val
		}
		if e.Expr != nil {
			return around(e.Expr, last, 1, 1)
		}
		return around(e.Whens[0].Cond, last, 2, 1)
	case *sqlparser.Subquery:
		if up := b.up(b.selectToken(e.Select)); up >= 0 {
			return up, int(b.toks[up].mate)
		}
	case *sqlparser.ExistsExpr:
		return one(e.Subquery, 1, 0)
	}
	return -1, -1
}

func widen(lo, hi, before, after int) (int, int) {
	if lo < 0 || hi < 0 {
		return -1, -1
	}
	return lo - before, hi + after
}

// callSpan is the span of a call of the function at token i, up to its closing parenthesis.
func (b *binder) callSpan(i int) (lo, hi int) {
	if i >= 0 && b.kind(i+1) == open {
		return i, int(b.toks[i+1].mate)
	}
	return i, i
}

// at returns the first token of an expression.
func (b *binder) at(e sqlparser.Expr) int {
	lo, _ := b.span(e)
	return lo
}

// opAfter returns the token after an expression: its operator.
func (b *binder) opAfter(left sqlparser.Expr) int {
	_, hi := b.span(left)
	if hi < 0 {
		return -1
	}
	return hi + 1
}

func (s *source) up(i int) int {
	if i < 0 {
		return -1
	}
	return int(s.toks[i].up)
}

// literalIndex returns the token of a literal or parameter.
func literalIndex(v *sqlparser.SQLVal) int {
	if v.Type != sqlparser.ValArg || len(v.Val) < 3 {
		return -1
	}
	return index(string(v.Val[1:]))
}

// selectToken returns the token that a query starts with: SELECT, or the parenthesis of a union's first input.
func (b *binder) selectToken(stmt sqlparser.SelectStatement) int {
	switch s := stmt.(type) {
	case *sqlparser.Select:
		if len(s.Comments) > 0 {
			c := string(s.Comments[0])
			if i, err := strconv.Atoi(strings.Trim(c, "/* ")); err == nil {
				return i
			}
		}
	case *sqlparser.ParenSelect:
		return b.up(b.selectToken(s.Select))
	case *sqlparser.Union:
		for u := s; ; {
			left, ok := u.Left.(*sqlparser.Union)
			if !ok {
				return b.selectToken(u.Left)
			}
			u = left
		}
	}
	return -1
}

// groupConcatToken returns the token of the name GROUP_CONCAT.
func (b *binder) groupConcatToken(e *sqlparser.GroupConcatExpr) int {
	for _, x := range e.Exprs {
		if a, ok := x.(*sqlparser.AliasedExpr); ok {
			if up := b.up(b.at(a.Expr)); up > 0 {
				return up - 1
			}
		}
	}
	return -1
}

// tableToken returns the first token known of a table in FROM.
func (b *binder) tableToken(e sqlparser.TableExpr) int {
	switch e := e.(type) {
	case *sqlparser.AliasedTableExpr:
		switch x := e.Expr.(type) {
		case sqlparser.TableName:
			return index(x.Name.String())
		case *sqlparser.Subquery:
			return b.at(x)
		}
	case *sqlparser.ParenTableExpr:
		return b.tableToken(e.Exprs[0])
	}
	return b.lo
}

// textOf returns an expression as it was written, for the name of its column: on one line, without comments.
func (b *binder) textOf(e sqlparser.Expr) string {
	lo, hi := b.span(e)
	if lo < 0 || hi >= len(b.toks) || hi < lo {
		return "?column?"
	}
	var s strings.Builder
	s.WriteString(b.raw(lo))
	for i := lo + 1; i <= hi; i++ {
		gap := b.text[b.toks[i-1].end:b.toks[i].pos]
		if strings.Trim(gap, " ") != "" {
			gap = " "
		}
		s.WriteString(gap)
		s.WriteString(b.raw(i))
	}
	return s.String()
}
