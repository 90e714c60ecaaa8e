package plan

import (
	"fmt"
	"strings"

	"github.com/eau2db/eau2/column"
)

// The operators of a plan that was cut in two, one half running at the data. No rule sees them: cutting comes last.

// Remote gives the rows of Fragment, a plan whose one leaf is a Scan, computed by whoever holds the chunks of that Scan.
// Each part of the chunks is a run of its own, so Fragment is such that the runs' rows together, in the order of the
// table's rows, serve what stands above. In a Fragment with a Shuffle only what is below that runs so; what is above runs
// once for each part of the keys, and its rows come in any order.
type Remote struct{ Fragment Node }

// Partial is the first half of an Aggregate: it gives the state of its groups, in the columns Schema, from which a Merge
// makes the results.
type Partial struct {
	*Aggregate
	Schema []column.Field
}

// Merge is the second half of Aggregate, and gives what that gives: Input gives the state that runs of the Partial of the
// same Aggregate gave, each over a part of the rows.
type Merge struct {
	*Aggregate
	Input Node
}

// Top keeps the K rows that a Sort by Keys would put first, in the order of its input. It is what the parts of an ORDER BY
// with a limit can do: sorting again what they kept gives the same as sorting all, ties included.
type Top struct {
	Input Node
	Keys  []SortKey
	K     int64
}

// Shuffle gives the rows of Input, but those with equal values in the columns Keys all to the same of several who run what
// stands above it. Input is what can run in parts at the data, as the fragment of a Remote.
type Shuffle struct {
	Input Node
	Keys  []int
}

// Shuffle returns the Shuffle in the fragment, nil if there is none.
func (n *Remote) Shuffle() *Shuffle {
	for at := n.Fragment; len(at.Inputs()) == 1; at = at.Inputs()[0] {
		if s, ok := at.(*Shuffle); ok {
			return s
		}
	}
	return nil
}

// Scan returns the leaf of the fragment.
func (n *Remote) Scan() *Scan {
	at := n.Fragment
	for {
		if s, ok := at.(*Scan); ok {
			return s
		}
		at = at.Inputs()[0]
	}
}

// Fields returns the fragment's columns.
func (n *Remote) Fields() []column.Field { return n.Fragment.Fields() }

// Fields returns the input's columns.
func (n *Shuffle) Fields() []column.Field { return n.Input.Fields() }

// Fields returns the columns of the state.
func (n *Partial) Fields() []column.Field { return n.Schema }

// Fields returns the input's columns.
func (n *Top) Fields() []column.Field { return n.Input.Fields() }

// Inputs returns the fragment.
func (n *Remote) Inputs() []Node { return []Node{n.Fragment} }

// Inputs returns the one input.
func (n *Shuffle) Inputs() []Node { return []Node{n.Input} }

// Inputs returns the one input.
func (n *Merge) Inputs() []Node { return []Node{n.Input} }

// Inputs returns the one input.
func (n *Top) Inputs() []Node { return []Node{n.Input} }

// WithInputs returns a Remote of in[0].
func (n *Remote) WithInputs(in []Node) Node { return &Remote{Fragment: in[0]} }

// WithInputs returns a copy of n over in[0].
func (n *Shuffle) WithInputs(in []Node) Node { return &Shuffle{Input: in[0], Keys: n.Keys} }

// WithInputs returns a copy of n over in[0].
func (n *Partial) WithInputs(in []Node) Node {
	a := *n.Aggregate
	a.Input = in[0]
	return &Partial{Aggregate: &a, Schema: n.Schema}
}

// WithInputs returns a copy of n over in[0].
func (n *Merge) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs returns a copy of n over in[0].
func (n *Top) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// String says where the fragment runs.
func (n *Remote) String() string { return "Remote" }

// String names the columns.
func (n *Shuffle) String() string {
	names := make([]string, len(n.Keys))
	for i, k := range n.Keys {
		names[i] = n.Fields()[k].Name
	}
	return "Shuffle by " + strings.Join(names, ", ")
}

// String gives the keys and the aggregates.
func (n *Partial) String() string { return "Partial " + n.Aggregate.String() }

// String gives the keys and the aggregates.
func (n *Merge) String() string { return "Merge " + n.Aggregate.String() }

// String gives the keys and the number of rows kept.
func (n *Top) String() string { return fmt.Sprintf("Keep %d by %s", n.K, keys(n.Keys)) }
