// Package data makes the data of "degrees of Linus", and searches it by plain loops.
//
// The data are three SoR files:
//
//	users.sor     <uid><"name">
//	projects.sor  <pid><"name">
//	commits.sor   <pid><uid of the author><uid of the committer>
//
// They are made up, and skewed as real commits are: a few projects and authors with very many commits and a long tail of
// both; most projects with one author, and those with several drawing on people who are near each other, so that the search from user
// [Linus] spreads over several degrees. Every row is a function of the options and of its number alone: the
// same options give the same bytes, however many goroutines write them.
//
//	err := data.Write(ctx, dir, data.Options{Commits: 100_000, Projects: 106_000, Users: 27_000})
//
// [Make] gives the same rows as a [Set] in memory, and [Search] is the search at its plainest, which tells what any faster one must find.
package data
