package main

import (
	"bytes"
	"fmt"
	"testing"

	"go.uber.org/goleak"

	"github.com/eau2db/eau2/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSumIsZero(t *testing.T) {
	for _, nodes := range []int{1, 3, 4} {
		for _, n := range []int{0, 1, 2, 1_000_000} {
			var out bytes.Buffer
			if err := engine.RunLocal(t.Context(), nodes, &trivial{n: &n, out: &out}, engine.Options{}); err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf("0 on all %d nodes\n", nodes); out.String() != want {
				t.Errorf("%d numbers on %d nodes give %q", n, nodes, out.String())
			}
		}
	}
}
