package sql

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/eau2db/eau2/engine/plan"
)

// TestData runs the scripts in testdata; -rewrite writes what comes out. The commands are
//
//	tables   name column TYPE, column TYPE
//	bind     a query; prints its plan, or the error in detail
//	columns  a query; prints the columns of its result
//	parse    a statement; prints what it was parsed to, or the error
//	split    a script; prints its statements and the rest
func TestData(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		cat := newCatalogue("t a INT, b INT, f FLOAT, s STRING, flag BOOL")
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "tables":
				cat = newCatalogue(d.Input)
				return "ok"
			case "bind":
				b, err := bindText(d.Input, cat)
				if err != nil {
					return detail(err)
				}
				out := plan.Format(b.Plan)
				for _, w := range b.Warnings {
					out += "warning: " + w + "\n"
				}
				return out
			case "columns":
				b, err := bindText(d.Input, cat)
				if err != nil {
					return detail(err)
				}
				var s []string
				for _, f := range b.Plan.Fields() {
					s = append(s, f.Name+" "+f.Type.String())
				}
				return strings.Join(s, "\n")
			case "parse":
				st, err := Parse(d.Input)
				if err != nil {
					return detail(err)
				}
				return describe(st)
			case "split":
				stmts, rest := Split(d.Input)
				return fmt.Sprintf("%q\nrest %q", stmts, rest)
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}

func bindText(text string, cat Catalogue) (*Bound, error) {
	st, err := Parse(text)
	if err != nil {
		return nil, err
	}
	switch st := st.(type) {
	case *Select:
		return Bind(context.Background(), st.Query, cat, nil)
	case *CreateTableAs:
		return Bind(context.Background(), st.Query, cat, nil)
	}
	return nil, fmt.Errorf("%s has no query", st.Kind())
}

func detail(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Detail()
	}
	return "not an *Error: " + err.Error()
}

// describe prints a statement with its queries as text.
func describe(st Statement) string {
	s := fmt.Sprintf("%T", st)
	switch st := st.(type) {
	case *Select:
		return s + " " + st.Query.Text()
	case *Load:
		o := st.Options
		text := fmt.Sprintf("%s %v into %v columns=%v onError=%v onMismatch=%v sample=%d from=%d len=%d", s, st.Path, st.Table, o.Columns, o.OnError, o.OnMismatch, o.Sample, o.From, o.Len)
		if st.FromNode {
			text += fmt.Sprintf(" fromNode fromAll=%v", st.FromAll)
		}
		return text
	case *Explain:
		return fmt.Sprintf("%s analyze=%v %s", s, st.Analyze, st.Query.Text())
	case *CreateTableAs:
		return fmt.Sprintf("%s %v ifNotExists=%v %s", s, st.Name, st.IfNotExists, st.Query.Text())
	case *Copy:
		if st.Query != nil {
			return fmt.Sprintf("%s (%s) to %v as %s", s, st.Query.Text(), st.Path, st.Format)
		}
		return fmt.Sprintf("%s %v to %v as %s", s, st.Table, st.Path, st.Format)
	}
	return fmt.Sprintf("%s %+v", s, st)
}
