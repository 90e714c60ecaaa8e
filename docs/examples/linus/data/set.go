package data

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// Set is the data in memory: the ids of both files, and the commits, as columns of one length.
type Set struct {
	Users    []int64 // ids in users.sor
	Projects []int64 // ids in projects.sor

	PIDs       []int64 // of each commit
	Authors    []int64
	Committers []int64
}

// Make returns the rows that [Write] writes with the same options, without the names. They take 24 bytes a commit and 8 for each user and
// project.
func Make(ctx context.Context, o Options) (*Set, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	m := newModel(o)
	s := &Set{
		Users:      make([]int64, o.Users),
		Projects:   make([]int64, o.Projects),
		PIDs:       make([]int64, o.Commits),
		Authors:    make([]int64, o.Commits),
		Committers: make([]int64, o.Commits),
	}
	for i := range s.Users {
		s.Users[i] = m.id(uint64(i))
	}
	for i := range s.Projects {
		s.Projects[i] = m.id(uint64(i))
	}
	var g errgroup.Group
	g.SetLimit(o.workers())
	for from := 0; from < o.Commits && ctx.Err() == nil; from += blockRows {
		g.Go(func() error {
			for i := from; i < min(from+blockRows, o.Commits); i++ {
				s.PIDs[i], s.Authors[i], s.Committers[i] = m.commit(i)
			}
			return nil
		})
	}
	if err := errors.Join(g.Wait(), context.Cause(ctx)); err != nil {
		return nil, fmt.Errorf("make %d commits: %w", o.Commits, err)
	}
	return s, nil
}
