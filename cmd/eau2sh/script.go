package main

import (
	"strings"

	"github.com/eau2db/eau2/engine"
)

// statement is one statement or dot command of a script.
type statement struct {
	text     string
	line     int  // of its first character in the script, from 1
	vertical bool // ended with \G: show it with a line for each value
	dot      bool // a dot command
}

// script cuts lines into statements as they come, so that a script on a pipe runs while it is being written.
// The zero value is ready.
type script struct {
	pending string // the unfinished statement, ends with a line break
	line    int    // lines fed so far
	start   int    // line on which pending begins
}

// blank says whether no statement is unfinished.
func (s *script) blank() bool { return s.pending == "" }

// reset forgets the unfinished statement.
func (s *script) reset() { s.pending = "" }

// feed takes the next line, without its line break, and returns the statements it completes.
func (s *script) feed(line string) []statement {
	first := s.line + 1
	s.line += 1 + strings.Count(line, "\n")
	if s.blank() {
		if word := strings.TrimSpace(line); isDotCommand(word) {
			return []statement{{text: word, line: first, dot: true}}
		}
		s.start = first
	}
	done, line := s.feedVertical(line)
	s.pending += line + "\n"
	switch {
	case strings.IndexByte(line, ';') >= 0:
		// Only a semicolon ends a statement: without one there is no need to look at the whole text again.
		stmts, rest := engine.Split(s.pending)
		done = append(done, s.locate(stmts)...)
		s.keep(rest)
	case beginsBlank(s.pending) && isBlank(s.pending):
		s.reset()
	}
	return done
}

// feedVertical takes what a line ends with \G, and returns those statements and what is left of the line.
func (s *script) feedVertical(line string) (done []statement, rest string) {
	for {
		before, after, found := strings.Cut(line, `\G`)
		if !found {
			return done, line
		}
		// \G ends a statement where a semicolon in its place would: not in a quote or comment.
		text := s.pending + before
		stmts, left := engine.Split(text + ";")
		if len(stmts) == 0 || !isBlank(left) {
			return done, line
		}
		s.pending = text
		located := s.locate(stmts)
		located[len(located)-1].vertical = true
		done = append(done, located...)
		s.reset()
		s.start = s.line
		line = strings.TrimPrefix(strings.TrimLeft(after, " \t"), ";")
	}
}

// locate finds the lines of statements that were cut from pending.
func (s *script) locate(texts []string) []statement {
	done := make([]statement, len(texts))
	rest, line := s.pending, s.start
	for i, text := range texts {
		if at := strings.Index(rest, text); at >= 0 {
			line += strings.Count(rest[:at], "\n")
			rest = rest[at:]
		}
		done[i] = statement{text: text, line: line}
	}
	return done
}

// keep makes rest, what Split left of the pending text, the pending text, with the white space at its end: that may
// stand in a quote.
func (s *script) keep(rest string) {
	rest = strings.TrimSpace(rest)
	if isBlank(rest) {
		s.reset()
		return
	}
	s.pending = s.pending[strings.LastIndex(s.pending, rest):]
	s.start = s.line - strings.Count(s.pending, "\n") + 1
}

// finish returns the last statement when the script ends without a semicolon.
func (s *script) finish() []statement {
	defer s.reset()
	if isBlank(s.pending) {
		return nil
	}
	stmts, rest := engine.Split(s.pending + ";")
	done := s.locate(stmts)
	if !isBlank(rest) { // an unclosed quote or comment: the engine says what is wrong with it
		done = append(done, statement{text: strings.TrimSpace(s.pending), line: s.start})
	}
	return done
}

// isDotCommand says whether a line is for the shell itself.
func isDotCommand(line string) bool {
	if len(line) > 1 && line[0] == '.' {
		return line[1] != '.' && (line[1] < '0' || line[1] > '9')
	}
	switch strings.ToLower(strings.TrimRight(line, "; \t")) {
	case "exit", "quit", `\q`, "help", `\?`, `\h`, "?":
		return true
	}
	return false
}

// beginsBlank says whether text begins as one does that has nothing to run.
func beginsBlank(text string) bool {
	text = strings.TrimSpace(text)
	return text == "" || text[0] == '#' || strings.HasPrefix(text, "--") || strings.HasPrefix(text, "/*")
}

// isBlank says whether text has nothing to run: only white space and comments.
func isBlank(text string) bool {
	stmts, rest := engine.Split(text)
	return len(stmts) == 0 && rest == ""
}
