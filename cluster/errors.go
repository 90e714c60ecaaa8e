package cluster

import (
	"cmp"
	"errors"
	"strconv"
	"strings"

	"github.com/eau2db/eau2/cluster/vfs"
	"github.com/eau2db/eau2/column"
)

// Errors of Open.
var (
	ErrLocked  = vfs.ErrLocked // another process, or another Node of this one, has the directory
	ErrForeign = errors.New("not a directory of eau2")
)

// Errors of tables and values.
var (
	ErrNoTable     = errors.New("no such table")
	ErrTableExists = errors.New("table exists already")
	ErrNoValue     = errors.New("no such value")
	ErrValueExists = errors.New("key has another value already")
	ErrNoNode      = errors.New("no such node")
	ErrMoved       = errors.New("the chunk is at other nodes now")
)

// Errors of reading what is stored; those of package column.
var (
	ErrCorrupt = column.ErrCorrupt
	ErrVersion = column.ErrVersion // the directory was, or what was read is, written by a newer eau2
)

// ErrClosed is for the use of what has been closed, committed, aborted or released.
var ErrClosed = errors.New("closed")

// Error says what was tried on what, and why it failed. Fields that do not apply are empty.
type Error struct {
	Op     string // open, load, read, drop, rename, put, get, delete
	Table  string // its name, or its id where the name is not known
	Chunk  int    // -1 for none
	Column string
	Key    Key
	File   string // file or directory
	Err    error
}

// Error returns all of it as a line.
func (e *Error) Error() string {
	var b strings.Builder
	add := func(what, which string) {
		if b.Len() > len(e.Op) {
			b.WriteByte(',')
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(what + which)
	}
	b.WriteString(e.Op)
	if e.Table != "" {
		add("table ", e.Table)
	}
	if e.Chunk >= 0 {
		add("chunk ", strconv.Itoa(e.Chunk))
	}
	if e.Column != "" {
		add("column ", e.Column)
	}
	if e.Key != (Key{}) {
		add("key ", e.Key.String())
	}
	if e.File != "" {
		add("", e.File)
	}
	b.WriteString(": " + e.Err.Error())
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// inFile names the file that err is about, unless err does, for the caller to say the rest.
func inFile(file string, err error) error {
	return fail(Error{Chunk: -1, File: file}, err)
}

// fail makes an Error of e and its cause, taking over what an inner Error names beyond e.
func fail(e Error, cause error) error {
	if cause == nil {
		return nil
	}
	e.Err = cause
	if inner, ok := cause.(*Error); ok {
		e.Err = inner.Err
		e.Table = cmp.Or(e.Table, inner.Table)
		e.Column = cmp.Or(e.Column, inner.Column)
		e.File = cmp.Or(inner.File, e.File)
		if e.Chunk < 0 {
			e.Chunk = inner.Chunk
		}
	}
	return &e
}

// failTable is fail for an operation on a whole table.
func failTable(op, table string, cause error) error {
	return fail(Error{Op: op, Table: table, Chunk: -1}, cause)
}

// also adds the errors of cleaning up after err, if there are any.
func also(err error, more ...error) error {
	if extra := errors.Join(more...); extra != nil {
		return errors.Join(err, extra)
	}
	return err
}
