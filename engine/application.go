package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/cluster"
)

// Application is a program that runs on all nodes of a cluster at once. What they share are tables, by name, and the values of
// the Store.
//
// When Run returns an error, or panics, the application ends on all nodes: their contexts are cancelled, and each run
// returns that error, a NodeError. Run should return soon then: its node waits for it, and the others for its node.
type Application interface {
	Run(ctx context.Context, node *Node) error
}

// ApplicationFunc is a function as an Application.
type ApplicationFunc func(ctx context.Context, node *Node) error

// Run calls f.
func (f ApplicationFunc) Run(ctx context.Context, node *Node) error { return f(ctx, node) }

// Recoverer is an Application that goes on when nodes die; another one ends with an error that names the node. Recover is
// called at each other node, one call at a time, with the indexes that were lost since the last call, while Run goes on or
// has returned. Its error ends the run. No Barrier is passed, and no node leaves, before Recover has returned at all of them: so
// it must not call Barrier.
//
// Nodes that cannot reach each other, but live, each see the others die.
type Recoverer interface {
	Application
	Recover(ctx context.Context, node *Node, lost []int) error
}

// ErrGone says that a node of an application died, or could not be reached any more.
var ErrGone = errors.New("is gone")

// NodeError is what ended an application: the error of its Run on one node, or ErrGone. Errors of the engine's own keep their
// identity on their way to the other nodes, so that errors.Is finds them; of an application's own the text stays.
type NodeError struct {
	Name  string // of the node
	Index int
	Err   error
}

// Error names the node and the cause; a node that is the only one has no name.
func (e *NodeError) Error() string {
	if e.Name == "" {
		return e.Err.Error()
	}
	if e.Err == ErrGone {
		return fmt.Sprintf("node %s (index %d) %v", e.Name, e.Index, e.Err)
	}
	return fmt.Sprintf("node %s (index %d): %v", e.Name, e.Index, e.Err)
}

// Unwrap returns the cause.
func (e *NodeError) Unwrap() error { return e.Err }

// RunOptions say how an application runs in this process.
type RunOptions struct {
	Nodes   int // processes that take part; 0 is 1. All must have the same
	Options     // of this one's Engine. With several nodes Cluster says how it joins the others
}

// Run runs an application on a node that this process is, and returns when it has ended on all of them. It waits until all
// have come; one that is too many gets an error. A run of one node needs no Cluster and opens no port.
func Run(ctx context.Context, o RunOptions, app Application) error {
	n := max(o.Nodes, 1)
	if n > 1 && o.Cluster == nil {
		return fmt.Errorf("a run of %d nodes needs Options.Cluster", n)
	}
	return runNode(ctx, o.Options, n, app)
}

// runNode opens an engine for an application, runs it, and closes the engine.
func runNode(ctx context.Context, o Options, n int, app Application) error {
	r := newRun(n, app)
	o.run = r
	e, err := Open(ctx, o)
	if err != nil {
		if o.Cluster != nil {
			o.Cluster.Listener.Close() // unless Open has
		}
		return err
	}
	err = r.run(ctx, e)
	if closing := e.Close(); closing != nil {
		return errors.Join(err, closing)
	}
	return err
}

// RunLocal runs an application on n nodes in this process, named node0, node1 and so on. Each has a folder of that name in
// Options.Dir, if there is one, and its part of Options.Memory. Each chunk is kept by one node. Options.Cluster must be nil.
func RunLocal(ctx context.Context, n int, app Application, o Options) error {
	if o.Cluster != nil {
		return errors.New("a local run takes no Options.Cluster")
	}
	errs, err := runLocal(ctx, n, app, o, cluster.NewMesh())
	if err != nil {
		return err
	}
	for i, err := range errs { // as the node that had it has it
		if ne := (*NodeError)(nil); errors.As(err, &ne) && ne.Index == i {
			return err
		}
	}
	return cmp.Or(errs...)
}

// runLocal is RunLocal over a mesh. It returns what each node's run does, by index.
func runLocal(ctx context.Context, n int, app Application, o Options, mesh *cluster.Mesh) ([]error, error) {
	if n < 1 {
		return nil, fmt.Errorf("a run of %d nodes", n)
	}
	o.Memory = cmp.Or(max(o.Memory, 0), machineMemory()/10*7) / int64(n)
	names := &localNames{ids: make([]string, 0, n), mesh: mesh, all: make(chan struct{})}
	engines, errs := make([]*Engine, n), make([]error, n)
	open, openCtx := errgroup.WithContext(ctx)
	for i := range n {
		open.Go(func() (err error) {
			own := o
			own.run, own.mesh = newRun(n, app), names.join
			if o.Dir != "" {
				own.Dir = filepath.Join(o.Dir, fmt.Sprint("node", i))
			}
			engines[i], err = Open(openCtx, own)
			return err
		})
	}
	err := open.Wait()
	var nodes sync.WaitGroup
	for i, e := range engines {
		if e == nil {
			continue
		}
		nodes.Go(func() {
			at := i // where it has none
			var ran error
			if err == nil {
				ran = e.opt.run.run(ctx, e)
				at = names.index(e.node.ID())
			}
			if closing := e.Close(); closing != nil {
				ran = errors.Join(ran, closing)
			}
			errs[at] = ran
		})
	}
	nodes.Wait()
	return errs, err
}

// localNames names the nodes of a process in the order of their ids, which is that of their indexes.
type localNames struct {
	mesh *cluster.Mesh
	mu   sync.Mutex
	ids  []string
	all  chan struct{} // closed when all ids are there
}

func (l *localNames) join(ctx context.Context, local cluster.Local) (cluster.Network, error) {
	l.mu.Lock()
	l.ids = append(l.ids, local.ID)
	if len(l.ids) == cap(l.ids) {
		slices.Sort(l.ids)
		close(l.all)
	}
	l.mu.Unlock()
	select {
	case <-l.all:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return l.mesh.Join(fmt.Sprint("node", l.index(local.ID)))(ctx, local)
}

// index returns the index of a node. All ids are there.
func (l *localNames) index(id string) int {
	i, _ := slices.BinarySearch(l.ids, id)
	return i
}

// callUser calls a function of the application; a panic is an error.
func callUser(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}
