package data

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"
)

// The files that [Write] makes.
const (
	UsersFile    = "users.sor"
	ProjectsFile = "projects.sor"
	CommitsFile  = "commits.sor"
)

const (
	blockRows = 1 << 16 // that a goroutine makes at a time
	rowBytes  = 32      // about what a row takes; those of sparse ids take twice as much
)

// Write makes the three files in a folder, which it makes when there is none; files of these names are replaced. When
// it fails, or the context ends, the file that it was at is removed.
func Write(ctx context.Context, dir string, o Options) error {
	if err := o.check(); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("make the data of linus: %w", err)
	}
	m := newModel(o)
	for _, f := range []struct {
		name   string
		rows   int
		append func(b []byte, row int) []byte
	}{
		{UsersFile, o.Users, m.appendUser},
		{ProjectsFile, o.Projects, m.appendProject},
		{CommitsFile, o.Commits, m.appendCommit},
	} {
		path := filepath.Join(dir, f.name)
		if err := writeFile(ctx, path, f.rows, o.workers(), f.append); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	return nil
}

// appendUser appends row i of users.sor.
func (m *model) appendUser(b []byte, i int) []byte {
	b = append(b, '<')
	b = appendID(b, m.id(uint64(i)))
	b = append(b, `><"`...)
	b = m.appendUserName(b, i)
	return append(b, "\">\n"...)
}

// appendProject appends row i of projects.sor.
func (m *model) appendProject(b []byte, i int) []byte {
	b = append(b, '<')
	b = appendID(b, m.id(uint64(i)))
	b = append(b, `><"`...)
	b = m.appendProjectName(b, i)
	return append(b, "\">\n"...)
}

// appendCommit appends row i of commits.sor.
func (m *model) appendCommit(b []byte, i int) []byte {
	pid, author, committer := m.commit(i)
	b = append(b, '<')
	b = appendID(b, pid)
	b = append(b, '>', '<')
	b = appendID(b, author)
	b = append(b, '>', '<')
	b = appendID(b, committer)
	return append(b, '>', '\n')
}

// writeFile makes a file of rows.
func writeFile(ctx context.Context, path string, rows, workers int, row func([]byte, int) []byte) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	err = writeBlocks(ctx, f, rows, workers, row)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// writeBlocks makes blocks of rows in several goroutines, and writes them in order in this one.
func writeBlocks(ctx context.Context, f *os.File, rows, workers int, row func([]byte, int) []byte) error {
	g, ctx := errgroup.WithContext(ctx)
	// One block more than there are workers is under way, so that the oldest can be written while all of them work.
	blocks := make([]chan []byte, workers+1)
	for i := range blocks {
		blocks[i] = make(chan []byte, 1)
	}
	count := (rows + blockRows - 1) / blockRows
	buffers := make([][]byte, len(blocks))
	begin := func(block int) {
		if block >= count {
			return
		}
		at := block % len(blocks)
		b := buffers[at][:0]
		g.Go(func() error {
			if b == nil {
				b = make([]byte, 0, blockRows*rowBytes)
			}
			for i := block * blockRows; i < min((block+1)*blockRows, rows); i++ {
				b = row(b, i)
			}
			blocks[at] <- b
			return nil
		})
	}
	for block := range blocks {
		begin(block)
	}
	for block := range count {
		at := block % len(blocks)
		buffers[at] = <-blocks[at]
		err := context.Cause(ctx)
		if err == nil {
			_, err = f.Write(buffers[at])
		}
		if err != nil {
			return errors.Join(err, g.Wait())
		}
		begin(block + len(blocks))
	}
	return g.Wait()
}
