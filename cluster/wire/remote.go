package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"unicode/utf8"
)

// RemoteError is what a handler on another node failed with. errors.Is finds in it the registered errors that the
// original was, errors.As those of registered types.
type RemoteError struct {
	Addr    string // of the node
	Message string // the original's, whole
	Causes  []error
}

// Error returns the original's message.
func (e *RemoteError) Error() string { return e.Message }

// Unwrap returns the registered errors that the original was made of.
func (e *RemoteError) Unwrap() []error { return e.Causes }

// registry holds the errors that keep their identity.
var registry = struct {
	sync.RWMutex
	values map[string]error
	types  map[string]errorType
}{values: map[string]error{}, types: map[string]errorType{}}

type errorType struct {
	encode func(error) (data []byte, ok bool)
	decode func([]byte) (error, error)
}

func init() {
	RegisterError("canceled", context.Canceled)
	RegisterError("deadline", context.DeadlineExceeded)
	RegisterError("not exist", fs.ErrNotExist)
	RegisterError("permission", fs.ErrPermission)
	RegisterError("denied", ErrDenied)
	RegisterError("too large", ErrTooLarge)
	RegisterError("garbled", ErrGarbled)
	RegisterError("no handler", ErrNoHandler)
}

// RegisterError makes errors.Is find err in a RemoteError whose original was err. The name stands for it on the wire:
// it must be the same on all nodes, and never mean another error. ErrUnavailable cannot be registered: that the other
// node could not reach a third one does not make the other unavailable. Call it when the program starts.
func RegisterError(name string, err error) {
	registry.Lock()
	defer registry.Unlock()
	if registry.values[name] != nil {
		panic("wire: two errors are registered as " + name)
	}
	registry.values[name] = err
}

// RegisterErrorType makes errors.As find an error of type T in a RemoteError whose original had one, as decode makes it of what
// encode gave. Call it when the program starts.
func RegisterErrorType[T error](name string, encode func(T) []byte, decode func([]byte) (T, error)) {
	registry.Lock()
	defer registry.Unlock()
	if registry.types[name].encode != nil {
		panic("wire: two types of errors are registered as " + name)
	}
	registry.types[name] = errorType{
		encode: func(err error) ([]byte, bool) {
			var t T
			if !errors.As(err, &t) {
				return nil, false
			}
			return encode(t), true
		},
		decode: func(b []byte) (error, error) {
			t, err := decode(b)
			if err != nil {
				return nil, err
			}
			return t, nil
		},
	}
}

// wireError is a RemoteError as JSON.
type wireError struct {
	Message []byte            `json:"message"`
	Is      []string          `json:"is,omitempty"` // registered errors
	As      map[string][]byte `json:"as,omitempty"` // errors of registered types
}

// An error is part of a header, whose length is limited.
const (
	maxMessage = 16 << 10
	maxTyped   = 64 << 10
)

// EncodeError returns err as bytes, for an error that is not the answer of a handler.
func EncodeError(err error) []byte {
	registry.RLock()
	defer registry.RUnlock()
	w := wireError{Message: []byte(cut(err.Error(), maxMessage)), As: map[string][]byte{}}
	for name, value := range registry.values {
		if errors.Is(err, value) {
			w.Is = append(w.Is, name)
		}
	}
	for name, t := range registry.types {
		if data, ok := t.encode(err); ok && len(data) <= maxTyped {
			w.As[name] = data
		}
	}
	b, err := json.Marshal(w)
	if err != nil { // cannot happen for these types
		return nil
	}
	return b
}

// DecodeError returns the error that EncodeError made bytes of, a RemoteError of the node at addr. It is ErrGarbled for other bytes.
func DecodeError(addr string, b []byte) error {
	var w wireError
	if err := json.Unmarshal(b, &w); err != nil {
		return &ConnError{Addr: addr, Err: fmt.Errorf("%w: an error that cannot be read: %w", ErrGarbled, err)}
	}
	registry.RLock()
	defer registry.RUnlock()
	e := &RemoteError{Addr: addr, Message: string(w.Message)}
	for name, data := range w.As {
		if t := registry.types[name]; t.decode != nil {
			if typed, err := t.decode(data); err == nil {
				e.Causes = append(e.Causes, typed)
			}
		}
	}
	for _, name := range w.Is {
		if value := registry.values[name]; value != nil {
			e.Causes = append(e.Causes, value)
		}
	}
	return e
}

// cut returns s, or its beginning of about n bytes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.Clone(s[:n]) + "…"
}
