package function_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/eval"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestFunctions runs the lines of testdata: an expression, => and its value, or "error:" and a part of the message.
// Expressions are literals, NAME(args...), and a op b for the operators.
func TestFunctions(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(data), "\n") {
			if line == "" || line[0] == '#' {
				continue
			}
			text, want, ok := strings.Cut(line, " => ")
			if !ok {
				t.Fatalf("%s:%d: no =>", file, n+1)
			}
			checkLine(t, fmt.Sprintf("%s:%d: %s", filepath.Base(file), n+1, text), text, want)
		}
	}
}

func checkLine(t *testing.T, where, text, want string) {
	e, err := parse(text)
	if err != nil {
		if msg, ok := strings.CutPrefix(want, "error: "); !ok || !strings.Contains(err.Error(), msg) {
			t.Errorf("%s: %v, want %s", where, err, want)
		}
		return
	}
	got, err := eval.Constant(e)
	compare(t, where, got, err, want)
	if c, ok := e.(*plan.Call); ok && c.Func.Varies == function.Never {
		checkColumns(t, where+" on columns", c, want)
	}
}

func compare(t *testing.T, where string, got column.Value, err error, want string) {
	t.Helper()
	if msg, ok := strings.CutPrefix(want, "error: "); ok {
		if err == nil || !strings.Contains(err.Error(), msg) {
			t.Errorf("%s: %s, %v, want %s", where, show(got), err, want)
		}
		return
	}
	if want = bytesOf(want); err != nil || show(got) != want {
		t.Errorf("%s: %s, %v, want %s", where, show(got), err, want)
	}
}

func show(v column.Value) string {
	if v.Valid && v.Type == column.String {
		return "'" + strings.ReplaceAll(v.Str, "'", "''") + "'"
	}
	if v.Valid && v.Type == column.Bool {
		return strings.ToUpper(v.String())
	}
	return v.String()
}

// checkColumns evaluates a call with its arguments in columns whose odd rows are NULL.
func checkColumns(t *testing.T, where string, c *plan.Call, want string) {
	const rows = 5
	refs, cols := make([]plan.Expr, len(c.Args)), make([]*vector.Vec, len(c.Args))
	for i, a := range c.Args {
		v, err := eval.Constant(a)
		if err != nil {
			return // an error of an argument, seen already
		}
		cols[i] = vector.Make(a.Type(), rows)
		for r := range rows {
			if r%2 == 1 {
				v := junk(a.Type())
				v.Valid = false
				cols[i].Set(r, v)
			} else {
				cols[i].Set(r, v)
			}
		}
		refs[i] = &plan.Column{Index: i, Name: "c", T: a.Type()}
	}
	ev := eval.New(&plan.Call{Func: c.Func, Overload: c.Overload, Args: refs})
	for range 2 { // the second time in used memory
		got, err := ev.Eval(vector.NewBatch(rows, cols))
		if err != nil {
			compare(t, where, column.Value{}, err, want)
			return
		}
		for r := range rows {
			if r%2 == 0 {
				compare(t, where, got.Value(r), nil, want)
			} else if !c.Overload.NullSafe && len(c.Args) > 0 && !got.IsNull(r) {
				t.Errorf("%s: NULL arguments give %s", where, show(got.Value(r)))
			}
		}
	}
}

// junk returns the value behind a NULL, which a function may see but must not complain of.
func junk(t column.Type) column.Value {
	return map[column.Type]column.Value{
		column.Bool: column.BoolValue(true), column.Int: column.IntValue(-1 << 63),
		column.Float: column.FloatValue(-1e308), column.String: column.StringValue("(*\xff"),
	}[t]
}

// parser reads the expressions of testdata.
type parser struct{ s string }

func parse(s string) (plan.Expr, error) {
	p := &parser{s}
	e, err := p.expr()
	if err == nil && p.s != "" {
		err = fmt.Errorf("cannot read %q", p.s)
	}
	return e, err
}

func (p *parser) expr() (plan.Expr, error) {
	left, err := p.operand()
	for err == nil && strings.HasPrefix(p.s, " ") {
		op, rest, ok := strings.Cut(p.s[1:], " ")
		if !ok {
			return nil, errors.New("no operand")
		}
		p.s = rest
		var right plan.Expr
		if right, err = p.operand(); err != nil {
			break
		}
		args := []plan.Expr{left, right}
		if rest, ok := strings.CutPrefix(p.s, " ESCAPE "); ok && op == "LIKE" {
			p.s = rest
			if right, err = p.operand(); err != nil {
				break
			}
			args = append(args, right)
		}
		left, err = bind(op, args)
	}
	return left, err
}

func (p *parser) operand() (plan.Expr, error) {
	switch {
	case p.s == "":
		return nil, errors.New("no operand")
	case p.s[0] == '\'':
		return p.text()
	case p.s[0] == '(':
		p.s = p.s[1:]
		e, err := p.expr()
		if err == nil && !strings.HasPrefix(p.s, ")") {
			err = errors.New("no )")
		}
		p.s = strings.TrimPrefix(p.s, ")")
		return e, err
	}
	n := strings.IndexAny(p.s, "(), ")
	if n < 0 {
		n = len(p.s)
	}
	word := p.s[:n]
	p.s = p.s[n:]
	if strings.HasPrefix(p.s, "(") {
		return p.call(word)
	}
	return literal(word)
}

// text reads a string as Go does, but between single quotes, which are doubled inside.
func (p *parser) text() (plan.Expr, error) {
	for i := 1; i < len(p.s); i++ {
		if p.s[i] != '\'' {
			continue
		}
		if strings.HasPrefix(p.s[i:], "''") {
			i++
			continue
		}
		raw := strings.ReplaceAll(p.s[1:i], "''", "'")
		p.s = p.s[i+1:]
		return constant(column.StringValue(bytesOf(raw))), nil
	}
	return nil, errors.New("no closing quote")
}

// bytesOf puts the byte 0xHH in the place of <HH>.
func bytesOf(s string) string {
	for i := 0; i+3 < len(s); i++ {
		if s[i] == '<' && s[i+3] == '>' {
			if b, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				s = s[:i] + string([]byte{byte(b)}) + s[i+4:]
			}
		}
	}
	return s
}

func (p *parser) call(name string) (plan.Expr, error) {
	var args []plan.Expr
	p.s = p.s[1:]
	for !strings.HasPrefix(p.s, ")") {
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		args = append(args, e)
		p.s = strings.TrimPrefix(p.s, ", ")
	}
	p.s = p.s[1:]
	return bind(name, args)
}

func literal(word string) (plan.Expr, error) {
	switch word {
	case "NULL":
		return constant(column.Value{}), nil
	case "TRUE", "FALSE":
		return constant(column.BoolValue(word == "TRUE")), nil
	}
	if i, err := strconv.ParseInt(word, 10, 64); err == nil {
		return constant(column.IntValue(i)), nil
	}
	f, err := strconv.ParseFloat(word, 64)
	return constant(column.FloatValue(f)), err
}

func constant(v column.Value) plan.Expr { return &plan.Const{Value: v} }

// bind does what the binder does.
func bind(name string, args []plan.Expr) (plan.Expr, error) {
	f, ok := function.Lookup(name)
	if !ok {
		return nil, fmt.Errorf("no function %s", name)
	}
	types, null := make([]column.Type, len(args)), make([]bool, len(args))
	for i, a := range args {
		c, ok := a.(*plan.Const)
		types[i], null[i] = a.Type(), ok && !c.Value.Valid
	}
	o, want, err := f.Resolve(types, null)
	if err != nil {
		return nil, err
	}
	for i, t := range want {
		switch {
		case null[i]:
			args[i] = constant(column.Null(t))
		case types[i] != t:
			args[i] = &plan.Cast{X: args[i], To: t}
		}
	}
	return &plan.Call{Func: f, Overload: o, Args: args}, nil
}
