package sql

import (
	"context"
	"testing"

	"github.com/eau2db/eau2/engine/plan"
)

func BenchmarkQueryToPlan(b *testing.B) {
	cat := newCatalogue("t a INT, b INT, f FLOAT, s STRING, flag BOOL")
	const text = "SELECT s, flag, SUM(a) AS total, AVG(f), COUNT(*) FROM t WHERE a > 5 AND s LIKE 'x%' AND b IN (1, 2, 3) GROUP BY s, flag HAVING total > 10 ORDER BY total DESC LIMIT 10"
	b.ReportAllocs()
	for b.Loop() {
		st, err := Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		bound, err := Bind(context.Background(), st.(*Select).Query, cat, nil)
		if err != nil {
			b.Fatal(err)
		}
		plan.Optimize(bound.Plan)
	}
}
