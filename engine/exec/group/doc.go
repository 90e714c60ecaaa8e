// Package group groups rows and folds each group to one result row: the machinery of plan.Aggregate.
//
// An [Aggregation] is made for a plan node. Each worker pushes its batches into a [Worker] of its own, Finish is called when
// all have, and then Read gives the result in morsels that any number of workers read at the same time.
//
// # Keys
//
// Every key becomes a small integer, its code: a dictionary code, a distance from the smallest value, the bits of a FLOAT, the
// number of an interned string; NULL is code 0 where it can occur. The codes of a row make its key in one of two forms,
// which the layout chooses from what statistics and the first batch say of the ranges:
//
//   - dense: the product of the ranges is small, and the key is an index into an array of records, one for each possible group;
//   - packed: the codes lie side by side in one or more words, and a hash table finds the record.
//
// A guessed range may be wrong. A row with a code outside of it goes to a second table whose layout takes any key. That is
// safe, because whether a key fits depends on nothing but the key: no group is ever in both tables.
//
// # Records
//
// A record is a group's state in whole words: its key (packed form only), then the words of every fold. A fold
// is the part of an aggregate that is updated by rows: a count, a sum, a maximum. AVG and STDDEV of one column share
// their folds with its SUM. All words of a new record are zero, which is the neutral element of every fold: minima and
// maxima are kept as order-preserving words for that reason. A batch is folded column by column: first the place of
// each row's record is found, then each fold runs over its argument in encoded form.
//
// What does not fit a few words (the values behind a quantile, the strings of GROUP_CONCAT, sketches) lies in the pool of
// the worker that saw it, as a list of blocks, and the record holds a handle. Merging two records links their lists.
//
// # Many groups
//
// A worker's hash table stays as small as its cache. When it is full its records are moved, by the top bits of their hash,
// to partitions. Where a table fills with hardly any row finding its group already there, the worker stops looking, and
// makes a record of each row. Read merges one partition of all workers at a time, in a table that again fits the cache.
// A dense array is merged over the workers in Read too, a range of records at a time.
//
// # Partial results
//
// Updating and merging are separate, and a merge needs only two records and the pools behind them. A [Partial] gives, instead of
// results, the state of its groups as batches: the decoded keys, a column for each word of the folds, strings as strings, lists
// and sketches as bytes, long lists in several rows. What DISTINCT aggregates have seen goes along as rows of its own, those of the
// child aggregations. An [Aggregation] of the same plan node takes such batches with [Worker.PushState]: it encodes the keys by
// its own layout, finds or makes the record, and merges the words. That works because both are compiled from the same
// statistics: those of all chunks that the plan lists, whichever of them the Partial has seen.
//
// Where that would merge nearly as much as there were rows, the rows themselves are brought together by their keys, with the
// hashes of a [Hasher]; an [Estimate] tells when.
package group
