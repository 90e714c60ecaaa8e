// Package eval evaluates plan expressions on vectors.
//
// An [Evaluator] is made once for an expression and worker and then evaluates it for batch after batch, reusing its
// memory. It takes strings in dictionary form wherever that is cheaper: an expression over a single dictionary-coded
// column is computed once for each string of the dictionary, not for each row.
package eval
