package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"sort"
	"strings"
)

// dotCommand is a command to the shell itself.
type dotCommand struct {
	name string
	args string
	doc  string
	run  func(sh *shell, ctx context.Context, args string) error
}

// dotCommands lists the commands by name. It is a function because .help, among them, lists them.
func dotCommands() []dotCommand {
	return []dotCommand{
		{"edit", "", "edit the last statement with $EDITOR and run it", (*shell).dotEdit},
		{"exit", "", "leave", (*shell).dotQuit},
		{"functions", "[PATTERN]", "list the functions", (*shell).dotFunctions},
		{"headers", "on|off", "show the names of columns", (*shell).dotHeaders},
		{"help", "[PATTERN]", "show these lines", (*shell).dotHelp},
		{"import", "FILE TABLE", "load a file as a table", (*shell).dotImport},
		{"last", "", "run the last statement again and show all of its rows and columns", (*shell).dotLast},
		{"maxrows", "N|auto", "rows to show at most; 0 shows all, auto 1,000 in a terminal", (*shell).dotMaxRows},
		{"mode", "[MODE]", "how results look: " + modeNames(), (*shell).dotMode},
		{"once", "FILE|COMMAND", "send the next result to a file, or with a bar before it to a command: .once |less", (*shell).dotOnce},
		{"output", "FILE|off", "send results to a file from now on", (*shell).dotOutput},
		{"pipe", "COMMAND", "send the next result to a command", (*shell).dotPipe},
		{"quit", "", "leave", (*shell).dotQuit},
		{"read", "FILE", "run a script", (*shell).dotRead},
		{"schema", "[TABLE]", "list the columns of tables", (*shell).dotSchema},
		{"show", "", "show the settings", (*shell).dotShow},
		{"tables", "[PATTERN]", "list the tables", (*shell).dotTables},
		{"timer", "on|off", "show how long each statement takes", (*shell).dotTimer},
		{"watch", "SECONDS", "run the last statement again and again, until Ctrl-C", (*shell).dotWatch},
	}
}

func modeNames() string {
	var names []string
	for _, m := range modes {
		names = append(names, m.name)
	}
	return strings.Join(names, ", ")
}

// runDot runs a dot command, or a word that people expect to be one.
func (sh *shell) runDot(ctx context.Context, line string) error {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, ".") {
		switch strings.ToLower(strings.TrimRight(line, "; \t")) {
		case "exit", "quit", `\q`:
			line = ".quit"
		default:
			line = ".help"
		}
	}
	name, args := line[1:], ""
	if i := strings.IndexAny(name, " \t|"); i >= 0 {
		name, args = name[:i], strings.TrimSpace(name[i:])
	}
	c, err := findDotCommand(name)
	if err != nil {
		return err
	}
	return c.run(sh, ctx, args)
}

// findDotCommand finds a command by its name or an unambiguous beginning of it.
func findDotCommand(name string) (dotCommand, error) {
	name = strings.ToLower(strings.TrimRight(name, ";"))
	var found, all []string
	var command dotCommand
	for _, c := range dotCommands() {
		all = append(all, c.name)
		switch {
		case c.name == name:
			return c, nil
		case strings.HasPrefix(c.name, name):
			found = append(found, "."+c.name)
			command = c
		}
	}
	switch len(found) {
	case 1:
		return command, nil
	case 0:
		if near := nearest(name, all); near != "" {
			return dotCommand{}, fmt.Errorf("unknown command .%s: did you mean .%s?", name, near)
		}
		return dotCommand{}, fmt.Errorf("unknown command .%s: .help lists the commands", name)
	}
	return dotCommand{}, fmt.Errorf("ambiguous command .%s: is it %s?", name, strings.Join(found, " or "))
}

func (sh *shell) dotQuit(context.Context, string) error {
	sh.quit = true
	return nil
}

func (sh *shell) dotHelp(ctx context.Context, pattern string) error {
	var text strings.Builder
	pattern = strings.TrimPrefix(pattern, ".")
	count := 0
	for _, c := range dotCommands() {
		if !matches(pattern, c.name) && !strings.Contains(c.doc, pattern) {
			continue
		}
		count++
		fmt.Fprintf(&text, "%-22s %s\n", strings.TrimSpace("."+c.name+" "+c.args), c.doc)
	}
	switch {
	case count == 0:
		return fmt.Errorf("no command is like %q: .help lists them all", pattern)
	case pattern == "":
		text.WriteString(`
A statement ends with a semicolon, or with \G to show a line for each value.
A file is a table: SELECT COUNT(*) FROM 'commits.sor';
Commands can be shortened: .t for .tables would be ambiguous, .ta is enough.
Ctrl-C ends a query or clears the line, Ctrl-D leaves, Ctrl-R searches the history, TAB completes.
`)
	}
	return sh.print(ctx, text.String())
}

// print writes text to where results go.
func (sh *shell) print(ctx context.Context, text string) error {
	return sh.output.write(ctx, []byte(text))
}

func (sh *shell) dotMode(ctx context.Context, args string) error {
	if args == "" {
		return sh.print(ctx, "mode "+sh.settings.modeName()+"; there are: "+modeNames()+", auto\n")
	}
	if args == "auto" {
		sh.settings.mode = nil
		return nil
	}
	m, err := parseMode(args)
	if err != nil {
		return err
	}
	sh.settings.mode = &m
	return nil
}

func (o settings) modeName() string {
	if o.mode == nil {
		return "auto (table in a terminal, tsv elsewhere)"
	}
	return strings.TrimSpace(o.mode.name + " " + o.mode.arg)
}

func (sh *shell) dotHeaders(_ context.Context, args string) error {
	return setSwitch(".headers", &sh.settings.header, args)
}

func (sh *shell) dotTimer(_ context.Context, args string) error {
	return setSwitch(".timer", &sh.settings.timing, args)
}

func setSwitch(command string, to *bool, args string) error {
	switch strings.ToLower(args) {
	case "on", "yes", "true", "1":
		*to = true
	case "off", "no", "false", "0":
		*to = false
	default:
		return fmt.Errorf("%s takes on or off, not %q", command, args)
	}
	return nil
}

func (sh *shell) dotMaxRows(_ context.Context, args string) error {
	n, err := parseMaxRows(args)
	if err != nil {
		return fmt.Errorf(".maxrows: %w", err)
	}
	sh.settings.maxRows = n
	return nil
}

func (sh *shell) dotShow(ctx context.Context, _ string) error {
	onOff := map[bool]string{true: "on", false: "off"}
	maxRows := itoa(sh.settings.maxRows)
	switch {
	case sh.settings.maxRows < 0:
		maxRows = fmt.Sprintf("auto (%s in a terminal, all elsewhere)", thousands(terminalRows))
	case sh.settings.maxRows == 0:
		maxRows = "0 (all)"
	}
	output := sh.output.name
	if output == "" {
		output = "off (standard output)"
	}
	timeout := "none"
	if sh.settings.timeout > 0 {
		timeout = sh.settings.timeout.String()
	}
	return sh.print(ctx, fmt.Sprintf("mode     %s\nheaders  %s\ntimer    %s\nmaxrows  %s\noutput   %s\ntimeout  %s\n",
		sh.settings.modeName(), onOff[sh.settings.header], onOff[sh.settings.timing], maxRows, output, timeout))
}

// words cuts arguments at white space outside quotes.
func words(args string) ([]string, error) {
	var all []string
	for args = strings.TrimSpace(args); args != ""; args = strings.TrimSpace(args) {
		if q := args[0]; q == '\'' || q == '"' {
			word, rest, found := strings.Cut(args[1:], string(q))
			if !found {
				return nil, fmt.Errorf("a quote is not closed in %s", args)
			}
			all, args = append(all, word), rest
			continue
		}
		i := strings.IndexAny(args, " \t")
		if i < 0 {
			i = len(args)
		}
		all, args = append(all, args[:i]), args[i:]
	}
	return all, nil
}

// oneWord returns the single argument of a command.
func oneWord(command, args, what string) (string, error) {
	all, err := words(args)
	if err != nil {
		return "", err
	}
	if len(all) != 1 {
		return "", fmt.Errorf("%s takes %s", command, what)
	}
	return all[0], nil
}

// matches says whether a name is like a pattern: with * or % for anything, or else a part of the name.
func matches(pattern, name string) bool {
	pattern, name = strings.ToLower(strings.ReplaceAll(pattern, "%", "*")), strings.ToLower(name)
	if !strings.ContainsAny(pattern, "*?[") {
		return strings.Contains(name, pattern)
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// suggest returns ", did you mean NAME?" for the name nearest to a misspelt one, or nothing.
func suggest(name string, names []string) string {
	if near := nearest(name, names); near != "" {
		return ", did you mean " + near + "?"
	}
	return ""
}

// nearest returns the name with the fewest edits to a misspelt one, if they are few, or "".
func nearest(name string, names []string) string {
	sorted := append([]string(nil), names...)
	sort.Strings(sorted)
	best, least := "", max(1, len(name)/2)+1
	for _, candidate := range sorted {
		if d := editDistance(strings.ToLower(name), strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// editDistance counts the letters to insert, delete, replace or swap with their neighbour to make b of a: the optimal
// string alignment distance.
func editDistance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}

var errNoStatement = errors.New("there is no last statement")
