package main

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/eau2db/eau2/engine"
)

func (st statement) describe() string {
	s := fmt.Sprintf("%d:%s", st.line, strings.ReplaceAll(st.text, "\n", "⏎"))
	if st.vertical {
		s += " [vertical]"
	}
	if st.dot {
		s += " [dot]"
	}
	return s
}

// feedAll gives a script the lines of a text.
func feedAll(text string) []string {
	var s script
	var got []string
	for _, line := range strings.Split(text, "\n") {
		for _, st := range s.feed(line) {
			got = append(got, st.describe())
		}
	}
	for _, st := range s.finish() {
		got = append(got, st.describe())
	}
	return got
}

func TestScriptCutsStatements(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"one", "a;", []string{"1:a"}},
		{"two on a line", "a; b;", []string{"1:a", "1:b"}},
		{"the last without semicolon", "a;\nb", []string{"1:a", "2:b"}},
		{"over several lines", "a\nb\n;\nc;", []string{"1:a⏎b", "4:c"}},
		{"a line ends one and begins another", "a; b\nc; d\n;", []string{"1:a", "1:b⏎c", "2:d"}},
		{"the same again", "a;\na; a\n;a;", []string{"1:a", "2:a", "2:a", "3:a"}},
		{"only semicolons", ";;;\n;", nil},
		{"semicolon in quotes", "'a;b';\n'x;\ny';", []string{"1:'a;b'", "2:'x;⏎y'"}},
		{"open quote at the end", "a;\n'b;\nc", []string{"1:a", "2:'b;⏎c"}},
		{"comment only", "-- a;\n/* b;\n c; */\n-- d", nil},
		{"a comment does not hide a dot command", "-- hello\n.tables", []string{"2:.tables [dot]"}},
		{"a comment before a statement", "-- hello\n\na;", []string{"3:a"}},
		{"open comment", "a; /* b;", []string{"1:a", "1:/* b;"}},
		{"dot command", ".mode csv\na;\n  .timer on  ", []string{"1:.mode csv [dot]", "2:a", "3:.timer on [dot]"}},
		{"a dot within a statement is none", "a\n.5;", []string{"1:a⏎.5"}},
		{"a number is no dot command", ".5;", []string{"1:.5"}},
		{"words that leave", "exit\nquit;\n\\q", []string{"1:exit [dot]", "2:quit; [dot]", "3:\\q [dot]"}},
		{"vertical", "a\\G", []string{"1:a [vertical]"}},
		{"vertical over lines", "a\nb \\G\nc;", []string{"1:a⏎b [vertical]", "3:c"}},
		{"vertical after others", "a; b\\G c\\G; d;", []string{"1:a", "1:b [vertical]", "1:c [vertical]", "1:d"}},
		{"vertical in quotes is text", "'\\G';", []string{"1:'\\G'"}},
		{"vertical in a comment is text", "a -- \\G\n;", []string{"1:a -- \\G"}},
		{"vertical alone", "\\G;", []string{"1:\\G"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := feedAll(c.text); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Feeding lines must give what cutting the whole text gives, whatever is quoted over their ends.
func TestScriptGivesWhatSplitGives(t *testing.T) {
	pieces := []string{"a", " ", ";", "'", "b;", "\n", "-- c\n", "/* d", "*/", "\"", "x\n", "; ", "''", "`"}
	random := rand.New(rand.NewSource(1))
	for range 3000 {
		var b strings.Builder
		for range random.Intn(16) {
			b.WriteString(pieces[random.Intn(len(pieces))])
		}
		text := b.String()
		var s script
		var got []string
		for _, line := range strings.Split(text, "\n") {
			for _, st := range s.feed(line) {
				got = append(got, st.text)
			}
		}
		want, _ := engine.Split(text + "\n")
		// A script fed by lines forgets the comments before a statement.
		if !slices.EqualFunc(got, want, func(a, b string) bool { return withoutComments(a) == withoutComments(b) }) {
			t.Fatalf("of %q lines give %q, the whole %q", text, got, want)
		}
	}
}

// A statement of very many lines must not be looked at from its start at each of them: this would take hours.
func TestScriptTakesAVeryLongStatement(t *testing.T) {
	var s script
	for range 200000 {
		if got := s.feed("((((((((((((((((((((((((((((((((((((((((((((((((((" + "\t,"); got != nil {
			t.Fatal(got)
		}
	}
	if got := s.feed(";"); len(got) != 1 || len(got[0].text) < 10e6 || got[0].line != 1 {
		t.Errorf("%d statements", len(got))
	}
}

func TestScriptIsNotBlankWithinAStatement(t *testing.T) {
	var s script
	for _, c := range []struct {
		line  string
		blank bool
	}{{"", true}, {"-- x", true}, {"a", false}, {"", false}, {"b;", true}, {"/* c", false}, {"*/", true}, {"a; b", false}} {
		s.feed(c.line)
		if s.blank() != c.blank {
			t.Errorf("after %q blank is %v", c.line, s.blank())
		}
	}
	s.reset()
	if !s.blank() {
		t.Error("not blank after reset")
	}
}
