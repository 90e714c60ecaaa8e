package plan_test

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/eau2db/eau2/engine/eval"
	"github.com/eau2db/eau2/engine/fragment"
	"github.com/eau2db/eau2/engine/plan"
)

// ID makes t a table that fragments can name.
func (t *table) ID() string { return "id of " + t.name }

// Plans mean the same after their way through bytes.
func TestRandomPlansSurviveTheirBytes(t *testing.T) {
	for seed := range int64(300) {
		g := generator{rand.New(rand.NewSource(seed))}
		tab := g.makeTable()
		query, ordered := g.query()
		n := plan.Optimize(plan.Fold(bind(t, query, tab), eval.Constant))
		b, err := fragment.Encode(n)
		if err != nil {
			t.Fatalf("seed %d: %s\n%v", seed, query, err)
		}
		back, err := fragment.Decode(b, func(ref fragment.TableRef) (plan.Table, error) {
			if ref != (fragment.TableRef{ID: "id of t", Name: "t"}) {
				t.Errorf("seed %d: asked for %v", seed, ref)
			}
			return tab, nil
		})
		if err != nil {
			t.Fatalf("seed %d: %s\n%v\n%s", seed, query, err, plan.Format(n))
		}
		if g, w := plan.Format(back), plan.Format(n); g != w {
			t.Fatalf("seed %d: %s\ngot\n%s\nwant\n%s", seed, query, g, w)
		}
		if g, w := fmt.Sprint(back.Fields()), fmt.Sprint(n.Fields()); g != w {
			t.Fatalf("seed %d: %s\ngot fields %s, want %s", seed, query, g, w)
		}
		if again, _ := fragment.Encode(back); string(again) != string(b) {
			t.Fatalf("seed %d: %s\nother bytes the second time", seed, query)
		}
		want, err := run(n)
		if err != nil {
			continue
		}
		got, err := run(back)
		if err != nil || text(got, ordered) != text(want, ordered) {
			t.Fatalf("seed %d: %s\ngot\n%s, %v\nwant\n%s", seed, query, text(got, ordered), err, text(want, ordered))
		}
	}
}
