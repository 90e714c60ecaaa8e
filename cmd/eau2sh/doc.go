// Eau2sh is the shell of eau2: SQL over big typed text data, at a prompt, in one shot or from a script.
//
//	eau2sh commits.sor                       the prompt, with the file as table commits
//	eau2sh -e "SELECT COUNT(*) FROM 'commits.sor'"
//	eau2sh -f report.sql --mode csv > report.csv
//
// A statement's way through the package:
//
//	flags.go     the command line becomes options and steps (-e, -f, standard input)
//	script.go    text becomes statements and dot commands
//	shell.go     a statement goes to the session
//	session.go   the session: an engine in this process; tests have another
//	show.go      its rows go to a renderer
//	render.go    rows become text; one file a family of modes (render_*.go, chart.go)
//	output.go    where the text goes: standard output, a file, a command
//	progress.go  what a terminal sees meanwhile
//
// At a prompt repl.go reads the statements, through line.go: the interface of a line editor, with the plain one
// beside it. The real one is chzyer/readline, fed by keys.go (which understands pasting), painted by view.go,
// with history.go and complete.go. The commands that begin with a dot are in dot.go and dot_*.go.
//
// Rules: standard output carries results and nothing else. Notes, warnings, timing and errors go to standard error;
// progress too, and only to a terminal. Nothing holds a whole result: a renderer sees a row at a time.
package main
