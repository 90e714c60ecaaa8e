package wire

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

// detailed is an error of a type of its own.
type detailed struct{ place, text string }

func (d *detailed) Error() string  { return d.text }
func (d *detailed) Detail() string { return d.place + ": " + d.text }

func init() {
	RegisterErrorType("detailed",
		func(d *detailed) []byte { return []byte(d.place + "|" + d.text) },
		func(b []byte) (*detailed, error) {
			place, text, ok := strings.Cut(string(b), "|")
			if !ok {
				return nil, errors.New("no place")
			}
			return &detailed{place, text}, nil
		})
}

func TestErrorsKeepTheirIdentity(t *testing.T) {
	var failing error
	c, _ := start(t, Options{}, ClientOptions{}, func(s *Server) {
		s.HandleCall("fail", func(context.Context, []byte) ([]byte, error) { return nil, failing })
	})
	long := strings.Repeat("ä", 1<<20)
	for _, e := range []struct {
		name  string
		err   error
		is    []error
		isNot []error
	}{
		{"sentinel", errTest, []error{errTest}, []error{ErrUnavailable, context.Canceled}},
		{"wrapped", fmt.Errorf("read table t: %w", errTest), []error{errTest}, nil},
		{"joined", errors.Join(errTest, fs.ErrNotExist), []error{errTest, fs.ErrNotExist}, []error{fs.ErrPermission}},
		{"cancelled", fmt.Errorf("scan: %w", context.Canceled), []error{context.Canceled}, []error{context.DeadlineExceeded}},
		{"out of time", context.DeadlineExceeded, []error{context.DeadlineExceeded}, nil},
		{"unknown", errors.New("something"), nil, []error{errTest, ErrUnavailable}},
		{"a third node", unavailable("third:1", errors.New("refused")), nil, []error{ErrUnavailable}},
		{"long", fmt.Errorf("%s: %w", long, errTest), []error{errTest}, nil},
		{"control characters", fmt.Errorf("a\r\nb\x00c\xff: %w", errTest), []error{errTest}, nil},
	} {
		t.Run(e.name, func(t *testing.T) {
			failing = e.err
			_, err := c.Call(t.Context(), "fail", nil)
			var remote *RemoteError
			if !errors.As(err, &remote) || remote.Addr != "node:1" {
				t.Fatalf("error %T %v", err, err)
			}
			if len(e.err.Error()) < maxMessage && err.Error() != e.err.Error() || len(err.Error()) > 2*maxMessage {
				t.Errorf("message %.100q", err)
			}
			for _, is := range e.is {
				if !errors.Is(err, is) {
					t.Errorf("it is not %v", is)
				}
			}
			for _, is := range e.isNot {
				if errors.Is(err, is) {
					t.Errorf("it is %v", is)
				}
			}
		})
	}
	failing = fmt.Errorf("statement: %w", &detailed{"line 1", "what\xff"})
	_, err := c.Call(t.Context(), "fail", nil)
	var d *detailed
	if !errors.As(err, &d) || d.Detail() != "line 1: what\xff" {
		t.Errorf("error %v", err)
	}
}

func TestRegisteringANameTwicePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("it does not")
		}
	}()
	RegisterError("test", errors.New("another"))
}

func FuzzDecodeError(f *testing.F) {
	f.Add(EncodeError(fmt.Errorf("%w: %w", errTest, &detailed{"a", "b"})))
	f.Add([]byte(`{"as":{"detailed":"AAAA"},"is":["unknown"]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		err := DecodeError("node:1", b)
		again := DecodeError("node:1", EncodeError(err))
		if err.Error() == "" {
			return
		}
		if len(err.Error()) < maxMessage && again.Error() != err.Error() {
			t.Errorf("%q becomes %q", err, again)
		}
		if errors.Is(err, errTest) != errors.Is(again, errTest) {
			t.Error("the identity is lost")
		}
	})
}
