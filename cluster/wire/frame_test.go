package wire

import (
	"bytes"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
)

// A frame is what protobuf makes of FlightData, both ways.
func TestFramesAreFlightData(t *testing.T) {
	for _, d := range []*flight.FlightData{
		{},
		{DataHeader: []byte("header"), AppMetadata: []byte("metadata"), DataBody: bytes.Repeat([]byte("body"), 100)},
		{DataBody: []byte{0}},
		{FlightDescriptor: &flight.FlightDescriptor{Type: flight.DescriptorCMD, Cmd: []byte("command")}, AppMetadata: []byte{1}},
	} {
		b, err := proto.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var f frame
		if err := f.unmarshal(sliced(b, 7).Reader()); err != nil {
			t.Fatal(err)
		}
		var again flight.FlightData
		if err := proto.Unmarshal(f.marshal().Materialize(), &again); err != nil {
			t.Fatal(err)
		}
		if !proto.Equal(d, &again) {
			t.Errorf("%v became %v", d, &again)
		}
	}
}

// sliced returns b in buffers of n bytes.
func sliced(b []byte, n int) (s mem.BufferSlice) {
	for ; len(b) > n; b = b[n:] {
		s = append(s, mem.SliceBuffer(b[:n]))
	}
	return append(s, mem.SliceBuffer(b))
}

func FuzzFrame(f *testing.F) {
	f.Add((&frame{command: []byte("c"), header: []byte("h"), metadata: []byte("m"), body: [][]byte{[]byte("b")}}).marshal().Materialize())
	f.Add([]byte{0xc2, 0x3e, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, b []byte) {
		var got frame
		if err := got.unmarshal(sliced(b, 5).Reader()); err != nil {
			return
		}
		var again frame
		if err := again.unmarshal(got.marshal().Reader()); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.header, again.header) || !bytes.Equal(got.metadata, again.metadata) || got.bodyBytes() != again.bodyBytes() || !bytes.Equal(got.command, again.command) {
			t.Errorf("%v became %v", got, again)
		}
	})
}

func FuzzAddress(f *testing.F) {
	f.Add(address("name", []byte("request")))
	f.Add([]byte("eau2/name"))
	f.Fuzz(func(t *testing.T, b []byte) {
		name, request, ok := parseAddress(b)
		if ok && !bytes.Equal(address(name, request), b) {
			t.Errorf("%q is %q with %q", b, name, request)
		}
	})
}

// messagesOf returns the frames that a Sender makes.
func messagesOf(t testing.TB, send func(*Sender) error) (frames []frame) {
	s := newSender(func(f *frame) error {
		frames = append(frames, *f)
		return nil
	}, maxMessageOut)
	if err := send(s); err != nil {
		t.Fatal(err)
	}
	return frames
}

// Whatever bytes come in place of a record, reading it and its values does not panic.
func FuzzRecord(f *testing.F) {
	r := record(20)
	frames := messagesOf(f, func(s *Sender) error {
		if err := s.Start(r.Schema(), nil); err != nil {
			return err
		}
		return s.Record(r, nil)
	})
	dict, rec := frames[1], frames[2]
	f.Add(frames[0].header, dict.header, bytes.Join(dict.body, nil), rec.header, bytes.Join(rec.body, nil))
	f.Fuzz(func(t *testing.T, schema, dictHeader, dictBody, header, body []byte) {
		frames := []frame{{header: schema}, {header: dictHeader, body: [][]byte{dictBody}}, {header: header, body: [][]byte{body}}}
		in := newReceiver(func(f *frame) error {
			if len(frames) == 0 {
				return ErrClosed
			}
			*f, frames = frames[0], frames[1:]
			return nil
		}, func() {})
		for {
			m, err := in.Next()
			if err != nil {
				return
			}
			if m.Record == nil {
				continue
			}
			for _, c := range m.Record.Columns() {
				readAll(c.(arrayOfStrings))
			}
		}
	})
}

type arrayOfStrings interface {
	Len() int
	ValueStr(int) string
	IsNull(int) bool
}

func readAll(a arrayOfStrings) {
	for i := range a.Len() {
		if !a.IsNull(i) {
			_ = a.ValueStr(i)
		}
	}
}
