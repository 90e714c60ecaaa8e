package cluster

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/column"
)

// spread is the sink of a table whose chunks go to several nodes. Its members are those that live when it begins: when one
// of them is lost, so is the load. Every member gets the dictionaries and the manifest, because it needs them to plan and to
// read, and every chunk goes to the best members by rank.
//
// A Part, on another node, has one as well, whose streams are of kindPart: they end without a commit.
type spread struct {
	node     *Node
	id       string
	kind     string // of the streams
	ctx      context.Context
	cancel   context.CancelFunc
	members  []Member
	replicas int
	local    sink
	streams  map[string]*spreadStream // by member
}

// spreadStream is the way to one member.
type spreadStream struct {
	mu  sync.Mutex
	out Outgoing // opened with the first block
}

func (n *Node) spread(ctx context.Context, id string) (*spread, error) {
	local, err := n.expect(id)
	if err != nil {
		return nil, err
	}
	s := &spread{node: n, id: id, kind: kindLoad, members: n.net.Members(), replicas: n.replicas, local: local}
	s.begin(context.WithoutCancel(ctx)) // a Commit has a context of its own
	return s, nil
}

// begin makes a stream for each other member, to be opened when there is something to send. They end with ctx.
func (s *spread) begin(ctx context.Context) {
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.streams = map[string]*spreadStream{}
	for _, m := range s.members {
		if m.ID != s.node.id {
			s.streams[m.ID] = &spreadStream{}
		}
	}
}

// homes are the members that keep a chunk.
func (s *spread) homes(chunk int) []Member {
	ranked := rank(s.members, chunkPlace(s.id, chunk))
	return ranked[:min(s.replicas, len(ranked))]
}

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
	st.mu.Lock()
	defer st.mu.Unlock()
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
		st.mu.Lock()
		if st.out != nil {
			st.out.Abort()
		}
		st.mu.Unlock()
	}
}

// receive takes what this node keeps of a table. When the stream breaks before its end nothing of it stays.
func (n *Node) receive(id string, next func() ([]byte, error)) (err error) {
	if !isID(id) {
		return fmt.Errorf("%w: the id %q of a table", ErrCorrupt, id)
	}
	s, err := n.expect(id)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = also(err, s.abort())
		}
	}()
	sizes, body, err := receiveChunks(s, next)
	if err != nil {
		return err
	}
	return n.keep(id, s, sizes, body)
}

// receiveChunks gives the chunks that come to s, and returns what the end of the load says.
func receiveChunks(s sink, next func() ([]byte, error)) (sizes []int64, body []byte, err error) {
	for {
		head, err := next()
		if err != nil {
			return nil, nil, fmt.Errorf("the load has ended early: %w", err)
		}
		if len(head) == 0 || head[0] > blockEnd {
			return nil, nil, errBlock
		}
		kind, chunk := head[0], 0
		r := manifestReader{b: append([]byte{}, head[1:]...)}
		if kind == blockChunk {
			chunk = r.count(maxChunks)
		}
		sizes := r.sizes()
		if r.err != nil || len(r.b) > 0 {
			return nil, nil, errBlock
		}
		body, err := next()
		if err != nil {
			return nil, nil, fmt.Errorf("the load has ended early: %w", err)
		}
		if kind == blockEnd {
			return sizes, body, nil
		}
		if err = checkFrames(sizes, body); err == nil {
			err = s.writeFrames(chunk, sizes, body)
		}
		if err != nil {
			return nil, nil, fail(Error{Op: "keep", Chunk: chunk}, err)
		}
	}
}

var errBlock = fmt.Errorf("%w: a block of a load is not as it should be", ErrCorrupt)

func (r *manifestReader) sizes() []int64 {
	sizes := make([]int64, r.count(len(r.b)))
	for i := range sizes {
		sizes[i] = int64(r.count(1 << 40))
	}
	return sizes
}

// checkFrames makes sure that the arrays of a chunk have come as they were sent.
func checkFrames(sizes []int64, b []byte) error {
	for _, size := range sizes {
		if size > int64(len(b)) || aligned(size) > int64(len(b)) {
			return errBlock
		}
		if _, err := column.ReadFrame(b[:size], column.KindArray); err != nil {
			return err
		}
		for _, c := range b[size:aligned(size)] {
			if c != 0 {
				return errBlock
			}
		}
		b = b[aligned(size):]
	}
	if len(b) > 0 {
		return errBlock
	}
	return nil
}

// keep ends a load: manifest and dictionaries are in body, one behind the other.
func (n *Node) keep(id string, s sink, sizes []int64, body []byte) error {
	cut := func() ([]byte, error) {
		if len(sizes) == 0 || sizes[0] > int64(len(body)) {
			return nil, errBlock
		}
		b := body[:sizes[0]:sizes[0]]
		sizes, body = sizes[1:], body[sizes[0]:]
		return b, nil
	}
	b, err := cut()
	if err != nil {
		return err
	}
	m, err := readManifest(b)
	if err != nil {
		return err
	}
	if m.id != id || !m.spread || len(sizes) != len(m.fields) {
		return errBlock
	}
	dicts := make([]*column.Dict, len(m.fields))
	for col, has := range m.dicts {
		if b, err = cut(); err != nil {
			return err
		}
		if has != (len(b) > 0) {
			return errBlock
		}
		if !has {
			continue
		}
		if dicts[col], err = column.ReadDict(append([]byte{}, b...)); err != nil {
			return err
		}
	}
	v, err := s.commit(m, dicts)
	if err != nil {
		return err
	}
	st := newStored(id, n, &content{manifest: m, values: v})
	if err := n.prepare(st); err != nil {
		return errors.Join(err, st.release())
	}
	return nil
}
