package cluster_test

import (
	"context"
	"fmt"
	"log"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/column"
)

func Example() {
	ctx := context.Background()
	n, err := cluster.Open(ctx, cluster.Options{}) // in memory
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()

	w, err := n.Create(ctx, "squares")
	if err != nil {
		log.Fatal(err)
	}
	b := column.NewBuilder(column.Int, nil)
	for i := range int64(5) {
		b.AppendInt(i * i)
	}
	if err := w.Write(ctx, 0, []*column.Array{b.Finish()}); err != nil {
		log.Fatal(err)
	}
	fields := []column.Field{{Name: "square", Type: column.Int}}
	t, err := w.Commit(ctx, fields, make([]*column.Dict, len(fields)))
	if err != nil {
		log.Fatal(err)
	}
	defer t.Release()

	a, err := t.Column(ctx, 0, 0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(t.Name(), t.Rows(), a.Value(4), t.ChunkStats(0, 0).Max)
	// Output: squares 5 16 16
}
