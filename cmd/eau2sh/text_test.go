package main

import (
	"math/rand"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFit(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{
		{"abc", 0, "abc"},
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"abcd", 1, "…"},
		{"", 1, ""},
		{"日本語", 6, "日本語"},
		{"日本語", 5, "日本…"},
		{"日本語", 4, "日…"},
		{"e\u0301e\u0301", 2, "e\u0301e\u0301"},
		{"a\nb\tc\rd", 0, `a\nb\tc\rd`},
		{"\x1b[31mred", 0, `\x1b[31mred`},
		{"\x00\x7f", 0, `\x00\x7f`},
		{"\u0085\u202e\u2028\ufeff", 0, `\u0085\u202e\u2028\ufeff`},
		{"a\xffb\xc3", 0, "a\uFFFDb\uFFFD"},
		{"a\nb", 2, "a…"},
		{"👍👍", 3, "👍…"},
	} {
		if got := fit(c.in, c.limit); got != c.want {
			t.Errorf("fit(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
		}
	}
}

func FuzzFitNeverExceedsItsLimit(f *testing.F) {
	f.Add("日本語 text \x1b[2J", 5)
	f.Add("a\u0301\xff\x9b", 2)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = 1 + (limit&0x7fffffff)%100
		got := fit(s, limit)
		if w := displayWidth(got); w > limit {
			t.Errorf("fit(%q, %d) = %q is %d wide", s, limit, got, w)
		}
		for _, r := range got {
			if r < ' ' || r == 0x7f || r > 0x7f && isUnsafe(r) {
				t.Errorf("fit(%q, %d) = %q lets %U through", s, limit, got, r)
			}
		}
		if !utf8.ValidString(got) {
			t.Errorf("fit(%q, %d) = %q is not UTF-8", s, limit, got)
		}
		if whole := fit(s, 0); displayWidth(whole) <= limit && got != whole {
			t.Errorf("fit(%q, %d) cut what fits", s, limit)
		}
	})
}

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", -100: "-100", 1 << 62: "4,611,686,018,427,387,904"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %s", n, got)
		}
	}
	if got := plural(1, "row") + plural(2000, "row"); got != "1 row2,000 rows" {
		t.Error(got)
	}
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "abc", 0}, {"abc", "", 3}, {"tabels", "tables", 1}, {"kitten", "sitting", 3}, {"ab", "ba", 1}} {
		if got := editDistance(c.a, c.b); got != c.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
	random := rand.New(rand.NewSource(2))
	word := func() string {
		var b strings.Builder
		for range random.Intn(6) {
			b.WriteByte("abc"[random.Intn(3)])
		}
		return b.String()
	}
	for range 1000 {
		a, b := word(), word()
		d := editDistance(a, b)
		if d != editDistance(b, a) || d > max(len(a), len(b)) || (d == 0) != (a == b) {
			t.Fatalf("editDistance(%q, %q) = %d", a, b, d)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"tables", "timer", "schema", "quit"}
	for word, want := range map[string]string{"tabels": "tables", "timr": "timer", "xyzzy": "", "TABLES": "tables", "qit": "quit"} {
		if got := nearest(word, names); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}
