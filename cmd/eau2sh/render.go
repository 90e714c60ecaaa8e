package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/eau2db/eau2/engine"
)

// renderer turns one result into text. It appends to b what it has to say, so that it needs no writer and no memory
// of its own beyond what its form asks for.
type renderer interface {
	begin(b []byte, columns []engine.Column) []byte
	row(b []byte, r result) []byte
	end(b []byte) []byte
}

// cutter is a renderer that leaves out columns for want of room.
type cutter interface {
	// hidden returns how many of the columns were left out.
	hidden() int
}

// renderOptions say how a renderer writes.
type renderOptions struct {
	header bool
	width  int    // columns of the terminal, 0 without bounds
	arg    string // what follows the mode's name: the table of insert, the kind of a chart
	plain  bool   // the terminal shows ASCII only
}

// mode is a form of output.
type mode struct {
	name string
	doc  string
	make func(o renderOptions) renderer
}

// modes lists the forms of output, as .help shows them.
var modes = []mode{
	{"table", "a table of ASCII characters, for people", newASCIITable},
	{"box", "a table of box characters", newBoxTable},
	{"markdown", "a Markdown table", newMarkdown},
	{"csv", "comma separated, quoted where needed; NULL is empty, an empty string \"\"", newCSV},
	{"tsv", "tab separated; tab, line break and backslash as \\t \\n \\\\; NULL is empty", newTSV},
	{"json", "one array of objects", newJSON},
	{"jsonl", "an object a line", newJSONL},
	{"line", "name = value, a line each", newLine},
	{"vertical", "as \\G: rows below each other, with their numbers", newVertical},
	{"html", "an HTML table", newHTML},
	{"insert", "INSERT statements; .mode insert NAME names the table", newInsert},
	{"chart", "bars or a line; .mode chart bar, .mode chart line choose", newChart},
	{"trash", "nothing: the query runs and its rows are dropped", newTrash},
}

// outputMode is a mode with its argument.
type outputMode struct {
	mode
	arg string
}

// parseMode reads "csv", "insert t", "chart line".
func parseMode(text string) (outputMode, error) {
	name, arg, _ := strings.Cut(strings.TrimSpace(text), " ")
	arg = strings.TrimSpace(arg)
	var names []string
	for _, m := range modes {
		if strings.EqualFold(m.name, name) {
			if arg != "" && m.name != "insert" && (m.name != "chart" || arg != "bar" && arg != "line") {
				return outputMode{}, fmt.Errorf("mode %s takes no argument %q", m.name, arg)
			}
			return outputMode{m, arg}, nil
		}
		names = append(names, m.name)
	}
	return outputMode{}, fmt.Errorf("unknown mode %q%s: the modes are %s", name, suggest(name, names), strings.Join(names, ", "))
}

// mustMode returns a mode that exists.
func mustMode(name string) outputMode {
	m, err := parseMode(name)
	if err != nil {
		panic(err)
	}
	return m
}

// isNumber says whether values of the type stand to the right.
func isNumber(t engine.Type) bool { return t == engine.Int || t == engine.Float }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// trash drops the rows.
type trash struct{}

func newTrash(renderOptions) renderer                  { return trash{} }
func (trash) begin(b []byte, _ []engine.Column) []byte { return b }
func (trash) row(b []byte, _ result) []byte            { return b }
func (trash) end(b []byte) []byte                      { return b }
