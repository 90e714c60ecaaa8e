package main

import (
	"bytes"
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
	pending []byte // the unfinished statement, ends with a line break
	line    int    // lines fed so far
	start   int    // line on which pending begins
	comment bool   // pending began with a comment and may have nothing to run
}

// blank says whether no statement is unfinished.
func (s *script) blank() bool { return len(s.pending) == 0 }

// reset forgets the unfinished statement.
func (s *script) reset() { s.pending, s.comment = nil, false }

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
	if s.blank() {
		s.comment = beginsBlank(line)
	}
	s.pending = append(append(s.pending, line...), '\n')
	switch {
	case strings.IndexByte(line, ';') >= 0:
		// Only a semicolon ends a statement: without one there is no need to look at the whole text again.
		text := string(s.pending)
		stmts, rest := engine.Split(text)
		done = append(done, locate(text, s.start, stmts)...)
		s.keep(text, rest)
	case s.comment && isBlank(string(s.pending)):
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
		text := string(s.pending) + before
		stmts, left := engine.Split(text + ";")
		if len(stmts) == 0 || !isBlank(left) {
			return done, line
		}
		done = append(done, locate(text, s.start, stmts)...)
		done[len(done)-1].vertical = true
		s.reset()
		s.start = s.line
		line = strings.TrimPrefix(strings.TrimLeft(after, " \t"), ";")
	}
}

// locate finds the lines of statements that were cut from text, which begins on a line of the script.
func locate(text string, line int, stmts []string) []statement {
	done := make([]statement, len(stmts))
	for i, stmt := range stmts {
		before, after, found := strings.Cut(text, stmt)
		if found {
			line += strings.Count(before, "\n")
			text = after
		}
		done[i] = statement{text: stmt, line: line}
		line += strings.Count(stmt, "\n")
	}
	return done
}

// keep makes rest, what Split left of text, the pending text, with the white space at its end: that may stand in a quote.
func (s *script) keep(text, rest string) {
	s.reset()
	if rest = strings.TrimSpace(rest); rest == "" {
		return
	}
	s.pending = []byte(text[strings.LastIndex(text, rest):])
	s.start = s.line - bytes.Count(s.pending, []byte("\n")) + 1
	s.comment = beginsBlank(rest)
}

// finish returns the last statement when the script ends without a semicolon.
func (s *script) finish() []statement {
	text := string(s.pending)
	defer s.reset()
	if isBlank(text) {
		return nil
	}
	stmts, rest := engine.Split(text + ";")
	done := locate(text, s.start, stmts)
	if !isBlank(rest) { // an unclosed quote or comment: the engine says what is wrong with it
		done = append(done, statement{text: strings.TrimSpace(text), line: s.start})
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
