package data

import "fmt"

// SearchOptions say how to search; the zero value counts authors and drops unknown ids.
type SearchOptions struct {
	Committers  bool // who committed a commit counts as who authored it
	KeepUnknown bool // ids that only commits name count like the others
}

// Degree is what has been tagged after a degree.
type Degree struct {
	Projects, Users int // so far; the start user counts
}

// Unknown counts what a search has dropped, or kept with [SearchOptions.KeepUnknown]: ids that only commits name. Committers are looked at
// when they count.
type Unknown struct {
	Projects, Users int // different ids
	Commits         int // that name at least one of them
}

// Search tells how many projects and users are within each of the given number of degrees from a user. In each degree
// first every project is tagged to which a tagged user has authored a commit, then every user who has authored
// a commit to a tagged project. Ids are values; the order of rows and ids has no meaning.
//
// It is the rules in plain loops over maps, to check faster searches by: it reads all commits twice a degree, and takes some
// 10 bytes an id beside the set.
func Search(s *Set, from int64, degrees int, o SearchOptions) ([]Degree, Unknown, error) {
	users, projects := known(s.Users), known(s.Projects)
	unknown := s.unknown(users, projects, o)
	if !users[from] && !o.KeepUnknown {
		return nil, unknown, fmt.Errorf("search from user %d: there is no such user", from)
	}
	taggedUsers, taggedProjects := map[int64]bool{from: true}, map[int64]bool{}

	var found []Degree
	for range degrees {
		for i, pid := range s.PIDs {
			if !projects[pid] && !o.KeepUnknown {
				continue
			}
			if taggedUsers[s.Authors[i]] || o.Committers && taggedUsers[s.Committers[i]] {
				taggedProjects[pid] = true
			}
		}
		for i, pid := range s.PIDs {
			if !taggedProjects[pid] {
				continue
			}
			if users[s.Authors[i]] || o.KeepUnknown {
				taggedUsers[s.Authors[i]] = true
			}
			if o.Committers && (users[s.Committers[i]] || o.KeepUnknown) {
				taggedUsers[s.Committers[i]] = true
			}
		}
		found = append(found, Degree{len(taggedProjects), len(taggedUsers)})
	}
	return found, unknown, nil
}

// known is the set of the ids.
func known(ids []int64) map[int64]bool {
	set := make(map[int64]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// unknown counts the ids that only commits name.
func (s *Set) unknown(users, projects map[int64]bool, o SearchOptions) Unknown {
	lostUsers, lostProjects, commits := map[int64]bool{}, map[int64]bool{}, 0
	for i, pid := range s.PIDs {
		lost := false
		if !projects[pid] {
			lostProjects[pid], lost = true, true
		}
		if !users[s.Authors[i]] {
			lostUsers[s.Authors[i]], lost = true, true
		}
		if o.Committers && !users[s.Committers[i]] {
			lostUsers[s.Committers[i]], lost = true, true
		}
		if lost {
			commits++
		}
	}
	return Unknown{len(lostProjects), len(lostUsers), commits}
}
