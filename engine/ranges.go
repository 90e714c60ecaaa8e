package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/sor"
)

// rangeLoad is a load of one file by several nodes, at the one that was asked. That finds out the schema, cuts the file into
// a range for each node, reads the first itself and asks the others for theirs (see serveRange). What is different from a
// load by one node, and how it comes to the same table:
//
//   - Dictionaries. Each node has its own. It keeps its chunks, sends its dictionaries when it has read its range, and is
//     told which codes their strings have in that of the table, and which number its first chunk has. Dictionaries are
//     merged in the order of the ranges, one range at a time; those who come too early wait. So the codes of the first
//     range stay, and its chunks are written as they are read; and a node need not wait for those behind it.
//   - The report. Lines count from the beginning of a range, and sor.Input.Join counts on. A row that ends the load does so
//     when all ranges before its own are known to have none.
//   - Failure. The request for a range lives as long as the load, so that whoever ends one ends the other.
type rangeLoad struct {
	engine  *Engine
	w       *cluster.Writer
	in      *sor.Input
	o       sor.Options // of the whole, with the schema
	request rangeRequest
	ranges  []*fileRange

	telling  sync.Mutex // held while progress is told, so that it never goes back
	progress func()

	mu      sync.Mutex
	mergers []*column.DictMerger // of STRING columns; for who has the turn
	failed  *sor.RowError        // of the foremost range that has one
	at      int                  // which range that is
}

// fileRange is a node's part of a rangeLoad.
type fileRange struct {
	sor.Slice
	index       int
	node        cluster.Member
	bytes, rows atomic.Int64
	cancel      context.CancelCauseFunc

	read   *rangeRead       // what it came to; guarded by the load's mu
	merged chan struct{}    // closed when first and codes are there: the next one's turn
	first  int              // number of its first chunk
	chunks int              // how many it has
	codes  map[int][]uint32 // by column, for the node to fetch
}

// leastRange is how many bytes of a file are worth asking another node.
const leastRange = 1 << 20

// readTogether reads a file by all members of w.
func (e *Engine) readTogether(ctx context.Context, w *cluster.Writer, from input, o LoadOptions) (*LoadReport, *cluster.Table, []string, error) {
	in, err := from.open()
	if err != nil {
		return nil, nil, nil, err
	}
	defer in.Close()
	print, sliced, err := in.Fingerprint(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	if !sliced || from.name == "-" {
		report, t, err := e.readAlone(ctx, w, in, from, o)
		return report, t, []string{from.name + " was read by one node: only a file that is not compressed can be read by all"}, err
	}
	so := e.readOptions(o)
	least := int64(leastRange)
	if e.rangeBytes > 0 {
		least = e.rangeBytes
	}
	cuts := sor.Cut(print.Size, so, len(w.Members()), least)
	if len(cuts) == 1 {
		report, t, err := e.readAlone(ctx, w, in, from, o)
		return report, t, nil, err
	}
	l := &rangeLoad{engine: e, w: w, in: in, o: so}
	if err := l.prepare(ctx, from, print, cuts); err != nil {
		return nil, nil, nil, fmt.Errorf("load %s: %w", from.name, err)
	}
	report, dicts, err := l.run(ctx)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("load %s: %w", from.name, err)
	}
	t, err := w.Commit(ctx, report.Fields, dicts)
	return report, t, nil, err
}

// prepare finds out the schema and gives each node its range.
func (l *rangeLoad) prepare(ctx context.Context, from input, print sor.Fingerprint, cuts []sor.Slice) error {
	progress, start := progressOf(ctx), time.Now()
	o := l.o
	o.Progress = func(p sor.Progress) {
		progress(Progress{Statement: "LOAD", Bytes: p.Bytes, Total: p.Total, Elapsed: time.Since(start)})
	}
	var err error
	if l.o.Schema, err = l.in.Schema(ctx, o); err != nil {
		return err
	}
	path := from.path
	if path == "" {
		if path, err = filepath.Abs(from.name); err != nil {
			return err
		}
	}
	share, err := l.w.Share(ctx)
	if err != nil {
		return err
	}
	self := l.engine.node.Self()
	l.request = rangeRequest{
		Load: l.w.ID(), Share: share, From: self.ID, Name: nodeName(self), Path: []byte(path), Print: print,
		Schema: l.o.Schema, OnError: l.o.OnError, OnMismatch: l.o.OnMismatch, ChunkRows: l.o.ChunkRows, Progress: wantsProgress(ctx),
	}
	nodes := append([]cluster.Member{self}, slices.DeleteFunc(l.w.Members(), func(m cluster.Member) bool { return m.ID == self.ID })...)
	for i, c := range cuts {
		l.ranges = append(l.ranges, &fileRange{Slice: c, index: i, node: nodes[i], merged: make(chan struct{})})
	}
	l.mergers = make([]*column.DictMerger, len(l.o.Schema.Fields))
	for i, f := range l.o.Schema.Fields {
		if f.Type == column.String {
			l.mergers[i] = column.NewDictMerger()
		}
	}
	var surveyed int64 // bytes that were read for the schema
	if s := l.o.Schema; s.All && slices.Contains(s.Typed, false) {
		surveyed = print.Size
	}
	last := cuts[len(cuts)-1]
	total := min(last.From+last.Len, print.Size) - cuts[0].From
	if last.Len == 0 {
		total = print.Size - cuts[0].From
	}
	l.progress = func() {
		p := Progress{Statement: "LOAD", Bytes: surveyed, Total: surveyed + total, Elapsed: time.Since(start)}
		for _, r := range l.ranges {
			p.Bytes += r.bytes.Load()
			p.Rows += r.rows.Load()
		}
		progress(p)
	}
	return nil
}

// errNotNeeded ends ranges that come to nothing because of a row in another.
var errNotNeeded = errors.New("the load has failed at another node")

// run reads all ranges and returns the report and the dictionaries of the table.
func (l *rangeLoad) run(ctx context.Context) (*LoadReport, []*column.Dict, error) {
	forget := l.engine.rangeLoads.add(l)
	defer forget()
	g, gctx := errgroup.WithContext(ctx)
	contexts := make([]context.Context, len(l.ranges))
	for i, r := range l.ranges {
		contexts[i], r.cancel = context.WithCancelCause(gctx)
	}
	for i, r := range l.ranges {
		g.Go(func() error {
			defer r.cancel(nil)
			err := l.read(contexts[i], r)
			if context.Cause(contexts[i]) == errNotNeeded {
				return nil
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	var reports []*sor.Report
	for _, r := range l.ranges {
		if l.failed != nil && r.index == l.at {
			break
		}
		reports = append(reports, r.read.Report)
	}
	report, err := l.in.Join(ctx, l.o, reports, l.failed)
	if err != nil {
		return nil, nil, err
	}
	dicts := make([]*column.Dict, len(l.mergers))
	for i, m := range l.mergers {
		if m != nil {
			dicts[i] = m.Dict()
		}
	}
	return report, dicts, nil
}

// done notes what a range came to.
func (l *rangeLoad) done(r *fileRange, read *rangeRead) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.read, r.chunks = read, read.Chunks
	l.settle()
}

// fail notes the row that ends a range.
func (l *rangeLoad) fail(r *fileRange, row *sor.RowError) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil && l.at < r.index {
		return
	}
	l.failed, l.at = row, r.index
	for _, behind := range l.ranges[r.index+1:] {
		behind.cancel(errNotNeeded)
	}
	l.settle()
}

// settle ends the load when a row ends it and all ranges before that row's have been read. l.mu is held.
func (l *rangeLoad) settle() {
	if l.failed == nil {
		return
	}
	for _, r := range l.ranges[:l.at] {
		if r.read == nil {
			return
		}
	}
	for _, r := range l.ranges {
		r.cancel(errNotNeeded)
	}
}
