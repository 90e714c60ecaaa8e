package gossip

import (
	"fmt"
	"testing"
)

// filled returns a catalogue of n live tables.
func filled(b *testing.B, n int) *catalogue {
	var entries []Entry
	for i := range n {
		s := Stamp{uint64(i), "vhkq3bd6nfx2jza5yrt4cwmeso"}
		entries = append(entries, Entry{ID: fmt.Sprintf("%026d", i), Name: fmt.Sprint("table", i), Named: s, Made: s, Home: s.Node, Maker: "a"})
	}
	c, err := newCatalogue(entries)
	if err != nil {
		b.Fatal(err)
	}
	c.view()
	return c
}

// BenchmarkChange makes a table where there are many, and looks at the whole.
func BenchmarkChange(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint("tables=", n), func(b *testing.B) {
			c := filled(b, n)
			i := 0
			for b.Loop() {
				i++
				if _, err := c.apply([]Entry{{ID: fmt.Sprint("new", i), Name: "t"}}, nil); err != nil {
					b.Fatal(err)
				}
				c.view()
			}
		})
	}
}

// BenchmarkCompare finds the one entry in which two catalogues differ.
func BenchmarkCompare(b *testing.B) {
	one, other := filled(b, 100_000), filled(b, 100_000)
	if _, err := one.apply([]Entry{{ID: "new", Name: "t"}}, nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		n := 0
		for _, part := range chunks(one.differing(other.sum())) {
			n += len((&message{kind: kindEntries, entries: part}).encode())
		}
		b.ReportMetric(float64(n), "bytes")
	}
}
