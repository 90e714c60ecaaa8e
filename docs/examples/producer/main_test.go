package main

import (
	"bytes"
	"testing"

	"go.uber.org/goleak"

	"github.com/eau2db/eau2/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCountsAreRight(t *testing.T) {
	for _, nodes := range []int{1, 2, 3, 4} {
		for rounds, want := range map[int]string{0: "0 numbers, sum 0: right\n", 1: "1000 numbers, sum 4500: right\n", 10: "55000 numbers, sum 247500: right\n"} {
			var out bytes.Buffer
			if err := engine.RunLocal(t.Context(), nodes, &producer{rounds: &rounds, out: &out}, engine.Options{}); err != nil {
				t.Fatal(err)
			}
			if out.String() != want {
				t.Errorf("%d rounds on %d nodes give %q", rounds, nodes, out.String())
			}
		}
	}
}
