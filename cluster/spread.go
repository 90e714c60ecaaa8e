package cluster

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/column"
)

// spread is the sink of a table whose chunks go to several nodes. Its members are those that live when it begins: when one
// of them is lost, so is the load. Every member gets the dictionaries and the manifest, because it needs them to plan and to
// read, and every chunk goes to its homes.
//
// A Part, on another node, has one as well, whose streams are of kindPart: they end without a commit.
type spread struct {
	node    *Node
	id      string
	kind    string // of the streams
	ctx     context.Context
	cancel  context.CancelFunc
	members []Member
	placed  *placement
	local   sink
	streams map[string]*spreadStream // by member
}

// spreadStream is the way to one member.
type spreadStream struct {
	mu  turn
	out Outgoing // opened with the first block
}

func (n *Node) spread(ctx context.Context, id string) (*spread, error) {
	local, err := n.expect(id)
	if err != nil {
		return nil, err
	}
	s := &spread{node: n, id: id, kind: kindLoad, members: n.net.Members(), local: local}
	s.placed = newPlacement(id, s.members, n.replicas)
	s.begin(context.WithoutCancel(ctx)) // a Commit has a context of its own
	return s, nil
}

// begin makes a stream for each other member, to be opened when there is something to send. They end with ctx.
func (s *spread) begin(ctx context.Context) {
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.streams = map[string]*spreadStream{}
	for _, m := range s.members {
		if m.ID != s.node.id {
			s.streams[m.ID] = &spreadStream{mu: newTurn()}
		}
	}
}

// homes are the members that keep a chunk.
func (s *spread) homes(chunk int) []Member { return s.placed.homes(chunk) }

func (s *spread) write(chunk int, arrays []*column.Array) error {
	homes := s.homes(chunk)
	if len(homes) == 1 && homes[0].ID == s.node.id {
		return s.local.write(chunk, arrays)
	}
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	sizes, b, err := appendArrays((*buf)[:0], arrays)
	*buf = b
	if err != nil {
		return err
	}
	return s.writeFrames(chunk, sizes, b)
}

func (s *spread) writeFrames(chunk int, sizes []int64, frames []byte) error {
	var g errgroup.Group
	for _, m := range s.homes(chunk) {
		g.Go(func() error {
			if m.ID == s.node.id {
				return s.local.writeFrames(chunk, sizes, frames)
			}
			return s.send(m, chunkHead(chunk, sizes), frames)
		})
	}
	return g.Wait()
}

// A block of a load begins with its kind. A chunk's has its number and the number and lengths of its arrays, and the next
// block the arrays; that of the end has the lengths of manifest and dictionaries, 0 for columns without, and the next block
// these.
const (
	blockChunk = iota
	blockEnd
)

func chunkHead(chunk int, sizes []int64) []byte {
	return appendSizes(binary.AppendUvarint([]byte{blockChunk}, uint64(chunk)), sizes)
}

func appendSizes(b []byte, sizes []int64) []byte {
	b = binary.AppendUvarint(b, uint64(len(sizes)))
	for _, n := range sizes {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

// send sends blocks to a member, one behind the other.
func (s *spread) send(m Member, blocks ...[]byte) error {
	st := s.streams[m.ID]
	if err := st.mu.take(s.ctx); err != nil {
		return atNode(m.ID, err)
	}
	defer st.mu.pass()
	if err := s.open(st, m); err != nil {
		return err
	}
	for _, b := range blocks {
		if err := st.out.Send(b); err != nil {
			return atMember(m, err)
		}
	}
	return nil
}

// open opens the stream to a member. st.mu is held.
func (s *spread) open(st *spreadStream, m Member) (err error) {
	if st.out == nil {
		st.out, err = s.node.net.Send(s.ctx, m.ID, s.kind, []byte(s.id))
	}
	return atMember(m, err)
}

// atMember says which node an error is of, as people call it.
func atMember(m Member, err error) error { return atNode(cmp.Or(m.Name, m.ID), err) }

// atNode says which node an error is of.
func atNode(id string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("node %s: %w", id, err)
}

// endBlocks are the blocks that end a load.
func endBlocks(m *manifest, dicts []*column.Dict) (head, tail []byte, err error) {
	tail = m.bytes()
	sizes := []int64{int64(len(tail))}
	for col, d := range dicts {
		at := len(tail)
		if d != nil {
			if tail, err = d.AppendBytes(tail); err != nil {
				return nil, nil, fmt.Errorf("dictionary of column %s: %w", m.fields[col].Name, err)
			}
		}
		sizes = append(sizes, int64(len(tail)-at))
	}
	return appendSizes([]byte{blockEnd}, sizes), tail, nil
}

// commit makes every member keep what it has, and returns what is here.
func (s *spread) commit(m *manifest, dicts []*column.Dict) (values, error) {
	m.spread = true
	head, tail, err := endBlocks(m, dicts)
	if err != nil {
		return nil, err
	}
	var g errgroup.Group
	var kept values
	for _, member := range s.members {
		g.Go(func() (err error) {
			if member.ID == s.node.id {
				kept, err = s.local.commit(m, dicts)
				return err
			}
			if err := s.send(member, head, tail); err != nil {
				return err
			}
			_, err = s.streams[member.ID].out.Finish()
			return atMember(member, err)
		})
	}
	if err := g.Wait(); err != nil {
		if kept != nil {
			err = also(err, kept.close())
		}
		return nil, err
	}
	s.cancel()
	return kept, nil
}

// finish ends the streams of a part, and returns when the members have what was sent.
func (s *spread) finish() error {
	var g errgroup.Group
	for _, m := range s.members {
		st := s.streams[m.ID]
		if st == nil || st.out == nil {
			continue
		}
		g.Go(func() error {
			if err := s.send(m, appendSizes([]byte{blockEnd}, nil), nil); err != nil {
				return err
			}
			_, err := st.out.Finish()
			return atMember(m, err)
		})
	}
	return g.Wait()
}

// abort ends the streams, upon which the members remove what they have.
func (s *spread) abort() error {
	s.stop()
	return s.local.abort()
}

// stop breaks the streams, unless they have come to their end.
func (s *spread) stop() {
	s.cancel()
	for _, st := range s.streams {
		_ = st.mu.take(context.Background()) // whoever has it ends
		if st.out != nil {
			st.out.Abort()
		}
		st.mu.pass()
	}
}
