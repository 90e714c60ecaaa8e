package sor

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/eau2db/eau2/column"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// table is what a read gave: its rows in order, and how they were cut into chunks.
type table struct {
	report *Report
	rows   [][]column.Value
	chunks []int // rows of each
}

// texts returns the rows as text, a line each.
func (t table) texts() string {
	var b strings.Builder
	for _, r := range t.rows {
		for i, v := range r {
			if i > 0 {
				b.WriteByte('|')
			}
			b.WriteString(v.String())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (t table) types() string {
	var s []string
	for _, f := range t.report.Fields {
		s = append(s, f.Type.String())
	}
	return strings.Join(s, " ")
}

// collect reads all of in.
func collect(in *Input, o Options) (table, error) {
	return collectContext(context.Background(), in, o)
}

func collectContext(ctx context.Context, in *Input, o Options) (table, error) {
	var mu sync.Mutex
	var chunks []Chunk
	report, dicts, err := in.Read(ctx, o, func(c Chunk) error {
		mu.Lock()
		defer mu.Unlock()
		chunks = append(chunks, c)
		return nil
	})
	if err != nil {
		return table{}, err
	}
	slices.SortFunc(chunks, func(a, b Chunk) int { return a.Seq - b.Seq })
	t := table{report: report}
	for i, c := range chunks {
		if c.Seq != i {
			panic("chunks are not numbered 0, 1, …")
		}
		for j, a := range c.Arrays {
			if a.Layout == column.Code8 || a.Layout == column.Code16 || a.Layout == column.Code32 {
				a.Dict = dicts[j]
			}
		}
		n := c.Arrays[0].N
		t.chunks = append(t.chunks, n)
		for row := range n {
			values := make([]column.Value, len(c.Arrays))
			for j, a := range c.Arrays {
				values[j] = a.Value(row)
			}
			t.rows = append(t.rows, values)
		}
	}
	return t, nil
}

// fromText is an input that can be read from any place.
func fromText(text string) *Input { return FromSource("text", strings.NewReader(text)) }

// fromStream is an input that can be read but once.
func fromStream(text string) *Input {
	return FromReader("stream", struct{ *strings.Reader }{strings.NewReader(text)})
}

func mustRead(t *testing.T, text string, o Options) table {
	t.Helper()
	got, err := collect(fromText(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return got
}
