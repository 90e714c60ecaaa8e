package gossip_test

import (
	"context"
	"fmt"

	"github.com/eau2db/eau2/cluster/gossip"
)

func ExampleStart() {
	ctx := context.Background()
	a, err := gossip.Start(ctx, gossip.Options{ID: "a", Bind: "127.0.0.1:0"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer a.Close()
	b, err := gossip.Start(ctx, gossip.Options{ID: "b", Bind: "127.0.0.1:0", Seeds: []string{a.Self().Gossip}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()

	now := b.Stamp()
	missing, err := b.Announce(ctx, []gossip.Entry{{ID: "t1", Name: "commits", Named: now, Made: now, Home: "b"}})
	fmt.Println(len(missing), "members are missing, error", err)
	e, _ := a.Snapshot().Lookup("commits")
	fmt.Println("a sees table", e.ID, "of", e.Home)
	for _, m := range a.Members() {
		fmt.Println(m.ID, m.State)
	}
	// Output:
	// 0 members are missing, error <nil>
	// a sees table t1 of b
	// a alive
	// b alive
}
