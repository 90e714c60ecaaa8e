package function

import (
	"errors"
	"fmt"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// maxText is the length of the longest string a function makes, and maxBatch that of all it makes in one vector.
const (
	maxText  = 16 << 20
	maxBatch = 256 << 20
)

// errNull says that the result of a row is NULL.
var errNull = errors.New("NULL")

// errTooLong says that a string would be longer than maxText.
var errTooLong = errors.New("the result would be longer than 16 MiB")

// value is one of the Go types behind the four SQL types.
type value interface {
	bool | int64 | float64 | string
}

// typeOf returns the SQL type behind T.
func typeOf[T value]() column.Type {
	switch any((*T)(nil)).(type) {
	case *bool:
		return column.Bool
	case *int64:
		return column.Int
	case *float64:
		return column.Float
	}
	return column.String
}

// of returns the values of a vector whose type is that of T.
func of[T value](v *vector.Vec) []T {
	var p any
	switch any((*T)(nil)).(type) {
	case *bool:
		p = &v.Bool
	case *int64:
		p = &v.Int
	case *float64:
		p = &v.Float
	default:
		v.Strings()
		p = &v.Str
	}
	return *p.(*[]T)
}

// fn1, fn2 and fn3 make overloads of total functions.
func fn1[A, R value](f func(A) R) Overload {
	return Overload{Args: []column.Type{typeOf[A]()}, Result: typeOf[R](), Eval: func(args []*vector.Vec, out *vector.Vec) error {
		r := of[R](out)
		a := of[A](args[0])[:len(r)]
		for i := range r {
			r[i] = f(a[i])
		}
		return nil
	}}
}

func fn2[A, B, R value](f func(A, B) R) Overload {
	return Overload{Args: []column.Type{typeOf[A](), typeOf[B]()}, Result: typeOf[R](), Eval: func(args []*vector.Vec, out *vector.Vec) error {
		r := of[R](out)
		a, b := of[A](args[0])[:len(r)], of[B](args[1])[:len(r)]
		for i := range r {
			r[i] = f(a[i], b[i])
		}
		return nil
	}}
}

func fn3[A, B, C, R value](f func(A, B, C) R) Overload {
	return Overload{Args: []column.Type{typeOf[A](), typeOf[B](), typeOf[C]()}, Result: typeOf[R](), Eval: func(args []*vector.Vec, out *vector.Vec) error {
		r := of[R](out)
		a, b, c := of[A](args[0])[:len(r)], of[B](args[1])[:len(r)], of[C](args[2])[:len(r)]
		for i := range r {
			r[i] = f(a[i], b[i], c[i])
		}
		return nil
	}}
}

// try1, try2 and try3 make overloads of functions that give errNull where the result is NULL, or fail. They are not
// called for rows that are NULL.
func try1[A, R value](f func(A) (R, error)) Overload {
	return Overload{Args: []column.Type{typeOf[A]()}, Result: typeOf[R](), Eval: func(args []*vector.Vec, out *vector.Vec) error {
		r, a := of[R](out), of[A](args[0])
		return eachRow(out, func(i int) (err error) { r[i], err = f(a[i]); return })
	}}
}

func try2[A, B, R value](f func(A, B) (R, error)) Overload {
	return Overload{Args: []column.Type{typeOf[A](), typeOf[B]()}, Result: typeOf[R](), Eval: func(args []*vector.Vec, out *vector.Vec) error {
		r, a, b := of[R](out), of[A](args[0]), of[B](args[1])
		return eachRow(out, func(i int) (err error) { r[i], err = f(a[i], b[i]); return })
	}}
}

func try3[A, B, C, R value](f func(A, B, C) (R, error)) Overload {
	return Overload{Args: []column.Type{typeOf[A](), typeOf[B](), typeOf[C]()}, Result: typeOf[R](), Eval: func(args []*vector.Vec, out *vector.Vec) error {
		r, a, b, c := of[R](out), of[A](args[0]), of[B](args[1]), of[C](args[2])
		return eachRow(out, func(i int) (err error) { r[i], err = f(a[i], b[i], c[i]); return })
	}}
}

// text1, text2 and text3 make overloads of functions that append their result to dst; otherwise as try1.
func text1[A value](f func(dst []byte, a A) ([]byte, error)) Overload {
	return Overload{Args: []column.Type{typeOf[A]()}, Result: column.String, Eval: func(args []*vector.Vec, out *vector.Vec) error {
		a := of[A](args[0])
		return eachText(out, func(dst []byte, i int) ([]byte, error) { return f(dst, a[i]) })
	}}
}

func text2[A, B value](f func(dst []byte, a A, b B) ([]byte, error)) Overload {
	return Overload{Args: []column.Type{typeOf[A](), typeOf[B]()}, Result: column.String, Eval: func(args []*vector.Vec, out *vector.Vec) error {
		a, b := of[A](args[0]), of[B](args[1])
		return eachText(out, func(dst []byte, i int) ([]byte, error) { return f(dst, a[i], b[i]) })
	}}
}

func text3[A, B, C value](f func(dst []byte, a A, b B, c C) ([]byte, error)) Overload {
	return Overload{Args: []column.Type{typeOf[A](), typeOf[B](), typeOf[C]()}, Result: column.String, Eval: func(args []*vector.Vec, out *vector.Vec) error {
		a, b, c := of[A](args[0]), of[B](args[1]), of[C](args[2])
		return eachText(out, func(dst []byte, i int) ([]byte, error) { return f(dst, a[i], b[i], c[i]) })
	}}
}

// stopRows is after how many rows a slow function asks whether to go on.
const stopRows = 8

// eachRow calls f for the rows that are not NULL and makes those NULL for which it gives errNull.
func eachRow(out *vector.Vec, f func(i int) error) error {
	for i := range out.Len() {
		if i%stopRows == 0 && out.Stop != nil {
			if err := out.Stop(); err != nil {
				return err
			}
		}
		if out.IsNull(i) {
			continue
		}
		if err := f(i); err == errNull {
			out.SetNull(i)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// eachText stores in out what f appends for each row that is not NULL.
func eachText(out *vector.Vec, f func(dst []byte, i int) ([]byte, error)) error {
	total := 0
	for i := range out.Str {
		if i%stopRows == 0 && out.Stop != nil {
			if err := out.Stop(); err != nil {
				return err
			}
		}
		if out.IsNull(i) {
			continue
		}
		b, err := f(out.Tail(), i)
		switch {
		case err == errNull:
			out.Str[i] = ""
			out.SetNull(i)
			continue
		case err != nil:
			return err
		case len(b) > maxText:
			return errTooLong
		}
		if total += len(b); total > maxBatch {
			return fmt.Errorf("the results of %d rows would be longer than %d MiB", len(out.Str), maxBatch>>20)
		}
		out.SetTail(i, b)
	}
	return nil
}

func overloads(os ...Overload) []Overload { return os }
