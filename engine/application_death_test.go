package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/eau2db/eau2/cluster"
)

// recoverer is an Application of two functions.
type recoverer struct {
	ApplicationFunc
	recover func(ctx context.Context, node *Node, lost []int) error
}

func (r recoverer) Recover(ctx context.Context, node *Node, lost []int) error {
	return r.recover(ctx, node, lost)
}

// deaths are when a node of the following runs dies. The others go on as die returns.
var deaths = map[string]func(ctx context.Context, node *Node, die func()) error{
	"before a barrier": func(ctx context.Context, node *Node, die func()) error {
		die()
		return node.Barrier(ctx, "a")
	},
	"at a barrier": func(ctx context.Context, node *Node, die func()) error {
		if node.Index() == node.Size()-1 { // when all others have come
			r := node.run
			r.mu.Lock()
			for !r.all(func(p *peer) bool { return p == &r.peers[r.index] || p.arrived["a"] > 0 }) {
				if err := r.wait(ctx); err != nil {
					r.mu.Unlock()
					return err
				}
			}
			r.mu.Unlock()
			die()
		}
		return node.Barrier(ctx, "a")
	},
	"after a barrier": func(ctx context.Context, node *Node, die func()) error {
		if err := node.Barrier(ctx, "a"); err != nil {
			return err
		}
		die()
		return node.Barrier(ctx, "b")
	},
}

func TestDeathOfANodeEndsTheRun(t *testing.T) {
	for _, n := range []int{2, 3, 5} {
		for when, life := range deaths {
			mesh := cluster.NewMesh()
			errs := runAll(t, n, mesh, ApplicationFunc(func(ctx context.Context, node *Node) error {
				return life(ctx, node, func() {
					if node.Index() == n-1 {
						mesh.Kill(node.run.self)
					}
				})
			}))
			for i, err := range errs[:n-1] {
				want := fmt.Sprintf("node node%d (index %d) is gone", n-1, n-1)
				if err == nil || err.Error() != want || !errors.Is(err, ErrGone) {
					t.Errorf("%s: node %d of %d returns %v", when, i, n, err)
				}
			}
			if !errors.Is(errs[n-1], ErrGone) { // all others, as it sees it
				t.Errorf("%s: the node that is cut off returns %v", when, errs[n-1])
			}
		}
	}
}

func TestRecovererGoesOn(t *testing.T) {
	for _, n := range []int{2, 3, 5} {
		for when, life := range deaths {
			mesh := cluster.NewMesh()
			var mu sync.Mutex
			recovered := map[int][]int{}
			errs := runAll(t, n, mesh, recoverer{
				func(ctx context.Context, node *Node) error {
					err := life(ctx, node, func() {
						if node.Index() == n-1 {
							mesh.Kill(node.run.self)
						}
					})
					if node.Index() == n-1 {
						return errors.New("I am dead")
					}
					if err == nil {
						err = node.Barrier(ctx, "end")
					}
					mu.Lock()
					defer mu.Unlock()
					if len(recovered) < n-1 {
						t.Errorf("%s: node %d of %d has passed a barrier when %v have recovered", when, node.Index(), n, recovered)
					}
					if len(node.Alive()) != n-1 {
						t.Errorf("alive are %v", node.Alive())
					}
					return err
				},
				func(_ context.Context, node *Node, lost []int) error {
					if node.Index() < n-1 {
						mu.Lock()
						defer mu.Unlock()
						recovered[node.Index()] = append(recovered[node.Index()], lost...)
					}
					return nil
				},
			})
			for i, err := range errs[:n-1] {
				if err != nil || !slices.Equal(recovered[i], []int{n - 1}) {
					t.Errorf("%s: node %d of %d recovers from %v and returns %v", when, i, n, recovered[i], err)
				}
			}
			if errs[n-1] == nil {
				t.Error("the dead node is well")
			}
		}
	}
}

func TestErrorOfRecoverEndsTheRun(t *testing.T) {
	mesh := cluster.NewMesh()
	for _, c := range []struct {
		recover func() error
		want    string
	}{{func() error { return errors.New("no way") }, "no way"}, {func() error { panic("no way") }, "panic: no way"}} {
		errs := runAll(t, 3, mesh, recoverer{
			func(ctx context.Context, node *Node) error {
				if node.Index() == 2 {
					mesh.Kill(node.run.self)
					return errors.New("I am dead")
				}
				return nil // Recover is called after Run, too
			},
			func(_ context.Context, node *Node, _ []int) error {
				if node.Index() == 1 {
					return c.recover()
				}
				return nil
			},
		})
		for i, err := range errs[:2] {
			if err == nil || !strings.HasPrefix(err.Error(), "node node1 (index 1): "+c.want) {
				t.Errorf("node %d returns %v", i, err)
			}
		}
	}
}
