package function

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// chars cuts s into characters; an invalid byte is one.
func chars(s string) []string {
	var c []string
	for s != "" {
		w := width(s)
		c = append(c, s[:w])
		s = s[w:]
	}
	return c
}

// likeModel is LIKE with the escape character \, by trying everything.
func likeModel(s, pat []string) bool {
	if len(pat) == 0 {
		return len(s) == 0
	}
	switch pat[0] {
	case "%":
		for i := range len(s) + 1 {
			if likeModel(s[i:], pat[1:]) {
				return true
			}
		}
		return false
	case "_":
		return len(s) > 0 && likeModel(s[1:], pat[1:])
	case `\`:
		if len(pat) > 1 {
			pat = pat[1:]
		}
	}
	return len(s) > 0 && s[0] == pat[0] && likeModel(s[1:], pat[1:])
}

func FuzzLike(f *testing.F) {
	for _, pat := range []string{"", "%", "a%", "%a", "%a%", "a%b", "a_b", "%_a_%b%", `a\%`, `\`, "%é_", "__%", "%%", "%ab%ab"} {
		f.Add("abéab", pat)
		f.Add("a%b\xffa", pat)
		f.Add("aab", pat)
	}
	f.Fuzz(func(t *testing.T, s, pat string) {
		if len(s) > 20 || len(pat) > 10 || !utf8.ValidString(pat) {
			return
		}
		p, err := compileLike(pat, `\`)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := p.match(s), likeModel(chars(s), chars(pat)); got != want {
			t.Errorf("%q LIKE %q = %v, want %v", s, pat, got, want)
		}
	})
}

// TestLikeOfAllShortStrings compares LIKE with the model on every string and pattern of a small alphabet.
func TestLikeOfAllShortStrings(t *testing.T) {
	subjects := words([]string{"a", "b", "é"}, 5)
	for _, pat := range words([]string{"a", "é", "_", "%"}, 4) {
		p, err := compileLike(pat, `\`)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range subjects {
			if got, want := p.match(s), likeModel(chars(s), chars(pat)); got != want {
				t.Errorf("%q LIKE %q = %v, want %v", s, pat, got, want)
			}
		}
	}
}

// words returns all words of up to n letters.
func words(letters []string, n int) []string {
	all := []string{""}
	for from := 0; n > 0; n-- {
		to := len(all)
		for _, w := range all[from:to] {
			for _, l := range letters {
				all = append(all, w+l)
			}
		}
		from = to
	}
	return all
}

func TestLikeShapes(t *testing.T) {
	for pat, want := range map[string]shape{
		"": equal, "abc": equal, "abc%": prefix, "%abc": suffix, "%abc%": contains, "%": anything, "%%": anything, "%%a%%": contains,
		"a%b": general, "_": general, "a_%": general, `a\%%`: prefix,
	} {
		p, err := compileLike(pat, `\`)
		if err != nil || p.shape != want {
			t.Errorf("%q has shape %d, want %d (%v)", pat, p.shape, want, err)
		}
	}
}

func TestLikeIsNotExponential(t *testing.T) {
	p, err := compileLike(strings.Repeat("%a_", 200)+"%b", `\`)
	if err != nil {
		t.Fatal(err)
	}
	if p.match(strings.Repeat("a", 10000)) {
		t.Error("matches a string without b")
	}
}
