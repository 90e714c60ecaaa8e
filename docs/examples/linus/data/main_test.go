package data

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// small are options whose sets have several blocks of rows and are quick to make.
var small = Options{Commits: 70_000, Projects: 74_480, Users: 19_230, Seed: 1}

// mustMake makes a set.
func mustMake(t *testing.T, o Options) *Set {
	t.Helper()
	s, err := Make(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
