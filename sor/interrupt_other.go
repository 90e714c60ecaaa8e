//go:build !unix

package sor

import (
	"context"
	"io"
	"os"
)

// interruptible returns f: here a read that waits cannot be interrupted.
func interruptible(_ context.Context, f *os.File) io.Reader { return f }
