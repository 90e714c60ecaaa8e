package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

func TestCallReturnsTheReply(t *testing.T) {
	c, s := start(t, Options{}, ClientOptions{}, func(s *Server) { s.HandleCall("echo", echo) })
	for _, request := range [][]byte{nil, []byte("a"), bytes.Repeat([]byte("block"), 1<<18)} {
		reply, err := c.Call(t.Context(), "echo", request)
		if err != nil || !bytes.Equal(reply, request) {
			t.Fatalf("%d bytes for %d, %v", len(reply), len(request), err)
		}
	}
	if s.Traffic().Received() < 5<<18 || c.Traffic().Sent() < 5<<18 || s.Traffic().Sent() < 5<<18 {
		t.Error("the bytes were not counted")
	}
}

func TestConcurrentCallsGetTheirOwnReplies(t *testing.T) {
	c, _ := start(t, Options{MaxStreams: 4}, ClientOptions{}, func(s *Server) { s.HandleCall("echo", echo) })
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			want := fmt.Sprint(i)
			if reply, err := c.Call(t.Context(), "echo", []byte(want)); err != nil || string(reply) != want {
				t.Errorf("%q, %v", reply, err)
			}
		})
	}
	wg.Wait()
}

func TestStreamBringsMessagesInOrder(t *testing.T) {
	first, second := record(5), record(3000)
	block := bytes.Repeat([]byte{1, 2, 3}, 1<<19)
	c, _ := start(t, Options{}, ClientOptions{}, func(s *Server) {
		s.HandleStream("mixed", func(_ context.Context, request []byte, out *Sender) error {
			return errors.Join(
				out.Metadata(request),
				out.Start(first.Schema(), []byte("begin")),
				out.Record(first, []byte("one")),
				out.Record(second, nil),
				out.Record(second.NewSlice(100, 200), nil),
				out.Block(block, []byte("meta")),
				out.Metadata([]byte("end")),
			)
		})
	})
	in, err := c.Stream(t.Context(), "mixed", []byte("please"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for i, want := range []Message{
		{Metadata: []byte("please")},
		{Schema: first.Schema(), Metadata: []byte("begin")},
		{Record: first, Metadata: []byte("one")},
		{Record: second},
		{Record: second.NewSlice(100, 200)},
		{Block: block, Metadata: []byte("meta")},
		{Metadata: []byte("end")},
	} {
		got, err := in.Next()
		if err != nil {
			t.Fatal(err)
		}
		if string(got.Metadata) != string(want.Metadata) || !bytes.Equal(got.Block, want.Block) {
			t.Errorf("message %d: metadata %q, %d bytes", i, got.Metadata, len(got.Block))
		}
		if (got.Schema == nil) != (want.Schema == nil) || want.Schema != nil && !got.Schema.Equal(want.Schema) {
			t.Errorf("message %d: columns %v", i, got.Schema)
		}
		if (got.Record == nil) != (want.Record == nil) || want.Record != nil && !array.RecordEqual(got.Record, want.Record) {
			t.Errorf("message %d: record %v", i, got.Record)
		}
	}
	for range 2 {
		if m, err := in.Next(); err != io.EOF {
			t.Errorf("after the end: %v, %v", m, err)
		}
	}
}

func TestRecordsStayWhenTheNextIsRead(t *testing.T) {
	c, _ := start(t, Options{}, ClientOptions{}, func(s *Server) {
		s.HandleStream("records", func(_ context.Context, _ []byte, out *Sender) error {
			err := out.Start(record(1).Schema(), nil)
			for i := 1; i < 5; i++ {
				err = errors.Join(err, out.Record(record(i), nil))
			}
			return err
		})
	})
	in, err := c.Stream(t.Context(), "records", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var records []arrow.RecordBatch
	for {
		m, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if m.Record != nil {
			records = append(records, m.Record)
		}
	}
	for i, r := range records {
		if !array.RecordEqual(r, record(i+1)) {
			t.Errorf("record %d became %v", i, r)
		}
	}
	if len(records) != 4 {
		t.Errorf("%d records", len(records))
	}
}

func TestPutBringsBytesAndNotes(t *testing.T) {
	c, _ := start(t, Options{}, ClientOptions{}, func(s *Server) {
		s.HandlePut("count", func(_ context.Context, request []byte, in *Receiver, back func([]byte) error) ([]byte, error) {
			n, err := io.Copy(io.Discard, in.Reader())
			if err == nil {
				err = back(fmt.Appendf(nil, "%d", n))
			}
			return request, err
		})
	})
	var notes []string
	p, err := c.Put(t.Context(), "count", []byte("name"), func(b []byte) { notes = append(notes, string(b)) })
	if err != nil {
		t.Fatal(err)
	}
	defer p.Abort()
	if n, err := io.Copy(p.Writer(), strings.NewReader(strings.Repeat("text", 1<<19))); err != nil || n != 2<<20 {
		t.Fatal(n, err)
	}
	reply, err := p.Finish()
	if err != nil || string(reply) != "name" || len(notes) != 1 || notes[0] != "2097152" {
		t.Errorf("reply %q, notes %q, %v", reply, notes, err)
	}
}

func TestPutHandlerMayEndEarly(t *testing.T) {
	c, _ := start(t, Options{}, ClientOptions{}, func(s *Server) {
		s.HandlePut("fail", func(_ context.Context, _ []byte, in *Receiver, _ func([]byte) error) ([]byte, error) {
			return nil, errTest
		})
		s.HandlePut("enough", func(_ context.Context, _ []byte, in *Receiver, _ func([]byte) error) ([]byte, error) {
			_, err := in.Next()
			return []byte("reply"), err
		})
	})
	block := make([]byte, 1<<20)
	send := func(name string) (*Put, error) {
		p, err := c.Put(t.Context(), name, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			err = p.Block(block, nil)
		}
		return p, err
	}
	p, err := send("fail")
	if !errors.Is(err, errTest) {
		t.Errorf("sending fails with %v", err)
	}
	if _, err := p.Finish(); !errors.Is(err, errTest) {
		t.Errorf("finishing fails with %v", err)
	}
	p, err = send("enough")
	if !IsEnough(err) {
		t.Errorf("sending fails with %v", err)
	}
	if reply, err := p.Finish(); err != nil || string(reply) != "reply" {
		t.Errorf("reply %q, %v", reply, err)
	}
}

func TestAbortedPutCancelsTheHandler(t *testing.T) {
	began, ended := make(chan error, 1), make(chan error, 1)
	c, _ := start(t, Options{}, ClientOptions{}, func(s *Server) {
		s.HandlePut("read", func(ctx context.Context, _ []byte, in *Receiver, _ func([]byte) error) ([]byte, error) {
			_, err := in.Next()
			began <- err
			_, err = io.Copy(io.Discard, in.Reader())
			ended <- err
			return nil, err
		})
	})
	p, err := c.Put(t.Context(), "read", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Block([]byte("half of it"), nil); err != nil {
		t.Fatal(err)
	}
	if err := <-began; err != nil {
		t.Fatal(err)
	}
	p.Abort()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the handler saw %v", err)
	}
}

func TestCancelledCallCancelsTheHandler(t *testing.T) {
	began, ended := make(chan error, 1), make(chan error, 1)
	c, _ := start(t, Options{}, ClientOptions{}, func(s *Server) { s.HandleCall("hang", hang(began, ended)) })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	failed := make(chan error)
	go func() {
		_, err := c.Call(ctx, "hang", nil)
		failed <- err
	}()
	<-began
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("the caller sees %v", err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the handler sees %v", err)
	}
}

func TestDeadlineReachesTheHandler(t *testing.T) {
	c, _ := start(t, Options{}, ClientOptions{}, func(s *Server) {
		s.HandleCall("deadline", func(ctx context.Context, _ []byte) ([]byte, error) {
			_, ok := ctx.Deadline()
			return fmt.Append(nil, ok), nil
		})
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if reply, err := c.Call(ctx, "deadline", nil); err != nil || string(reply) != "true" {
		t.Errorf("%s, %v", reply, err)
	}
	ctx, cancel = context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	if _, err := c.Call(ctx, "deadline", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after the deadline: %v", err)
	}
}

func TestClosedStreamCancelsTheHandler(t *testing.T) {
	ended := make(chan error, 1)
	c, _ := start(t, Options{}, ClientOptions{}, func(s *Server) {
		s.HandleStream("endless", func(ctx context.Context, _ []byte, out *Sender) (err error) {
			for err == nil {
				err = out.Block(make([]byte, 1<<16), nil)
			}
			<-ctx.Done()
			ended <- ctx.Err()
			return err
		})
	})
	in, err := c.Stream(t.Context(), "endless", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.Next(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the handler sees %v", err)
	}
	if _, err := in.Next(); !errors.Is(err, ErrClosed) {
		t.Errorf("the reader sees %v", err)
	}
}

func TestSlowReaderHoldsTheSenderBack(t *testing.T) {
	const blocks, size = 200, 1 << 20
	sent := make(chan int, blocks)
	c, _ := start(t, Options{}, ClientOptions{}, func(s *Server) {
		s.HandleStream("many", func(_ context.Context, _ []byte, out *Sender) (err error) {
			for i := 0; i < blocks && err == nil; i++ {
				err = out.Block(make([]byte, size), nil)
				sent <- i
			}
			return err
		})
	})
	in, err := c.Stream(t.Context(), "many", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for i := range blocks {
		m, err := in.Next()
		if err != nil || len(m.Block) != size {
			t.Fatal(err)
		}
		if ahead := len(sent) - i; ahead > 20 {
			t.Fatalf("the sender is %d blocks ahead", ahead)
		}
	}
	if _, err := in.Next(); err != io.EOF {
		t.Error(err)
	}
}

func TestPanicIsAnErrorOfTheCall(t *testing.T) {
	c, _ := start(t, Options{}, ClientOptions{}, func(s *Server) {
		s.HandleCall("panic", func(context.Context, []byte) ([]byte, error) { panic("oh") })
		s.HandleCall("echo", echo)
	})
	if _, err := c.Call(t.Context(), "panic", nil); err == nil || !strings.Contains(err.Error(), "panic in panic: oh") {
		t.Errorf("error %v", err)
	}
	if _, err := c.Call(t.Context(), "echo", nil); err != nil {
		t.Errorf("the next call fails: %v", err)
	}
}

func TestUnknownNamesAreErrors(t *testing.T) {
	c, _ := start(t, Options{}, ClientOptions{}, nil)
	_, err := c.Call(t.Context(), "nothing", nil)
	if !errors.Is(err, ErrNoHandler) || errors.Is(err, ErrUnavailable) {
		t.Errorf("call: %v", err)
	}
	in, err := c.Stream(t.Context(), "nothing", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if _, err := in.Next(); !errors.Is(err, ErrNoHandler) {
		t.Errorf("stream: %v", err)
	}
	p, err := c.Put(t.Context(), "nothing", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Finish(); !errors.Is(err, ErrNoHandler) {
		t.Errorf("put: %v", err)
	}
}

func TestTooLargeMessagesAreErrors(t *testing.T) {
	c, _ := start(t, Options{MaxMessage: 1 << 16}, ClientOptions{MaxMessage: 1 << 18}, func(s *Server) {
		s.HandleCall("echo", echo)
		s.HandleStream("large", func(_ context.Context, _ []byte, out *Sender) error {
			return out.Block(make([]byte, 1<<20), nil)
		})
		s.HandlePut("read", func(_ context.Context, _ []byte, in *Receiver, _ func([]byte) error) ([]byte, error) {
			_, err := io.Copy(io.Discard, in.Reader())
			return nil, err
		})
	})
	if _, err := c.Call(t.Context(), "echo", make([]byte, 1<<20)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("request: %v", err)
	}
	in, err := c.Stream(t.Context(), "large", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if _, err := in.Next(); !errors.Is(err, ErrTooLarge) {
		t.Errorf("stream: %v", err)
	}
	p, err := c.Put(t.Context(), "read", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.Block(make([]byte, 1<<20), nil)
	if _, err := p.Finish(); !errors.Is(err, ErrTooLarge) {
		t.Errorf("put: %v", err)
	}
}

func TestRefusedConnectionIsUnavailable(t *testing.T) {
	l := listen(t)
	addr := l.Addr().String()
	l.Close()
	_, err := Dial(t.Context(), addr, ClientOptions{})
	if !errors.Is(err, ErrUnavailable) || !errors.Is(err, syscall.ECONNREFUSED) || !strings.Contains(err.Error(), addr) {
		t.Errorf("error %v", err)
	}
}

func TestBrokenConnectionIsUnavailable(t *testing.T) {
	began, ended := make(chan error, 1), make(chan error, 1)
	c, s := start(t, Options{}, ClientOptions{}, func(s *Server) { s.HandleCall("hang", hang(began, ended)) })
	failed := make(chan error)
	go func() {
		_, err := c.Call(t.Context(), "hang", nil)
		failed <- err
	}()
	<-began
	go s.Close()
	err := <-failed
	if !errors.Is(err, ErrUnavailable) || errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "node:1") {
		t.Errorf("the caller sees %v", err)
	}
	<-ended
	if _, err := c.Call(t.Context(), "hang", nil); !errors.Is(err, ErrUnavailable) {
		t.Errorf("the next caller sees %v", err)
	}
}

func TestClosedConnectionIsNotUnavailable(t *testing.T) {
	began, ended := make(chan error, 1), make(chan error, 1)
	c, _ := start(t, Options{}, ClientOptions{}, func(s *Server) { s.HandleCall("hang", hang(began, ended)) })
	failed := make(chan error)
	go func() {
		_, err := c.Call(t.Context(), "hang", nil)
		failed <- err
	}()
	<-began
	c.Close()
	if err := <-failed; !errors.Is(err, ErrClosed) || errors.Is(err, ErrUnavailable) {
		t.Errorf("the caller sees %v", err)
	}
	<-ended
	if _, err := c.Call(t.Context(), "hang", nil); !errors.Is(err, ErrClosed) {
		t.Errorf("the next caller sees %v", err)
	}
}

func TestShutdownLetsCallsFinish(t *testing.T) {
	began, finish := make(chan error), make(chan error)
	c, s := start(t, Options{}, ClientOptions{}, func(s *Server) {
		s.HandleCall("slow", func(ctx context.Context, request []byte) ([]byte, error) {
			began <- nil
			return request, <-finish
		})
	})
	failed := make(chan error)
	go func() {
		_, err := c.Call(t.Context(), "slow", nil)
		failed <- err
	}()
	<-began
	down := make(chan error)
	go func() {
		s.Shutdown(t.Context())
		close(down)
	}()
	finish <- nil
	if err := <-failed; err != nil {
		t.Error(err)
	}
	<-down
}

func TestShutdownEndsWithItsContext(t *testing.T) {
	began, ended := make(chan error, 1), make(chan error, 1)
	c, s := start(t, Options{}, ClientOptions{}, func(s *Server) { s.HandleCall("hang", hang(began, ended)) })
	failed := make(chan error)
	go func() {
		_, err := c.Call(t.Context(), "hang", nil)
		failed <- err
	}()
	<-began
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.Shutdown(ctx)
	if err := <-failed; err == nil {
		t.Error("the call succeeds")
	}
	<-ended
}
