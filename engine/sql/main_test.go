package sql

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeTable is a table without data.
type fakeTable struct {
	name   string
	fields []column.Field
}

func (t *fakeTable) Name() string                           { return t.name }
func (t *fakeTable) Fields() []column.Field                 { return t.fields }
func (t *fakeTable) Rows() int64                            { return 0 }
func (t *fakeTable) Chunks() int                            { return 0 }
func (t *fakeTable) ChunkStats(chunk, col int) column.Stats { return column.Stats{} }
func (t *fakeTable) ChunkRows(chunk int) int                { return 0 }
func (t *fakeTable) Column(context.Context, int, int) (*column.Array, error) {
	return nil, fmt.Errorf("table %s has no data", t.name)
}

// fakeCatalogue holds fake tables; those whose name begins with a slash are files.
type fakeCatalogue map[string]*fakeTable

// newCatalogue makes a catalogue of lines such as "commits pid INT, author INT".
func newCatalogue(spec string) fakeCatalogue {
	c := fakeCatalogue{}
	for _, line := range strings.Split(strings.TrimSpace(spec), "\n") {
		name, cols, _ := strings.Cut(strings.TrimSpace(line), " ")
		t := &fakeTable{name: name}
		for _, f := range strings.Split(cols, ",") {
			n, ty, _ := strings.Cut(strings.TrimSpace(f), " ")
			parsed, err := column.ParseType(ty)
			if err != nil {
				panic(err)
			}
			t.fields = append(t.fields, column.Field{Name: n, Type: parsed})
		}
		c[name] = t
	}
	return c
}

func (c fakeCatalogue) Table(ctx context.Context, name string) (plan.Table, error) {
	if t, ok := c[name]; ok {
		return t, nil
	}
	return nil, fmt.Errorf("%w: %s", ErrNoTable, name)
}

func (c fakeCatalogue) File(ctx context.Context, path string) (plan.Table, error) {
	if t, ok := c[path]; ok {
		return t, nil
	}
	return nil, fmt.Errorf("open %s: no such file", path)
}

func (c fakeCatalogue) Names() []string {
	var names []string
	for n := range c {
		names = append(names, n)
	}
	return names
}
