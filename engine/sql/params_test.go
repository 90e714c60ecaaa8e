package sql

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
)

func bindArgs(text string, args ...Arg) (string, error) {
	st, err := Parse(text)
	if err != nil {
		return "", err
	}
	b, err := Bind(context.Background(), st.(*Select).Query, newCatalogue("t a INT, f FLOAT, s STRING"), args)
	if err != nil {
		return "", err
	}
	return plan.Format(b.Plan), nil
}

func TestParameters(t *testing.T) {
	one, x, null := Arg{Value: column.IntValue(1)}, Arg{Value: column.StringValue("it's")}, Arg{Value: column.Null(column.Bool)}
	named := func(n string, a Arg) Arg { a.Name = n; return a }
	for _, c := range []struct {
		text string
		args []Arg
		want string // in the plan or the error
	}{
		{"SELECT a FROM t WHERE a = ? AND s <> ?", []Arg{one, x}, "((a = 1) AND (s <> 'it''s'))"},
		{"SELECT a FROM t WHERE f > ?", []Arg{one}, "(f > 1.0)"},
		{"SELECT a FROM t WHERE a IN (?, ?, 3)", []Arg{one, null}, "a IN (1, 3, NULL)"},
		{"SELECT a FROM t WHERE s = ?", []Arg{null}, "(s = NULL)"},
		{"SELECT a FROM t LIMIT ? OFFSET ?", []Arg{one, {Value: column.IntValue(5)}}, "Limit 1 offset 5"},
		{"SELECT QUANTILE(a, ?) FROM t", []Arg{one}, "QUANTILE(a, 1.0)"},
		{"SELECT a FROM t WHERE a = :n OR f = :n", []Arg{named("n", one)}, "((a = 1) OR (f = 1.0))"},
		{"WITH x AS (SELECT a + ? AS b FROM t) SELECT b + ? FROM x", []Arg{one, {Value: column.IntValue(2)}}, "(b + 2)"},
		{"SELECT '?', \":n\", `?` FROM (SELECT 1 AS `?`) x -- ? :n", nil, "'?'"},

		{"SELECT ?", nil, "the statement has 1 parameter, but 0 values were given"},
		{"SELECT ?, ?", []Arg{one}, "column 11: the statement has 2 parameters, but 1 value was given"},
		{"SELECT 1", []Arg{one}, "the statement has 0 parameters, but 1 value was given"},
		{"SELECT :n", []Arg{named("m", one)}, "no value was given for :n"},
		{"SELECT :n", []Arg{named("n", one), named("m", one)}, "given for :m, which the statement does not have"},
		{"SELECT :n", []Arg{one}, "the values need names too"},
		{"SELECT ?", []Arg{named("n", one)}, "the statement has no :name"},
		{"SELECT ? + :n", []Arg{one, named("n", one)}, "do not go together"},
		{"SELECT a FROM t LIMIT ?", []Arg{{Value: column.IntValue(-1)}}, "LIMIT takes a whole number"},
		{"SELECT a FROM t LIMIT ?", []Arg{null}, "LIMIT takes a whole number"},
		{"SELECT a FROM t WHERE a = ?", []Arg{x}, "INT and STRING do not compare"},
	} {
		got, err := bindArgs(c.text, c.args...)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: got\n%s\nwant it to contain %s", c.text, got, c.want)
		}
	}
}

// A parsed query may be bound again and by several goroutines.
func TestBindingOneQueryManyTimes(t *testing.T) {
	st, err := Parse("WITH x AS (SELECT a, s FROM t WHERE a > ?) SELECT s, COUNT(*) n FROM x GROUP BY s HAVING n > ? ORDER BY 2")
	if err != nil {
		t.Fatal(err)
	}
	cat := newCatalogue("t a INT, s STRING")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			v := Arg{Value: column.IntValue(int64(i))}
			b, err := Bind(context.Background(), st.(*Select).Query, cat, []Arg{v, v})
			if err != nil {
				t.Error(err)
				return
			}
			if want := "(a > " + v.Value.String() + ")"; !strings.Contains(plan.Format(b.Plan), want) {
				t.Errorf("want %s in\n%s", want, plan.Format(b.Plan))
			}
		})
	}
	wg.Wait()
}

func TestBindingEndsWithItsContext(t *testing.T) {
	st, err := Parse("SELECT a FROM t")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Bind(ctx, st.(*Select).Query, newCatalogue("t a INT"), nil); err == nil {
		t.Error("bound under a cancelled context")
	}
}

// NOW() has one value in a statement.
func TestNowIsOneValue(t *testing.T) {
	st, err := Parse("SELECT NOW(), CURRENT_TIMESTAMP, current_date, RAND(), a FROM t WHERE NOW() = NOW()")
	if err != nil {
		t.Fatal(err)
	}
	b, err := Bind(context.Background(), st.(*Select).Query, newCatalogue("t a INT"), nil)
	if err != nil {
		t.Fatal(err)
	}
	p := b.Plan.(*plan.Project)
	if !plan.Equal(p.Exprs[0], p.Exprs[1]) {
		t.Errorf("NOW() is %s and %s", p.Exprs[0], p.Exprs[1])
	}
	for i, e := range p.Exprs[:3] {
		if _, ok := e.(*plan.Const); !ok {
			t.Errorf("expression %d is %s, not a constant", i, e)
		}
	}
	if _, ok := p.Exprs[3].(*plan.Call); !ok {
		t.Errorf("RAND() became %s", p.Exprs[3])
	}
}
