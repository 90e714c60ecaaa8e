package sql

import (
	"context"
	"errors"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
)

// statements returns the texts in testdata.
func statements(t testing.TB) (texts []string) {
	files, err := filepath.Glob("testdata/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			continue // the fuzzer's own folder
		}
		for _, block := range strings.Split(string(data), "\n\n") {
			_, text, _ := strings.Cut(block, "\n")
			text, _, _ = strings.Cut(text, "\n----")
			texts = append(texts, text)
		}
	}
	return texts
}

// addSeeds feeds a fuzz target the statements of testdata and hostile ones.
func addSeeds(f *testing.F) {
	for _, text := range statements(f) {
		f.Add(text)
	}
	for _, h := range hostile {
		if len(h.text) < 1000 {
			f.Add(h.text)
		}
	}
	f.Add(strings.Repeat("(", 200) + "1")
	f.Add("SELECT " + strings.Repeat("~", 60) + "1")
}

// FuzzSplit checks that nothing but white space, comments and semicolons is lost, and that pieces do not split again.
func FuzzSplit(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, script string) {
		stmts, rest := Split(script)
		for _, s := range stmts {
			if !strings.Contains(script, s) {
				t.Errorf("%q is not in the script", s)
			}
			if again, left := Split(s + "\n;"); len(again) != 1 || left != "" {
				t.Errorf("%q splits into %q and %q", s, again, left)
			}
		}
		if again, left := Split(rest); len(again) != 0 || left != rest {
			t.Errorf("the rest %q splits into %q and %q", rest, again, left)
		}
	})
}

// FuzzParse checks that parsing and binding end in a statement or in an error with a place in the text, and never panic.
func FuzzParse(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, text string) { checkText(t, text) })
}

// Statements put together of pieces of others come nearer to the binder than what a fuzzer makes of bytes.
func TestShuffledStatements(t *testing.T) {
	var pieces []string
	var sources []*source
	for _, text := range statements(t) {
		s, err := scan(text, Limits{})
		if err != nil || !s.is(0, "select", "with") {
			continue
		}
		sources = append(sources, s)
		for i := range s.toks[:len(s.toks)-1] {
			pieces = append(pieces, s.raw(i))
		}
	}
	r, bound := rand.New(rand.NewSource(1)), 0
	for range 3000 {
		s := sources[r.Intn(len(sources))]
		var words []string
		for i := range s.toks[:len(s.toks)-1] {
			switch r.Intn(20 + 2*len(s.toks)) {
			case 0: // left out
			case 1:
				words = append(words, s.raw(i), s.raw(i))
			case 2, 3:
				words = append(words, pieces[r.Intn(len(pieces))])
			case 4:
				words = append(words, "(", s.raw(i), ")")
			default:
				words = append(words, s.raw(i))
			}
		}
		if checkText(t, strings.Join(words, " ")) {
			bound++
		}
	}
	if bound < 150 {
		t.Errorf("only %d statements were bound", bound)
	}
}

var fuzzTables = newCatalogue("t a INT, b INT, f FLOAT, s STRING, flag BOOL\nx a INT")

// checkText parses, binds and optimises a statement and checks what comes out. It reports whether there was a plan.
func checkText(t *testing.T, text string) bool {
	st, err := Parse(text)
	if err == nil {
		sel, ok := st.(*Select)
		if !ok {
			return false
		}
		var b *Bound
		if b, err = Bind(context.Background(), sel.Query, fuzzTables, args(sel.Query)); err == nil {
			check(t, b.Plan)
			check(t, plan.Optimize(b.Plan))
			return true
		}
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%q: not an *Error: %v", text, err)
	}
	if strings.Contains(e.Msg, "parser failed") {
		t.Errorf("%q: %v", text, err)
	}
	if e.Pos > len(text) || e.Line > 0 && (e.Pos < 0 || e.Col < 1) {
		t.Errorf("%q: a place outside the text: %d", text, e.Pos)
	}
	if d := e.Detail(); !utf8.ValidString(d) || strings.ContainsRune(d, '\x1b') {
		t.Errorf("%q: the error is not clean: %q", text, d)
	}
	if e.Line == 0 && strings.TrimSpace(text) != "" && len(text) < 1000 && !strings.Contains(e.Msg, "empty") && !strings.Contains(e.Msg, ":name") {
		t.Errorf("%q: no place in %v", text, err)
	}
	return false
}

// args gives every parameter of a query a value.
func args(q *Query) []Arg {
	var a []Arg
	seen := map[string]bool{}
	for i := q.lo; i < q.hi; i++ {
		if name := q.raw(i); q.kind(i) == param && !seen[name] {
			seen[name] = name != "?"
			a = append(a, Arg{Name: strings.TrimLeft(name, ":?"), Value: column.IntValue(1)})
		}
	}
	return a
}

// check walks a plan and checks that every column is one of its input and has its type.
func check(t *testing.T, n plan.Node) {
	t.Helper()
	var in []column.Field
	switch n := n.(type) {
	case *plan.Scan:
		in = n.Fields()
	default:
		for _, i := range n.Inputs() {
			check(t, i)
			if in == nil {
				in = i.Fields()
			}
		}
	}
	for _, e := range plan.Exprs(n) {
		plan.Walk(e, func(e plan.Expr) bool {
			switch e := e.(type) {
			case *plan.Column:
				if e.Index < 0 || e.Index >= len(in) || in[e.Index].Type != e.T {
					t.Fatalf("column %d %s %s is not in the input %v of\n%s", e.Index, e.Name, e.T, in, plan.Format(n))
				}
			case *plan.Logic:
				for _, a := range e.Args {
					if a.Type() != column.Bool {
						t.Fatalf("%s is no condition in %s", a, e)
					}
				}
			case *plan.Subquery:
				check(t, e.Plan)
			case *aggRef:
				t.Fatalf("an aggregate was not lifted: %s", e)
			}
			return true
		})
	}
	if u, ok := n.(*plan.Union); ok {
		for _, i := range u.Ins {
			f := i.Fields()
			for j := range f {
				if f[j].Type != in[j].Type {
					t.Fatalf("the inputs of a union differ in column %d:\n%s", j, plan.Format(n))
				}
			}
		}
	}
}
