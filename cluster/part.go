package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/column"
)

// shared is what other nodes are told of a load to write chunks of its table.
type shared struct {
	ID, Name string   // of the table
	Members  []Member // among whom the chunks have their homes
	Replicas int
}

// ID returns the id of the table.
func (w *Writer) ID() string { return w.id }

// Members lists the nodes that the table is spread over, by id. When one of them is lost before Commit, so is the load.
func (w *Writer) Members() []Member {
	if s, ok := w.sink.(*spread); ok {
		return slices.Clone(s.members)
	}
	return []Member{w.node.Self()}
}

// Share lets other nodes of Members write chunks of the table: what it returns is for their Node.Part.
func (w *Writer) Share(ctx context.Context) ([]byte, error) {
	s, ok := w.sink.(*spread)
	if !ok {
		return nil, failTable("share the load of", w.name, fmt.Errorf("there is no other node"))
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var g errgroup.Group
	for _, m := range s.members {
		if st := s.streams[m.ID]; st != nil {
			g.Go(func() error {
				if err := st.mu.take(ctx); err != nil {
					return err
				}
				defer st.mu.pass()
				return s.open(st, m)
			})
		}
	}
	if err := g.Wait(); err != nil {
		return nil, failTable("share the load of", w.name, err)
	}
	return json.Marshal(shared{ID: w.id, Name: w.name, Members: s.members, Replicas: s.placed.copies})
}

// Add makes the chunks of a part, as its Finish says, chunks of the table.
func (w *Writer) Add(part []byte) error {
	w.end.RLock()
	defer w.end.RUnlock()
	if w.done {
		return failTable("load", w.name, ErrClosed)
	}
	m, err := readManifest(part)
	if err == nil && m.id != w.id {
		err = fmt.Errorf("%w: the part is of table %s", ErrCorrupt, m.id)
	}
	if err != nil {
		return failTable("load", w.name, err)
	}
	for i, seq := range m.chunks {
		c := &written{rows: m.rows[i], columns: make([]writtenColumn, len(m.fields))}
		for col, f := range m.fields {
			c.columns[col] = writtenColumn{typ: f.Type, coded: m.dicts[col], stats: m.stats[col][i]}
		}
		if err := w.register(seq, c); err != nil {
			return w.fail(seq, err)
		}
	}
	return nil
}

// Part writes chunks of a table that another node loads: that has called Writer.Share, and then makes of all parts, and of
// what it has written itself, the table. Write may be called by several goroutines. One of Finish and Abort must be called.
type Part struct {
	w     *Writer
	s     *spread
	local *incoming
}

// Part begins a part of the table that Writer.Share has given out. ctx ends the part.
func (n *Node) Part(ctx context.Context, share []byte) (*Part, error) {
	var sh shared
	if err := json.Unmarshal(share, &sh); err != nil {
		return nil, fmt.Errorf("%w: a load that is shared: %w", ErrCorrupt, err)
	}
	if !isTableID(sh.ID) || len(sh.Members) == 0 {
		return nil, fmt.Errorf("%w: a load that is shared", ErrCorrupt)
	}
	if n.net == nil {
		return nil, fmt.Errorf("%w: no other node", ErrUnavailable)
	}
	local, err := n.part(ctx, sh.ID)
	if err != nil {
		return nil, failTable("load a part of", sh.Name, err)
	}
	s := &spread{node: n, id: sh.ID, kind: kindPart, members: sh.Members, placed: newPlacement(sh.ID, sh.Members, sh.Replicas), local: local}
	s.begin(ctx)
	return &Part{w: &Writer{node: n, name: sh.Name, id: sh.ID, sink: s, chunks: map[int]*written{}}, s: s, local: local}, nil
}

// Write is Writer.Write. No two parts may write chunks of the same number.
func (p *Part) Write(ctx context.Context, seq int, arrays []*column.Array) error {
	return p.w.Write(ctx, seq, arrays)
}

// Finish returns, when all chunks are where they belong, what Writer.Add wants to know of them. fields are the columns.
func (p *Part) Finish(ctx context.Context, fields []column.Field) ([]byte, error) {
	w := p.w
	w.end.Lock()
	defer w.end.Unlock()
	if w.done {
		return nil, failTable("load a part of", w.name, ErrClosed)
	}
	w.done = true
	err := w.err
	if err == nil {
		err = ctx.Err()
	}
	var m *manifest
	if err == nil {
		m, err = partManifestOf(w, fields)
	}
	if err == nil {
		err = p.s.finish()
	}
	p.end(err)
	if err != nil {
		return nil, failTable("load a part of", w.name, err)
	}
	return m.bytes(), nil
}

// partManifestOf lists the chunks of a part as a manifest does. A column has a dictionary where there are codes.
func partManifestOf(w *Writer, fields []column.Field) (*manifest, error) {
	m := &manifest{
		id: w.id, home: w.node.id, name: w.name, fields: fields,
		dicts: make([]bool, len(fields)), stats: make([][]column.Stats, len(fields)), spread: true,
	}
	for _, seq := range slices.Sorted(maps.Keys(w.chunks)) {
		c := w.chunks[seq]
		if len(c.columns) != len(fields) {
			return nil, fail(Error{Op: "check", Chunk: seq}, fmt.Errorf("%d arrays for %d columns", len(c.columns), len(fields)))
		}
		for i, a := range c.columns {
			m.dicts[i] = m.dicts[i] || a.coded
		}
		if c.rows > 0 {
			m.add(seq, c)
		}
	}
	return m, nil
}

// Abort makes the whole load fail. After Finish it does nothing.
func (p *Part) Abort() {
	p.w.end.Lock()
	defer p.w.end.Unlock()
	if p.w.done {
		return
	}
	p.w.done = true
	p.end(errPartAborted)
}

var errPartAborted = fmt.Errorf("a node has given up its part of the load")

// end lets go of the streams, and of what is here.
func (p *Part) end(err error) {
	p.s.stop()
	p.local.leave(err)
}

// receivePart takes chunks of a table that another node loads from a third one.
func (n *Node) receivePart(ctx context.Context, id string, next func() ([]byte, error)) (err error) {
	in, err := n.part(ctx, id)
	if err != nil {
		return err
	}
	defer func() { in.leave(err) }()
	sizes, body, err := receiveChunks(in, next)
	if err == nil && (len(sizes) > 0 || len(body) > 0) {
		err = errBlock
	}
	return err
}
