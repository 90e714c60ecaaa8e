package engine

import (
	"fmt"
	"math"
	"runtime/debug"
	"strings"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/sql"
	"github.com/eau2db/eau2/engine/vector"
)

// Native is the Go type of a column's values: bool for BOOL, int64 for INT, float64 for FLOAT, string for STRING.
type Native interface {
	bool | int64 | float64 | string
}

func nativeType[T Native]() column.Type {
	var zero T
	switch any(zero).(type) {
	case bool:
		return column.Bool
	case int64:
		return column.Int
	case float64:
		return column.Float
	}
	return column.String
}

// nativeSlice returns the values of v, which has T's type.
func nativeSlice[T Native](v *vector.Vec) []T {
	var s any
	switch v.Type {
	case column.Bool:
		s = v.Bool
	case column.Int:
		s = v.Int
	case column.Float:
		s = v.Float
	default:
		s = v.Strings()
	}
	return s.([]T)
}

// Func1 applies a Go function to every value of x: Func1(strings.ToUpper, Col("name")). A NULL gives NULL, without a
// call. f is called from several goroutines, and must give the same for the same: it may be called once for equal values. A
// panic in f ends the statement with an error. In a cluster the rows come to the node that runs the pipeline; a function that is to
// run at the data has to be registered: see RegisterFunc1.
func Func1[A, R Native](f func(A) R, x Expr) Expr {
	return userCall(&function.Func{Name: "func", Class: function.Closure, Usage: "func", Overloads: kernel1("a Go function", f)}, x)
}

// Func2 is Func1 for a function of two arguments.
func Func2[A, B, R Native](f func(A, B) R, x, y Expr) Expr {
	return userCall(&function.Func{Name: "func", Class: function.Closure, Usage: "func", Overloads: kernel2("a Go function", f)}, x, y)
}

// RegisterFunc1 gives the whole program a function under a name, which SQL and Call know it by, too, and returns what applies it:
//
//	var initial = engine.RegisterFunc1("INITIAL", func(s string) string { return s[:1] })
//
//	users.With(initial(engine.Col("name")).As("i")) // or SELECT INITIAL(name) i FROM users
//
// It is as Func1, but in a cluster it runs at the data, on all nodes; they have to be the same program, or the statement fails. It is
// to be called when the program starts. A name that is taken, or is none, makes it panic.
func RegisterFunc1[A, R Native](name string, f func(A) R) func(x Expr) Expr {
	fn := register(name, []column.Type{nativeType[A]()}, kernel1("function "+name, f))
	return func(x Expr) Expr { return userCall(fn, x) }
}

// RegisterFunc2 is RegisterFunc1 for a function of two arguments.
func RegisterFunc2[A, B, R Native](name string, f func(A, B) R) func(x, y Expr) Expr {
	fn := register(name, []column.Type{nativeType[A](), nativeType[B]()}, kernel2("function "+name, f))
	return func(x, y Expr) Expr { return userCall(fn, x, y) }
}

// register makes a function known to the program.
func register(name string, args []column.Type, overloads []function.Overload) *function.Func {
	var types []string
	for _, t := range args {
		types = append(types, t.String())
	}
	usage := name + "(" + strings.Join(types, ", ") + ")"
	fn := &function.Func{Name: name, Class: function.User, Usage: usage, Doc: "a function of the program, " + overloads[0].Result.String(), Overloads: overloads}
	err := sql.FreeName(name)
	if err == nil {
		err = function.Register(fn)
	}
	if err != nil {
		panic("engine: register a function: " + err.Error())
	}
	return fn
}

func kernel1[A, R Native](in string, f func(A) R) []function.Overload {
	return kernel[R](in, []column.Type{nativeType[A]()}, func(args []*vector.Vec, out *vector.Vec) {
		a, r := nativeSlice[A](args[0]), nativeSlice[R](out)
		for i, v := range a {
			if out.Null == nil || !out.Null[i] {
				r[i] = f(v)
			}
		}
	})
}

func kernel2[A, B, R Native](in string, f func(A, B) R) []function.Overload {
	return kernel[R](in, []column.Type{nativeType[A](), nativeType[B]()}, func(args []*vector.Vec, out *vector.Vec) {
		a, b, r := nativeSlice[A](args[0]), nativeSlice[B](args[1]), nativeSlice[R](out)
		for i, v := range a {
			if out.Null == nil || !out.Null[i] {
				r[i] = f(v, b[i])
			}
		}
	})
}

// kernel makes an overload of what runs the user's function over vectors.
func kernel[R Native](in string, args []column.Type, run func(args []*vector.Vec, out *vector.Vec)) []function.Overload {
	return []function.Overload{{Args: args, Result: nativeType[R](), Eval: func(args []*vector.Vec, out *vector.Vec) (err error) {
		defer userPanic(&err, in, vector.Place{})
		run(args, out)
		if out.Type == column.Float {
			for i, f := range out.Float {
				if (math.IsNaN(f) || math.IsInf(f, 0)) && !out.IsNull(i) {
					return fmt.Errorf("%s returned %v, which is no FLOAT value", in, f)
				}
			}
		}
		return nil
	}}}
}

func userCall(fn *function.Func, xs ...Expr) Expr {
	return Expr{name: fn.Name, bind: func(fields []column.Field) (plan.Expr, error) {
		bound, err := bindAll(xs, fields)
		if err != nil {
			return nil, err
		}
		return plan.NewCallOf(fn, bound...)
	}}
}

// userPanic turns a panic of the user's code into an error that says in what and, where that is known, for which rows.
func userPanic(err *error, in string, at vector.Place) {
	if p := recover(); p != nil {
		*err = &function.Panic{In: in, Value: p, Stack: debug.Stack(), Place: at}
	}
}
