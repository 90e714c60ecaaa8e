package wire

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
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

// recordFrames are the frames of a record: its columns, a dictionary, its rows.
func recordFrames(t testing.TB) []frame {
	r := record(20)
	return messagesOf(t, func(s *Sender) error {
		if err := s.Start(r.Schema(), nil); err != nil {
			return err
		}
		return s.Record(r, nil)
	})
}

// readFrames reads frames and every value of their records.
func readFrames(frames []frame) {
	in := newReceiver(func(f *frame) error {
		if len(frames) == 0 {
			return io.EOF
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
			for i := range c.Len() {
				if !c.IsNull(i) {
					_ = c.ValueStr(i)
				}
			}
		}
	}
}

// Whatever becomes of some bytes of a record, reading it and its values neither panics nor takes more than it is worth.
func TestDamagedRecordsAreErrors(t *testing.T) {
	good := recordFrames(t)
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, seed))
		damaged := func(b []byte) []byte {
			b = bytes.Clone(b)
			for range r.IntN(3) {
				b[r.IntN(len(b))] = byte(r.IntN(256))
			}
			return b
		}
		var frames []frame
		for _, f := range good {
			d := frame{header: damaged(f.header)}
			if f.bodyBytes() > 0 {
				d.body = [][]byte{damaged(bytes.Join(f.body, nil))}
			}
			frames = append(frames, d)
		}
		readFrames(frames)
	}
}

// Headers whose numbers promise more than there is are refused before anything is made for it.
func TestExtravagantHeadersAreErrors(t *testing.T) {
	good := recordFrames(t)
	for i, f := range good {
		if err := checkHeader(f.header); err != nil {
			t.Errorf("message %d: %v", i, err)
		}
		refused := 0
		for at := 0; at+4 <= len(f.header); at += 4 {
			b := bytes.Clone(f.header)
			binary.LittleEndian.PutUint32(b[at:], 1<<30)
			if checkHeader(b) != nil {
				refused++
			}
		}
		if refused < 5 {
			t.Errorf("message %d: only %d headers are refused", i, refused)
		}
	}
	for _, b := range [][]byte{nil, {0}, bytes.Repeat([]byte{0xff}, 100), make([]byte, 100)} {
		if checkHeader(b) == nil {
			t.Errorf("%v is a header", b)
		}
	}
}

func FuzzRecord(f *testing.F) {
	frames := recordFrames(f)
	dict, rec := frames[1], frames[2]
	f.Add(frames[0].header, dict.header, bytes.Join(dict.body, nil), rec.header, bytes.Join(rec.body, nil))
	f.Fuzz(func(_ *testing.T, schema, dictHeader, dictBody, header, body []byte) {
		readFrames([]frame{{header: schema}, {header: dictHeader, body: [][]byte{dictBody}}, {header: header, body: [][]byte{body}}})
	})
}
