package wire

import (
	"fmt"
	"io"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// blockBytes is the size of the blocks that Writer makes.
const blockBytes = 1 << 20

// copyBelow is the size below which a piece of a record's memory is copied behind the others instead of being sent as
// one of its own.
const copyBelow = 1 << 10

// Sender is the sending end of a stream. Its methods may be called by several goroutines; each message goes whole, and
// waits while the receiver is behind. They fail with the stream.
type Sender struct {
	limit int // of a message
	mu    sync.Mutex
	send  func(*frame) error
	ipc   *ipc.Writer // nil before Start
	skip  bool        // the schema went already

	metadata []byte // goes with the next record
}

func newSender(send func(*frame) error, limit int) *Sender { return &Sender{send: send, limit: limit} }

// Start says what columns the records to come have, and sends metadata with it, which may be nil. Started again, the
// stream goes on with other columns.
func (s *Sender) Start(schema *arrow.Schema, metadata []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := ipc.GetSchemaPayload(schema, memory.DefaultAllocator)
	defer p.Release()
	s.metadata = metadata
	if err := (*payloads)(s).pass(p); err != nil {
		return err
	}
	s.ipc, s.skip = ipc.NewWriterWithPayloadWriter((*payloads)(s), ipc.WithSchema(schema)), true
	return nil
}

// Record sends a record batch of the columns that Start named, and metadata with it, which may be nil. The record's
// memory must not change any more.
func (s *Sender) Record(r arrow.RecordBatch, metadata []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ipc == nil {
		return fmt.Errorf("send a record: the stream has not been started with its columns")
	}
	s.metadata = metadata
	return s.ipc.Write(r)
}

// Block sends bytes, and metadata with them, which may be nil. They must be memory of Go's, not a mapped file, and must
// not change any more.
func (s *Sender) Block(b, metadata []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.write(&frame{metadata: metadata, body: [][]byte{b}})
}

// Metadata sends a message that has only metadata.
func (s *Sender) Metadata(metadata []byte) error { return s.Block(nil, metadata) }

// Writer returns a writer that sends what is written as blocks. It copies, so that the bytes may be those of a mapped
// file. It does not gather: write much at a time.
func (s *Sender) Writer() io.Writer { return blockWriter{s} }

type blockWriter struct{ s *Sender }

func (w blockWriter) Write(p []byte) (n int, err error) {
	for n < len(p) {
		b := append([]byte(nil), p[n:min(n+blockBytes, len(p))]...)
		if err := w.s.Block(b, nil); err != nil {
			return n, err
		}
		n += len(b)
	}
	return n, nil
}

// write sends a frame. It holds the lock.
func (s *Sender) write(f *frame) error {
	if n := len(f.header) + len(f.metadata) + f.bodyBytes(); n > s.limit {
		return fmt.Errorf("send %d bytes: %w of %d", n, ErrTooLarge, s.limit)
	}
	return s.send(f)
}

// payloads is the Sender as the place where an ipc.Writer writes.
type payloads Sender

func (p *payloads) Start() error { return nil }
func (p *payloads) Close() error { return nil }

// WritePayload sends a message of the writer.
func (p *payloads) WritePayload(payload ipc.Payload) error {
	if p.skip {
		p.skip = false // the schema, which is the writer's first
		return nil
	}
	return p.pass(payload)
}

func (p *payloads) pass(payload ipc.Payload) error {
	meta := payload.Meta()
	defer meta.Release()
	f := frame{header: meta.Bytes()}
	empty := memory.NewBufferBytes(nil)
	if m := ipc.NewMessage(meta, empty); m.Type() != ipc.MessageDictionaryBatch { // which goes before its record
		f.metadata, p.metadata = p.metadata, nil
	}
	var body gather
	if err := payload.SerializeBody(&body); err != nil {
		return err
	}
	f.body = body.pieces
	return (*Sender)(p).write(&f)
}

// gather is a writer that keeps what is written: large pieces as they are, small ones copied.
type gather struct {
	pieces [][]byte
	open   bool // the last piece is our own, and more may be appended
}

func (g *gather) Write(p []byte) (int, error) {
	if len(p) >= copyBelow {
		g.pieces, g.open = append(g.pieces, p), false
		return len(p), nil
	}
	if !g.open {
		g.pieces, g.open = append(g.pieces, make([]byte, 0, 2*copyBelow)), true
	}
	last := &g.pieces[len(g.pieces)-1]
	*last = append(*last, p...)
	return len(p), nil
}
