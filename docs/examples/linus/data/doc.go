// Package data makes the data of "degrees of Linus", and searches it by plain loops.
//
// The data are three SoR files:
//
//	users.sor     <uid><"name">
//	projects.sor  <pid><"name">
//	commits.sor   <pid><uid of the author><uid of the committer>
//
// They are made up, and skewed as real commits are: a few projects and authors have very many commits, and there is a
// long tail of both; most projects have one author, and larger ones draw on people who are near each other, so that the
// search from user [Linus] spreads over several degrees. Every row is a function of the options and of its number
// alone: the same options give the same bytes, however many goroutines write them.
//
//	err := data.Write(ctx, dir, data.Options{Commits: 100_000, Projects: 106_000, Users: 27_000})
//
// [Make] gives the same rows as a [Set] in memory, and [Search] is the search at its plainest, which tells what any
// faster one must find. With a few ten thousand commits the search may end early, because hardly anybody is near anybody:
// fewer projects and users, as in Options{Commits: 20_000, Projects: 8_000, Users: 5_000}, let it go on. Load the
// columns of ids with their type, INT, as that of a single project would pass for BOOL.
package data
