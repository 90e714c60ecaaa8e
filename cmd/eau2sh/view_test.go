package main

import (
	"math/rand"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
)

// screenWriter writes to a screen as a terminal does, with a return before every line break.
type screenWriter struct{ *screen }

func (w screenWriter) Write(b []byte) (int, error) {
	w.write([]byte(strings.ReplaceAll(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n", "\r\n")))
	return len(b), nil
}

func newTestView(s *screen) *view {
	v := &view{w: screenWriter{s}, more: "-> ", size: func() (int, int) { return s.width, s.height }}
	v.begin("> ")
	return v
}

func TestViewPaintsTheLine(t *testing.T) {
	for _, c := range []struct {
		name string
		line string // the cursor is at |
		want string
	}{
		{"nothing", "|", "> ▮\n"},
		{"text", "abc|", "> abc▮\n"},
		{"the cursor within", "a|bc", "> a▮bc\n"},
		{"a full row", "12345678|", "> 12345678\n▮\n"},
		{"the cursor at the end of a full row that goes on", "12345678|9", "> 12345678\n▮9\n"},
		{"several rows", "123456781234567890|12", "> 12345678\n1234567890\n▮12\n"},
		{"wide characters", "日本|語", "> 日本▮語\n"},
		{"a wide character that does not fit", "1234567日|", "> 1234567\n日▮\n"},
		{"combining characters", "e\u0301|x", "> e\u0301▮x\n"},
		{"line breaks", "a\nb|c", "> a\n-> b▮c\n"},
		{"the cursor on an earlier line", "a|\nbc", "> a▮\n-> bc\n"},
		{"a line break after a full row", "12345678\nb|", "> 12345678\n\n-> b▮\n"},
		{"a tab", "a\t|b", "> a    ▮b\n"},
		{"more rows than the screen has", "1\n2\n3\n4\n5\n6|", "-> 4\n-> 5\n-> 6▮\n"},
		{"more rows, the cursor above", "1|\n2\n3\n4\n5\n6", "> 1▮\n-> 2\n-> 3\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScreen(10, 4)
			v := newTestView(s)
			before, after, _ := strings.Cut(c.line, "|")
			v.show(toLine(before+after), len(toLine(before)))
			if got := s.String(); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

// However a line changes, the screen shows what painting it afresh would.
func TestViewNeverLeavesRemains(t *testing.T) {
	random := rand.New(rand.NewSource(3))
	alphabet := []rune("ab 日👍\n\té")
	s := newScreen(12, 30)
	s.write([]byte("above\r\n"))
	v := newTestView(s)
	var line []rune
	for range 1000 {
		switch random.Intn(5) {
		case 0:
			line = nil
		case 1:
			line = line[:random.Intn(len(line)+1)]
		default:
			for range random.Intn(12) {
				line = append(line, toLine(string(alphabet[random.Intn(len(alphabet))]))...)
			}
		}
		if len(line) > 100 {
			line = line[:50]
		}
		pos := random.Intn(len(line) + 1)
		v.show(line, pos)
		fresh := newScreen(12, 30)
		fresh.write([]byte("above\r\n"))
		newTestView(fresh).show(line, pos)
		if s.String() != fresh.String() {
			t.Fatalf("%q at %d: got\n%swant\n%s", fromLine(string(line)), pos, s, fresh)
		}
		if len(s.scrolled) > 0 {
			t.Fatalf("%q scrolled the screen", string(line))
		}
	}
}

func TestViewTakesWhatReadlineTells(t *testing.T) {
	s := newScreen(30, 6)
	v := newTestView(s)
	tell := func(text string) { v.Write([]byte(text)) }
	prompt := string(runePrompt)

	v.show([]rune("select"), 3)
	tell("\x1b[J\x1b[2K\r")       // readline clears the line
	tell(prompt + "select\b\b\b") // and writes it
	tell("\b\b\x1b[4mle\x1b[0m")  // and underlines what it found
	if got := s.String(); got != "> sel▮ect\n" {
		t.Errorf("readline's own painting shows:\n%s", got)
	}
	tell("\n\x1b[Jbck-i-search: ele\x1b[4m \x1b[0m\r\x1b[1A\x1b[3C")
	v.show([]rune("select"), 1)
	if got := s.String(); got != "> s▮elect\nsearch: ele\n" {
		t.Errorf("a search shows:\n%s", got)
	}
	tell("\n\x1b[Jfailing bck-i-search: elx\x1b[4m \x1b[0m\r\x1b[1A\x1b[3C")
	v.show([]rune("select"), 1)
	if got := s.String(); got != "> s▮elect\nsearch: elx (not found)\n" {
		t.Errorf("a search in vain shows:\n%s", got)
	}
	tell(prompt + "select")
	if got := s.String(); got != "> s▮elect\n" {
		t.Errorf("the end of a search shows:\n%s", got)
	}
	tell("\x1b[H")
	tell("\a")
	if got := s.String(); got != "> s▮elect\n" || s.bells != 1 {
		t.Errorf("after clearing, %d bells:\n%s", s.bells, got)
	}
	v.printAbove("one\r\ntwo\r\n")
	if got := s.String(); got != "> select\none\ntwo\n> s▮elect\n" {
		t.Errorf("after printing above:\n%s", got)
	}
	tell(prompt + "select^C\n")
	if got := s.String(); got != "> select\none\ntwo\n> select^C\n▮\n" {
		t.Errorf("after the line:\n%s", got)
	}
	v.show([]rune("late"), 0)
	tell(prompt + "late")
	if got := s.String(); got != "> select\none\ntwo\n> select^C\n▮\n" {
		t.Errorf("painted between lines:\n%s", got)
	}
}

func TestViewFollowsTheWidth(t *testing.T) {
	s := newScreen(10, 6)
	v := newTestView(s)
	v.show([]rune("12345678901234567"), 17) // two rows
	wide := newScreen(20, 6)                // a terminal that wraps anew shows it in one
	wide.write([]byte("> 12345678901234567"))
	*s = *wide
	v.resize()
	if got := s.String(); got != "> 12345678901234567▮\n" {
		t.Errorf("wider:\n%s", got)
	}
	narrow := newScreen(8, 6)
	narrow.write([]byte("> 12345678901234567"))
	*s = *narrow
	v.resize()
	if got := s.String(); got != "> 123456\n78901234\n567▮\n" {
		t.Errorf("narrower:\n%s", got)
	}
}

func TestViewInATerminalOfAFewColumns(t *testing.T) {
	for width := 1; width < 4; width++ {
		s := newScreen(max(width, 2), 10)
		v := newTestView(s)
		v.size = func() (int, int) { return width, 10 }
		v.show([]rune("ab日c"), 2)
		v.status = "search: x"
		v.show([]rune("ab日c"), 4)
	}
	if text.RuneWidth('日') != 2 {
		t.Error("wide characters are not measured as wide")
	}
}
