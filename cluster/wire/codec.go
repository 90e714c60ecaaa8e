package wire

import (
	"sync/atomic"

	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // the codec of all messages but frames
	"google.golang.org/grpc/mem"
)

// codec is gRPC's own for all messages but frames, and counts the bytes of all.
type codec struct {
	encoding.CodecV2
	sent, received *atomic.Int64
}

// newCodec returns a codec that counts into t.
func newCodec(t *Traffic) codec {
	return codec{encoding.GetCodecV2("proto"), &t.sent, &t.received}
}

func (c codec) Marshal(v any) (out mem.BufferSlice, err error) {
	if f, ok := v.(*frame); ok {
		out = f.marshal()
	} else {
		out, err = c.CodecV2.Marshal(v)
	}
	c.sent.Add(int64(out.Len()))
	return out, err
}

func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	c.received.Add(int64(data.Len()))
	f, ok := v.(*frame)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	r := data.Reader()
	defer r.Close()
	f.err = f.unmarshal(r) // gRPC would make a text of it
	return nil
}

// Traffic counts the bytes of messages.
type Traffic struct{ sent, received atomic.Int64 }

// Sent returns the bytes sent so far.
func (t *Traffic) Sent() int64 { return t.sent.Load() }

// Received returns the bytes received so far.
func (t *Traffic) Received() int64 { return t.received.Load() }
