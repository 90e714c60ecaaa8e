package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/sql"
)

// tableSet holds the tables of one statement: each is looked up once, so that the statement sees one state of it, and
// stays readable until release even when it is dropped meanwhile. It is the binder's catalogue.
type tableSet struct {
	engine *Engine
	mu     sync.Mutex
	named  map[string]*cluster.Table
	held   []*cluster.Table

	noFiles  bool     // the statement came over a connection
	warnings []string // what reading files lost
}

func (e *Engine) newTableSet() *tableSet {
	return &tableSet{engine: e, named: map[string]*cluster.Table{}}
}

// Table finds a table of the engine.
func (s *tableSet) Table(ctx context.Context, name string) (plan.Table, error) {
	return s.lookup("table "+name, func() (*cluster.Table, error) {
		t, err := s.engine.node.Table(ctx, name)
		if errors.Is(err, cluster.ErrNoTable) {
			err = fmt.Errorf("%w: %w", sql.ErrNoTable, err)
		}
		return t, err
	})
}

// File reads a file as a table.
func (s *tableSet) File(ctx context.Context, path string) (plan.Table, error) {
	if s.noFiles {
		return nil, fmt.Errorf("file %s: %w", path, errClientFile)
	}
	return s.lookup("file "+path, func() (*cluster.Table, error) {
		t, warnings, err := s.engine.fileTable(ctx, path)
		s.warnings = append(s.warnings, warnings...)
		return t, err
	})
}

func (s *tableSet) lookup(key string, find func() (*cluster.Table, error)) (plan.Table, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.named[key]; ok {
		return t, nil
	}
	t, err := find()
	if err != nil {
		return nil, err
	}
	s.named[key] = t
	s.held = append(s.held, t)
	return t, nil
}

// Names lists the tables that Table finds.
func (s *tableSet) Names() []string { return s.engine.node.Tables() }

func (s *tableSet) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.held {
		t.Release()
	}
	s.held, s.named = nil, nil
}
