package engine

import (
	"context"
	"fmt"
	"math/bits"
	"slices"
	"sync"
	"time"

	"github.com/eau2db/eau2/engine/exec"
	"github.com/eau2db/eau2/engine/exec/group"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// shareRequest asks for the rows of a fragment, over some chunks, whose keys fall into one part. The fragment runs once all
// who want a part have asked.
type shareRequest struct {
	Session string
	Parts   int
	Wanted  []int
	Part    int
	Keys    []int // columns of the fragment
	Chunks  []int
	Plan    []byte
}

// shareTime is how long those who want parts may take to ask.
const shareTime = 10 * time.Second

// shares are the fragments whose rows this node shares.
type shares struct {
	mu   sync.Mutex
	open map[string]*sharing // by session
}

// sharing is one of them.
type sharing struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	parts  map[int]chan []byte // blocks for those who want them; closed at the end
	late   *time.Timer         // ends the sharing when not all have come

	asked    map[int]bool  // parts
	allAsked chan struct{} // closed when all are
	left     int           // parts whose askers are gone
	ended    chan struct{}
	err      error // set before ended is closed
}

// blocksWaiting is how many blocks wait for who gets them.
const blocksWaiting = 2

// shareRequested answers another node.
func (e *Engine) shareRequested(ctx context.Context, request []byte, out func([]byte) error) error {
	var q shareRequest
	if err := decode(request, &q); err != nil {
		return err
	}
	return e.shares.share(ctx, e, q, out)
}

// share gives the rows of a part to out.
func (s *shares) share(ctx context.Context, e *Engine, q shareRequest, out func([]byte) error) (err error) {
	if q.Parts < 1 || !slices.Contains(q.Wanted, q.Part) || slices.Min(q.Wanted) < 0 || slices.Max(q.Wanted) >= q.Parts {
		return errRequest
	}
	sh, err := s.join(ctx, e, q)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			sh.cancel(fmt.Errorf("%w: %v", errUnshared, err)) // who asks is not to blame this node
		}
		s.leave(sh, q)
	}()
	for {
		select {
		case b, ok := <-sh.parts[q.Part]:
			if !ok {
				<-sh.ended
				return sh.err
			}
			if err := out(b); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// join notes who asks for a part, and starts the fragment when all have.
func (s *shares) join(ctx context.Context, e *Engine, q shareRequest) (*sharing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := s.open[q.Session]
	if sh == nil {
		runs, end, err := e.begin(context.WithoutCancel(ctx)) // it is not the asker's alone
		if err != nil {
			return nil, err
		}
		sh = &sharing{parts: map[int]chan []byte{}, asked: map[int]bool{}, allAsked: make(chan struct{}), ended: make(chan struct{})}
		sh.ctx, sh.cancel = context.WithCancelCause(runs)
		for _, p := range q.Wanted {
			sh.parts[p] = make(chan []byte, blocksWaiting)
		}
		sh.late = time.AfterFunc(shareTime, func() { sh.cancel(fmt.Errorf("%w: some did not ask in time", errUnshared)) })
		go func() {
			defer end()
			sh.run(e, q)
		}()
		if s.open == nil {
			s.open = map[string]*sharing{}
		}
		s.open[q.Session] = sh
	}
	if sh.asked[q.Part] || sh.parts[q.Part] == nil {
		return nil, errRequest
	}
	sh.asked[q.Part] = true
	if len(sh.asked) == len(sh.parts) {
		sh.late.Stop()
		close(sh.allAsked)
	}
	return sh, nil
}

// leave forgets a sharing that all have left, or that has failed.
func (s *shares) leave(sh *sharing, q shareRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh.left++
	if sh.left == len(sh.parts) || sh.ctx.Err() != nil {
		sh.cancel(nil)
		sh.late.Stop()
		if s.open[q.Session] == sh {
			delete(s.open, q.Session)
		}
	}
}

// run runs the fragment once all have asked.
func (sh *sharing) run(e *Engine, q shareRequest) {
	defer close(sh.ended)
	defer func() {
		for _, c := range sh.parts {
			close(c)
		}
	}()
	select {
	case <-sh.allAsked:
		sh.err = sh.scatter(e, q)
	case <-sh.ctx.Done():
	}
	if sh.ctx.Err() != nil {
		sh.err = context.Cause(sh.ctx)
	}
}

// scatter runs the fragment and gives its rows to their parts.
func (sh *sharing) scatter(e *Engine, q shareRequest) error {
	tables := e.newFragmentTables()
	defer tables.release()
	n, err := tables.decode(sh.ctx, q.Plan)
	if err != nil {
		return err
	}
	for _, k := range q.Keys {
		if k < 0 || k >= len(n.Fields()) {
			return errRequest
		}
	}
	o := e.execOptions(sh.ctx)
	o.Chunks = q.Chunks
	scatterers := make([]*scatterer, o.ThreadCount())
	for w := range scatterers {
		if scatterers[w], err = sh.scatterer(n, q, tables, o.Memory); err != nil {
			return err
		}
		defer scatterers[w].hashes.Release()
	}
	if err := exec.Each(sh.ctx, n, o, func(w int, b *vector.Batch) error { return scatterers[w].push(b) }); err != nil {
		return err
	}
	for p, to := range sh.parts {
		var writers []*batchWriter
		for _, s := range scatterers {
			writers = append(writers, s.parts[p])
		}
		if err := endAll(writers, func(b []byte) error { return sh.give(to, b) }); err != nil {
			return err
		}
	}
	return nil
}

// give gives a block away, as soon as there is room for it.
func (sh *sharing) give(to chan<- []byte, block []byte) error {
	select {
	case to <- block:
		return nil
	case <-sh.ctx.Done():
		return context.Cause(sh.ctx)
	}
}

// scatterer spreads the rows of one worker over the parts.
type scatterer struct {
	keys   []int
	vecs   []*vector.Vec
	hashes *group.Hasher
	parts  []*batchWriter // nil where nobody wants them
	rows   [][]int32
	batch  vector.Batch
}

// scatterRows is how many rows wait in all parts of a worker.
const scatterRows = 64 << 10

func (sh *sharing) scatterer(n plan.Node, q shareRequest, tables *fragmentTables, memory *exec.Memory) (*scatterer, error) {
	s := &scatterer{keys: q.Keys, vecs: make([]*vector.Vec, len(q.Keys)), hashes: group.NewHasher(memory), parts: make([]*batchWriter, q.Parts), rows: make([][]int32, q.Parts)}
	for p, to := range sh.parts {
		w, err := tables.writer(sh.ctx, n, func(b []byte) error { return sh.give(to, b) })
		if err != nil {
			return nil, err
		}
		w.rows = min(blockRows, max(vector.Size, scatterRows/q.Parts))
		s.parts[p] = w
	}
	return s, nil
}

// push keeps nothing of b.
func (s *scatterer) push(b *vector.Batch) error {
	for i, k := range s.keys {
		s.vecs[i] = b.Col(k)
	}
	hashes, err := s.hashes.Of(s.vecs, b.Len())
	if err != nil {
		return err
	}
	for i, h := range hashes {
		p, _ := bits.Mul64(h, uint64(len(s.parts)))
		s.rows[p] = append(s.rows[p], int32(i))
	}
	for p, rows := range s.rows {
		s.rows[p] = rows[:0]
		if len(rows) == 0 || s.parts[p] == nil {
			continue
		}
		s.batch.Sub(b, rows)
		s.batch.Seq = 0 // the order of the rows is lost
		if err := s.parts[p].write(&s.batch); err != nil {
			return err
		}
	}
	return nil
}
