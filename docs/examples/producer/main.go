// Command producer has three parts, each on a node of its own where there are so many: one makes arrays of numbers, one counts
// the numbers, one checks the counts. They hand each other values through the store.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/engine"
)

func main() {
	rounds := flag.Int("rounds", 10, "`arrays` to produce")
	engine.Main(&producer{rounds: rounds, out: os.Stdout})
}

type producer struct {
	rounds *int
	out    io.Writer
}

// Run does the parts that are this node's, each for itself.
func (p *producer) Run(ctx context.Context, node *engine.Node) error {
	parts, ctx := errgroup.WithContext(ctx)
	for i, part := range []func(context.Context, *engine.Node) error{p.produce, p.count, p.check} {
		if i%node.Size() == node.Index() {
			parts.Go(func() error { return part(ctx, node) })
		}
	}
	return parts.Wait()
}

// produce puts arrays, each of a thousand numbers more than the last.
func (p *producer) produce(ctx context.Context, node *engine.Node) error {
	for round := range *p.rounds {
		numbers := make([]float64, 1000*(round+1))
		for i := range numbers {
			numbers[i] = float64(i % 10)
		}
		if err := engine.Put(ctx, node.Store(), node.Key(fmt.Sprint("numbers/", round)), numbers); err != nil {
			return err
		}
	}
	return nil
}

// count waits for the arrays, and puts how many numbers there have been, and their sum.
func (p *producer) count(ctx context.Context, node *engine.Node) error {
	count, sum := int64(0), 0.0
	for round := range *p.rounds {
		numbers, err := engine.GetAndWait[[]float64](ctx, node.Store(), node.KeyAt(0, fmt.Sprint("numbers/", round)))
		if err != nil {
			return err
		}
		count += int64(len(numbers))
		for _, x := range numbers {
			sum += x
		}
	}
	if err := engine.Put(ctx, node.Store(), engine.Key{Name: "count"}, count); err != nil {
		return err
	}
	return engine.Put(ctx, node.Store(), engine.Key{Name: "sum"}, sum)
}

// check waits for the counts and says whether they are right.
func (p *producer) check(ctx context.Context, node *engine.Node) error {
	count, err := engine.GetAndWait[int64](ctx, node.Store(), engine.Key{Name: "count"})
	if err != nil {
		return err
	}
	sum, err := engine.GetAndWait[float64](ctx, node.Store(), engine.Key{Name: "sum"})
	if err != nil {
		return err
	}
	n := int64(*p.rounds)
	if want := 1000 * n * (n + 1) / 2; count != want || sum != 4.5*float64(want) {
		return fmt.Errorf("%d numbers with the sum %v, not %d with %v", count, sum, want, 4.5*float64(want))
	}
	_, err = fmt.Fprintf(p.out, "%d numbers, sum %v: right\n", count, sum)
	return err
}
