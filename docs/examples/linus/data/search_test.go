package data

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// chain is a set that is easy to follow: users 1 and 2 work on project 10, 2 and 3 on 20, 3 and 4 on 30; project 99 and user
// 999 are only in commits; user 5 commits what 1 has authored, and authors 50.
var chain = Set{
	Users:      []int64{1, 2, 3, 4, 5, 6, -7},
	Projects:   []int64{10, 20, 30, 50, 60},
	PIDs:       []int64{30, 30, 20, 20, 10, 10, 50, 99, 99, 10, 60},
	Authors:    []int64{4, 3, 3, 2, 2, 1, 5, 1, -7, 999, 6},
	Committers: []int64{4, 3, 3, 2, 2, 5, 5, 1, -7, 999, 6},
}

func TestSearchFollowsTheRules(t *testing.T) {
	for _, c := range []struct {
		name    string
		from    int64
		options SearchOptions
		want    []Degree
		unknown Unknown
	}{
		{"a degree at a time", 1, SearchOptions{}, []Degree{{1, 2}, {2, 3}, {3, 4}, {3, 4}}, Unknown{1, 1, 3}},
		{"from the other end", 4, SearchOptions{}, []Degree{{1, 2}, {2, 3}, {3, 4}, {3, 4}}, Unknown{1, 1, 3}},
		{"committers", 1, SearchOptions{Committers: true}, []Degree{{1, 3}, {3, 4}, {4, 5}, {4, 5}}, Unknown{1, 1, 3}},
		{"from a committer", 5, SearchOptions{Committers: true}, []Degree{{2, 3}, {3, 4}, {4, 5}, {4, 5}}, Unknown{1, 1, 3}},
		{"unknown ids kept", 1, SearchOptions{KeepUnknown: true}, []Degree{{2, 4}, {3, 5}, {4, 6}, {4, 6}}, Unknown{1, 1, 3}},
		{"from an unknown user", 999, SearchOptions{KeepUnknown: true}, []Degree{{1, 3}, {3, 5}, {4, 6}, {4, 6}}, Unknown{1, 1, 3}},
		{"alone", 6, SearchOptions{}, []Degree{{1, 1}, {1, 1}}, Unknown{1, 1, 3}},
		{"only an unknown project", -7, SearchOptions{}, []Degree{{0, 1}, {0, 1}}, Unknown{1, 1, 3}},
		{"no degree", 1, SearchOptions{}, nil, Unknown{1, 1, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, unknown, err := Search(&chain, c.from, len(c.want), c.options)
			if err != nil || !slices.Equal(found, c.want) || unknown != c.unknown {
				t.Errorf("%v, %v, %v; want %v, %v", found, unknown, err, c.want, c.unknown)
			}
		})
	}
}

func TestSearchFromNobodyIsRefused(t *testing.T) {
	for _, from := range []int64{999, 12345} {
		if _, _, err := Search(&chain, from, 1, SearchOptions{}); err == nil || !strings.Contains(err.Error(), fmt.Sprint(from)) {
			t.Errorf("from %d: %v", from, err)
		}
	}
}

// TestSearchFindsTheSameUnderOtherNames looks whether ids are values: with sparse ones the counts are those of dense ones.
func TestSearchFindsTheSameUnderOtherNames(t *testing.T) {
	o := Options{Commits: 20_000, Projects: 8_000, Users: 5_000, Unknown: 0.1}
	dense := mustMake(t, o)
	o.Sparse = true
	sparse := mustMake(t, o)
	var all [][]Degree
	for _, options := range []SearchOptions{{}, {Committers: true}, {KeepUnknown: true}, {Committers: true, KeepUnknown: true}} {
		want, lost, err := Search(dense, Linus, 7, options)
		if err != nil {
			t.Fatal(err)
		}
		got, lostToo, err := Search(sparse, Linus, 7, options)
		if err != nil || !slices.Equal(got, want) || lost != lostToo {
			t.Errorf("%+v: sparse ids give %v %v, dense ones %v %v; %v", options, got, lostToo, want, lost, err)
		}
		if lost.Commits < o.Commits/20 || lost.Users == 0 || lost.Projects == 0 {
			t.Errorf("%+v: %+v were unknown", options, lost)
		}
		for _, other := range all {
			if slices.Equal(other, want) {
				t.Errorf("%+v makes no difference: %v", options, want)
			}
		}
		all = append(all, want)
	}
}
