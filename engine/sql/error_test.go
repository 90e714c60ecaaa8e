package sql

import (
	"errors"
	"strings"
	"testing"
)

func TestDetailPointsAtThePlace(t *testing.T) {
	for _, c := range []struct{ name, text, mark, want string }{
		{"the first line", "SELECT x", "x", "  SELECT x\n         ^"},
		{"a later line", "SELECT\n  x\nFROM t", "x", "    x\n    ^"},
		{"tabs", "\tSELECT\tx", "x", "  \tSELECT\tx\n  \t      \t^"},
		{"wide characters", "SELECT '日本', x", ", x", "  SELECT '日本', x\n               ^"},
		{"combining characters", "SELECT 'e\u0301', x", ", x", "  SELECT 'e\u0301', x\n            ^"},
		{"the end", "SELECT", "", "  SELECT\n        ^"},
		{"carriage returns", "SELECT x\r\nFROM", "x", "  SELECT x\n         ^"},
		{"escapes for the terminal", "SELECT '\x1b[31m', x", ", x", "  SELECT '\ufffd[31m', x\n                ^"},
	} {
		pos := len(c.text)
		if c.mark != "" {
			pos = strings.Index(c.text, c.mark)
		}
		got := NewError(c.text, pos, "message", "a hint", nil).Detail()
		_, excerpt, _ := strings.Cut(got, "\n")
		if excerpt != c.want+"\na hint" {
			t.Errorf("%s: got\n%q, want\n%q", c.name, excerpt, c.want+"\na hint")
		}
	}
}

func TestDetailShortensLongLines(t *testing.T) {
	text := "SELECT " + strings.Repeat("a, ", 1000) + "x" + strings.Repeat(", b", 1000)
	d := NewError(text, strings.Index(text, "x"), "m", "", nil).Detail()
	lines := strings.Split(d, "\n")
	if len(lines) != 3 || len(lines[1]) > 120 {
		t.Fatalf("got %d lines, the excerpt %d bytes long:\n%s", len(lines), len(lines[1]), d)
	}
	excerpt := []rune(lines[1])
	if at := strings.Index(lines[2], "^"); excerpt[at] != 'x' {
		t.Errorf("the caret is at %q:\n%s", excerpt[at], d)
	}
}

func TestErrorCountsCharactersAndWraps(t *testing.T) {
	cause := errors.New("cause")
	e := NewError("SELECT 'ä',\n 'ö', x", strings.Index("SELECT 'ä',\n 'ö', x", "x"), "unknown column x", "", cause)
	if e.Line != 2 || e.Col != 7 {
		t.Errorf("line %d, column %d, want 2 and 7", e.Line, e.Col)
	}
	if got, want := e.Error(), "line 2, column 7: unknown column x"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !errors.Is(e, cause) {
		t.Error("the cause is lost")
	}
	none := NewError("SELECT", -1, "m", "", nil)
	if none.Error() != "m" || none.Detail() != "m" || none.Pos != -1 {
		t.Errorf("without a place: %q, %q, %d", none.Error(), none.Detail(), none.Pos)
	}
	if e := NewError("abc", 100, "m", "", nil); e.Pos != -1 {
		t.Errorf("a place past the end is kept: %d", e.Pos)
	}
}

func TestNearestName(t *testing.T) {
	names := []string{"author", "committer", "pid", "id", "Total"}
	for name, want := range map[string]string{
		"autor": "author", "auhtor": "author", "AUTHOR": "author", "comitter": "committer", "pdi": "pid",
		"totall": "Total", "x": "", "zzzzzz": "", "i": "", "ib": "id", "": "", strings.Repeat("a", 100): "",
	} {
		if got := nearest(name, names); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"abc", "abd", 1}, {"abc", "ab", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3}} {
		if got := distance(c.a, c.b, 10); got != c.want {
			t.Errorf("%q, %q: got %d, want %d", c.a, c.b, got, c.want)
		}
		if got := distance(c.a, c.b, 2); got != min(c.want, 2) {
			t.Errorf("%q, %q with limit 2: got %d", c.a, c.b, got)
		}
	}
}
