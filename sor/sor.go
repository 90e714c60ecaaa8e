package sor

import (
	"fmt"
	"io"
	"runtime"

	"github.com/eau2db/eau2/column"
)

// What the zero values of Options stand for.
const (
	DefaultSample = 500      // rows that inference looks at
	DefaultMaxRow = 16 << 20 // bytes of the longest row
)

// Column is a column the caller names, and types where Typed.
type Column struct {
	Name  string
	Type  column.Type
	Typed bool
}

// Options say how to read. The zero value reads the whole input with an inferred schema.
//
// A slice begins after the first line break at or after its byte From, or at the beginning of the input when From is 0,
// and ends with the first line break at or after its byte From+Len: a row belongs to the slice that has the line break
// before it. So every row of an input is in exactly one of the slices that any cuts make of it, and a cut at offset-1
// begins a slice with the row that begins at offset.
type Options struct {
	Columns    []Column // in place of c0, c1, …; fixes the width. One without a name keeps c0, c1, …
	OnError    OnError
	OnMismatch OnMismatch
	Sample     int   // rows inference looks at: 0 is 500, negative is all
	From, Len  int64 // the slice to read, in bytes; Len 0 is to the end
	Threads    int   // 0 is one per core
	MaxRow     int   // longest row in bytes, 0 is 16 MiB
	ChunkRows  int   // rows a chunk aims at, 0 is column.ChunkRows; no chunk has more than twice as many
	Progress   func(Progress)

	// Schema, when not nil, is that of the whole input, which Read then does not infer. Such a read is of one of several
	// slices: the lines in its report count from the beginning of the slice, and [Input.Join] joins the reports.
	Schema *Schema

	block  int // bytes read at a time, for tests
	part   int // bytes of a part, for tests
	vector int // rows of a vector, for tests
	head   int // rows a survey begins with, for tests
}

// OnError says what becomes of a malformed row.
type OnError uint8

// What becomes of a malformed row.
const (
	SkipRow  OnError = iota // dropped, counted and reported
	FailLoad                // the load ends with an error
)

// OnMismatch says what becomes of a value that does not fit its column's type.
type OnMismatch uint8

// What becomes of a value that does not fit its column's type.
const (
	MismatchNull OnMismatch = iota // it becomes NULL, counted and reported
	MismatchSkip                   // its row is dropped
	MismatchFail                   // the load ends with an error
)

// Progress is how far a read has come, in bytes of the file, which for a compressed one are compressed bytes. Total is
// 0 when the input's size is not known. A read that looks at the whole file for its schema goes through it twice, and
// both Bytes and Total count both.
type Progress struct{ Bytes, Total, Rows int64 }

// Chunk is a range of rows, all columns. Chunks of a read are numbered 0, 1, … in the order of their rows.
type Chunk struct {
	Seq    int
	Arrays []*column.Array // dictionary-coded ones lack Dict until Read returns
}

// Source is an input of known size that can be read from any place, by any number of goroutines: an
// *io.SectionReader over an *os.File, a mapped file, a *bytes.Reader.
type Source interface {
	io.ReaderAt
	Size() int64
}

// filled returns o with defaults for the zero values, or an error for values out of range.
func (o Options) filled() (Options, error) {
	if o.From < 0 || o.Len < 0 {
		return o, fmt.Errorf("a slice from byte %d of length %d: neither can be negative", o.From, o.Len)
	}
	if o.MaxRow < 0 || o.ChunkRows < 0 || o.Threads < 0 {
		return o, fmt.Errorf("limits cannot be negative: row %d, chunk %d, threads %d", o.MaxRow, o.ChunkRows, o.Threads)
	}
	setDefault(&o.Sample, DefaultSample)
	setDefault(&o.Threads, runtime.GOMAXPROCS(0))
	setDefault(&o.MaxRow, DefaultMaxRow)
	setDefault(&o.ChunkRows, column.ChunkRows)
	setDefault(&o.block, blockBytes)
	setDefault(&o.vector, vectorRows)
	setDefault(&o.head, DefaultSample)
	if o.MaxRow > maxMaxRow {
		return o, fmt.Errorf("a row of %d bytes is more than any limit can be: at most %d", o.MaxRow, maxMaxRow)
	}
	return o, nil
}

// maxMaxRow keeps places in a block within 32 bits.
const maxMaxRow = 1 << 30

func setDefault(v *int, value int) {
	if *v == 0 {
		*v = value
	}
}
