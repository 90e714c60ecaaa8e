package engine

import (
	"context"
	"fmt"

	"github.com/eau2db/eau2/cluster"
)

// Repair tells how far a node is with copying the chunks that it is to have and lacks.
type Repair = cluster.Repair

// Repair tells how far this node is.
func (e *Engine) Repair() Repair { return e.node.Progress() }

// Lacks returns how many chunks this node is to keep a copy of and has not, yet. It is 0 in an Engine that is not one of a
// cluster.
func (e *Engine) Lacks(ctx context.Context) (int, error) { return e.node.Lacks(ctx) }

func (s *statement) showNodes() (*Rows, error) {
	h, err := s.node.Health(s.ctx)
	if err != nil {
		return nil, err
	}
	var rows [][]any
	for _, n := range h.Nodes {
		rows = append(rows, []any{nodeName(n.Member), n.Addr, n.ID == s.node.ID(), n.Chunks, n.Lacks, repairText(n)})
	}
	return table([]Column{
		{Name: "node", Type: String}, {Name: "address", Type: String}, {Name: "here", Type: Bool},
		{Name: "chunks", Type: Int}, {Name: "lacks", Type: Int}, {Name: "repair", Type: String},
	}, rows...), nil
}

// repairText says what a node does about the chunks that it lacks.
func repairText(n cluster.NodeHealth) string {
	r := n.Repair
	switch {
	case n.Err != nil:
		return "does not answer: " + n.Err.Error()
	case r.Running:
		return fmt.Sprintf("%d of %s copied, %d bytes", r.Copied, plural(r.ToCopy, "chunk"), r.Bytes)
	case r.Failed != "":
		return "waits: " + r.Failed
	case n.Lacks > 0:
		return "waits for the nodes to be the same for a while"
	}
	return "idle"
}

func (s *statement) showReplicas() (*Rows, error) {
	h, err := s.node.Health(s.ctx)
	if err != nil {
		return nil, err
	}
	var rows [][]any
	for _, t := range h.Tables {
		rows = append(rows, []any{t.Name, t.Chunks, t.Copies, t.Few, t.None, t.Surplus})
	}
	return table([]Column{
		{Name: "table", Type: String}, {Name: "chunks", Type: Int}, {Name: "copies", Type: Int},
		{Name: "few", Type: Int}, {Name: "none", Type: Int}, {Name: "surplus", Type: Int},
	}, rows...), nil
}

func nodeName(m cluster.Member) string {
	if m.Name == "" {
		return "local"
	}
	return m.Name
}
