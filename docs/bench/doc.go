// Command bench compares eau2 with DuckDB on one machine: the group-by queries of the h2o.ai database benchmark, simple
// scans over the same table, and loading from text.
//
//	go run . -n 10000000                      everything, at ten million rows
//	go run . -n 1000000 -only '^q'            the group-by queries
//	go run . -only q6 -systems eau2 -cpuprofile cpu.prof
//	go run . -results RESULTS.md              writes what it prints to that file too
//
// # How it measures
//
// All systems run in this process on the same number of threads, and every query runs on all of them in turn, so that a
// machine that slows down slows down all. After a run to warm up the median of -runs runs counts. Before the
// clocks start, the answers are compared: the same rows, floating-point numbers to 1e-9 of their size; results too big to
// keep by their number of rows and by sums over each column.
//
// Each system makes its whole result in its own columnar form, which nobody reads: eau2 streams it in chunks, DuckDB
// keeps it (the cheapest way it has: its Arrow interface and CREATE TABLE AS took longer).
// The ratio is DuckDB's better time, in memory or in a file, over eau2's.
//
// A load is timed from text on disk (in the page cache) to a table that can be queried, and for a directory or file until it is
// on stable storage. eau2 reads SoR, DuckDB the same rows as CSV with its types given. GB/s are of their own text.
//
// # Many nodes
//
//	go run . -nodes 4                         what four nodes cost, against one
//	go run . -nodes 4 -results CLUSTER.md
//
// The nodes are processes of eau2sh serve on loopback of this machine, so they cannot be faster than one; what counts is
// the processor time of all of them together, as the system tells it, in steps of 10 ms: that of -runs runs, by their
// number. Loads come from a client, whose time is counted too. Answers are compared as above.
//
// The data is made at the first run, in ./data, and the same for the same -n.
package main
