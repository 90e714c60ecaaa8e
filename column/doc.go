// Package column holds the four types of eau2, and typed, read-only columns in memory and as bytes.
//
// A table is an ordered list of chunks, and a chunk is an [Array] for every column: values of one [Type] in the
// narrowest [Layout] that holds them, laid out as Arrow lays them out, with [Stats]. Strings that repeat are codes
// into a [Dict] that the chunks of a table share. A [Builder] collects values and chooses the layout.
package column
