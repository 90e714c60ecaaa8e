// Package engine is eau2's public API: typed, read-only tables, SQL over them, and pipelines in Go.
//
//	eng, err := engine.Open(ctx, engine.Options{})          // in memory; the zero Options works
//	defer eng.Close()
//	_, err = eng.Load(ctx, "commits", "commits.sor", engine.LoadOptions{})
//	rows, err := eng.Query(ctx, "SELECT author, COUNT(*) n FROM commits WHERE project = ? GROUP BY author", 42)
//	defer rows.Close()
//	for rows.Next() {
//		err := rows.Scan(&author, &n)
//	}
//	err = rows.Err()
//
// An [Engine] and everything made from it may be used by any number of goroutines; a [Rows] belongs to one. Every call
// that can wait takes a context, and ends within about 100 ms of its end. Results stream: rows are computed while they are
// read, and a reader who stops early (Close) stops the query.
//
// An [Application] is a Go program that runs on all nodes of a cluster at once. [Main] is its main function:
//
//	func main() { engine.Main(engine.ApplicationFunc(run)) }
//
//	func run(ctx context.Context, node *engine.Node) error {
//		if node.Index() == 0 {
//			_, err := node.Engine().FromSlices(ctx, "numbers", engine.Slice("x", numbers))
//			…
//		}
//		numbers, err := node.Engine().WaitTable(ctx, "numbers")
//		…
//		return node.Barrier(ctx, "done")
//	}
//
// Errors of statements are *[Error]: they know the place in the text and often what was meant.
package engine
