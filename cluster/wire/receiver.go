package wire

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Message is a message of a stream. It is the receiver's to keep.
type Message struct {
	Schema   *arrow.Schema     // not nil: the columns of the records that follow
	Record   arrow.RecordBatch // not nil: a record; its columns have been checked to hold what they say
	Block    []byte            // bytes of another kind; the memory is aligned to 64
	Metadata []byte
}

// Receiver is the receiving end of a stream, for one goroutine.
type Receiver struct {
	recv  func(*frame) error
	close func()
	ipc   *ipc.Reader // nil before the columns are known
	queue []*ipc.Message
	err   error
}

// maxDictionaries is how many dictionaries may come before a record.
const maxDictionaries = 1 << 12

func newReceiver(recv func(*frame) error, closed func()) *Receiver {
	return &Receiver{recv: recv, close: closed}
}

// Next returns the next message, or io.EOF when the other end has finished in good order. It waits for a message until
// the context of the stream ends.
func (r *Receiver) Next() (*Message, error) {
	for r.err == nil {
		m, err := r.next()
		if err != nil {
			r.err = err
			break
		}
		if m != nil {
			return m, nil
		}
	}
	return nil, r.err
}

// next reads a frame. It returns nil for one that is of no use without the next.
func (r *Receiver) next() (m *Message, err error) {
	var f frame
	if err := r.recv(&f); err != nil {
		return nil, err
	}
	if f.err != nil {
		return nil, f.err
	}
	m = &Message{Metadata: f.metadata}
	var body []byte
	if len(f.body) > 0 {
		body = f.body[0]
	}
	if len(f.header) == 0 {
		m.Block = body
		return m, nil
	}
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, fmt.Errorf("%w: an Arrow message that cannot be read: %v", ErrGarbled, p)
		}
	}()
	if err := checkHeader(f.header); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGarbled, err)
	}
	msg := ipc.NewMessage(memory.NewBufferBytes(f.header), memory.NewBufferBytes(body))
	r.queue = append(r.queue, msg)
	switch msg.Type() {
	case ipc.MessageSchema:
		if len(r.queue) > 1 {
			return nil, fmt.Errorf("%w: dictionaries without a record", ErrGarbled)
		}
		r.ipc, err = ipc.NewReaderFromMessageReader((*messages)(r))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrGarbled, err)
		}
		m.Schema = r.ipc.Schema()
		return m, nil
	case ipc.MessageDictionaryBatch:
		if len(r.queue) > maxDictionaries {
			return nil, fmt.Errorf("%w: more than %d dictionaries", ErrGarbled, maxDictionaries)
		}
		return nil, nil
	}
	if r.ipc == nil {
		return nil, fmt.Errorf("%w: a record before its columns are known", ErrGarbled)
	}
	rec, err := r.ipc.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGarbled, err)
	}
	if err := checkRecord(rec); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGarbled, err)
	}
	rec.Retain() // the reader releases it when it reads the next
	m.Record = rec
	return m, nil
}

// Close ends the stream, read or not.
func (r *Receiver) Close() {
	if r.err == nil {
		r.err = ErrClosed
	}
	r.close()
}

// Reader returns a reader of the blocks to come, up to the end of the stream. Other messages are an error.
func (r *Receiver) Reader() io.Reader { return &blockReader{r: r} }

type blockReader struct {
	r    *Receiver
	rest []byte
}

func (b *blockReader) Read(p []byte) (int, error) {
	for len(b.rest) == 0 {
		m, err := b.r.Next()
		if err != nil {
			return 0, err
		}
		if m.Schema != nil || m.Record != nil {
			return 0, fmt.Errorf("%w: a record in place of bytes", ErrGarbled)
		}
		b.rest = m.Block
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// messages is the Receiver as the place where an ipc.Reader reads: what has been queued.
type messages Receiver

var errNoMessage = errors.New("a message is missing")

func (m *messages) Message() (*ipc.Message, error) {
	if len(m.queue) == 0 {
		return nil, errNoMessage
	}
	msg := m.queue[0]
	m.queue = m.queue[1:]
	return msg, nil
}

func (m *messages) Retain()  {}
func (m *messages) Release() {}
