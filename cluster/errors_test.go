package cluster

import (
	"errors"
	"testing"
)

func TestErrorSaysWhatWasTriedOnWhat(t *testing.T) {
	cause := errors.New("broken")
	cases := []struct {
		err  error
		want string
	}{
		{&Error{Op: "open", Chunk: -1, File: "/d", Err: cause}, "open /d: broken"},
		{&Error{Op: "read", Table: "t", Chunk: 3, Column: "c", File: "/d/f", Err: cause}, "read table t, chunk 3, column c, /d/f: broken"},
		{&Error{Op: "put", Chunk: -1, Key: Key{"k", "n"}, Err: cause}, "put key k@n: broken"},
		{inFile("/f", cause), "/f: broken"},
		{inFile("/outer", inFile("/f", cause)), "/f: broken"},
		{failTable("load", "t", inFile("/f", cause)), "load table t, /f: broken"},
		{failTable("load", "t", &Error{Op: "check", Chunk: 2, Err: cause}), "load table t, chunk 2: broken"},
		{failKey("get", Key{Name: "k"}, failTable("open", "t", cause)), "get table t, key k: broken"},
	}
	for _, c := range cases {
		if got := c.err.Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
		if !errors.Is(c.err, cause) {
			t.Errorf("%v hides its cause", c.err)
		}
	}
	if failTable("load", "t", nil) != nil || inFile("/f", nil) != nil || also(nil, nil) != nil {
		t.Error("no cause became an error")
	}
	if err := also(cause, nil, cause); err == cause || !errors.Is(err, cause) {
		t.Errorf("two errors became %v", err)
	}
}
