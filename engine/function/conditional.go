package function

import (
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

const condition = "conditional"

var conditional = []*Func{
	{Name: "COALESCE", Class: condition, Usage: "COALESCE(a, ...)", Doc: "the first argument that is not NULL",
		Overloads: overloads(coalesce[bool](), coalesce[int64](), coalesce[float64](), coalesce[string]())},
	{Name: "IFNULL", Aliases: []string{"NVL"}, Class: condition, Usage: "IFNULL(a, b)", Doc: "a, or b where a is NULL",
		Overloads: overloads(two(coalesce[bool]()), two(coalesce[int64]()), two(coalesce[float64]()), two(coalesce[string]()))},
	{Name: "NULLIF", Class: condition, Usage: "NULLIF(a, b)", Doc: "NULL where a equals b, else a",
		Overloads: overloads(nullIf[bool](), nullIf[int64](), nullIf[float64](), nullIf[string]())},
	{Name: "IF", Aliases: []string{"IIF"}, Class: condition, Usage: "IF(condition, a, b)", Doc: "a where the condition is true, else b",
		Overloads: overloads(ifElse[bool](), ifElse[int64](), ifElse[float64](), ifElse[string]())},
	{Name: "ISNULL", Class: condition, Usage: "ISNULL(a)", Doc: "whether a is NULL",
		Overloads: overloads(isNull(column.Bool), isNull(column.Int), isNull(column.Float), isNull(column.String))},
	{Name: "GREATEST", Class: condition, Usage: "GREATEST(a, b, ...)", Doc: "the largest argument, NULL where one is NULL",
		Overloads: overloads(extreme[int64](greater.ints), extreme[float64](greater.floats), extreme[string](greater.strings), extreme(boolsAfter))},
	{Name: "LEAST", Class: condition, Usage: "LEAST(a, b, ...)", Doc: "the smallest argument, NULL where one is NULL",
		Overloads: overloads(extreme[int64](less.ints), extreme[float64](less.floats), extreme[string](less.strings), extreme(boolsBefore))},
}

// two makes an overload take exactly two arguments.
func two(o Overload) Overload {
	o.Args, o.Variadic = []column.Type{o.Result, o.Result}, false
	return o
}

func coalesce[T value]() Overload {
	t := typeOf[T]()
	return Overload{Args: []column.Type{t}, Variadic: true, Result: t, NullSafe: true, Eval: func(args []*vector.Vec, out *vector.Vec) error {
		r := of[T](out)
		for i := range r {
			var zero T
			r[i] = zero
		}
		null := out.Nulls()
		for i := range null {
			null[i] = true
		}
		left := len(r)
		for _, a := range args {
			if left == 0 {
				break
			}
			x := of[T](a)
			for i, open := range null {
				if open && !a.IsNull(i) {
					r[i], null[i] = x[i], false
					left--
				}
			}
		}
		if left == 0 {
			out.Null = nil
		}
		return nil
	}}
}

func nullIf[T value]() Overload {
	t := typeOf[T]()
	return Overload{Args: []column.Type{t, t}, Result: t, NullSafe: true, Eval: func(args []*vector.Vec, out *vector.Vec) error {
		r, a, b := of[T](out), of[T](args[0]), of[T](args[1])
		out.AddNulls(args[0].Null)
		copy(r, a)
		for i := range r {
			if a[i] == b[i] && !args[1].IsNull(i) {
				out.SetNull(i)
			}
		}
		return nil
	}}
}

func ifElse[T value]() Overload {
	t := typeOf[T]()
	return Overload{Args: []column.Type{column.Bool, t, t}, Result: t, NullSafe: true, Eval: func(args []*vector.Vec, out *vector.Vec) error {
		r, a, b := of[T](out), of[T](args[1]), of[T](args[2])
		for i, cond := range args[0].Bool {
			from, x := args[2], b[i]
			if cond && !args[0].IsNull(i) {
				from, x = args[1], a[i]
			}
			r[i] = x
			if from.IsNull(i) {
				out.SetNull(i)
			}
		}
		return nil
	}}
}

func isNull(t column.Type) Overload {
	return Overload{Args: []column.Type{t}, Result: column.Bool, NullSafe: true, Eval: func(args []*vector.Vec, out *vector.Vec) error {
		clear(out.Bool)
		copy(out.Bool, args[0].Null)
		return nil
	}}
}

// extreme makes the overload of GREATEST or LEAST; better tells in which rows a is to be preferred to b.
func extreme[T value](better func(r []bool, a, b []T)) Overload {
	t := typeOf[T]()
	return Overload{Args: []column.Type{t, t}, Variadic: true, Result: t, Eval: func(args []*vector.Vec, out *vector.Vec) error {
		r := of[T](out)
		copy(r, of[T](args[0]))
		win := make([]bool, len(r))
		for _, a := range args[1:] {
			x := of[T](a)
			better(win, x, r)
			for i, w := range win {
				if w {
					r[i] = x[i]
				}
			}
		}
		return nil
	}}
}

func boolsAfter(r, a, b []bool) {
	for i := range r {
		r[i] = a[i] && !b[i]
	}
}

func boolsBefore(r, a, b []bool) { boolsAfter(r, b, a) }
