// Package fragment cuts plans in two, and turns the half that runs at the data into bytes.
//
// [Split] takes an optimised plan and finds what can run where the chunks are: a Scan with the filters and projections on
// it, and on top of these the first half of an aggregate or DISTINCT (plan.Partial), the candidates of an ORDER BY with a limit
// (plan.Top), or a LIMIT. It stands as a plan.Remote in the plan that is left:
//
//	Project                       Project
//	  Aggregate                     Merge
//	    Filter             =>         Remote
//	      Scan t                        Partial
//	                                      Filter
//	                                        Scan t
//
// The fragment names the whole list of chunks; who runs it reads a part of them, which is told apart from the plan. So
// all parts and the Merge see the same statistics, from which an aggregate chooses how it keeps its groups. Any part can be run
// again, by anybody who has its chunks, and gives the same.
//
// # Bytes
//
// [Encode] and [Decode] carry fragments and expressions between nodes of one build. Tables go as id and name, functions as
// name and number of the overload. What came from another process is checked as if a binder had made it: columns are those
// of the input, arguments have the types that the overload takes, aggregates are what plan.NewAgg makes of them. Bad bytes
// give an error, never a panic, and take memory in proportion to their length.
//
// Where merging the halves of an aggregate would cost more than it saves, the whole aggregate goes into the fragment, over a
// plan.Shuffle: who runs it gets all rows of its groups, from all who have chunks.
//
// What cannot go to another node gives [ErrNotPortable]: Go functions that are closures, tables without an id. [Split] leaves it
// where it is. A Go function that the program has registered goes by its name, behind what tells the program from other builds.
package fragment
