package main

import (
	"context"
	"fmt"

	"github.com/eau2db/eau2/engine"
)

// search finds who is how far from a user: a project is reached when a reached user authored a commit to it, a user when
// they authored a commit to a reached project.
type search struct {
	commits, users, projects *engine.DataFrame // (pid, author, committer), (uid, name), (pid, name)
	committers               bool              // who committed counts as well as who authored
	keepUnknown              bool              // count ids that are in commits alone

	known tagged // all ids of users and projects
}

// tagged are ids that have been reached.
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
	if err := s.collectKnown(ctx); err != nil {
		return err
	}
	if !s.keepUnknown && !s.known.users.Has(from) {
		return fmt.Errorf("there is no user %d", from)
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
		s.tag(projects, all.projects, s.known.projects)

		users = &engine.Set{}
		for _, role := range s.roles() {
			found, err := s.commits.Filter(engine.Col("pid").InSet(projects)).CollectSet(ctx, role)
			if err != nil {
				return err
			}
			users.Or(found)
		}
		s.tag(users, all.users, s.known.users)

		if err := f(degree, all); err != nil {
			return err
		}
	}
	return nil
}

// collectKnown collects the ids of users and projects.
func (s *search) collectKnown(ctx context.Context) (err error) {
	if s.known.users, err = s.users.CollectSet(ctx, "uid"); err != nil {
		return err
	}
	s.known.projects, err = s.projects.CollectSet(ctx, "pid")
	return err
}

// tag leaves those of found that are known and have not been tagged, and tags them.
func (s *search) tag(found, tagged, known *engine.Set) {
	if !s.keepUnknown {
		found.And(known)
	}
	found.AndNot(tagged)
	tagged.Or(found)
}

// unknown counts ids that only commits name, and the commits that name one.
type unknown struct{ projects, users, commits int64 }

// unknown looks at all commits.
func (s *search) unknown(ctx context.Context) (u unknown, err error) {
	projects, err := s.commits.CollectSet(ctx, "pid")
	if err != nil {
		return u, err
	}
	projects.AndNot(s.known.projects)
	users := &engine.Set{}
	named := engine.Col("pid").InSet(projects)
	for _, role := range s.roles() {
		found, err := s.commits.CollectSet(ctx, role)
		if err != nil {
			return u, err
		}
		found.AndNot(s.known.users)
		users.Or(found)
		named = named.Or(engine.Col(role).InSet(users))
	}
	if u.projects, u.users = projects.Len(), users.Len(); u.projects+u.users == 0 {
		return u, nil
	}
	rows, err := s.commits.Filter(named).GroupBy().Agg(engine.Count().As("n")).Collect(ctx)
	if err != nil {
		return u, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&u.commits); err != nil {
			return u, err
		}
	}
	return u, rows.Err()
}
