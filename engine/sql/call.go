package sql

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/xwb1989/sqlparser"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/eval"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
)

// call binds a function call: an aggregate, a form that is no function (CAST, IF, …), or a scalar function.
func (b *binder) call(e *sqlparser.FuncExpr, sc *scope) (plan.Expr, error) {
	tok := index(e.Name.String())
	if tok < 0 {
		return nil, b.errorf(b.lo, "", "unsupported function %s", e.Name.String())
	}
	name := strings.ToUpper(b.value(tok))
	if q := index(e.Qualifier.String()); q >= 0 {
		return nil, b.errorf(q, "", "unknown function %s.%s", b.value(q), b.value(tok))
	}
	if a, ok := LookupAggregate(name); ok {
		return b.aggregate(a, e, sc)
	}
	if e.Distinct {
		return nil, b.errorf(tok+2, "", "DISTINCT is for aggregates; %s is none", name)
	}
	ast, err := b.callArgs(e.Exprs, name, tok)
	if err != nil {
		return nil, err
	}
	if form, ok := forms[name]; ok {
		return form(b, tok, ast, sc)
	}
	f, ok := function.Lookup(name)
	if !ok {
		return nil, b.unknownFunction(name, tok)
	}
	if n := len(ast); n > 0 {
		if iv, ok := ast[n-1].(*sqlparser.IntervalExpr); ok && n == 2 && (f.Name == "DATE_ADD" || f.Name == "DATE_SUB") {
			return b.shiftDate(f.Name, ast[0], iv, tok, sc)
		}
		if unit := b.bareUnit(f.Name, ast[0]); unit != nil {
			args, err := b.exprs(ast[1:], sc)
			if err != nil {
				return nil, err
			}
			return b.applyFunc(f, tok, append([]plan.Expr{unit}, args...))
		}
	}
	args, err := b.exprs(ast, sc)
	if err != nil {
		return nil, err
	}
	return b.applyFunc(f, tok, args)
}

// applyFunc calls f. One that is fixed for a statement, such as NOW(), is called here and now, once.
func (b *binder) applyFunc(f *function.Func, tok int, args []plan.Expr) (plan.Expr, error) {
	if f.Varies == function.PerStatement && len(args) == 0 {
		if x, ok := b.once[f]; ok {
			return x, nil
		}
	}
	x, err := plan.NewCallOf(f, args...)
	if err != nil {
		return nil, b.callError(tok, err)
	}
	if f.Varies != function.PerStatement {
		return x, nil
	}
	v, err := eval.Constant(x)
	if err != nil {
		return nil, b.wrap(tok, "", err)
	}
	c := &plan.Const{Value: v}
	if len(args) == 0 {
		b.once[f] = c
	}
	return c, nil
}

func (b *binder) unknownFunction(name string, tok int) error {
	var names []string
	for _, f := range function.All() {
		if f.Class != "operator" {
			names = append(append(names, f.Name), f.Aliases...)
		}
	}
	for n := range aggregateByName {
		names = append(names, n)
	}
	for n := range forms {
		names = append(names, n)
	}
	hint := "SHOW FUNCTIONS lists them"
	if n := nearest(name, names); n != "" {
		hint = "did you mean " + n + "?"
	}
	return b.errorf(tok, hint, "unknown function %s", name)
}

// bareUnit returns the unit that TIMESTAMPDIFF(MONTH, a, b) and its like take without quotes, nil for others.
func (b *binder) bareUnit(name string, arg sqlparser.Expr) plan.Expr {
	c, ok := arg.(*sqlparser.ColName)
	if !ok || name != "TIMESTAMPDIFF" && name != "TIMESTAMPADD" {
		return nil
	}
	return &plan.Const{Value: column.StringValue(strings.ToUpper(b.value(index(c.Name.String()))))}
}

// forms are calls that are not plain functions, because they evaluate their arguments only where needed, take special
// arguments, or stand for other expressions.
var forms map[string]func(b *binder, tok int, args []sqlparser.Expr, sc *scope) (plan.Expr, error)

func init() {
	forms = map[string]func(b *binder, tok int, args []sqlparser.Expr, sc *scope) (plan.Expr, error){
		"CAST": castForm, "CONVERT": castForm, "EXTRACT": extractForm, "TRIM": trimForm,
		"IF": ifForm, "IFNULL": coalesceForm, "NVL": coalesceForm, "COALESCE": coalesceForm, "NULLIF": nullIfForm, "ISNULL": isNullForm,
	}
}

// wantArgs checks the number of arguments of a form.
func (b *binder) wantArgs(tok, min, max int, args []sqlparser.Expr, usage string) error {
	if len(args) < min || len(args) > max {
		return b.errorf(tok, "", "%s does not take %s: %s", strings.ToUpper(b.value(tok)), count(len(args), "argument"), usage)
	}
	return nil
}

func castForm(b *binder, tok int, args []sqlparser.Expr, sc *scope) (plan.Expr, error) {
	if err := b.wantArgs(tok, 2, 2, args, "CAST(x AS type)"); err != nil {
		return nil, err
	}
	v, ok := args[1].(*sqlparser.SQLVal)
	if !ok {
		return nil, b.errorf(tok, "", "CAST needs a type: CAST(x AS type)")
	}
	c, ok := b.castTypes[literalIndex(v)]
	if !ok {
		return nil, b.errorf(tok, "", "CAST needs a type: CAST(x AS type)")
	}
	x, err := b.expr(args[0], sc)
	if err != nil {
		return nil, err
	}
	if c.date != "" {
		return b.apply(tok, c.date, x)
	}
	if plan.IsNullConst(x) {
		return &plan.Cast{X: plan.Convert(x, c.t), To: c.t}, nil
	}
	x = plan.Convert(x, c.t)
	if c.size > 0 {
		return b.apply(tok, "LEFT", x, &plan.Const{Value: column.IntValue(int64(c.size))})
	}
	return x, nil
}

func extractForm(b *binder, tok int, args []sqlparser.Expr, sc *scope) (plan.Expr, error) {
	const usage = "EXTRACT(unit FROM date)"
	if err := b.wantArgs(tok, 2, 2, args, usage); err != nil {
		return nil, err
	}
	v, ok := args[0].(*sqlparser.SQLVal)
	if !ok || b.kind(literalIndex(v)) != word {
		return nil, b.errorf(b.at(args[0]), "the units are YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE and SECOND", "unknown unit in %s", usage)
	}
	x, err := b.expr(args[1], sc)
	if err != nil {
		return nil, err
	}
	return b.apply(tok, strings.ToUpper(b.raw(literalIndex(v))), x)
}

// trimForm binds TRIM(s), TRIM(s, characters) and TRIM(BOTH characters FROM s).
func trimForm(b *binder, tok int, args []sqlparser.Expr, sc *scope) (plan.Expr, error) {
	xs, err := b.exprs(args, sc)
	if err != nil {
		return nil, err
	}
	name := "TRIM"
	if side := b.trimSide[tok]; side != "" {
		name = map[string]string{"both": "TRIM", "leading": "LTRIM", "trailing": "RTRIM"}[side]
		if len(xs) == 2 {
			xs[0], xs[1] = xs[1], xs[0]
		}
	}
	return b.apply(tok, name, xs...)
}

func ifForm(b *binder, tok int, args []sqlparser.Expr, sc *scope) (plan.Expr, error) {
	if err := b.wantArgs(tok, 3, 3, args, "IF(condition, a, b)"); err != nil {
		return nil, err
	}
	cond, err := b.cond(args[0], sc)
	if err != nil {
		return nil, err
	}
	xs, err := b.exprs(args[1:], sc)
	if err != nil {
		return nil, err
	}
	c := &plan.Case{Whens: []plan.When{{Cond: cond, Then: xs[0]}}, Else: xs[1]}
	return b.unifyCase(c, func(i int) int { return b.at(args[i+1]) })
}

// coalesceForm binds COALESCE(a, …) and IFNULL(a, b). Where an argument behind the first could fail or is dear, it becomes a CASE, which
// evaluates it only where it is needed.
func coalesceForm(b *binder, tok int, args []sqlparser.Expr, sc *scope) (plan.Expr, error) {
	minArgs, most := 1, 1<<20
	usage := "COALESCE(a, …)"
	if !b.is(tok, "coalesce") {
		minArgs, most, usage = 2, 2, "IFNULL(a, b)"
	}
	if err := b.wantArgs(tok, minArgs, most, args, usage); err != nil {
		return nil, err
	}
	xs, err := b.exprs(args, sc)
	if err != nil {
		return nil, err
	}
	t, bad, ok := plan.Unify(xs...)
	if !ok {
		return nil, b.errorf(b.at(args[bad]), "CAST one of them", "one argument is %s and another %s", t, xs[bad].Type())
	}
	plain := true
	for i := range xs {
		xs[i] = plan.Convert(xs[i], t)
		switch xs[i].(type) {
		case *plan.Column, *plan.Const:
		default:
			plain = plain && i == 0
		}
	}
	if len(xs) == 1 {
		return xs[0], nil
	}
	if plain {
		return b.apply(tok, "COALESCE", xs...)
	}
	c := &plan.Case{T: t, Else: xs[len(xs)-1]}
	for _, x := range xs[:len(xs)-1] {
		c.Whens = append(c.Whens, plan.When{Cond: &plan.IsNull{X: x, Negate: true}, Then: x})
	}
	return c, nil
}

func nullIfForm(b *binder, tok int, args []sqlparser.Expr, sc *scope) (plan.Expr, error) {
	if err := b.wantArgs(tok, 2, 2, args, "NULLIF(a, b)"); err != nil {
		return nil, err
	}
	xs, err := b.exprs(args, sc)
	if err != nil {
		return nil, err
	}
	eq, err := b.compare("=", xs[0], xs[1], tok)
	if err != nil {
		return nil, err
	}
	t := xs[0].Type()
	return &plan.Case{Whens: []plan.When{{Cond: eq, Then: &plan.Const{Value: column.Null(t)}}}, Else: xs[0], T: t}, nil
}

func isNullForm(b *binder, tok int, args []sqlparser.Expr, sc *scope) (plan.Expr, error) {
	if err := b.wantArgs(tok, 1, 1, args, "ISNULL(x)"); err != nil {
		return nil, err
	}
	x, err := b.expr(args[0], sc)
	if err != nil {
		return nil, err
	}
	return &plan.IsNull{X: x}, nil
}

// separatorToken returns the token of GROUP_CONCAT's separator, which sqlparser hands on as text.
func separatorToken(s string) int {
	_, s, _ = strings.Cut(s, "'")
	i, err := strconv.Atoi(strings.TrimSuffix(s, "'"))
	if err != nil {
		return -1
	}
	return i
}

// FreeName returns an error where a function of the user's program cannot have a name, because SQL means something else by it.
func FreeName(name string) error {
	upper := strings.ToUpper(name)
	_, aggregate := LookupAggregate(upper)
	if _, form := forms[upper]; form || aggregate {
		return fmt.Errorf("%s is a function of SQL", upper)
	}
	if _, err := Parse("SELECT " + name + "(1)"); err != nil {
		return fmt.Errorf("%q cannot be called in SQL: a name is letters, digits and _, and no word of SQL", name)
	}
	return nil
}
