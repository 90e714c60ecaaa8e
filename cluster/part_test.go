package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/column"
)

// partsOf is a load of a sample in which every node writes some chunks.
type partsOf struct {
	w      *Writer
	chunks [][]*column.Array
	dicts  []*column.Dict
	parts  []*Part // by node; nil of the one that loads
}

// share begins a load at node 0, and a part at each other.
func (s sample) share(ctx context.Context, m *mesh, name string) (*partsOf, error) {
	p := &partsOf{parts: make([]*Part, len(m.nodes))}
	p.chunks, p.dicts = s.arrays()
	var err error
	if p.w, err = m.nodes[0].Create(ctx, name); err != nil {
		return nil, err
	}
	share, err := p.w.Share(ctx)
	if err != nil {
		return nil, errors.Join(err, p.w.Abort())
	}
	for i, n := range m.nodes[1:] {
		if p.parts[i+1], err = n.Part(ctx, share); err != nil {
			return nil, errors.Join(err, p.w.Abort())
		}
	}
	return p, nil
}

// write writes chunk i at the node whose turn it is.
func (p *partsOf) write(ctx context.Context, i int) error {
	if part := p.parts[i*len(p.parts)/len(p.chunks)]; part != nil {
		return part.Write(ctx, i, p.chunks[i])
	}
	return p.w.Write(ctx, i, p.chunks[i])
}

// finish ends the parts and makes a table of them.
func (p *partsOf) finish(ctx context.Context) error {
	for _, part := range p.parts {
		if part == nil {
			continue
		}
		b, err := part.Finish(ctx, sampleFields)
		if err == nil {
			err = p.w.Add(b)
		}
		if err != nil {
			return err
		}
	}
	t, err := p.w.Commit(ctx, sampleFields, p.dicts)
	if err != nil {
		return err
	}
	return t.Release()
}

func (p *partsOf) abort() error {
	for _, part := range p.parts {
		if part != nil {
			part.Abort()
		}
	}
	return p.w.Abort()
}

func TestNodesWriteATableTogether(t *testing.T) {
	eachMesh(t, func(t *testing.T, m *mesh) {
		for i, s := range []sample{{seed: 1, rows: 300, chunkRows: 7}, {seed: 2, rows: 3, chunkRows: 1}, {seed: 3}} {
			name := fmt.Sprint("t", i)
			p, err := s.share(t.Context(), m, name)
			must(t, err)
			var g errgroup.Group
			for i := range p.chunks {
				g.Go(func() error { return p.write(t.Context(), i) })
			}
			must(t, g.Wait())
			must(t, p.finish(t.Context()))
			for _, n := range m.nodes {
				must(t, s.check(n, name))
			}
			for i, n := range m.copies(name) {
				if n != min(m.replicas, len(m.nodes)) {
					t.Errorf("chunk %d is on %d nodes", i, n)
				}
			}
		}
		m.wantNothingUnder(t, "")
	})
}

// wantNothingUnder makes sure that no node is loading, and that no file is temporary or has the suffix.
func (m *mesh) wantNothingUnder(t *testing.T, suffix string) {
	t.Helper()
	for i, n := range m.nodes {
		if n == nil {
			continue
		}
		n.mu.RLock()
		loads := len(n.loads)
		n.mu.RUnlock()
		if loads > 0 {
			t.Errorf("node %d has %d loads", i, loads)
		}
		if m.disks[i] == nil {
			continue
		}
		for file := range m.disks[i].Files(dataDir) {
			if strings.HasSuffix(file, temporary) || suffix != "" && strings.HasSuffix(file, suffix) {
				t.Errorf("node %d: %s is left", i, file)
			}
		}
	}
}

// What can end a load that is shared, at any chunk and at the end.
func TestSharedLoadThatFailsLeavesNothing(t *testing.T) {
	s := sample{seed: 1, rows: 120, chunkRows: 7}
	for name, fail := range map[string]func(m *mesh, p *partsOf){
		"a node that loads a part is lost": func(m *mesh, _ *partsOf) { m.kill(1) },
		"a part is given up":               func(_ *mesh, p *partsOf) { p.parts[2].Abort() },
		"a chunk of a part comes twice":    func(_ *mesh, p *partsOf) { _ = p.parts[1].Write(t.Context(), 8, p.chunks[8]) },
		"parts are of one chunk":           func(_ *mesh, p *partsOf) { _ = p.parts[2].Write(t.Context(), 7, p.chunks[7]) },
	} {
		for _, at := range []int{0, 9, 18} {
			m := startMesh(t, 3, 2, true)
			p, err := s.share(t.Context(), m, "t")
			must(t, err)
			for i := range p.chunks {
				if i == at {
					fail(m, p)
				}
				if err = errors.Join(err, p.write(t.Context(), i)); err != nil {
					break
				}
			}
			if at == len(p.chunks) {
				fail(m, p)
			}
			if err == nil {
				err = p.finish(t.Context())
			}
			if err == nil {
				t.Errorf("%s at chunk %d: the load succeeds", name, at)
			}
			must(t, p.abort())
			if m.nodes[1] == nil {
				m.start(1)
			}
			m.wantNothingUnder(t, packSuffix)
			must(t, s.load(m.nodes[0], "t"))
			must(t, s.check(m.nodes[1], "t"))
		}
	}
}

// The others clear up when the node that loads is lost, and parts of its table end.
func TestSharedLoadWhoseNodeIsLostLeavesNothing(t *testing.T) {
	m := startMesh(t, 4, 2, true)
	p, err := sample{seed: 1, rows: 300, chunkRows: 7}.share(t.Context(), m, "t")
	must(t, err)
	for i := range p.chunks {
		must(t, p.write(t.Context(), i))
	}
	m.kill(0)
	for _, part := range p.parts[1:] {
		if err := part.Write(t.Context(), 1000, p.chunks[0]); err == nil {
			_, err = part.Finish(t.Context(), sampleFields)
			if err == nil {
				t.Error("a part of a lost load ends well")
			}
		}
		part.Abort()
	}
	must(t, p.w.Abort())
	for _, n := range m.alive() { // their streams have broken; wait for what that does
		must(t, n.Leave())
	}
	m.wantNothingUnder(t, packSuffix)
}

func TestPartsOfNoLoad(t *testing.T) {
	m := startMesh(t, 2, 1, false)
	n := m.nodes[0]
	for _, share := range []string{"", "{}", `{"ID":"x","Members":[{}]}`} {
		if _, err := n.Part(t.Context(), []byte(share)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%q: error is %v", share, err)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	cancel(gone)
	_, err := n.Part(ctx, []byte(`{"ID":"`+newID()+`","Members":[{}]}`))
	wantErr(t, err, gone)

	w, err := n.Create(t.Context(), "t")
	must(t, err)
	other := &manifest{id: newID()}
	wantErr(t, w.Add(other.bytes()), ErrCorrupt)
	wantErr(t, w.Add([]byte("garbage")), ErrCorrupt)
	must(t, w.Abort())
	wantErr(t, w.Add(other.bytes()), ErrClosed)

	alone := open(t, Options{})
	w, err = alone.Create(t.Context(), "t")
	must(t, err)
	if _, err := w.Share(t.Context()); err == nil {
		t.Error("a node that is alone shares a load")
	}
	if got := w.Members(); len(got) != 1 || got[0].ID != alone.ID() {
		t.Errorf("members are %v", got)
	}
	must(t, w.Abort())
}

// A part may come to a home before the stream of the node that loads the table.
func TestPartWaitsForItsLoad(t *testing.T) {
	m := startMesh(t, 1, 1, false)
	n, id := m.nodes[0], newID()
	joined := make(chan error)
	go func() {
		in, err := n.part(t.Context(), id)
		if err == nil {
			in.leave(nil)
		}
		joined <- err
	}()
	in, err := n.expect(newID()) // another one
	must(t, err)
	must(t, in.abort())
	in, err = n.expect(id)
	must(t, err)
	must(t, <-joined)
	if _, err := n.expect(id); err == nil {
		t.Error("a table is loaded twice at a time")
	}
	must(t, in.abort())
	wantErr(t, in.writeFrames(0, nil, nil), errLoadEnded)
	wantErr(t, in.write(0, nil), errLoadEnded)
}

func TestChunksOfOtherColumnsAreRefused(t *testing.T) {
	id := newID()
	blocks := loadBlocks(t, sample{seed: 1, rows: 7, chunkRows: 7}, id)
	for _, columns := range []int{1, 2, 4} {
		s := sample{seed: 1, rows: 7, chunkRows: 7, columns: columns}
		sent := append(loadBlocks(t, s, id)[:2:2], blocks[2:]...)
		if columns == 4 { // more than the manifest has
			sent = append(blocks[:2:2], loadBlocks(t, s, id)[2:]...)
		}
		n := open(t, Options{})
		err := n.receive(id, func() ([]byte, error) {
			b := sent[0]
			sent = sent[1:]
			return b, nil
		})
		wantErr(t, err, ErrCorrupt)
	}
}
