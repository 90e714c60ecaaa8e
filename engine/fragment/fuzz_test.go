package fragment

import (
	"testing"

	"github.com/eau2db/eau2/engine/plan"
)

var corpus = []string{
	"SELECT a, f * 2, UPPER(s) FROM t WHERE a IN (1, 5, 9) AND NOT flag OR s IS NULL",
	"SELECT s, SUM(a), COUNT(DISTINCT f), GROUP_CONCAT(s ORDER BY a DESC SEPARATOR ';') FROM t WHERE f > 0.5 GROUP BY s",
	"SELECT CASE WHEN flag THEN 'x' ELSE CONCAT(s, 'y') END FROM t ORDER BY a DESC, s LIMIT 5 OFFSET 2",
	"SELECT a FROM t UNION ALL SELECT a + 1 FROM u LIMIT 3",
	"SELECT QUANTILE(f, 0.25), CORR(a, f), APPROX_COUNT_DISTINCT(s) FROM t",
}

// FuzzDecode: whatever is decoded is a sound plan, which has the same bytes as one that it is decoded from again.
func FuzzDecode(f *testing.F) {
	for _, q := range corpus {
		n := optimised(f, q)
		cut, err := Split(n, everywhere)
		if err != nil {
			f.Fatal(err)
		}
		var add func(n plan.Node)
		add = func(n plan.Node) {
			if b, err := Encode(n); err == nil {
				f.Add(b)
			}
			for _, in := range n.Inputs() {
				add(in)
			}
		}
		add(n)
		add(cut)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := Decode(b, resolve)
		if err != nil {
			return
		}
		plan.Format(n)
		again, err := Encode(n)
		if err != nil {
			t.Fatalf("%v\n%s", err, plan.Format(n))
		}
		back, err := Decode(again, resolve)
		if err != nil {
			t.Fatalf("%v\n%s", err, plan.Format(n))
		}
		if third, _ := Encode(back); string(third) != string(again) {
			t.Fatalf("%s\ncame back as\n%s", plan.Format(n), plan.Format(back))
		}
	})
}
