package sql

import (
	"slices"
	"testing"
)

func TestParamsAreListedInOrder(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"SELECT 1", nil},
		{"SELECT ?, a + ? FROM t WHERE b = '?' -- ?", []string{"", ""}},
		{"SELECT :x, :y, :x", []string{"x", "y"}},
	} {
		if got, err := Params(c.text); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, %v", c.text, got, err)
		}
	}
	if _, err := Params("SELECT '"); err == nil {
		t.Error("an open quote is no error")
	}
}
