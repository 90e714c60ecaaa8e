package sql

import (
	"strings"

	"github.com/xwb1989/sqlparser"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
)

// Aggregate documents an aggregate function for SHOW FUNCTIONS and completion.
type Aggregate struct {
	Name    string
	Aliases []string
	Usage   string
	Doc     string // one line

	kind plan.AggKind
	args int // how many arguments it takes before its parameter
	bind func(b *binder, c *aggCall) error
}

// aggregateTable lists the aggregates in the order of SHOW FUNCTIONS. To add one, add an entry, a plan.AggKind and its
// implementation in exec.
var aggregateTable = []*Aggregate{
	{Name: "ANY_VALUE", Usage: "ANY_VALUE(x)", Doc: "some value of the group", kind: plan.AnyValue, args: 1, bind: anyOne},
	{Name: "APPROX_COUNT_DISTINCT", Usage: "APPROX_COUNT_DISTINCT(x)", Doc: "about how many different values, in little memory", kind: plan.ApproxCountDistinct, args: 1, bind: idempotent},
	{Name: "AVG", Aliases: []string{"MEAN"}, Usage: "AVG([DISTINCT] x)", Doc: "mean of the values, as FLOAT", kind: plan.Avg, args: 1, bind: oneNumber},
	{Name: "BOOL_AND", Aliases: []string{"EVERY"}, Usage: "BOOL_AND(x)", Doc: "whether x is true in all rows", kind: plan.BoolAnd, args: 1, bind: logical},
	{Name: "BOOL_OR", Usage: "BOOL_OR(x)", Doc: "whether x is true in some row", kind: plan.BoolOr, args: 1, bind: logical},
	{Name: "CORR", Usage: "CORR(x, y)", Doc: "Pearson's correlation of two numbers", kind: plan.Corr, args: 2, bind: corr},
	{Name: "COUNT", Usage: "COUNT(*), COUNT(x) or COUNT(DISTINCT x, …)", Doc: "the number of rows, of values, or of different values", kind: plan.Count, args: -1, bind: counts},
	{Name: "GROUP_CONCAT", Usage: "GROUP_CONCAT([DISTINCT] x [ORDER BY y [DESC], …] [SEPARATOR 's'])", Doc: "the values as one string, with a comma or s between them", kind: plan.GroupConcat},
	{Name: "LARGEST", Usage: "LARGEST(x, k)", Doc: "the k largest values of each group, a row each", kind: plan.Largest, args: 1, bind: several},
	{Name: "MAX", Usage: "MAX(x)", Doc: "the largest value", kind: plan.Max, args: 1, bind: idempotent},
	{Name: "MEDIAN", Usage: "MEDIAN(x)", Doc: "the value in the middle, between the two there of an even number", kind: plan.Quantile, args: 1, bind: median},
	{Name: "MIN", Usage: "MIN(x)", Doc: "the smallest value", kind: plan.Min, args: 1, bind: idempotent},
	{Name: "QUANTILE", Usage: "QUANTILE(x, p)", Doc: "the value below which the part p (0 to 1) of the values lies, interpolated", kind: plan.Quantile, args: 1, bind: quantile},
	{Name: "SMALLEST", Usage: "SMALLEST(x, k)", Doc: "the k smallest values of each group, a row each", kind: plan.Smallest, args: 1, bind: several},
	{Name: "STDDEV", Aliases: []string{"STDDEV_SAMP"}, Usage: "STDDEV(x)", Doc: "standard deviation of a sample (n - 1), as in DuckDB and PostgreSQL", kind: plan.StddevSamp, args: 1, bind: oneNumber},
	{Name: "STDDEV_POP", Aliases: []string{"STD"}, Usage: "STDDEV_POP(x)", Doc: "standard deviation of a whole population (n)", kind: plan.StddevPop, args: 1, bind: oneNumber},
	{Name: "SUM", Usage: "SUM([DISTINCT] x)", Doc: "sum; of INTs an INT, an error beyond 64 bits", kind: plan.Sum, args: 1, bind: oneNumber},
	{Name: "VARIANCE", Aliases: []string{"VAR_SAMP"}, Usage: "VARIANCE(x)", Doc: "variance of a sample (n - 1), as in DuckDB and PostgreSQL", kind: plan.VarSamp, args: 1, bind: oneNumber},
	{Name: "VAR_POP", Usage: "VAR_POP(x)", Doc: "variance of a whole population (n)", kind: plan.VarPop, args: 1, bind: oneNumber},
}

// aggregateByName is filled by init, as the table's functions lead back to it.
var aggregateByName = map[string]*Aggregate{}

func init() {
	for _, a := range aggregateTable {
		aggregateByName[a.Name] = a
		for _, n := range a.Aliases {
			aggregateByName[n] = a
		}
	}
}

// Aggregates lists the aggregate functions by name. The caller must not change the list.
func Aggregates() []*Aggregate { return aggregateTable }

// LookupAggregate finds an aggregate function by name or alias, in any case.
func LookupAggregate(name string) (*Aggregate, bool) {
	a, ok := aggregateByName[strings.ToUpper(name)]
	return a, ok
}

// aggCall is a call of an aggregate while it is bound.
type aggCall struct {
	*Aggregate
	tok  int
	ast  []sqlparser.Expr
	args []plan.Expr // bound, without the parameter
	agg  plan.Agg
	sc   *scope
}

// aggregate binds a call of an aggregate function.
func (b *binder) aggregate(f *Aggregate, e *sqlparser.FuncExpr, sc *scope) (plan.Expr, error) {
	c := &aggCall{Aggregate: f, tok: index(e.Name.String()), agg: plan.Agg{Kind: f.kind, Distinct: e.Distinct}}
	var err error
	if c.sc, err = b.aggScope(sc, f.Name, c.tok); err != nil {
		return nil, err
	}
	if len(e.Exprs) == 1 && f.kind == plan.Count && !e.Distinct {
		if _, star := e.Exprs[0].(*sqlparser.StarExpr); star {
			return sc.aggs.add(plan.Agg{Kind: plan.CountRows, T: column.Int}), nil
		}
	}
	if c.ast, err = b.callArgs(e.Exprs, f.Name, c.tok); err != nil {
		return nil, err
	}
	n := f.args
	if n < 0 {
		n = len(c.ast)
	}
	if len(c.ast) < n || len(c.ast) == 0 {
		return nil, b.errorf(c.tok, "", "%s does not take %s: %s", f.Name, count(len(c.ast), "argument"), f.Usage)
	}
	for _, x := range c.ast[:n] {
		a, err := b.expr(x, c.sc)
		if err != nil {
			return nil, err
		}
		c.args = append(c.args, a)
	}
	if err := f.bind(b, c); err != nil {
		return nil, err
	}
	c.agg.Args = c.args
	agg, err := plan.NewAgg(c.agg)
	if err != nil {
		return nil, b.wrap(c.tok, "", err)
	}
	return sc.aggs.add(agg), nil
}

// aggScope checks that an aggregate may stand here and returns the scope of its arguments.
func (b *binder) aggScope(sc *scope, name string, tok int) (*scope, error) {
	switch {
	case sc.inAgg:
		return nil, b.errorf(tok, "use a derived table: SELECT MAX(n) FROM (SELECT COUNT(*) n …) x", "aggregates cannot be nested")
	case sc.aggs == nil && sc.place == "WHERE":
		return nil, b.errorf(tok, "use HAVING, which filters groups", "%s is an aggregate and not allowed in WHERE", name)
	case sc.aggs == nil:
		return nil, b.errorf(tok, "", "%s is an aggregate and not allowed in %s", name, sc.place)
	}
	inner := *sc
	inner.inAgg = true
	return &inner, nil
}

// callArgs returns the arguments of a call; * and aliases are none.
func (b *binder) callArgs(exprs sqlparser.SelectExprs, name string, tok int) ([]sqlparser.Expr, error) {
	args := make([]sqlparser.Expr, len(exprs))
	for i, x := range exprs {
		a, ok := x.(*sqlparser.AliasedExpr)
		if !ok && name == "COUNT" {
			return nil, b.errorf(tok, "", "name what to count: COUNT(DISTINCT x, …)")
		}
		if !ok {
			return nil, b.errorf(tok, "", "%s(*) is not possible: only COUNT(*) is", name)
		}
		if !a.As.IsEmpty() {
			return nil, b.errorf(index(a.As.String()), "a comma or an operator may be missing", "an argument of %s cannot have an alias", name)
		}
		args[i] = a.Expr
	}
	return args, nil
}

// exactly checks that no argument is left over.
func (c *aggCall) exactly(b *binder, n int) error {
	if len(c.ast) != n {
		return b.errorf(c.tok, "", "%s does not take %s: %s", c.Name, count(len(c.ast), "argument"), c.Usage)
	}
	return nil
}

// numbers checks that the arguments are n numbers.
func (c *aggCall) numbers(b *binder, n int) error {
	if err := c.exactly(b, n); err != nil {
		return err
	}
	for i, a := range c.args {
		if a.Type() == column.String && !plan.IsNullConst(a) {
			return b.errorf(b.at(c.ast[i]), "turn text into numbers with CAST(x AS INT) or CAST(x AS FLOAT)", "%s takes numbers, not STRING", c.Name)
		}
	}
	return nil
}

// oneNumber is SUM, AVG and the like.
func oneNumber(b *binder, c *aggCall) error { return c.numbers(b, 1) }

func corr(b *binder, c *aggCall) error {
	if c.agg.Distinct {
		return b.errorf(c.tok, "", "CORR does not take DISTINCT")
	}
	return c.numbers(b, 2)
}

func anyOne(b *binder, c *aggCall) error { return c.exactly(b, 1) }

// idempotent is MIN, MAX and what else DISTINCT changes nothing of.
func idempotent(b *binder, c *aggCall) error {
	c.agg.Distinct = false
	return c.exactly(b, 1)
}

func logical(b *binder, c *aggCall) error {
	if err := idempotent(b, c); err != nil {
		return err
	}
	x, err := b.truth(c.args[0], c.ast[0])
	c.args[0] = x
	return err
}

func counts(b *binder, c *aggCall) error {
	if c.agg.Distinct {
		return nil
	}
	if len(c.ast) != 1 {
		return b.errorf(c.tok, "COUNT(DISTINCT a, b) counts different pairs", "COUNT does not take %s: %s", count(len(c.ast), "argument"), c.Usage)
	}
	if k, ok := c.args[0].(*plan.Const); ok && k.Value.Valid {
		c.agg.Kind, c.args = plan.CountRows, nil
	}
	return nil
}

func median(b *binder, c *aggCall) error {
	c.agg.Param = 0.5
	return c.numbers(b, 1)
}

func quantile(b *binder, c *aggCall) error {
	if err := c.exactly(b, 2); err != nil {
		return err
	}
	p, err := b.constant(c.ast[1], c.sc)
	if err != nil {
		return err
	}
	f, ok := plan.Convert(&plan.Const{Value: p}, column.Float).(*plan.Const)
	if !p.Valid || p.Type == column.String || !ok || f.Value.Float < 0 || f.Value.Float > 1 {
		return b.errorf(b.at(c.ast[1]), "", "the p of QUANTILE(x, p) is a number from 0 to 1")
	}
	c.agg.Param = f.Value.Float
	return c.numbers(b, 2)
}

// several is LARGEST and SMALLEST.
func several(b *binder, c *aggCall) error {
	if err := c.exactly(b, 2); err != nil {
		return err
	}
	k, err := b.constant(c.ast[1], c.sc)
	if err != nil {
		return err
	}
	if !k.Valid || k.Type != column.Int || k.Int < 1 || k.Int > plan.MaxK {
		return b.errorf(b.at(c.ast[1]), "", "the k of %s(x, k) is a whole number from 1 to %d", c.Name, plan.MaxK)
	}
	c.agg.K = int(k.Int)
	for _, g := range c.sc.aggs.list {
		same := g.Kind == c.kind && g.K == c.agg.K && g.Distinct == c.agg.Distinct && plan.Equal(g.Args[0], c.args[0])
		if (g.Kind == plan.Largest || g.Kind == plan.Smallest) && !same {
			return b.errorf(c.tok, "use a query for each and UNION ALL", "a SELECT can hold only one of LARGEST and SMALLEST, which give several rows a group")
		}
	}
	return nil
}

// groupConcat binds GROUP_CONCAT, for which sqlparser has a rule of its own. Several arguments are joined.
func (b *binder) groupConcat(e *sqlparser.GroupConcatExpr, sc *scope) (plan.Expr, error) {
	tok := b.groupConcatToken(e)
	inner, err := b.aggScope(sc, "GROUP_CONCAT", tok)
	if err != nil {
		return nil, err
	}
	ast, err := b.callArgs(e.Exprs, "GROUP_CONCAT", tok)
	if err != nil {
		return nil, err
	}
	args := make([]plan.Expr, len(ast))
	for i, a := range ast {
		x, err := b.expr(a, inner)
		if err != nil {
			return nil, err
		}
		args[i] = x
	}
	if len(args) > 1 {
		joined, err := plan.NewCall("CONCAT", args...)
		if err != nil {
			return nil, b.wrap(tok, "", err)
		}
		args = []plan.Expr{joined}
	}
	g := plan.Agg{Kind: plan.GroupConcat, Args: args, Distinct: e.Distinct != "", Separator: ","}
	if e.Separator != "" {
		g.Separator = b.value(separatorToken(e.Separator))
	}
	for _, o := range e.OrderBy {
		k, err := b.expr(o.Expr, inner)
		if err != nil {
			return nil, err
		}
		g.OrderBy = append(g.OrderBy, plan.SortKey{Expr: k, Desc: o.Direction == sqlparser.DescScr})
	}
	if g, err = plan.NewAgg(g); err != nil {
		return nil, b.wrap(tok, "", err)
	}
	return sc.aggs.add(g), nil
}
