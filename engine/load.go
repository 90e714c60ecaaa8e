package engine

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/sor"
)

// LoadColumn names a column of a file, and gives its type where Typed.
type LoadColumn = sor.Column

// What LOAD does with malformed rows and with values that do not fit their column.
const (
	SkipRow      = sor.SkipRow      // drop a malformed row, count and report it
	FailLoad     = sor.FailLoad     // end the load at a malformed row
	MismatchNull = sor.MismatchNull // make a value that does not fit NULL, count and report it
	MismatchSkip = sor.MismatchSkip // drop its row
	MismatchFail = sor.MismatchFail // end the load
)

// LoadOptions say how to read a file. The zero value infers the schema from the first 500 rows.
type LoadOptions struct {
	Columns    []LoadColumn // names in place of c0, c1, …, and types
	OnError    sor.OnError
	OnMismatch sor.OnMismatch
	Sample     int         // rows to infer from: 0 is 500, negative is all
	From, Len  int64       // the part of the file to read, in bytes; see docs/sor.md
	Home       string      // id of the node that is to have a copy of all rows, as Node.ID gives it; "" is none
	FromAll    bool        // all nodes of the cluster read the file together: each sees it under this path, below a folder of its ServeOptions.Files
	Report     *LoadReport // filled in when not nil
}

// LoadReport says what a load read and what was lost.
type LoadReport = sor.Report

// Load reads a SoR file (plain, .gz or .zst; "-" is standard input) into a new table. The table appears whole or not at
// all. It returns the table as a DataFrame.
func (e *Engine) Load(ctx context.Context, name, path string, o LoadOptions) (*DataFrame, error) {
	ctx, end, err := e.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	report, _, err := e.load(ctx, name, file(path), o)
	if err != nil {
		return nil, err
	}
	if o.Report != nil {
		*o.Report = *report
	}
	return e.Table(name), nil
}

// input is what LOAD reads.
type input struct {
	name string // for messages
	path string // by which other nodes are to open it; "" is the absolute one
	size int64  // in bytes where open does not tell, or 0
	open func() (*sor.Input, error)
}

// file is a file of this process.
func file(path string) input {
	return input{name: path, open: func() (*sor.Input, error) { return sor.Open(path) }}
}

// load also returns what there is to say of how it was done.
func (e *Engine) load(ctx context.Context, name string, in input, o LoadOptions) (report *LoadReport, warnings []string, err error) {
	if name == "" {
		return nil, nil, fmt.Errorf("load %s: a table needs a name", in.name)
	}
	w, err := e.node.CreateAt(ctx, name, o.Home)
	if err != nil {
		return nil, nil, err
	}
	defer w.Abort()
	var t *cluster.Table
	if o.FromAll && len(w.Members()) > 1 {
		report, t, warnings, err = e.readTogether(ctx, w, in, o)
	} else {
		report, t, err = e.read(ctx, w, in, o)
	}
	if err != nil {
		return nil, nil, err
	}
	t.Release()
	return report, warnings, nil
}

// read reads an input into w and commits it.
func (e *Engine) read(ctx context.Context, w *cluster.Writer, from input, o LoadOptions) (*LoadReport, *cluster.Table, error) {
	in, err := from.open()
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	return e.readAlone(ctx, w, in, from, o)
}

// readAlone is read of an input that is open.
func (e *Engine) readAlone(ctx context.Context, w *cluster.Writer, in *sor.Input, from input, o LoadOptions) (*LoadReport, *cluster.Table, error) {
	progress := progressOf(ctx)
	start := time.Now()
	so := e.readOptions(o)
	so.Progress = func(p sor.Progress) {
		progress(Progress{Statement: "LOAD", Bytes: p.Bytes, Total: max(p.Total, from.size), Rows: p.Rows, Elapsed: time.Since(start)})
	}
	report, dicts, err := in.Read(ctx, so, func(c sor.Chunk) error { return w.Write(ctx, c.Seq, c.Arrays) })
	if err != nil {
		return nil, nil, fmt.Errorf("load %s: %w", from.name, err)
	}
	t, err := w.Commit(ctx, report.Fields, dicts)
	return report, t, err
}

func (e *Engine) readOptions(o LoadOptions) sor.Options {
	return sor.Options{
		Columns: o.Columns, OnError: o.OnError, OnMismatch: o.OnMismatch, Sample: o.Sample, From: o.From, Len: o.Len,
		Threads: e.opt.Threads, ChunkRows: e.chunkRows,
	}
}

// TableName returns the name that a file gets as a table: that of the file without folder and endings, with every
// character that would need quoting replaced by _.
func TableName(path string) string {
	name := filepath.Base(path)
	for _, ext := range []string{".gz", ".zst"} {
		name = strings.TrimSuffix(name, ext)
	}
	name = strings.TrimSuffix(name, filepath.Ext(name))
	name = strings.Map(func(r rune) rune {
		switch {
		case r == '_', '0' <= r && r <= '9', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
			return r
		}
		return '_'
	}, name)
	if name == "" || '0' <= name[0] && name[0] <= '9' {
		name = "t" + name
	}
	return name
}

// reportWarnings says in a line each what a load lost.
func reportWarnings(what string, r *LoadReport) []string {
	var w []string
	if r.Dropped > 0 {
		w = append(w, fmt.Sprintf("%s: %s dropped", what, count(r.Dropped)))
	}
	for _, p := range r.Problems {
		s := fmt.Sprintf("%s:%d: %s", what, p.Line, p.Reason)
		if p.Column != "" {
			s = fmt.Sprintf("%s:%d: column %s: %s", what, p.Line, p.Column, p.Reason)
		}
		w = append(w, s)
	}
	for i, n := range r.Mismatches {
		if n > 0 {
			f := r.Fields[i]
			w = append(w, fmt.Sprintf("%s: column %s: not %s and so NULL in %s; WITH (sample=all) or a type given by hand, (%s STRING), keeps them", what, f.Name, f.Type, count(n), f.Name))
		}
	}
	if r.ExtraFields > 0 {
		w = append(w, fmt.Sprintf("%s: more fields than the table has columns in %s; the fields past column %d were dropped", what, count(r.ExtraFields), len(r.Fields)))
	}
	return w
}
