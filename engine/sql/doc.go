// Package sql turns the text of a statement into a typed logical plan.
//
// # The way of a statement
//
// [Split] cuts a script into statements. [Parse] takes one of them through these steps:
//
//   - scan (token.go, source.go): one flat pass cuts the text into tokens and checks it against [Limits], so that hostile
//     text fails at once and nothing after it can be driven deep.
//   - the statement layer (parse.go, load.go): LOAD, COPY, EXPLAIN, SHOW, CREATE TABLE AS and the like are read here; what is
//     a query in them goes on.
//   - the rewriter (rewrite.go): writes the query anew for sqlparser, which has MySQL's grammar and keeps no positions. Every name
//     becomes t12 and every literal and parameter :t12, where 12 is the index of its token. So each leaf of the tree that
//     comes back knows its place in the original text, no name collides with a reserved word, strings keep their escapes, and
//     forms that sqlparser lacks (CAST AS DOUBLE, FROM 'file.sor', EXTRACT, WITH) are written in ones that it has.
//     What eau2 does not support is refused here (unsupported.go), saying what to use instead.
//   - sqlparser: the grammar.
//
// [Bind] resolves the names of a [Query] against a [Catalogue] and gives a [plan.Node] whose expressions are typed. A SELECT is
// bound clause by clause (select.go); its aggregates are collected while its expressions are bound over the input, and then
// the expressions are lifted over the Aggregate (aggregate.go).
//
// Errors are *[Error]: they have line, column and, in [Error.Detail], a caret below the place, which span.go finds.
//
//	st, err := sql.Parse("SELECT author, COUNT(*) n FROM commits GROUP BY author ORDER BY n DESC LIMIT 10")
//	bound, err := sql.Bind(ctx, st.(*sql.Select).Query, catalogue, nil)
//	p := plan.Optimize(bound.Plan)
//
// To add a function, see package function; an aggregate, the table in aggregate.go; a statement, statement.go and parse.go.
package sql
