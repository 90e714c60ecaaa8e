package main

import (
	"context"

	"github.com/eau2db/eau2/engine"
)

// search finds who is how far from a user: a project is reached when a reached user authored a commit to it, a user when
// they authored a commit to a reached project.
type search struct {
	commits, users, projects *engine.DataFrame // (pid, author, committer), (uid, name), (pid, name)
	committers               bool              // who committed counts as well as who authored
	keepUnknown              bool              // count ids that are in commits alone
}

// tagged are the ids that have been reached.
type tagged struct{ projects, users *engine.Set }

// roles are the columns that name the users of a commit.
func (s *search) roles() []string {
	if s.committers {
		return []string{"author", "committer"}
	}
	return []string{"author"}
}

// run calls f after each of some degrees with all that has been tagged so far. Each degree reads the commits once or twice a
// role, next to the data, for those of who was reached last: the others have been there.
func (s *search) run(ctx context.Context, from int64, degrees int, f func(degree int, all tagged) error) error {
	knownUsers, err := s.users.CollectSet(ctx, "uid")
	if err != nil {
		return err
	}
	knownProjects, err := s.projects.CollectSet(ctx, "pid")
	if err != nil {
		return err
	}
	all := tagged{&engine.Set{}, engine.SetOf(from)}
	users := all.users
	for degree := 1; degree <= degrees; degree++ {
		projects := &engine.Set{}
		for _, role := range s.roles() {
			found, err := s.commits.Filter(engine.Col(role).InSet(users)).CollectSet(ctx, "pid")
			if err != nil {
				return err
			}
			projects.Or(found)
		}
		s.fresh(projects, all.projects, knownProjects)

		users = &engine.Set{}
		for _, role := range s.roles() {
			found, err := s.commits.Filter(engine.Col("pid").InSet(projects)).CollectSet(ctx, role)
			if err != nil {
				return err
			}
			users.Or(found)
		}
		s.fresh(users, all.users, knownUsers)

		if err := f(degree, all); err != nil {
			return err
		}
	}
	return nil
}

// fresh leaves those of found that are known and have not been tagged, and tags them.
func (s *search) fresh(found, tagged, known *engine.Set) {
	if !s.keepUnknown {
		found.And(known)
	}
	found.AndNot(tagged)
	tagged.Or(found)
}
