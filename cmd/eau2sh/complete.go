package main

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/eau2db/eau2/engine"
)

// mostCandidates is how many completions are shown at once.
const mostCandidates = 50

// completionTime is how long TAB may wait for the list of tables.
const completionTime = 300 * time.Millisecond

// completion is what TAB makes of a line, and what it shows when there are several ways to go on.
type completion struct {
	line []rune
	pos  int
	list string
}

// candidate is a way to complete a word.
type candidate struct {
	text  string // takes the place of the word
	after string // follows it if it is the only one
}

// completeLine completes the word before pos. pending holds the earlier lines of the statement.
func (sh *shell) completeLine(pending string, line []rune, pos int) completion {
	before, after := fromLine(string(line[:pos])), fromLine(string(line[pos:]))
	word, candidates := sh.candidates(pending, before, after)
	return complete(line, pos, len([]rune(word)), candidates, sh.screenWidth())
}

func (sh *shell) screenWidth() int {
	width, _ := terminalSize(sh.env.stdout)
	return width
}

// complete replaces the last typed characters before pos by what all candidates share.
func complete(line []rune, pos, typed int, candidates []candidate, width int) completion {
	unchanged := completion{line: line, pos: pos}
	if len(candidates) == 0 {
		return unchanged
	}
	word := string(line[pos-typed : pos])
	insert := candidates[0].text + candidates[0].after
	if len(candidates) > 1 {
		insert = candidates[0].text
		for _, c := range candidates[1:] {
			insert = commonStart(insert, c.text)
		}
		if len([]rune(insert)) < typed || strings.EqualFold(insert, word) {
			unchanged.list = listCandidates(candidates, width)
			return unchanged
		}
	}
	rest := line[pos:]
	runes := append(append([]rune{}, line[:pos-typed]...), toLine(insert)...)
	return completion{line: append(runes, rest...), pos: len(runes)}
}

// commonStart is the longest start of a that b has in any case.
func commonStart(a, b string) string {
	as, bs := []rune(a), []rune(b)
	n := 0
	for n < len(as) && n < len(bs) && unicode.ToLower(as[n]) == unicode.ToLower(bs[n]) {
		n++
	}
	return string(as[:n])
}

// listCandidates lays candidates out in columns.
func listCandidates(candidates []candidate, width int) string {
	more := len(candidates) - mostCandidates
	candidates = candidates[:min(len(candidates), mostCandidates)]
	names := make([]string, len(candidates))
	widest := 0
	for i, c := range candidates {
		names[i] = fit(c.text, max(1, width-1))
		widest = max(widest, displayWidth(names[i]))
	}
	columns := max(1, (width-1)/(widest+2))
	rows := (len(names) + columns - 1) / columns
	var b strings.Builder
	for row := range rows {
		for i := row; i < len(names); i += rows {
			b.WriteString(names[i])
			if i+rows < len(names) {
				b.WriteString(strings.Repeat(" ", widest+2-displayWidth(names[i])))
			}
		}
		b.WriteString("\r\n")
	}
	if more > 0 {
		b.WriteString("… and " + thousands(int64(more)) + " more\r\n")
	}
	return b.String()
}

// candidates returns the word that before ends with, and what it could become.
func (sh *shell) candidates(pending, before, after string) (word string, found []candidate) {
	if pending == "" && strings.HasPrefix(strings.TrimSpace(before), ".") {
		return sh.dotCandidates(strings.TrimLeft(before, " \t"))
	}
	text := pending + before
	quote, start := openQuote(text)
	if quote == '\'' || quote == '"' {
		word = text[start:]
		switch previous := previousWord(text[:start-1]); previous {
		case "LOAD", "FROM", "JOIN", "TO", ",":
			return word, fileCandidates(word, string(quote), sh.env.getenv)
		}
		return word, nil
	}
	word = lastWord(before)
	if quote == '`' {
		word = text[start:]
	}
	return word, sh.nameCandidates(text, after, word, quote == '`')
}

// nameCandidates completes a name or keyword of a statement; quoted says that it follows a backquote.
func (sh *shell) nameCandidates(text, after, word string, quoted bool) []candidate {
	head := strings.TrimSuffix(text, word)
	if quoted {
		head = strings.TrimSuffix(head, "`")
	}
	qualifier := ""
	if strings.HasSuffix(head, ".") {
		qualifier = strings.Trim(lastWord(strings.TrimSuffix(head, ".")), "`")
	}
	ctx, cancel := context.WithTimeout(context.Background(), completionTime)
	defer cancel()
	tables, _ := sh.session.Tables(ctx) // without them there are still the keywords
	c := collector{word: word, quoted: quoted}
	previous := previousWord(head)
	switch {
	case qualifier != "":
		c.addColumns(mentioned(tables, qualifier, text+word+after))
	case previous == "FROM" || previous == "JOIN" || previous == "INTO" || previous == "TABLE" || previous == "DESCRIBE" || previous == "COPY":
		c.addTables(tables)
	case previous == "" && !quoted:
		c.addKeywords("SELECT", "WITH", "LOAD", "SHOW", "DESCRIBE", "EXPLAIN", "CREATE", "DROP", "ALTER", "COPY")
	default:
		c.addColumns(mentioned(tables, "", text+word+after))
		c.addTables(tables)
		if word != "" && !quoted {
			c.addKeywords(keywords...)
			c.addFunctions(sh.session.Functions())
		}
	}
	return c.sorted()
}

// collector gathers the candidates for a word.
type collector struct {
	word   string
	quoted bool
	found  []candidate
}

// add adds a candidate if it begins with the word and is new.
func (c *collector) add(text, after string) {
	if len(text) >= len(c.word) && strings.EqualFold(text[:len(c.word)], c.word) {
		c.found = append(c.found, candidate{text, after})
	}
}

func (c *collector) addName(name, after string) {
	switch {
	case c.quoted:
		c.add(name, "`"+after)
	case len(name) >= len(c.word) && strings.EqualFold(name[:len(c.word)], c.word):
		c.found = append(c.found, candidate{quoteName(name), after})
	}
}

func (c *collector) addTables(tables []engine.TableInfo) {
	for _, t := range tables {
		c.addName(t.Name, " ")
	}
}

func (c *collector) addColumns(tables []engine.TableInfo) {
	for _, t := range tables {
		for _, column := range t.Columns {
			c.addName(column.Name, "")
		}
	}
}

// addKeywords adds keywords in the case of what was typed.
func (c *collector) addKeywords(words ...string) {
	lower := c.word != "" && c.word == strings.ToLower(c.word)
	for _, k := range words {
		if lower {
			k = strings.ToLower(k)
		}
		c.add(k, " ")
	}
}

func (c *collector) addFunctions(functions []engine.FunctionInfo) {
	lower := c.word != "" && c.word == strings.ToLower(c.word)
	for _, f := range functions {
		if f.Class == "operator" {
			continue
		}
		name := f.Name
		if lower {
			name = strings.ToLower(name)
		}
		c.add(name+"(", "")
	}
}

// sorted returns the candidates by name, each once.
func (c *collector) sorted() []candidate {
	slices.SortStableFunc(c.found, func(a, b candidate) int { return strings.Compare(a.text, b.text) })
	return slices.CompactFunc(c.found, func(a, b candidate) bool { return a.text == b.text })
}

// mentioned returns the table named by a qualifier, or else the tables named in a statement, or else all.
func mentioned(tables []engine.TableInfo, qualifier, text string) []engine.TableInfo {
	words := map[string]bool{}
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !isWordRune(r) }) {
		words[strings.ToLower(w)] = true
	}
	var named []engine.TableInfo
	for _, t := range tables {
		if qualifier != "" && strings.EqualFold(t.Name, qualifier) {
			return []engine.TableInfo{t}
		}
		if words[strings.ToLower(t.Name)] || !isPlainName(t.Name) && strings.Contains(text, "`"+t.Name+"`") {
			named = append(named, t)
		}
	}
	if named == nil {
		return tables
	}
	return named
}

// dotCandidates completes a dot command or its argument.
func (sh *shell) dotCandidates(before string) (word string, found []candidate) {
	command, args, hasArgs := strings.Cut(before[1:], " ")
	c := collector{}
	if !hasArgs {
		c.word = command
		for _, d := range dotCommands() {
			after := " "
			if d.args == "" {
				after = ""
			}
			c.add(d.name, after)
		}
		return command, c.sorted()
	}
	d, err := findDotCommand(command)
	if err != nil {
		return "", nil
	}
	c.word = args
	switch d.name {
	case "read", "import", "output", "once":
		if strings.HasPrefix(args, "|") {
			return "", nil
		}
		quote := ""
		word := args[strings.LastIndexByte(args, ' ')+1:]
		if word != "" && strings.ContainsAny(word[:1], `'"`) {
			quote, word = word[:1], word[1:]
		}
		return word, fileCandidates(word, quote, sh.env.getenv)
	case "mode":
		for _, m := range modes {
			c.add(m.name, "")
		}
	case "headers", "timer":
		c.add("on", "")
		c.add("off", "")
	case "schema", "tables":
		ctx, cancel := context.WithTimeout(context.Background(), completionTime)
		defer cancel()
		tables, _ := sh.session.Tables(ctx)
		for _, t := range tables {
			c.add(t.Name, "")
		}
	case "functions":
		for _, f := range sh.session.Functions() {
			c.add(f.Name, "")
		}
	case "help":
		for _, d := range dotCommands() {
			c.add(d.name, "")
		}
	}
	return args, c.sorted()
}

// fileCandidates completes the name of a file. quote closes it.
func fileCandidates(word, quote string, getenv func(string) string) []candidate {
	dir, name := "", word
	if i := strings.LastIndexByte(word, '/'); i >= 0 {
		dir, name = word[:i+1], word[i+1:]
	}
	entries, err := os.ReadDir(expandHome(dirOf(word), getenv))
	if err != nil {
		return nil
	}
	var found []candidate
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), name) || strings.HasPrefix(e.Name(), ".") && !strings.HasPrefix(name, ".") {
			continue
		}
		isDir := e.IsDir()
		if e.Type()&os.ModeSymlink != 0 {
			if target, err := os.Stat(expandHome(dirOf(word), getenv) + "/" + e.Name()); err == nil {
				isDir = target.IsDir()
			}
		}
		if isDir {
			found = append(found, candidate{dir + e.Name() + "/", ""})
		} else {
			found = append(found, candidate{dir + e.Name(), quote})
		}
	}
	return found
}

// dirOf returns the directory part of a path, with its slash, or "./".
func dirOf(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i+1]
	}
	return "./"
}

// lastWord returns the name or number that text ends with.
func lastWord(text string) string {
	i := strings.LastIndexFunc(text, func(r rune) bool { return !isWordRune(r) })
	_, size := 0, 1
	if i >= 0 {
		for size = 1; i+size < len(text) && text[i+size]&0xc0 == 0x80; size++ {
		}
		return text[i+size:]
	}
	return text
}

// previousWord returns the last word of text in capitals, or the last sign that is no space, or "".
func previousWord(text string) string {
	text = strings.TrimRight(text, " \t\r\n")
	if word := lastWord(text); word != "" {
		return strings.ToUpper(word)
	}
	if text == "" {
		return ""
	}
	return text[len(text)-1:]
}

// openQuote returns the quote that text ends within, and where what it quotes begins; 0 if there is none.
func openQuote(text string) (quote byte, start int) {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote == 0 && (c == '\'' || c == '"' || c == '`'):
			quote, start = c, i+1
		case quote == 0:
			i += commentLength(text[i:])
		case quote == c:
			quote = 0
		case quote != '`' && c == '\\':
			i++
		}
	}
	return quote, start
}

// commentLength returns how many bytes after its first a comment takes that text begins with, 0 if there is none.
func commentLength(text string) int {
	end := ""
	switch {
	case text[0] == '#' || strings.HasPrefix(text, "--"):
		end = "\n"
	case strings.HasPrefix(text, "/*"):
		end = "*/"
	default:
		return 0
	}
	comment, _, _ := strings.Cut(text[1:], end)
	return len(comment)
}
