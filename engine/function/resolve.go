package function

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eau2db/eau2/column"
)

// classes lists all functions, in the order of SHOW FUNCTIONS.
var classes = [][]*Func{operators, numeric, text, conditional, dates}

var all, byName = index(classes)

func index(classes [][]*Func) ([]*Func, map[string]*Func) {
	var all []*Func
	names := map[string]*Func{}
	for _, class := range classes {
		class = slices.Clone(class)
		if class[0].Class != "operator" {
			slices.SortFunc(class, func(a, b *Func) int { return strings.Compare(a.Name, b.Name) })
		}
		for _, f := range class {
			all = append(all, f)
			names[f.Name] = f
			for _, a := range f.Aliases {
				names[a] = f
			}
		}
	}
	return all, names
}

// Lookup finds a function by name or alias, in any case.
func Lookup(name string) (*Func, bool) {
	name = strings.ToUpper(name)
	if f, ok := byName[name]; ok {
		return f, true
	}
	return registered.lookup(name)
}

// All returns every function in the order of SHOW FUNCTIONS, those that are registered last. The caller must not change it.
func All() []*Func { return registered.after(all) }

// Resolve chooses the overload for arguments of these types. isNull[i] says that argument i is the literal NULL, which
// takes any type. BOOL is taken for INT and FLOAT, INT for FLOAT; the caller casts the arguments to want, which has an
// entry for each argument. The error names the function and the types.
func (f *Func) Resolve(types []column.Type, isNull []bool) (o *Overload, want []column.Type, err error) {
	best := -1
	for i := range f.Overloads {
		cost, ok := f.Overloads[i].cost(types, isNull)
		if ok && (best < 0 || cost < best) {
			o, best = &f.Overloads[i], cost
		}
	}
	if o == nil {
		return nil, nil, f.mismatch(types, isNull)
	}
	want = make([]column.Type, len(types))
	for i := range want {
		want[i] = o.arg(i)
	}
	return o, want, nil
}

// arg returns the type of argument i.
func (o *Overload) arg(i int) column.Type { return o.Args[min(i, len(o.Args)-1)] }

func (o *Overload) takes(n int) bool {
	return n >= len(o.Args)-o.Optional && (n <= len(o.Args) || o.Variadic)
}

// cost is the sum of how far the arguments must be cast.
func (o *Overload) cost(types []column.Type, isNull []bool) (cost int, ok bool) {
	if !o.takes(len(types)) {
		return 0, false
	}
	for i, t := range types {
		want := o.arg(i)
		switch {
		case t == want || isNull != nil && isNull[i]:
		case t < want && want <= column.Float:
			cost += int(want - t)
		case o.AsText && want == column.String:
			cost++
		default:
			return 0, false
		}
	}
	return cost, true
}

// mismatch explains why no overload takes the types.
func (f *Func) mismatch(types []column.Type, isNull []bool) error {
	counts := false
	for i := range f.Overloads {
		counts = counts || f.Overloads[i].takes(len(types))
	}
	if !counts {
		return fmt.Errorf("%s does not take %s: %s", f.Name, plural(len(types), "argument"), f.Usage)
	}
	names := make([]string, len(types))
	texts, numbers := false, false
	for i, t := range types {
		names[i] = t.String()
		if isNull != nil && isNull[i] {
			names[i] = "NULL"
			continue
		}
		texts, numbers = texts || t == column.String, numbers || t != column.String
	}
	given := strings.Join(names, ", ")
	if f.Class == "operator" && len(names) == 2 {
		given = names[0] + " " + f.Name + " " + names[1]
	} else {
		given = f.Name + "(" + given + ")"
	}
	hint := ""
	switch takes := f.takesText(); {
	case texts && numbers:
		hint = "; there is no conversion between STRING and numbers unless you write it: CAST(x AS INT), CAST(x AS FLOAT) or CAST(x AS STRING)"
	case texts && !takes:
		hint = "; turn text into numbers with CAST(x AS INT) or CAST(x AS FLOAT)"
	case numbers && takes:
		hint = "; turn numbers into text with CAST(x AS STRING)"
	}
	return fmt.Errorf("no %s: the arguments are %s%s", given, f.Usage, hint)
}

func (f *Func) takesText() bool {
	for i := range f.Overloads {
		if slices.Contains(f.Overloads[i].Args, column.String) {
			return true
		}
	}
	return false
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Takes reports whether arguments of exactly these types can be passed to o.
func (o *Overload) Takes(types []column.Type) bool {
	if !o.takes(len(types)) {
		return false
	}
	for i, t := range types {
		if t != o.arg(i) {
			return false
		}
	}
	return true
}
