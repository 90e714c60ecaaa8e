package engine

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/exec"
	"github.com/eau2db/eau2/engine/fragment"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// kindFragment is the request to run a fragment: the number of the chunks to read and their numbers, each less the one
// before, then the plan. The answer is batches.
const kindFragment = "fragment"

// serveNodes answers other nodes.
func (e *Engine) serveNodes() {
	for kind, f := range e.requests() {
		e.node.Handle(kind, func(ctx context.Context, request []byte, out func([]byte) error) error {
			ctx, end, err := e.begin(ctx)
			if err != nil {
				return err
			}
			defer end()
			return e.named(f(ctx, request, out))
		})
	}
}

// requests are what nodes ask each other.
func (e *Engine) requests() map[string]func(ctx context.Context, request []byte, out func([]byte) error) error {
	return map[string]func(context.Context, []byte, func([]byte) error) error{
		kindFragment: e.runRequest,
		kindReduce:   e.reduceRequested,
		kindShare:    e.shareRequested,
		kindRange:    e.serveRange,
		kindCodes:    e.serveCodes,
	}
}

func (e *Engine) runRequest(ctx context.Context, request []byte, out func([]byte) error) error {
	chunks, text, err := cutChunks(request)
	if err != nil {
		return err
	}
	tables := e.newFragmentTables()
	defer tables.release()
	n, err := tables.decode(ctx, text)
	if err != nil {
		return err
	}
	if t, ok := (&plan.Remote{Fragment: n}).Scan().Table.(*cluster.Table); ok {
		for _, c := range chunks {
			if !t.Has(c) {
				return fmt.Errorf("read table %s, chunk %d: %w", t.Name(), c, cluster.ErrMoved)
			}
		}
	}
	o := e.execOptions(ctx)
	o.Chunks = chunks
	return tables.run(ctx, n, o, out)
}

// run runs a fragment and writes its rows to out: in their order, if it has one.
func (f *fragmentTables) run(ctx context.Context, n plan.Node, o exec.Options, out func([]byte) error) error {
	if _, state := n.(*plan.Partial); state || (&plan.Remote{Fragment: n}).Shuffle() != nil {
		return f.runUnordered(ctx, n, o, out)
	}
	w, err := f.writer(ctx, n, out)
	if err != nil {
		return err
	}
	if err := runStream(ctx, n, o, w.write); err != nil {
		return err
	}
	return w.end()
}

// runUnordered is run with a writer for each worker, whose batches need not be kept for their turn.
func (f *fragmentTables) runUnordered(ctx context.Context, n plan.Node, o exec.Options, out func([]byte) error) error {
	var mu sync.Mutex
	one := func(b []byte) error {
		mu.Lock()
		defer mu.Unlock()
		return out(b)
	}
	writers := make([]*batchWriter, o.ThreadCount())
	for w := range writers {
		var err error
		if writers[w], err = f.writer(ctx, n, one); err != nil {
			return err
		}
	}
	if err := exec.Each(ctx, n, o, func(w int, b *vector.Batch) error { return writers[w].write(b) }); err != nil {
		return err
	}
	return endAll(writers, out)
}

// fragmentTables are the tables of fragments that other nodes have sent.
type fragmentTables struct {
	engine *Engine
	tables map[string]*cluster.Table
}

func (e *Engine) newFragmentTables() *fragmentTables {
	return &fragmentTables{e, map[string]*cluster.Table{}}
}

func (f *fragmentTables) release() {
	for _, t := range f.tables {
		_ = t.Release() // fails for files that were removed meanwhile, which is no matter of this query
	}
}

// decode reads a fragment.
func (f *fragmentTables) decode(ctx context.Context, text []byte) (plan.Node, error) {
	return fragment.Decode(text, func(ref fragment.TableRef) (plan.Table, error) {
		t := f.tables[ref.ID]
		if t == nil {
			var err error
			if t, err = f.engine.node.TableOf(ctx, ref.ID); err != nil {
				return nil, err
			}
			f.tables[ref.ID] = t
		}
		return t, nil
	})
}

// writer returns a writer of the rows of a fragment.
func (f *fragmentTables) writer(ctx context.Context, n plan.Node, out func([]byte) error) (*batchWriter, error) {
	dicts, err := tableDicts(ctx, (&plan.Remote{Fragment: n}).Scan().Table)
	if err != nil {
		return nil, err
	}
	return newBatchWriter(n.Fields(), dicts, out), nil
}

// reader returns a reader of what a writer has written.
func (f *fragmentTables) reader(ctx context.Context, n plan.Node) *batchReader {
	return readerOf(ctx, n, (&plan.Remote{Fragment: n}).Scan().Table.(*cluster.Table))
}

func readerOf(ctx context.Context, n plan.Node, t *cluster.Table) *batchReader {
	return &batchReader{fields: n.Fields(), dict: func(col int) (*column.Dict, error) {
		if col >= len(t.Fields()) {
			return nil, errAnswer
		}
		return t.Dict(ctx, col)
	}}
}

// runFragment runs a fragment over some of its chunks here.
func (e *Engine) runFragment(ctx context.Context, n plan.Node, chunks []int, push func(*vector.Batch) error) error {
	o := e.execOptions(ctx)
	o.Chunks = chunks
	return runStream(ctx, n, o, push)
}

// runStream runs a plan. The batches are push's to keep.
func runStream(ctx context.Context, n plan.Node, o exec.Options, push func(*vector.Batch) error) error {
	s := exec.Start(ctx, n, o)
	defer s.Close()
	for {
		b, err := s.Next()
		if err != nil {
			return eof(err)
		}
		if err := push(b); err != nil {
			return err
		}
	}
}

func appendChunks(chunks []int) []byte {
	b := binary.AppendUvarint(nil, uint64(len(chunks)))
	last := 0
	for _, c := range chunks {
		b = binary.AppendUvarint(b, uint64(c-last))
		last = c
	}
	return b
}

var errRequest = errors.New("the request is not what a node sends")

func cutChunks(b []byte) (chunks []int, rest []byte, err error) {
	n, w := binary.Uvarint(b)
	if w <= 0 || n > uint64(len(b)) {
		return nil, nil, errRequest
	}
	b = b[w:]
	last := 0
	for range n {
		step, w := binary.Uvarint(b)
		if w <= 0 || step > 1<<31 {
			return nil, nil, errRequest
		}
		b = b[w:]
		last += int(step)
		chunks = append(chunks, last)
	}
	return chunks, b, nil
}

// distributor runs the fragments of one query where their chunks are.
type distributor struct {
	engine *Engine
	runs   map[*plan.Remote]*fragmentRun // of those that were cut, for EXPLAIN; nil to keep none
}

// fragmentRun is a fragment while it runs.
type fragmentRun struct {
	engine  *Engine
	node    plan.Node
	table   *cluster.Table
	text    []byte // of the plan
	holders [][]cluster.Member

	mu      sync.Mutex
	lost    map[string]error // nodes that have failed, and how
	moved   map[string]int   // how often nodes did not have a chunk any more
	planned []part
	done    []doneUnit
}

// doneUnit is what came of a part.
type doneUnit struct {
	part
	rows, bytes int64
	failed      bool
}

func (d distributor) Units(ctx context.Context, n *plan.Remote) ([]exec.Unit, error) {
	scan := n.Scan()
	t := scan.Table.(*cluster.Table)
	text, err := fragment.Encode(n.Fragment)
	if err != nil {
		return nil, err
	}
	holders, err := t.Holders(ctx)
	if err != nil {
		return nil, err
	}
	r := &fragmentRun{engine: d.engine, node: n.Fragment, table: t, text: text, holders: holders, lost: map[string]error{}}
	if d.runs != nil {
		d.runs[n] = r
	}
	chunks := scan.Chunks
	if chunks == nil {
		for c := range t.Chunks() {
			chunks = append(chunks, c)
		}
	}
	if n.Shuffle() != nil {
		return r.shuffled(chunks)
	}
	switch n.Fragment.(type) {
	case *plan.Top, *plan.Partial: // one for each node
		if r.planned, err = r.assign(chunks); err != nil {
			return nil, err
		}
	default:
		for i, c := range chunks {
			node, err := r.holder(c, i)
			if err != nil {
				return nil, err
			}
			r.planned = append(r.planned, part{node, []int{c}})
		}
	}
	units := make([]exec.Unit, len(r.planned))
	for i, p := range r.planned {
		units[i] = r.unit(p)
	}
	return units, nil
}

// part is the chunks that a node is to read.
type part struct {
	node   cluster.Member
	chunks []int
}

// usable returns the nodes that have a chunk and have not failed.
func (r *fragmentRun) usable(chunk int) ([]cluster.Member, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var nodes []cluster.Member
	for _, m := range r.holders[chunk] {
		if r.lost[m.ID] == nil {
			nodes = append(nodes, m)
		}
	}
	if len(nodes) > 0 {
		return nodes, nil
	}
	err := fmt.Errorf("read table %s: no live node has chunk %d", r.table.Name(), chunk)
	for _, m := range r.holders[chunk] {
		err = fmt.Errorf("%w; node %s: %w", err, nodeName(m), r.lost[m.ID])
	}
	return nil, err
}

// holder returns a node for a chunk: this one if it has it, else one after the other.
func (r *fragmentRun) holder(chunk, turn int) (cluster.Member, error) {
	nodes, err := r.usable(chunk)
	switch {
	case err != nil:
		return cluster.Member{}, err
	case nodes[0].ID == r.engine.node.ID():
		return nodes[0], nil
	}
	return nodes[turn%len(nodes)], nil
}

// assign gives each chunk to the one of its nodes that has least to do.
func (r *fragmentRun) assign(chunks []int) ([]part, error) {
	var parts []part
	rows := map[string]int{}
	for _, c := range chunks {
		nodes, err := r.usable(c)
		if err != nil {
			return nil, err
		}
		best := nodes[0]
		for _, m := range nodes[1:] {
			if rows[m.ID] < rows[best.ID] {
				best = m
			}
		}
		rows[best.ID] += r.table.ChunkRows(c)
		i := slices.IndexFunc(parts, func(p part) bool { return p.node.ID == best.ID })
		if i < 0 {
			i = len(parts)
			parts = append(parts, part{node: best})
		}
		parts[i].chunks = append(parts[i].chunks, c)
	}
	return parts, nil
}

// unit runs a part, and again at other nodes when its node fails.
func (r *fragmentRun) unit(p part) exec.Unit {
	return func(ctx context.Context) ([]exec.Run, error) {
		runs, bytes, err := r.try(ctx, p)
		r.note(p, runs, bytes, err)
		if err == nil || ctx.Err() != nil || !retriable(err) {
			return runs, err
		}
		if err := r.lose(ctx, p.node, err); err != nil {
			return nil, err
		}
		parts, err := r.assign(p.chunks)
		if err != nil {
			return nil, err
		}
		var all []exec.Run
		for _, p := range parts {
			runs, err := r.unit(p)(ctx)
			if err != nil {
				return nil, err
			}
			all = append(all, runs...)
		}
		return all, nil
	}
}

// maxMoves is how often a node may say that it does not have a chunk any more.
const maxMoves = 3

// lose notes that a node has failed with err. Where it only has not the chunk any more, others are asked who has it.
func (r *fragmentRun) lose(ctx context.Context, node cluster.Member, err error) error {
	r.mu.Lock()
	moved := errors.Is(err, cluster.ErrMoved) && r.moved[node.ID] < maxMoves
	if moved {
		if r.moved == nil {
			r.moved = map[string]int{}
		}
		r.moved[node.ID]++
	} else {
		r.lost[node.ID] = err
	}
	r.mu.Unlock()
	if !moved {
		return nil
	}
	holders, err := r.table.Holders(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.holders = holders
	return nil
}

// retriable reports whether another node may give what one could not: it was not to be reached, has lost the chunk or
// found it damaged, or does not answer as nodes do.
func retriable(err error) bool {
	for _, what := range []error{cluster.ErrUnavailable, cluster.ErrNoTable, cluster.ErrNoValue, cluster.ErrMoved, cluster.ErrCorrupt, cluster.ErrClosed, ErrClosed, errAnswer} {
		if errors.Is(err, what) {
			return true
		}
	}
	return false
}

// note keeps what came of a part.
func (r *fragmentRun) note(p part, runs []exec.Run, bytes int64, err error) {
	d := doneUnit{part: p, bytes: bytes, failed: err != nil}
	for _, run := range runs {
		d.rows += int64(run.Rows)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done = append(r.done, d)
}

// try runs a part at its node, and returns how many bytes came from there, too.
func (r *fragmentRun) try(ctx context.Context, p part) (runs []exec.Run, bytes int64, err error) {
	if p.node.ID == r.engine.node.ID() {
		err = r.engine.runFragment(ctx, r.node, p.chunks, func(b *vector.Batch) error {
			runs = append(runs, exec.BatchRun(b))
			return nil
		})
		return runs, 0, err
	}
	return r.fetch(ctx, p.node, kindFragment, append(appendChunks(p.chunks), r.text...))
}

// fetch gets the rows of the fragment from a node.
func (r *fragmentRun) fetch(ctx context.Context, node cluster.Member, kind string, request []byte) (runs []exec.Run, bytes int64, err error) {
	in := readerOf(ctx, r.node, r.table)
	err = r.engine.node.Fetch(ctx, node, kind, request, func(block []byte) error {
		bytes += int64(len(block))
		more, err := in.read(block)
		runs = append(runs, more...)
		return err
	})
	if cut := in.close(); err == nil {
		err = cut
	}
	return runs, bytes, err
}
