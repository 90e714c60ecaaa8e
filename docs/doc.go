// Package docs is the documentation of eau2, and the tests that keep it true.
//
// Its tests read the pages and run what stands in them:
//
//   - a "sh" block of README.md and of the pages is typed into a shell, line by line, in a copy of the tree; what
//     follows a line that starts with "$ " is its output, where "…" stands for anything;
//   - those of cluster.md are typed in a folder of their own, where nodes are left running, at other ports;
//   - a "sql" block is run by eau2sh over the files of docs/examples, and the "text" block after it is its output;
//   - a "go" block must occur in a program of docs/examples, but a block that is a whole program becomes main.go.
//
// After a change of the output, `go test ./docs -update` writes the new one into the pages with SQL: read the diff.
package docs
