package engine

import (
	"context"
	"encoding/binary"
	"sync"

	"github.com/eau2db/eau2/sor"
)

// What nodes ask each other for a load by several. Requests and notes are JSON.
const (
	kindRange = "range" // a rangeRequest; the answer: see rangeLoad.readThere
	kindCodes = "codes" // a codesRequest, to the node that asked for the range; the answer: see appendCodes
)

// rangeRequest asks a node to read its range of a file and to write its chunks.
type rangeRequest struct {
	Load       string          `json:"load"`  // id of the table
	Share      []byte          `json:"share"` // for cluster.Node.Part
	From       string          `json:"from"`  // id of the node that asks
	Name       string          `json:"name"`  // of that node
	Path       []byte          `json:"path"`
	Print      sor.Fingerprint `json:"print"` // of the file as that node sees it
	Index      int             `json:"index"` // of the range
	Slice      sor.Slice       `json:"slice"`
	Schema     *sor.Schema     `json:"schema"`
	OnError    sor.OnError     `json:"onError"`
	OnMismatch sor.OnMismatch  `json:"onMismatch"`
	ChunkRows  int             `json:"chunkRows"`
	Progress   bool            `json:"progress"` // tell how far it is
}

// rangeNote is what a node says of its range.
type rangeNote struct {
	Progress *sor.Progress `json:"progress,omitempty"`
	Read     *rangeRead    `json:"read,omitempty"` // the last one
}

// rangeRead says what a range came to.
type rangeRead struct {
	Report *sor.Report  `json:"report,omitempty"`
	Failed *sor.Problem `json:"failed,omitempty"` // or the row that ends the load
	Chunks int          `json:"chunks,omitempty"`
	Dicts  []int        `json:"dicts,omitempty"` // columns with dictionaries, which follow
}

// codesRequest asks for the number of the first chunk of a range and for the codes of its strings.
type codesRequest struct {
	Load  string `json:"load"`
	Index int    `json:"index"`
}

// appendCodes appends codes, each four bytes, little-endian.
func appendCodes(b []byte, codes []uint32) []byte {
	for _, c := range codes {
		b = binary.LittleEndian.AppendUint32(b, c)
	}
	return b
}

// readCodes reads n codes.
func readCodes(b []byte, n int) ([]uint32, error) {
	if len(b) != 4*n {
		return nil, errAnswer
	}
	codes := make([]uint32, n)
	for i := range codes {
		codes[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return codes, nil
}

// rangeLoads are the loads by several nodes that were asked for here, by the ids of their tables.
type rangeLoads struct {
	mu   sync.Mutex
	byID map[string]*rangeLoad
}

// add makes a load known until it is forgotten.
func (s *rangeLoads) add(l *rangeLoad) (forget func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string]*rangeLoad{}
	}
	s.byID[l.w.ID()] = l
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.byID, l.w.ID())
	}
}

// find returns the range of a load.
func (s *rangeLoads) find(q codesRequest) (*fileRange, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.byID[q.Load]
	if l == nil || q.Index < 1 || q.Index >= len(l.ranges) {
		return nil, errRequest
	}
	return l.ranges[q.Index], nil
}

// serveCodes answers the nodes that read ranges for this one: with the number of the first chunk, then, in the order in which
// their dictionaries came, with the codes of their strings.
func (e *Engine) serveCodes(ctx context.Context, request []byte, out func([]byte) error) error {
	var q codesRequest
	if err := decode(request, &q); err != nil {
		return err
	}
	r, err := e.rangeLoads.find(q)
	if err != nil {
		return err
	}
	select {
	case <-r.merged:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := out(binary.AppendUvarint(nil, uint64(r.first))); err != nil {
		return err
	}
	for _, col := range r.read.Dicts {
		if err := out(appendCodes(nil, r.codes[col])); err != nil {
			return err
		}
	}
	return nil
}
