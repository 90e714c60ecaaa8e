package engine

import (
	"bytes"
	"encoding"
	"encoding/gob"
	"fmt"
	"io"
	"reflect"

	"github.com/eau2db/eau2/engine/vector"
)

// An argument or result of a fold travels as its own methods make it, or as gob does. gob gets it in a struct, because it takes
// no nil otherwise.
type gobValue[T any] struct{ V T }

// travels says why a T cannot.
func travels[T any]() error {
	var v gobValue[T]
	if marshals[T]() {
		return nil
	}
	if err := gob.NewEncoder(io.Discard).Encode(v); err != nil {
		return fmt.Errorf("a %T cannot go to other nodes: %w", v.V, err)
	}
	return nil
}

// marshals reports whether a T has methods to be made bytes and to be made of them.
func marshals[T any]() bool {
	var v T
	p, ok := unmarshaler(&v)
	if _, has := any(v).(encoding.BinaryMarshaler); ok && has {
		return true
	}
	_, has := p.(encoding.BinaryMarshaler)
	return ok && has
}

// unmarshaler returns what sets v from bytes, for which it makes what v points to where v is a pointer.
func unmarshaler[T any](v *T) (encoding.BinaryUnmarshaler, bool) {
	if u, ok := any(v).(encoding.BinaryUnmarshaler); ok {
		return u, true
	}
	if t := reflect.TypeFor[T](); t.Kind() == reflect.Pointer && t.Implements(reflect.TypeFor[encoding.BinaryUnmarshaler]()) {
		*v = reflect.New(t.Elem()).Interface().(T)
		return any(*v).(encoding.BinaryUnmarshaler), true
	}
	return nil, false
}

func encodeValue[T any](v T) (b []byte, err error) {
	defer userPanic(&err, "an encoding", vector.Place{})
	if marshals[T]() {
		m, ok := any(v).(encoding.BinaryMarshaler)
		if !ok {
			m = any(&v).(encoding.BinaryMarshaler)
		}
		return m.MarshalBinary()
	}
	return encodeGob(gobValue[T]{v})
}

func encodeGob(v any) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(v)
	return b.Bytes(), err
}

func decodeValue[T any](b []byte) (v T, err error) {
	defer userPanic(&err, "a decoding", vector.Place{})
	if marshals[T]() {
		u, _ := unmarshaler(&v)
		err = u.UnmarshalBinary(b)
		return v, err
	}
	var in gobValue[T]
	err = gob.NewDecoder(bytes.NewReader(b)).Decode(&in)
	return in.V, err
}

// encode is the Fold's Encode, whose panics are errors.
func (f *folder[T]) encode(v T) (b []byte, err error) {
	defer userPanic(&err, "fold "+f.name, vector.Place{})
	return f.Encode(v)
}

func (f *folder[T]) decode(b []byte) (v T, err error) {
	defer userPanic(&err, "fold "+f.name, vector.Place{})
	return f.Decode(b)
}
