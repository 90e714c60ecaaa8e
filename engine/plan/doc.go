// Package plan holds the typed logical plan: expressions ([Expr]) and operators ([Node]) as plain data trees, made by
// the binder from SQL or by the DataFrame methods, improved by rules, and run by exec.
//
// A plan names no goroutine, file or pointer into a chunk: a [Scan] is a table and a list of chunks, so that the same
// plan over another list of chunks can run elsewhere. That is a fragment.
//
// The last operators, in remote.go, are those of plans that were cut in two: package fragment makes them.
//
// [Optimize] applies the rules, each a pure function from plan to plan in a file of its own: simplify.go, filters.go,
// projects.go, limits.go, prune.go, columns.go, empty.go, answer.go. A rule never changes the rows of the result or, at the root, their
// order and the names of their columns. [Fold] needs an evaluator and is called by the engine before them.
package plan
