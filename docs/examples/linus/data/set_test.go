package data

import (
	"cmp"
	"maps"
	"slices"
	"testing"
)

// counts are how often each id occurs, the most frequent first.
func counts(ids []int64) []int {
	times := map[int64]int{}
	for _, id := range ids {
		times[id]++
	}
	return slices.SortedFunc(maps.Values(times), func(a, b int) int { return cmp.Compare(b, a) })
}

func TestIDsAreDifferentAndLinusIsOne(t *testing.T) {
	for _, sparse := range []bool{false, true} {
		o := small
		o.Sparse = sparse
		s := mustMake(t, o)
		for name, ids := range map[string][]int64{"users": s.Users, "projects": s.Projects} {
			if n := len(counts(ids)); n != len(ids) {
				t.Errorf("sparse %v: %d ids for %d %s", sparse, n, len(ids), name)
			}
		}
		if s.Users[Linus] != Linus || s.Authors[0] != Linus {
			t.Errorf("sparse %v: user %d is %d; the author of the first commit %d", sparse, Linus, s.Users[Linus], s.Authors[0])
		}
		if s.Users[0] == 0 && s.Users[1] == 1 == sparse {
			t.Errorf("sparse %v: the first users are %v", sparse, s.Users[:2])
		}
	}
}

func TestSparseIDsRenameThoseOfTheDenseSet(t *testing.T) {
	o := small
	o.Unknown = 0.1
	dense := mustMake(t, o)
	o.Sparse = true
	sparse := mustMake(t, o)
	names := map[int64]int64{}
	negative, wide := 0, 0
	for i, id := range dense.Authors {
		other := sparse.Authors[i]
		if name, ok := names[id]; ok && name != other {
			t.Fatalf("user %d is both %d and %d", id, name, other)
		}
		names[id] = other
		if other < 0 {
			negative++
		}
		if other > 1<<62 || other < -1<<62 {
			wide++
		}
	}
	if len(counts(dense.Authors)) != len(counts(sparse.Authors)) {
		t.Error("two users have one id")
	}
	if n := len(dense.Authors); negative < n/4 || wide < n/4 {
		t.Errorf("of %d ids %d are negative and %d need 63 bits", n, negative, wide)
	}
}

func TestUnknownIDsAreOfTheShareOfCommits(t *testing.T) {
	all := mustMake(t, small)
	for _, share := range []float64{0, 0.05, 1} {
		o := small
		o.Unknown = share
		s := mustMake(t, o)
		users, projects := known(s.Users), known(s.Projects)
		var both, user, project int
		for i, pid := range s.PIDs {
			badUser, badProject := !users[s.Authors[i]], !projects[pid]
			switch {
			case badUser && badProject:
				both++
			case badUser:
				user++
			case badProject:
				project++
			case pid != all.PIDs[i] || s.Authors[i] != all.Authors[i] || s.Committers[i] != all.Committers[i]:
				t.Fatalf("commit %d is another than without unknown ids", i)
			}
			if badUser && all.Authors[i] == all.Committers[i] && s.Authors[i] != s.Committers[i] {
				t.Fatalf("commit %d: its author's id is unknown, and its committer another", i)
			}
		}
		want := share * float64(o.Commits) / 3
		for _, n := range []int{both, user, project} {
			if float64(n) < want*0.9 || float64(n) > want*1.1 {
				t.Errorf("a share of %v: %d commits name unknown users, %d projects, %d both", share, user, project, both)
				break
			}
		}
		if s.Authors[0] != Linus || !projects[s.PIDs[0]] {
			t.Error("the commit of Linus is lost")
		}
	}
}

func TestCommitsAreSkewedAsRealOnesAre(t *testing.T) {
	s := mustMake(t, small)
	n := float64(len(s.PIDs))
	for name, ids := range map[string][]int64{"projects": s.PIDs, "authors": s.Authors} {
		times := counts(ids)
		top := 0
		for _, k := range times[:len(times)/100] {
			top += k
		}
		ones := 0
		for _, k := range times {
			if k == 1 {
				ones++
			}
		}
		if share := float64(top) / n; share < 0.1 || share > 0.8 {
			t.Errorf("a hundredth of the %s have %.2f of the commits", name, share)
		}
		if share := float64(ones) / float64(len(times)); share < 0.25 || share > 0.9 {
			t.Errorf("%.2f of the %s have one commit", share, name)
		}
		if share := float64(times[0]) / n; share > 0.02 {
			t.Errorf("one of the %s has %.3f of the commits", name, share)
		}
	}

	teams, others := map[int64]map[int64]bool{}, 0
	for i, pid := range s.PIDs {
		if teams[pid] == nil {
			teams[pid] = map[int64]bool{}
		}
		teams[pid][s.Authors[i]] = true
		if s.Authors[i] != s.Committers[i] {
			others++
		}
	}
	alone, largest := 0, 0
	for _, team := range teams {
		if len(team) == 1 {
			alone++
		}
		largest = max(largest, len(team))
	}
	if share := float64(alone) / float64(len(teams)); share < 0.7 || share > 0.98 {
		t.Errorf("%.2f of the projects have one author", share)
	}
	if largest < 10 || largest > len(s.Users)/100 {
		t.Errorf("the largest team has %d authors", largest)
	}
	if share := float64(others) / n; share < 0.02 || share > 0.15 {
		t.Errorf("%.2f of the commits have another committer than author", share)
	}
}

func TestDegreesGoOnGrowing(t *testing.T) {
	for seed := range uint64(2) {
		o := small
		o.Seed = seed
		s := mustMake(t, o)
		found, _, err := Search(s, Linus, 7, SearchOptions{})
		if err != nil {
			t.Fatal(err)
		}
		last := Degree{0, 1}
		for i, d := range found {
			if d.Projects <= last.Projects || d.Users <= last.Users {
				t.Fatalf("seed %d: nothing is new after degree %d: %v", seed, i, found)
			}
			last = d
		}
		if found[2].Projects > last.Projects/3 {
			t.Errorf("seed %d: most is found in three degrees: %v", seed, found)
		}
	}
}
