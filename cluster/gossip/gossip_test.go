package gossip_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/eau2db/eau2/cluster/gossip"
	"github.com/eau2db/eau2/cluster/simulate"
)

func TestNodesJoinAndAgree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, simulate.Options{Latency: time.Millisecond})
		w.node(0).start()
		for i := 1; i < 5; i++ {
			w.node(i).start(w.node(0).seed())
		}
		t.Log("converged in", w.converge(time.Minute))
		n := w.node(3)
		missing, err := n.g.Announce(t.Context(), []gossip.Entry{n.entry("t1", "commits")})
		if err != nil || len(missing) > 0 {
			t.Fatal(missing, err)
		}
		for _, n := range w.running() {
			if _, ok := n.g.Snapshot().Lookup("commits"); !ok {
				t.Error(n.id, "does not know what was announced")
			}
		}
		w.close()
	})
}
