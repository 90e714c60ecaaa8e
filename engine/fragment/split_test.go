package fragment

import (
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
)

// everywhere makes every scan one of what is elsewhere.
var everywhere = Options{Remote: func(*plan.Scan) bool { return true }}

// TestSplit runs the scripts in testdata: split cuts a query where t and u are elsewhere, and m is here; shuffle does, and sends
// rows to three nodes wherever that can be done. -rewrite writes what comes out.
func TestSplit(t *testing.T) {
	datadriven.RunTest(t, "testdata/split", func(t *testing.T, d *datadriven.TestData) string {
		o := everywhere
		if d.Cmd == "shuffle" {
			o.Nodes, o.Always = 3, true
		}
		n, err := Split(optimised(t, d.Input), o)
		if err != nil {
			return err.Error()
		}
		if !strings.Contains(plan.Format(n), "Scan m") {
			survives(t, n)
		}
		checkRemotes(t, n)
		return plan.Format(n)
	})
}

// checkRemotes encodes every fragment of a plan.
func checkRemotes(t *testing.T, n plan.Node) {
	t.Helper()
	if r, ok := n.(*plan.Remote); ok {
		survives(t, r.Fragment)
		if r.Scan().Table.Name() == "" {
			t.Fatal("no scan")
		}
		return
	}
	for _, in := range n.Inputs() {
		checkRemotes(t, in)
	}
}

// survives fails unless n is the same after its way through bytes.
func survives(t *testing.T, n plan.Node) {
	t.Helper()
	b, err := Encode(n)
	if err != nil {
		t.Fatalf("%v\n%s", err, plan.Format(n))
	}
	back, err := Decode(b, resolve)
	if err != nil || plan.Format(back) != plan.Format(n) {
		t.Fatalf("%s\ncame back as\n%s, %v", plan.Format(n), plan.Format(back), err)
	}
}

// TestFunctionsOfTheUserStayHere puts one into a filter, with another condition, and into an aggregate.
func TestFunctionsOfTheUserStayHere(t *testing.T) {
	own := &function.Func{Name: "mine", Overloads: []function.Overload{{Args: []column.Type{column.Int}, Result: column.Bool}}}
	call := &plan.Call{Func: own, Overload: &own.Overloads[0], Args: []plan.Expr{col(0, column.Int)}}
	s := scan(storedT)
	s.Filter = plan.And(col(3, column.Bool), call)
	n := &plan.Aggregate{Input: s, Keys: []plan.Expr{call}, Names: []string{"k"}}
	cut, err := Split(n, everywhere)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.TrimSpace(`
Distinct by mine(c)
  Filter mine(c)
    Remote
      Scan t (a, f, s, flag) where c`)
	if got := strings.TrimSpace(plan.Format(cut)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestScansThatAreHereStayWhole(t *testing.T) {
	n := optimised(t, "SELECT s, COUNT(*) FROM t GROUP BY s")
	cut, err := Split(n, Options{Remote: func(*plan.Scan) bool { return false }})
	if err != nil || cut != n {
		t.Errorf("got %s, %v", plan.Format(cut), err)
	}
}
