package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

// testOutput is an output to w.
func testOutput(w io.Writer) *output {
	return &output{w: w, turn: newTurn(), close: func() error { return nil }}
}

// stuck is a writer that nobody reads from, until it is let go.
type stuck struct {
	began chan struct{}
	goOn  chan struct{}
}

func (s *stuck) Write(b []byte) (int, error) {
	s.began <- struct{}{}
	<-s.goOn
	return len(b), nil
}

func TestAnInterruptEndsAWriteThatIsStuck(t *testing.T) {
	w := &stuck{make(chan struct{}, 2), make(chan struct{})}
	out := testOutput(w)
	ctx, cancel := context.WithCancelCause(context.Background())
	ended := make(chan error)
	go func() { ended <- out.write(ctx, []byte("x")) }()
	<-w.began
	cancel(errInterrupted)
	if err := <-ended; err != errInterrupted {
		t.Errorf("it ended with %v", err)
	}
	// The next one waits its turn, and can be interrupted too.
	if err := out.write(ctx, []byte("y")); err != errInterrupted {
		t.Errorf("the next ended with %v", err)
	}
	close(w.goOn)
	if err := out.write(context.Background(), []byte("z")); err != nil {
		t.Errorf("after it went on: %v", err)
	}
}

func TestAClosedPipeIsNoFailure(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	if err := testOutput(w).write(context.Background(), []byte("x")); !errors.Is(err, errClosedOutput) {
		t.Errorf("got %v", err)
	}
	rest, gone := io.Pipe()
	rest.Close()
	if err := testOutput(gone).write(context.Background(), []byte("x")); !errors.Is(err, errClosedOutput) {
		t.Errorf("got %v", err)
	}
}

// counted counts writes and the largest of them.
type counted struct {
	strings.Builder
	writes, largest int
}

func (c *counted) Write(b []byte) (int, error) {
	c.writes++
	c.largest = max(c.largest, len(b))
	return c.Builder.Write(b)
}

func TestPageWritesInPieces(t *testing.T) {
	w := &counted{}
	p := newPage(context.Background(), testOutput(w))
	called := 0
	p.before = func() { called++ }
	want := strings.Repeat("0123456789\n", 1<<15)
	for line := range strings.Lines(want) {
		p.text = append(p.text, line...)
		if err := p.full(); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.flush(); err != nil {
		t.Fatal(err)
	}
	if w.String() != want || w.largest > 1<<16 || w.writes > 8 || called != 1 {
		t.Errorf("%d bytes of %d in %d writes of at most %d, %d calls", w.Len(), len(want), w.writes, w.largest, called)
	}
}
