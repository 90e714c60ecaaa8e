package sor

import (
	"context"
	"io"

	"github.com/eau2db/eau2/column"
)

// Column is a column the caller names, and types where Typed.
type Column struct {
	Name  string
	Type  column.Type
	Typed bool
}

// Options say how to read. The zero value reads the whole input with an inferred schema.
type Options struct {
	Columns    []Column // in place of c0, c1, …; fixes the width
	OnError    OnError
	OnMismatch OnMismatch
	Sample     int   // rows inference looks at: 0 is 500, negative is all
	From, Len  int64 // the slice to read, in bytes; Len 0 is to the end
	Threads    int   // 0 is one per core
	MaxRow     int   // longest row in bytes, 0 is 16 MiB
	ChunkRows  int   // rows a chunk aims at, 0 is column.ChunkRows
	Progress   func(Progress)
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

// Progress is how far a read has come. Total is 0 when the input's size is not known.
type Progress struct{ Bytes, Total, Rows int64 }

// Report says what was read and what was lost.
type Report struct {
	Fields []column.Field
	Rows   int64
	Bytes  int64

	Dropped     int64     // malformed or skipped rows
	Problems    []Problem // the first 20 of them
	Mismatches  []int64   // nulled values by column
	ExtraFields int64     // rows with fields past the width
}

// Problem is a dropped row or a nulled value.
type Problem struct {
	Line   int64 // from 1
	Offset int64 // of the row's first byte in the input (of the text, when it is compressed)
	Column string
	Reason string
}

// Chunk is a range of rows, all columns. Chunks of a read are numbered 0, 1, … in the order of their rows.
type Chunk struct {
	Seq    int
	Arrays []*column.Array // dictionary-coded ones lack Dict until Read returns
}

// Source is an input of known size that can be read from any place: *os.File, a mapped file, bytes.Reader.
type Source interface {
	io.ReaderAt
	Size() int64
}

// Open opens a file for reading: plain files as a Source, .gz and .zst as a stream, "-" as standard input. The
// error says what is wrong with a missing file, a directory or a file without read permission.
//
//	in, err := sor.Open(path)
//	report, dicts, err := in.Read(ctx, opts, emit)
func Open(path string) (*Input, error) { panic("contract") }

// Input is SoR text from a file or a stream.
type Input struct{}

// Read reads the input in parallel and gives its chunks to emit, which is called from several goroutines, one chunk
// each, not in order. dicts holds the dictionary of each STRING column that has one.
func (in *Input) Read(ctx context.Context, o Options, emit func(Chunk) error) (r *Report, dicts []*column.Dict, err error) {
	panic("contract")
}

// Close closes the input.
func (in *Input) Close() error { panic("contract") }
