package function_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/function"
)

func TestEveryFunctionIsDocumentedAndTested(t *testing.T) {
	var tests strings.Builder
	files, _ := filepath.Glob("testdata/*.txt")
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(data)
	}
	classes := []string{"operator", "numeric", "string", "conditional", "date"}
	seen := map[string]bool{}
	for _, f := range function.All() {
		if f.Usage == "" || f.Doc == "" || strings.Contains(f.Doc, "\n") || !slices.Contains(classes, f.Class) || len(f.Overloads) == 0 {
			t.Errorf("%s is not documented: %+v", f.Name, f)
		}
		tested := false
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			if seen[name] {
				t.Errorf("%s stands for two functions", name)
			}
			seen[name] = true
			if g, ok := function.Lookup(strings.ToLower(name)); !ok || g != f {
				t.Errorf("Lookup(%q) = %v, %v", name, g, ok)
			}
			call := regexp.MustCompile(`(?m)^(.*[ (])?` + regexp.QuoteMeta(name) + `[ (]`)
			tested = tested || call.MatchString(tests.String())
		}
		if !tested && f.Name != "RAND" {
			t.Errorf("no line in testdata calls %s", f.Name)
		}
		for i, o := range f.Overloads {
			if (o.Eval == nil) == (o.Prepare == nil) || o.Kernel() == nil {
				t.Errorf("overload %d of %s has not one kernel", i, f.Name)
			}
		}
	}
}

func TestResolve(t *testing.T) {
	b, i, f, s := column.Bool, column.Int, column.Float, column.String
	for _, c := range []struct {
		name  string
		types []column.Type
		null  []bool
		want  []column.Type
	}{
		{"+", []column.Type{i, i}, nil, []column.Type{i, i}},
		{"+", []column.Type{i, f}, nil, []column.Type{f, f}},
		{"+", []column.Type{b, b}, nil, []column.Type{i, i}},
		{"+", []column.Type{b, f}, nil, []column.Type{f, f}},
		{"+", []column.Type{s, f}, []bool{true, false}, []column.Type{f, f}},
		{"/", []column.Type{i, b}, nil, []column.Type{f, f}},
		{"=", []column.Type{b, b}, nil, []column.Type{b, b}},
		{"=", []column.Type{b, i}, nil, []column.Type{i, i}},
		{"=", []column.Type{s, b}, []bool{false, true}, []column.Type{s, s}},
		{"CONCAT", []column.Type{s, i, b}, nil, []column.Type{s, s, s}},
		{"SUBSTR", []column.Type{s, b}, nil, []column.Type{s, i}},
		{"LIKE", []column.Type{s, s}, nil, []column.Type{s, s}},
	} {
		fn, ok := function.Lookup(c.name)
		if !ok {
			t.Fatal(c.name)
		}
		o, want, err := fn.Resolve(c.types, c.null)
		if err != nil || !slices.Equal(want, c.want) {
			t.Errorf("%s%v: %v, %v, %v, want %v", c.name, c.types, o, want, err, c.want)
		}
	}
}
