package sql

import "strings"

// Split cuts a script at its semicolons into statements, leaving out blank and comment-only pieces. rest is the
// last, unfinished piece (no semicolon, an open quote or comment), which a shell keeps reading lines for; it is empty
// when only white space and finished comments are left. Semicolons in strings, quoted names and comments do not cut.
func Split(script string) (stmts []string, rest string) {
	start, blank := 0, true
	for i := 0; i < len(script); {
		switch c := script[i]; {
		case c == ';':
			if !blank {
				stmts = append(stmts, strings.TrimSpace(script[start:i]))
			}
			i++
			start, blank = i, true
		case c == '\'' || c == '"' || c == '`':
			blank = false
			i = skipQuote(script, i)
		case c == '#' || c == '-' && strings.HasPrefix(script[i:], "--"):
			n := strings.IndexByte(script[i:], '\n')
			if n < 0 {
				n = len(script) - i
			}
			i += n
		case c == '/' && strings.HasPrefix(script[i:], "/*"):
			n := strings.Index(script[i+2:], "*/")
			if n < 0 {
				return stmts, strings.TrimSpace(script[start:])
			}
			blank = blank && !strings.HasPrefix(script[i:], "/*!")
			i += n + 4
		default:
			blank = blank && strings.IndexByte(" \t\r\n\f\v", c) >= 0
			i++
		}
	}
	if blank {
		return stmts, ""
	}
	return stmts, strings.TrimSpace(script[start:])
}

// skipQuote returns the place after the string or name quoted at i, or the script's end when it is not closed.
func skipQuote(script string, i int) int {
	delim := script[i]
	for i++; i < len(script); i++ {
		switch c := script[i]; {
		case c == '\\' && delim != '`':
			i++
		case c == delim:
			if i+1 == len(script) || script[i+1] != delim {
				return i + 1
			}
			i++
		}
	}
	return len(script)
}
