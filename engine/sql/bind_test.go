package sql

import (
	"context"
	"errors"
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
	return Bind(context.Background(), st.(*Select).Query, cat, nil)
}

func detail(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Detail()
	}
	return "not an *Error: " + err.Error()
}
