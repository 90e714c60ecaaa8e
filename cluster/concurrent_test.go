package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/cluster/vfs/vfstest"
)

// Loads, drops, renames and reads of the same few names at once: whoever gets a table gets a whole one.
func TestEverythingAtOnce(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		var g errgroup.Group
		for worker := range 6 {
			g.Go(func() error {
				rng := rand.New(rand.NewPCG(uint64(worker), 0))
				for range 12 {
					if err := changeSomething(n, rng); err != nil && !errors.Is(err, ErrNoTable) && !errors.Is(err, ErrTableExists) {
						return err
					}
				}
				return nil
			})
		}
		must(t, g.Wait())
		_, err := read(n)
		must(t, err)
	})
}

func changeSomething(n *Node, rng *rand.Rand) error {
	name := func() string { return fmt.Sprint("t", rng.IntN(3)) }
	ctx := context.Background()
	switch rng.IntN(6) {
	case 0, 1:
		return stepSample(int64(rng.IntN(5))).load(n, name())
	case 2:
		return n.Drop(ctx, name())
	case 3:
		return n.Rename(ctx, name(), name())
	}
	t, err := n.Table(ctx, name())
	if err != nil {
		return err
	}
	again, err := t.Acquire()
	if err != nil {
		return err
	}
	var g errgroup.Group
	for _, held := range []*Table{t, again} {
		g.Go(func() error {
			return errors.Join(stepSample(held.Rows()).compare(held), held.Release())
		})
	}
	return g.Wait()
}

// Random steps, on the node and on the model, with the node closed and opened now and then.
func TestRandomStepsDoWhatTheModelDoes(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		disk := vfstest.NewDisk()
		n, err := openDisk(disk)
		must(t, err)
		now := state{}
		for i := range 40 {
			if rng.IntN(8) == 0 {
				must(t, n.Close())
				n, err = openDisk(disk)
				must(t, err)
			}
			s := step{
				op:   []string{"load", "load", "drop", "rename", "put", "delete"}[rng.IntN(6)],
				name: fmt.Sprint("t", rng.IntN(3)), to: fmt.Sprint("t", rng.IntN(3)), seed: rng.Int64N(4),
			}
			if s.op == "put" || s.op == "delete" {
				s.name = "k"
			}
			next, ok := s.apply(now)
			if s.op == "rename" && s.name == s.to {
				_, ok = now["t/"+s.name]
				next = now
			}
			if err := s.run(n); (err == nil) != ok {
				t.Fatalf("seed %d, step %d: %v on %v: %v", seed, i, s, now, err)
			}
			if ok {
				now = next
			}
			got, err := read(n)
			must(t, err)
			if !maps.Equal(got, now) {
				t.Fatalf("seed %d, step %d: after %v it has %v, want %v", seed, i, s, got, now)
			}
			if extra := litter(disk, dataDir, now); len(extra) > 0 {
				t.Fatalf("seed %d, step %d: after %v there are files %v", seed, i, s, extra)
			}
		}
		must(t, n.Close())
		if mappings, files := disk.Open(); mappings != 0 || files != 0 {
			t.Fatalf("seed %d: %d mappings and %d files are open", seed, mappings, files)
		}
	}
}

// A table that is dropped while it is opened for the first time is there, or it is not.
func TestDropWhileATableIsOpened(t *testing.T) {
	for round := range 50 {
		disk := vfstest.NewDisk()
		n, err := openDisk(disk)
		must(t, err)
		must(t, stepSample(2).load(n, "t"))
		must(t, n.Close())
		n, err = openDisk(disk)
		must(t, err)
		var g errgroup.Group
		g.Go(func() error { return n.Drop(context.Background(), "t") })
		for range 3 {
			g.Go(func() error {
				if err := stepSample(2).check(n, "t"); !errors.Is(err, ErrNoTable) {
					return err
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		must(t, n.Close())
		if mappings, _ := disk.Open(); mappings != 0 {
			t.Fatalf("round %d: %d mappings are open", round, mappings)
		}
	}
}
