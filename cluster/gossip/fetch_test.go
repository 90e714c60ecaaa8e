package gossip

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// A node that starts asks again when its question was lost, however much the catalogue changes meanwhile by what others announce.
func TestAQuestionIsAskedAgainWhileTheCatalogueChanges(t *testing.T) {
	for _, answered := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c, err := newCatalogue(nil)
			if err != nil {
				t.Fatal(err)
			}
			g := &Gossip{catalogue: c, ctx: t.Context(), options: Options{Timing: Timing{Resend: time.Second}}}
			q := g.asked.begin()
			defer g.asked.end(q)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			done := make(chan struct{})
			go func() {
				defer close(done)
				for i := range 100 {
					if _, err := g.Apply([]Entry{{ID: fmt.Sprint("t", i), Name: "t", Made: Stamp{Count: 1, Node: "n"}, Named: Stamp{Count: 1, Node: "n"}, Maker: "n"}}); err != nil {
						t.Error(err)
					}
					if answered {
						g.asked.heard(q.seq)
					}
					time.Sleep(100 * time.Millisecond)
				}
			}()
			begin := time.Now()
			err = g.await(ctx, q, nil)
			took := time.Since(begin)
			if !answered && (err != nil || took > 2*time.Second) {
				t.Errorf("without an answer it waits %v, %v", took, err)
			}
			if answered && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("while the answer comes in parts it waits %v, %v", took, err)
			}
			<-done
		})
	}
}
