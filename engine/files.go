package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/eau2db/eau2/cluster"
)

// fileTables are the files used as tables (SELECT … FROM 'file.sor'). A file is read at its first use into memory, and
// again when it has changed.
type fileTables struct {
	mu     sync.Mutex
	node   *cluster.Node // holds the tables, in memory, apart from the engine's own
	tables map[string]*fileTable
}

type fileTable struct {
	mu       sync.Mutex // one reads the file while others wait
	size     int64
	mtime    time.Time
	name     string   // in node; "" while not read
	warnings []string // what reading it lost
	reads    int
}

// fileTable returns the table of a file, held for the caller, and what reading it lost.
func (e *Engine) fileTable(ctx context.Context, path string) (*cluster.Table, []string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("open %s: there is no such file: %w", path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, nil, err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, nil, err
	}
	f, err := e.files.entry(ctx, abs)
	if err != nil {
		return nil, nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.name != "" && f.size == info.Size() && f.mtime.Equal(info.ModTime()) {
		t, err := e.files.node.Table(ctx, f.name)
		return t, f.warnings, err
	}
	if f.name != "" {
		if err := e.files.node.Drop(ctx, f.name); err != nil {
			return nil, nil, err
		}
		f.name = ""
	}
	f.reads++
	name := fmt.Sprintf("%s#%d", abs, f.reads)
	w, err := e.files.node.Create(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	defer w.Abort()
	report, t, err := e.read(ctx, w, file(path), LoadOptions{})
	if err != nil {
		return nil, nil, err
	}
	f.name, f.size, f.mtime = name, info.Size(), info.ModTime()
	f.warnings = reportWarnings(path, report)
	return t, f.warnings, nil
}

func (f *fileTables) entry(ctx context.Context, abs string) (*fileTable, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.node == nil {
		n, err := cluster.Open(ctx, cluster.Options{})
		if err != nil {
			return nil, err
		}
		f.node, f.tables = n, map[string]*fileTable{}
	}
	if f.tables[abs] == nil {
		f.tables[abs] = &fileTable{}
	}
	return f.tables[abs], nil
}

func (f *fileTables) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.node == nil {
		return nil
	}
	return f.node.Close()
}
