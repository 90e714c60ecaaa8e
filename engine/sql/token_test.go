package sql

import (
	"context"
	"testing"

	"github.com/eau2db/eau2/engine/plan"
)

func TestStringsAreUnescaped(t *testing.T) {
	for literal, want := range map[string]string{
		`'it''s'`: "it's", `"say ""x"""`: `say "x"`, `'"'`: `"`, `'\''`: "'", `"\""`: `"`, `''`: "", `'a''''b'`: "a''b",
		`'\0\b\n\r\t\Z\\'`: "\x00\b\n\r\t\x1a\\", `'\q'`: "q", `'\%\_'`: `\%\_`, "'new\nline'": "new\nline", `'ä日'`: "ä日",
		"'\xff'": "\xff", `x'41c3a4'`: "Aä", `X''`: "", `'--#/*'`: "--#/*",
	} {
		st, err := Parse("SELECT " + literal)
		if err != nil {
			t.Errorf("%s: %v", literal, err)
			continue
		}
		b, err := Bind(context.Background(), st.(*Select).Query, newCatalogue("t a INT"), nil)
		if err != nil {
			t.Errorf("%s: %v", literal, err)
			continue
		}
		if got := b.Plan.(*plan.Project).Exprs[0].(*plan.Const).Value.Str; got != want {
			t.Errorf("%s: got %q, want %q", literal, got, want)
		}
	}
}

func TestTokensKeepTheirPlaces(t *testing.T) {
	const text = "SELECT `a``b` , 'x;''y' -- c\n,:p /* ( */ FROM \"f\" WHERE 1.5e3<=>.5 AND größe!=?"
	s, err := scan(text, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"SELECT", "`a``b`", ",", "'x;''y'", ",", ":p", "FROM", `"f"`, "WHERE", "1.5e3", "<=>", ".5", "AND", "größe", "!=", "?", ""}
	if len(s.toks) != len(want) {
		t.Fatalf("%d tokens, want %d", len(s.toks), len(want))
	}
	for i, w := range want {
		if got := s.raw(i); got != w {
			t.Errorf("token %d is %q, want %q", i, got, w)
		}
	}
	if got := s.value(1); got != "a`b" {
		t.Errorf("the name is %q", got)
	}
}

func TestParenthesesKnowEachOther(t *testing.T) {
	s, err := scan("f(a, (b)) (c)", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][2]int32{{1, 7}, {4, 6}, {8, 10}} {
		if o, c := s.toks[pair[0]], s.toks[pair[1]]; o.mate != pair[1] || c.mate != pair[0] {
			t.Errorf("%d and %d: mates %d and %d", pair[0], pair[1], o.mate, c.mate)
		}
	}
	for tok, up := range map[int]int32{0: -1, 1: -1, 2: 1, 4: 1, 5: 4, 6: 1, 7: -1, 9: 8} {
		if got := s.toks[tok].up; got != up {
			t.Errorf("token %d is in %d, want %d", tok, got, up)
		}
	}
}
