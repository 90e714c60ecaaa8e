package sql

import (
	"strconv"
)

// bindParams gives every parameter of the query its value.
func (b *binder) bindParams(args []Arg) error {
	var marks, names []int
	for i := b.lo; i < b.hi; i++ {
		switch {
		case b.kind(i) != param:
		case b.raw(i) == "?":
			marks = append(marks, i)
		default:
			names = append(names, i)
		}
	}
	if len(marks) > 0 && len(names) > 0 {
		return b.errorf(max(marks[0], names[0]), "", "? and :name do not go together in one statement")
	}
	named := map[string]Arg{}
	for _, a := range args {
		if a.Name != "" {
			named[a.Name] = a
		}
	}
	if len(names) == 0 {
		if len(named) > 0 && len(args) > 0 {
			return b.errorf(-1, "", "named values were given, but the statement has no :name")
		}
		if len(args) != len(marks) {
			at := -1
			if len(args) < len(marks) {
				at = marks[len(args)]
			}
			return b.errorf(at, "", "the statement has %s, but %s given", count(len(marks), "parameter"), were(len(args), "value"))
		}
		for i, t := range marks {
			b.params[t] = args[i]
		}
		return nil
	}
	if len(named) < len(args) {
		return b.errorf(names[0], "", "the parameters have names, so the values need names too")
	}
	used := map[string]bool{}
	for _, t := range names {
		name := b.raw(t)[1:]
		v, ok := named[name]
		if !ok {
			return b.errorf(t, "", "no value was given for :%s", name)
		}
		b.params[t], used[name] = v, true
	}
	for _, a := range args {
		if !used[a.Name] {
			return b.errorf(-1, "", "a value was given for :%s, which the statement does not have", a.Name)
		}
	}
	return nil
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func were(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " was"
	}
	return count(n, noun) + " were"
}
