// Package exec runs plans: vectorised operators over chunks, on several workers.
//
// # How a plan runs
//
// A plan is cut into pipelines. A pipeline starts at a source (the chunks of a Scan, literal rows, or the result of a
// pipeline breaker) that is cut into morsels. Workers take morsels in order, turn each into [vector.Batch]es of up to
// vector.Size rows, pass them through the streaming operators (Filter, Project) and push them into a [sink]. The sinks
// that keep their rows are the breakers: an aggregate, a sort, a limit. When every worker is done the breaker's result is
// the source of the next pipeline. The last sink hands batches to the reader of the [Stream], in the order of the rows.
//
// Every batch carries Seq, the number of its morsel: the ordered sinks (the stream, LIMIT, ORDER BY for ties)
// restore the row order with it.
//
// # Parts of a plan
//
// A fragment (see plan.Remote) runs here as any plan does, over some of its chunks where [Options] says so. The rows then carry
// the Seq that they have in a run over all chunks, so that who joins the parts can restore the order, and the first half of
// an aggregate knows the positions of its rows.
//
// # Rules
//
// A worker owns its batches, evaluators and its sinkWorker: nothing in the inner loops is shared or locked. A sink
// copies what it keeps. Every loop over batches checks the context, so that a query ends within a few milliseconds of its
// cancellation. Memory that grows with the data is asked of the [Memory] budget first.
package exec
