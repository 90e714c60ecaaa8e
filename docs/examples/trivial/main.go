// Command trivial sums a million numbers up and down again, on all nodes of a cluster. It prints 0, or there is something wrong.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/eau2db/eau2/engine"
)

func main() {
	n := flag.Int("n", 1_000_000, "`numbers` to sum")
	engine.Main(&trivial{n: n, out: os.Stdout})
}

type trivial struct {
	n   *int
	out io.Writer
}

// Run has node 0 make a frame of the numbers, and all nodes sum them.
func (t *trivial) Run(ctx context.Context, node *engine.Node) error {
	if node.Index() == 0 {
		numbers := make([]float64, *t.n)
		for i := range numbers {
			numbers[i] = float64(i)
		}
		if _, err := node.Engine().FromSlices(ctx, "triv", engine.Slice("x", numbers)); err != nil {
			return err
		}
	}
	frame, err := node.Engine().WaitTable(ctx, "triv")
	if err != nil {
		return err
	}
	sum := 0.0
	if err := frame.ForEachChunk(ctx, func(c engine.Chunk) error {
		for _, x := range c.Floats(0) {
			sum += x
		}
		return nil
	}); err != nil {
		return err
	}
	for i := range *t.n { // and down again
		sum -= float64(i)
	}
	if sum != 0 {
		return fmt.Errorf("the sum is off by %v", sum)
	}
	if err := node.Barrier(ctx, "summed"); err != nil {
		return err
	}
	if node.Index() != 0 {
		return nil
	}
	_, err = fmt.Fprintf(t.out, "%v on all %d nodes\n", sum, node.Size())
	return errors.Join(err, node.Engine().Drop(ctx, "triv"))
}
