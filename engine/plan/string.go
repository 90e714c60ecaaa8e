package plan

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/eau2db/eau2/column"
)

// String returns the column's name.
func (e *Column) String() string { return e.Name }

// String returns the value as an SQL literal.
func (e *Const) String() string { return literal(e.Value) }

func literal(v column.Value) string {
	if v.Valid && v.Type == column.String {
		return "'" + strings.ReplaceAll(v.Str, "'", "''") + "'"
	}
	return v.String()
}

// String returns NAME(args), or the operator between its arguments.
func (e *Call) String() string {
	if e.Func.Class == "operator" {
		switch len(e.Args) {
		case 1:
			sign := e.Func.Name
			if sign == "NEG" {
				sign = "-"
			}
			return "(" + sign + e.Args[0].String() + ")"
		case 2:
			return "(" + e.Args[0].String() + " " + e.Func.Name + " " + e.Args[1].String() + ")"
		case 3: // LIKE
			return "(" + e.Args[0].String() + " " + e.Func.Name + " " + e.Args[1].String() + " ESCAPE " + e.Args[2].String() + ")"
		}
	}
	return e.Func.Name + "(" + list(e.Args) + ")"
}

// String returns CAST(x AS type).
func (e *Cast) String() string { return "CAST(" + e.X.String() + " AS " + e.To.String() + ")" }

// String returns the arguments joined by AND or OR.
func (e *Logic) String() string {
	op := " AND "
	if e.Or {
		op = " OR "
	}
	s := make([]string, len(e.Args))
	for i, a := range e.Args {
		s[i] = a.String()
	}
	return "(" + strings.Join(s, op) + ")"
}

// String returns NOT x.
func (e *Not) String() string { return "NOT " + e.X.String() }

// String returns x IS [NOT] NULL.
func (e *IsNull) String() string {
	if e.Negate {
		return e.X.String() + " IS NOT NULL"
	}
	return e.X.String() + " IS NULL"
}

// String returns CASE ... END.
func (e *Case) String() string {
	var b strings.Builder
	b.WriteString("CASE")
	for _, w := range e.Whens {
		fmt.Fprintf(&b, " WHEN %s THEN %s", w.Cond, w.Then)
	}
	fmt.Fprintf(&b, " ELSE %s END", e.Else)
	return b.String()
}

// String returns x IN (...), shortened when the list is long.
func (e *In) String() string {
	var s []string
	for i, v := range e.List {
		if i == 5 && len(e.List) > 6 {
			s = append(s, fmt.Sprintf("… %d more", len(e.List)-i))
			break
		}
		s = append(s, literal(v))
	}
	if e.Set != nil {
		s = append(s, fmt.Sprintf("%d numbers", e.Set.Len()))
	}
	if e.HasNull {
		s = append(s, "NULL")
	}
	return e.X.String() + " IN (" + strings.Join(s, ", ") + ")"
}

// String says how the subquery is used.
func (e *Subquery) String() string {
	switch e.Kind {
	case Exists:
		return "EXISTS (subquery)"
	case InRows:
		return e.X.String() + " IN (subquery)"
	}
	return "(subquery)"
}

func list(es []Expr) string {
	s := make([]string, len(es))
	for i, e := range es {
		s[i] = e.String()
	}
	return strings.Join(s, ", ")
}

func keys(ks []SortKey) string {
	s := make([]string, len(ks))
	for i, k := range ks {
		s[i] = k.Expr.String()
		if k.Desc {
			s[i] += " DESC"
		}
	}
	return strings.Join(s, ", ")
}

// String names the table, its columns, the filter and how many of its chunks are read.
func (n *Scan) String() string {
	names := make([]string, len(n.Cols))
	for i, f := range n.Fields() {
		names[i] = f.Name
	}
	s := fmt.Sprintf("Scan %s (%s)", n.Table.Name(), strings.Join(names, ", "))
	if n.Filter != nil {
		s += " where " + n.Filter.String()
	}
	if n.Chunks != nil {
		s += fmt.Sprintf(", %d of %d chunks", len(n.Chunks), n.Table.Chunks())
	}
	return s
}

// String gives the number of literal rows.
func (n *Values) String() string { return "Values " + strconv.Itoa(len(n.Rows)) + " rows" }

// String gives the condition.
func (n *Filter) String() string { return "Filter " + n.Cond.String() }

// String gives the expressions, with AS where a column has a name of its own, not the text of its expression.
func (n *Project) String() string {
	s := make([]string, len(n.Exprs))
	for i, e := range n.Exprs {
		if s[i] = e.String(); s[i] != n.Names[i] && isWord(n.Names[i]) {
			s[i] += " AS " + n.Names[i]
		}
	}
	return "Project " + strings.Join(s, ", ")
}

func isWord(s string) bool {
	for _, r := range s {
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return true
}

// String gives the keys and the aggregates.
func (n *Aggregate) String() string {
	aggs := make([]string, len(n.Aggs))
	for i, a := range n.Aggs {
		aggs[i] = a.String()
	}
	s := "Aggregate " + strings.Join(aggs, ", ")
	if len(n.Aggs) == 0 {
		s = "Distinct"
	}
	if len(n.Keys) > 0 {
		s += " by " + list(n.Keys)
	}
	return s
}

var aggNames = [...]string{
	CountRows: "COUNT", Count: "COUNT", Sum: "SUM", Avg: "AVG", Min: "MIN", Max: "MAX", StddevPop: "STDDEV_POP",
	StddevSamp: "STDDEV_SAMP", VarPop: "VAR_POP", VarSamp: "VAR_SAMP", Corr: "CORR", Quantile: "QUANTILE",
	ApproxCountDistinct: "APPROX_COUNT_DISTINCT", GroupConcat: "GROUP_CONCAT", AnyValue: "ANY_VALUE",
	BoolAnd: "BOOL_AND", BoolOr: "BOOL_OR", Largest: "LARGEST", Smallest: "SMALLEST",
}

// String returns the aggregate as SQL.
func (a Agg) String() string {
	args := list(a.Args)
	switch a.Kind {
	case CountRows:
		args = "*"
	case Quantile:
		args += ", " + column.FormatFloat(a.Param)
	case Largest, Smallest:
		args += ", " + strconv.Itoa(a.K)
	case GroupConcat:
		if len(a.OrderBy) > 0 {
			args += " ORDER BY " + keys(a.OrderBy)
		}
		args += " SEPARATOR " + literal(column.StringValue(a.Separator))
	}
	if a.Distinct {
		args = "DISTINCT " + args
	}
	return aggNames[a.Kind] + "(" + args + ")"
}

// String gives the keys, and the number of rows kept.
func (n *Sort) String() string {
	s := "Sort " + keys(n.Keys)
	if n.Limit >= 0 {
		return fmt.Sprintf("Top %d of %s", n.Limit+n.Offset, s)
	}
	return s
}

// String gives the range of rows kept.
func (n *Limit) String() string {
	s := "Limit"
	if n.Limit >= 0 {
		s += " " + strconv.FormatInt(n.Limit, 10)
	}
	if n.Offset > 0 {
		s += " offset " + strconv.FormatInt(n.Offset, 10)
	}
	return s
}

// String gives the number of inputs.
func (n *Union) String() string { return "Union of " + strconv.Itoa(len(n.Ins)) }
