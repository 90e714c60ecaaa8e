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
		kindFold:     e.foldRequested,
		kindReduce:   e.reduceRequested,
		kindShare:    e.shareRequested,
		kindRange:    e.serveRange,
		kindCodes:    e.serveCodes,
		kindRun:      e.serveRun,
	}
}

func (e *Engine) runRequest(ctx context.Context, request []byte, out func([]byte) error) error {
	chunks, text, err := cutChunks(request)
	if err != nil {
		return err
	}
	tables := e.newFragmentTables()
	defer tables.release()
	n, err := tables.open(ctx, chunks, text)
	if err != nil {
		return err
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

// open is decode of a fragment that is to read some of its chunks, which have to be here.
func (f *fragmentTables) open(ctx context.Context, chunks []int, text []byte) (plan.Node, error) {
	n, err := f.decode(ctx, text)
	if err != nil {
		return nil, err
	}
	scan := leaf(n)
	if scan == nil {
		return nil, errRequest
	}
	if t, ok := scan.Table.(*cluster.Table); ok {
		for _, c := range chunks {
			if !t.Has(c) {
				return nil, fmt.Errorf("read table %s, chunk %d: %w", t.Name(), c, cluster.ErrMoved)
			}
		}
	}
	return n, nil
}

// leaf returns the Scan of a fragment, nil where it has not one alone.
func leaf(n plan.Node) *plan.Scan {
	for {
		if s, ok := n.(*plan.Scan); ok {
			return s
		}
		in := n.Inputs()
		if len(in) != 1 {
			return nil
		}
		n = in[0]
	}
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
	*replicas
	engine  *Engine
	node    plan.Node
	text    []byte // of the plan
	planned []part
	done    []doneUnit // guarded by mu
}

// chunksOf lists the chunks that a scan reads.
func chunksOf(n *plan.Scan) []int {
	if n.Chunks != nil {
		return n.Chunks
	}
	chunks := make([]int, n.Table.Chunks())
	for c := range chunks {
		chunks[c] = c
	}
	return chunks
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
	at, err := d.engine.replicasOf(ctx, t)
	if err != nil {
		return nil, err
	}
	r := &fragmentRun{replicas: at, engine: d.engine, node: n.Fragment, text: text}
	if d.runs != nil {
		d.runs[n] = r
	}
	chunks := chunksOf(scan)
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

// unit runs a part, and again at other nodes when its node fails.
func (r *fragmentRun) unit(p part) exec.Unit {
	return func(ctx context.Context) ([]exec.Run, error) {
		parts, err := runPart(ctx, r.replicas, p, func(ctx context.Context, p part) ([]exec.Run, error) {
			runs, bytes, err := r.try(ctx, p)
			r.note(p, runs, bytes, err)
			return runs, err
		})
		if len(parts) == 1 {
			return parts[0], err
		}
		return slices.Concat(parts...), err
	}
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
