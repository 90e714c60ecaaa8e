// Package function holds the scalar functions and operators of SQL: their names, types, documentation and
// vectorised implementations, and the names and types of the aggregates (which exec implements).
//
// A [Func] has [Overload]s by argument types. The binder calls [Lookup] and [Func.Resolve], inserts the casts that
// the overload asks for, and the evaluator calls Overload.Eval on vectors. To add a function, add one entry to the
// table of its class (string.go, numeric.go, date.go, ...): binding, SHOW FUNCTIONS and the documentation follow.
package function
