package sql

import (
	"slices"
	"strings"
)

// nearest returns the candidate closest to name, ignoring case, or "" when none is close: at most a third of the letters may
// differ. Ties go to the first.
func nearest(name string, candidates []string) string {
	if len(name) > 64 {
		return ""
	}
	name = strings.ToLower(name)
	best, bound := "", max(1, len(name)/3)+1
	for _, c := range candidates {
		if len(c) > 128 {
			continue
		}
		if d := distance(name, strings.ToLower(c), bound); d < bound && d < len(name) {
			best, bound = c, d
		}
	}
	return best
}

// distance is the optimal string alignment distance (insertions, deletions, substitutions and swaps of neighbours) of a and
// b in bytes, or limit when it is at least that.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		low := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			cur[j] = d
			low = min(low, d)
		}
		if low >= limit {
			return limit
		}
		before, prev, cur = prev, cur, before
	}
	return min(prev[len(b)], limit)
}

// DidYouMean makes a hint of the candidate nearest to name, or "" when none is near.
func DidYouMean(name string, candidates []string) string {
	if n := nearest(name, candidates); n != "" && n != name {
		return "did you mean `" + n + "`?"
	}
	return ""
}

// listing makes a hint of all names where they are few.
func listing(what string, names []string) string {
	switch {
	case len(names) == 0:
		return "there are no " + what
	case len(names) > 8:
		return ""
	case len(names) == 1:
		return "the only " + strings.TrimSuffix(what, "s") + " is " + names[0]
	}
	names = slices.Clone(names)
	if what == "tables" {
		slices.Sort(names)
	}
	return "the " + what + " are " + strings.Join(names, ", ")
}
