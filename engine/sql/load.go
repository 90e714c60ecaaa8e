package sql

import (
	"strconv"
	"strings"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/sor"
)

const loadUsage = "LOAD 'file.sor' INTO t [(name [TYPE], …)] [WITH (option=value, …)]"

func (p *parser) load() (Statement, error) {
	st := &Load{}
	p.accept("data")
	var err error
	if st.Path, err = p.file(loadUsage); err != nil {
		return nil, err
	}
	if !p.accept("into") {
		return nil, p.expected("INTO", loadUsage)
	}
	p.accept("table")
	if st.Table, err = p.table(loadUsage); err != nil {
		return nil, err
	}
	if p.acceptKind(open) {
		if st.Options.Columns, err = p.loadColumns(); err != nil {
			return nil, err
		}
	}
	if p.accept("with") {
		if err := p.loadOptions(st); err != nil {
			return nil, err
		}
	}
	st.FromNode = st.FromNode || st.FromAll
	return p.finish(st, loadUsage)
}

// loadColumns reads name [TYPE], … and the parenthesis after it.
func (p *parser) loadColumns() ([]sor.Column, error) {
	var cols []sor.Column
	seen := map[string]bool{}
	for {
		if p.i >= p.end || !p.isName(p.i) {
			return nil, p.expected("the name of a column", loadUsage)
		}
		c := sor.Column{Name: p.value(p.i)}
		if seen[c.Name] {
			return nil, p.errorf(p.i, "", "two columns are called %s", c.Name)
		}
		seen[c.Name] = true
		p.i++
		if p.i < p.end && p.kind(p.i) == word {
			t, err := column.ParseType(p.raw(p.i))
			if err != nil {
				return nil, p.errorf(p.i, "the types are BOOL, INT, FLOAT and STRING", "unknown type %s", p.raw(p.i))
			}
			c.Type, c.Typed = t, true
			p.i++
		}
		cols = append(cols, c)
		if p.acceptKind(closed) {
			return cols, nil
		}
		if !p.acceptKind(comma) {
			return nil, p.expected(", or ) in the list of columns", loadUsage)
		}
	}
}

// loadOptions reads (option=value, …).
func (p *parser) loadOptions(st *Load) error {
	if !p.acceptKind(open) {
		return p.expected("( after WITH", loadUsage)
	}
	seen := map[string]bool{}
	for {
		if p.i >= p.end || !p.isName(p.i) {
			return p.expected("an option", loadUsage)
		}
		at := p.i
		name := strings.ToLower(p.value(at))
		if seen[name] {
			return p.errorf(at, "", "option %s is given twice", name)
		}
		seen[name] = true
		p.i++
		if p.i < p.end && p.isOp(p.i, "=") {
			p.i++
		}
		if p.i >= p.end || !p.isName(p.i) && p.kind(p.i) != text && p.kind(p.i) != number {
			return p.expected("a value of option "+name, loadUsage)
		}
		p.i++
		if err := p.loadOption(st, name, at, p.i-1); err != nil {
			return err
		}
		if p.acceptKind(closed) {
			return nil
		}
		if !p.acceptKind(comma) {
			return p.expected(", or ) in the list of options", loadUsage)
		}
	}
}

const loadOptionsHint = "the options are on_error=skip|fail, on_mismatch=null|skip|fail, sample=rows|all, from=bytes, len=bytes, from_node=true|false and from_all=true|false"

// loadOption sets one option, named by token at, to the value of token v.
func (p *parser) loadOption(st *Load, name string, at, v int) error {
	o := &st.Options
	value := strings.ToLower(p.value(v))
	bad := func(want string) error {
		return p.errorf(v, loadOptionsHint, "%s is %s, not %s", name, want, p.value(v))
	}
	number := func(min int64) (int64, error) {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < min {
			return 0, bad("a number from " + strconv.FormatInt(min, 10))
		}
		return n, nil
	}
	flag := func() (bool, error) {
		if value != "true" && value != "false" {
			return false, bad("true or false")
		}
		return value == "true", nil
	}
	var err error
	switch name {
	case "on_error":
		switch value {
		case "skip":
			o.OnError = sor.SkipRow
		case "fail":
			o.OnError = sor.FailLoad
		default:
			return bad("skip or fail")
		}
	case "on_mismatch":
		switch value {
		case "null":
			o.OnMismatch = sor.MismatchNull
		case "skip":
			o.OnMismatch = sor.MismatchSkip
		case "fail":
			o.OnMismatch = sor.MismatchFail
		default:
			return bad("null, skip or fail")
		}
	case "sample":
		o.Sample = -1
		if value != "all" {
			n, err := number(1)
			if err != nil {
				return bad("a number of rows or all")
			}
			o.Sample = int(n)
		}
	case "from":
		o.From, err = number(0)
	case "len":
		o.Len, err = number(1)
	case "from_node":
		st.FromNode, err = flag()
	case "from_all":
		st.FromAll, err = flag()
	default:
		return p.errorf(at, loadOptionsHint, "unknown option %s", p.value(at))
	}
	return err
}
