package function

import (
	"fmt"
	"sync"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// Flat is a function of the user's program that makes any number of values of a row.
type Flat struct {
	Name   string
	Result column.Type
	// New returns what calls the function for a batch, for one goroutine. It gives the values, up to vector.Size at a time, and the
	// rows that they are of, which do not descend, to push.
	New func() FlatRun
}

// FlatRun calls a Flat; see there. rows and values hold until push returns.
type FlatRun func(b *vector.Batch, push func(rows []int32, values *vector.Vec) error) error

var flats = struct {
	sync.RWMutex
	byName map[string]*Flat
}{byName: map[string]*Flat{}}

// RegisterFlat makes f known by its name.
func RegisterFlat(f *Flat) error {
	flats.Lock()
	defer flats.Unlock()
	if flats.byName[f.Name] != nil {
		return fmt.Errorf("a FlatMap called %q is registered already", f.Name)
	}
	flats.byName[f.Name] = f
	return nil
}

// LookupFlat finds a Flat.
func LookupFlat(name string) (*Flat, bool) {
	flats.RLock()
	defer flats.RUnlock()
	f, ok := flats.byName[name]
	return f, ok
}
