// Package plan holds the typed logical plan: expressions ([Expr]) and operators ([Node]) as plain data trees, made by
// the binder from SQL or by the DataFrame methods, improved by rules, and run by exec.
//
// A plan names no goroutine, file or pointer into a chunk: a [Scan] is a table and a list of chunks, so that the same
// plan over another list of chunks can run elsewhere. That is a fragment.
package plan
