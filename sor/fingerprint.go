package sor

import (
	"context"
	"fmt"

	"github.com/zeebo/xxh3"
)

// Fingerprint tells files apart: two of one Fingerprint are the same file, as far as some of their blocks say.
type Fingerprint struct {
	Size int64
	Sum  uint64 // of blocks that are spread over the file; of all of a small one
}

// The blocks that a Fingerprint looks at.
const (
	printBlocks = 64
	printBytes  = 4 << 10
)

// Fingerprint returns the input's. sliced is false for an input that can be read from its beginning only, compressed or a
// pipe: it has none, and slices of it cannot be read by several.
func (in *Input) Fingerprint(ctx context.Context) (f Fingerprint, sliced bool, err error) {
	if in.source == nil {
		return f, false, nil
	}
	f.Size = in.source.Size()
	h := xxh3.New()
	buf := make([]byte, printBytes)
	last := max(f.Size-printBytes, 0) // where the last block begins
	blocks := min((f.Size+printBytes-1)/printBytes, printBlocks)
	for i := range blocks {
		if err := ctx.Err(); err != nil {
			return f, true, err
		}
		at := i * printBytes
		if blocks == printBlocks {
			at = int64(float64(last) * float64(i) / (printBlocks - 1))
		}
		b := buf[:min(printBytes, f.Size-at)]
		if n, err := in.source.ReadAt(b, at); n < len(b) {
			return f, true, fmt.Errorf("read %s at byte %d: %w", in.name, at, err)
		}
		h.Write(b)
	}
	f.Sum = h.Sum64()
	return f, true, nil
}
