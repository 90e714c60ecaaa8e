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
// Errors of statements are *[Error]: they know the place in the text and often what was meant.
package engine
