package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/eau2db/eau2/cluster"
)

// runAll runs an application on n nodes and returns what each comes to.
func runAll(t *testing.T, n int, mesh *cluster.Mesh, app Application) []error {
	t.Helper()
	errs, err := runLocal(t.Context(), n, app, Options{Threads: 1, replicas: 2}, mesh)
	if err != nil {
		t.Fatal(err)
	}
	return errs
}

func TestApplicationSharesTablesAndValues(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5} {
		for _, rows := range []int{0, 1, 2, 100} {
			var seen sync.Map
			err := RunLocal(t.Context(), n, ApplicationFunc(func(ctx context.Context, node *Node) error {
				i := node.Index()
				if _, twice := seen.LoadOrStore(i, true); twice || node.Size() != n || node.Name(i) != fmt.Sprint("node", i) || len(node.Alive()) != n {
					t.Errorf("node %d of %d is %s, alive are %v", i, node.Size(), node.Name(i), node.Alive())
				}
				if i == 0 {
					node.Engine().chunkRows = 7
					if _, err := node.Engine().FromSlices(ctx, "t", frameSlices(0, rows)...); err != nil {
						return err
					}
				}
				if _, err := node.Engine().WaitTable(ctx, "t"); err != nil {
					return err
				}
				checkFrame(t, []*Engine{node.Engine()}, "t", rows)
				if err := Put(ctx, node.Store(), node.Key("rows"), int64(rows+i)); err != nil {
					return err
				}
				other := (i + 1) % n
				got, err := GetAndWait[int64](ctx, node.Store(), node.KeyAt(other, "rows"))
				if err != nil || got != int64(rows+other) {
					t.Errorf("node %d has %d rows: %v", other, got, err)
				}
				return nil
			}), Options{Threads: 1})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestBarriersAreMetByAll(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5} {
		var come, left atomic.Int64
		err := RunLocal(t.Context(), n, ApplicationFunc(func(ctx context.Context, node *Node) error {
			for round := range int64(50) {
				come.Add(1)
				if err := node.Barrier(ctx, "round"); err != nil {
					return err
				}
				if c := come.Load(); c < (round+1)*int64(n) {
					t.Errorf("round %d is left when %d have come", round, c)
				}
				left.Add(1)
				if err := node.Barrier(ctx, "\xff"); err != nil { // of any name
					return err
				}
				if l := left.Load(); l < (round+1)*int64(n) {
					t.Errorf("the end of round %d is left when %d have come", round, l)
				}
			}
			return nil
		}), Options{Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestErrorOfANodeEndsAll(t *testing.T) {
	errOwn := errors.New("out of luck")
	for _, n := range []int{1, 2, 3, 5} {
		for name, c := range map[string]struct {
			fail func(ctx context.Context, node *Node) error
			want string
			is   error // on all nodes
		}{
			"at once":       {func(context.Context, *Node) error { return errOwn }, "out of luck", nil},
			"by a panic":    {func(context.Context, *Node) error { panic("at the disco") }, "panic: at the disco", nil},
			"of the engine": {func(ctx context.Context, node *Node) error { return node.Engine().Drop(ctx, "t") }, "no such table", ErrNoTable},
			"after a barrier": {func(ctx context.Context, node *Node) error {
				return errors.Join(node.Barrier(ctx, "b"), fs.ErrNotExist)
			}, "not exist", fs.ErrNotExist},
		} {
			app := ApplicationFunc(func(ctx context.Context, node *Node) error {
				if node.Index() == n-1 {
					return c.fail(ctx, node)
				}
				if name == "after a barrier" {
					if err := node.Barrier(ctx, "b"); err != nil {
						return err
					}
				}
				if node.Index() == 0 {
					<-ctx.Done()
					return ctx.Err()
				}
				err := node.Barrier(ctx, "never")
				if err == nil || !strings.Contains(err.Error(), "barrier never: node node") {
					t.Errorf("%s: the barrier returns %v", name, err)
				}
				return err
			})
			for i, err := range runAll(t, n, cluster.NewMesh(), app) {
				want := fmt.Sprintf("node node%d (index %d): ", n-1, n-1)
				if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
					t.Errorf("%s: node %d of %d returns %v", name, i, n, err)
				}
			}
			if err := RunLocal(t.Context(), n, app, Options{}); name == "at once" && !errors.Is(err, errOwn) {
				t.Errorf("a local run returns %v", err)
			}
		}
	}
}

func TestOneOfSeveralErrorsIsThatOfAll(t *testing.T) {
	for range 20 {
		errs := runAll(t, 3, cluster.NewMesh(), ApplicationFunc(func(_ context.Context, node *Node) error {
			return fmt.Errorf("error of %d", node.Index())
		}))
		for _, err := range errs {
			if err == nil || err.Error() != errs[0].Error() {
				t.Errorf("errors are %v", errs)
			}
		}
	}
}

func TestBarrierThatANodeDoesNotComeTo(t *testing.T) {
	errs := runAll(t, 3, cluster.NewMesh(), ApplicationFunc(func(ctx context.Context, node *Node) error {
		if node.Index() == 1 {
			return nil
		}
		return node.Barrier(ctx, "b")
	}))
	for i, err := range errs {
		if err == nil || !strings.Contains(err.Error(), "barrier b: node node1 (index 1) has ended without it") {
			t.Errorf("node %d returns %v", i, err)
		}
	}
}

func TestNodesStayUntilAllHaveEnded(t *testing.T) {
	err := RunLocal(t.Context(), 3, ApplicationFunc(func(ctx context.Context, node *Node) error {
		if node.Index() == 0 {
			node.Engine().chunkRows = 1
			_, err := node.Engine().FromSlices(ctx, "t", frameSlices(0, 100)...)
			return err
		}
		if _, err := node.Engine().WaitTable(ctx, "t"); err != nil || node.Index() == 1 {
			return err
		}
		checkFrame(t, []*Engine{node.Engine()}, "t", 100)
		return nil
	}), Options{Threads: 1})
	if err != nil {
		t.Error(err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	for _, n := range []int{1, 3} {
		ctx, cancel := context.WithCancel(t.Context())
		var started atomic.Int64
		err := RunLocal(ctx, n, ApplicationFunc(func(ctx context.Context, node *Node) error {
			if started.Add(1) == int64(n) {
				cancel()
			}
			return node.Barrier(ctx, fmt.Sprint("own", node.Index()))
		}), Options{})
		if n > 1 && !errors.Is(err, context.Canceled) || n == 1 && err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("%d nodes: error is %v", n, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := RunLocal(ctx, 3, ApplicationFunc(func(context.Context, *Node) error { return nil }), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestRunsThatCannotBe(t *testing.T) {
	none := ApplicationFunc(func(context.Context, *Node) error { return nil })
	for want, err := range map[string]error{
		"needs Options.Cluster":    Run(t.Context(), RunOptions{Nodes: 2}, none),
		"takes no Options.Cluster": RunLocal(t.Context(), 2, none, Options{Cluster: &ClusterOptions{}}),
		"a run of 0 nodes":         RunLocal(t.Context(), 0, none, Options{}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %s", err, want)
		}
	}
	if err := Run(t.Context(), RunOptions{}, none); err != nil {
		t.Error(err)
	}
	broken := ApplicationFunc(func(context.Context, *Node) error { return errors.New("broken") })
	if err := Run(t.Context(), RunOptions{}, broken); err == nil || err.Error() != "broken" {
		t.Errorf("a run of one node gives %q", err)
	}
}
