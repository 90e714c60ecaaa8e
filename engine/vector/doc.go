// Package vector holds the rows that flow between operators: a [Vec] is up to [Size] values of one column in
// wide, directly indexable form; a [Batch] is a set of rows, whose columns are either computed vectors or columns
// of a chunk that are loaded when an operator asks for them.
//
// Chunks stay encoded ([column.Array]: narrow integers, dictionary codes, bitmaps). An operator that can work on
// the encoded form takes it from [Batch.Array]; everything else calls [Batch.Col] and gets int64, float64, bool or
// strings. Strings that come from a dictionary stay codes until somebody calls [Vec.Strings].
//
// Batches and vectors belong to one worker goroutine and are reused for the next rows: who keeps rows copies them.
package vector
