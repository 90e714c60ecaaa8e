package engine

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/cluster/wire"
	"github.com/eau2db/eau2/engine/exec"
	"github.com/eau2db/eau2/engine/fragment"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// A fragment with a plan.Shuffle runs in two steps. The asked node cuts the keys into parts, by their hashes, and gives each
// part to a node, which runs what is above the Shuffle (kindReduce). To do so it gets the rows of its part from all nodes that
// have chunks (kindShare), itself among them: these run what is below the Shuffle once, and send each row to the node of
// its part. A node that reads slowly holds up the others, and nobody keeps more than a few blocks.
//
// When a node fails, the parts that have not come to their end are run again with the others, all together: a node that shares
// rows does so with whoever is there from its first row on, or with nobody.
const (
	kindReduce = "reduce" // a reduceRequest; batches
	kindShare  = "share"  // a shareRequest; batches
)

// reduceRequest asks for the rows of a fragment for one part of the keys.
type reduceRequest struct {
	Session string // the same for all parts that run together
	Parts   int    // of the keys
	Wanted  []int  // those that run together
	Part    int    // this one
	Plan    []byte // of the fragment
	From    []source
}

// source is a node and the chunks that it shares the rows of.
type source struct {
	Node   string
	Chunks []int
}

// errUnshared says that a node could not share rows with all who were to get them.
var errUnshared = errors.New("not all nodes took part in a shuffle")

// sourceError is the failure of a node that a node has asked.
type sourceError struct{ Node, Text string }

func (e *sourceError) Error() string { return fmt.Sprintf("node %s: %s", e.Node, e.Text) }

func init() {
	wire.RegisterError("unshared", errUnshared)
	wire.RegisterErrorType("source",
		func(e *sourceError) []byte { b, _ := json.Marshal(e); return b },
		func(b []byte) (*sourceError, error) { e := &sourceError{}; return e, json.Unmarshal(b, e) })
}

// shuffleRun is a fragment with a shuffle while it runs: its parts run together, whoever asks for one first.
type shuffleRun struct {
	*fragmentRun
	owners []cluster.Member // of the parts, as planned
	chunks []int
	begun  sync.Once
	parts  []chan partResult
}

type partResult struct {
	runs []exec.Run
	err  error
}

// shuffled returns a unit for each part of the keys: one a node that has chunks.
func (r *fragmentRun) shuffled(chunks []int) ([]exec.Unit, error) {
	planned, err := r.assign(chunks)
	if err != nil {
		return nil, err
	}
	r.planned = planned
	s := &shuffleRun{fragmentRun: r, chunks: chunks}
	units := make([]exec.Unit, len(planned))
	for i, p := range planned {
		s.owners = append(s.owners, p.node)
		s.parts = append(s.parts, make(chan partResult, 1))
		units[i] = func(ctx context.Context) ([]exec.Run, error) {
			s.begun.Do(func() { s.run(ctx) })
			select {
			case res := <-s.parts[i]:
				return res.runs, res.err
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
	}
	return units, nil
}

// run runs the parts until all have come to their end, and gives what came of them.
func (s *shuffleRun) run(ctx context.Context) {
	wanted := make([]int, len(s.parts))
	for i := range wanted {
		wanted[i] = i
	}
	var err error
	for round := 0; len(wanted) > 0 && err == nil; round++ {
		if wanted, err = s.round(ctx, wanted); errors.Is(err, errUnshared) && round < 2 {
			err = nil // nobody is to blame: a node may have ended and begun again
		}
	}
	for _, p := range wanted {
		s.parts[p] <- partResult{err: err}
	}
}

// round runs parts together, and returns those that are to run again, or are not to and why.
func (s *shuffleRun) round(ctx context.Context, wanted []int) ([]int, error) {
	from, err := s.assign(s.chunks)
	if err != nil {
		return wanted, err
	}
	q := reduceRequest{Session: rand.Text(), Parts: len(s.parts), Wanted: wanted, Plan: s.text}
	for _, p := range from {
		q.From = append(q.From, source{p.node.ID, p.chunks})
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var mu sync.Mutex
	var failed []int
	var fatal, unshared error
	blamed := false
	var all sync.WaitGroup
	for i, n := range wanted {
		owner := s.owners[n]
		if !slices.ContainsFunc(from, func(p part) bool { return p.node.ID == owner.ID }) {
			owner = from[i%len(from)].node
		}
		all.Go(func() {
			q := q
			q.Part = n
			runs, err := s.part(ctx, owner, q)
			if err == nil {
				s.parts[n] <- partResult{runs: runs}
				return
			}
			mu.Lock()
			defer mu.Unlock()
			failed = append(failed, n)
			lost, why := s.blame(owner.ID, err)
			switch {
			case lost != "":
				s.fragmentRun.mu.Lock()
				s.lost[lost] = why
				s.fragmentRun.mu.Unlock()
				blamed = true
				cancel()
			case errors.Is(err, errUnshared):
				unshared = err
			case fatal == nil && !blamed:
				fatal = err
				cancel()
			}
		})
	}
	all.Wait()
	switch {
	case blamed:
		return failed, nil
	case fatal != nil:
		return failed, fatal
	}
	return failed, unshared
}

// blame returns the node that has failed, and how, or "".
func (s *shuffleRun) blame(owner string, err error) (node string, why error) {
	var e *sourceError
	switch {
	case errors.As(err, &e):
		return e.Node, errors.New(e.Text)
	case retriable(err):
		return owner, err
	}
	return "", nil
}

// part runs one part at its owner.
func (s *shuffleRun) part(ctx context.Context, owner cluster.Member, q reduceRequest) (runs []exec.Run, err error) {
	p := part{node: owner}
	for _, f := range q.From {
		if f.Node == owner.ID {
			p.chunks = f.Chunks
		}
	}
	var bytes int64
	if owner.ID == s.engine.node.ID() {
		runs, err = s.engine.reduceHere(ctx, q)
	} else {
		runs, bytes, err = s.fetch(ctx, owner, kindReduce, encode(q))
	}
	s.note(p, runs, bytes, err)
	return runs, err
}

// reduceRequested answers another node.
func (e *Engine) reduceRequested(ctx context.Context, request []byte, out func([]byte) error) error {
	var q reduceRequest
	if err := decode(request, &q); err != nil {
		return err
	}
	return e.reduce(ctx, q, func(ctx context.Context, tables *fragmentTables, n plan.Node, o exec.Options) error {
		return tables.run(ctx, n, o, out)
	})
}

// reduceHere runs a part here.
func (e *Engine) reduceHere(ctx context.Context, q reduceRequest) (runs []exec.Run, err error) {
	err = e.reduce(ctx, q, func(ctx context.Context, _ *fragmentTables, n plan.Node, o exec.Options) error {
		var mu sync.Mutex
		return exec.Each(ctx, n, o, func(_ int, b *vector.Batch) error {
			run := exec.BatchRun(b.Detach())
			mu.Lock()
			defer mu.Unlock()
			runs = append(runs, run)
			return nil
		})
	})
	return runs, err
}

// reduce runs the fragment of a part by run, while it gets the part's rows from all nodes.
func (e *Engine) reduce(ctx context.Context, q reduceRequest, run func(context.Context, *fragmentTables, plan.Node, exec.Options) error) error {
	tables := e.newFragmentTables()
	defer tables.release()
	n, err := tables.decode(ctx, q.Plan)
	if err != nil {
		return err
	}
	sh := (&plan.Remote{Fragment: n}).Shuffle()
	if sh == nil || q.Parts < 1 || q.Part < 0 || q.Part >= q.Parts {
		return errRequest
	}
	text, err := fragment.Encode(sh.Input)
	if err != nil {
		return err
	}
	in := e.gather(ctx, q, shareRequest{Session: q.Session, Parts: q.Parts, Wanted: q.Wanted, Part: q.Part, Keys: sh.Keys, Plan: text}, sh, tables)
	defer in.close()
	o := e.execOptions(in.ctx)
	o.Shuffled = in
	return in.cause(run(in.ctx, tables, n, o))
}

// gatherer gets the rows of a part from all nodes.
type gatherer struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	runs   chan []exec.Run
	tasks  sync.WaitGroup
}

// gather asks all nodes at once, because none goes on before all are asked.
func (e *Engine) gather(ctx context.Context, q reduceRequest, share shareRequest, sh *plan.Shuffle, tables *fragmentTables) *gatherer {
	g := &gatherer{runs: make(chan []exec.Run, 2*len(q.From))}
	g.ctx, g.cancel = context.WithCancelCause(ctx)
	for _, from := range q.From {
		g.tasks.Go(func() {
			share := share
			share.Chunks = from.Chunks
			if err := e.takeShare(g, from.Node, share, sh, tables); err != nil {
				g.cancel(err)
			}
		})
	}
	go func() {
		g.tasks.Wait()
		close(g.runs)
	}()
	return g
}

// takeShare gets the rows from one node.
func (e *Engine) takeShare(g *gatherer, node string, share shareRequest, sh *plan.Shuffle, tables *fragmentTables) error {
	in := tables.reader(g.ctx, sh.Input)
	take := func(block []byte) error {
		runs, err := in.read(block)
		if err != nil || len(runs) == 0 {
			return err
		}
		select {
		case g.runs <- runs:
			return nil
		case <-g.ctx.Done():
			return context.Cause(g.ctx)
		}
	}
	var err error
	if node == e.node.ID() {
		err = e.shares.share(g.ctx, e, share, take)
	} else {
		err = e.node.Fetch(g.ctx, cluster.Member{ID: node}, kindShare, encode(share), take)
	}
	if err == nil {
		err = in.close()
	}
	if err != nil && g.ctx.Err() == nil && retriable(err) {
		err = &sourceError{node, err.Error()}
	}
	return err
}

// Next implements exec.Shuffled.
func (g *gatherer) Next(ctx context.Context) ([]exec.Run, error) {
	select {
	case runs, ok := <-g.runs:
		if ok {
			return runs, nil
		}
		if err := context.Cause(g.ctx); err != nil {
			return nil, err
		}
		return nil, io.EOF
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// cause returns what has broken the gathering rather than its echo.
func (g *gatherer) cause(err error) error {
	if err != nil && g.ctx.Err() != nil {
		return context.Cause(g.ctx)
	}
	return err
}

func (g *gatherer) close() {
	g.cancel(context.Canceled)
	g.tasks.Wait()
}
