//go:build unix

package sor

import (
	"context"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// interruptible returns a reader of a pipe, terminal or device that ends with the context, within 50 ms, also while
// there is nothing to read.
func interruptible(ctx context.Context, f *os.File) io.Reader {
	return &polled{ctx: ctx, f: f}
}

type polled struct {
	ctx context.Context
	f   *os.File
}

func (p *polled) Read(b []byte) (int, error) {
	fds := []unix.PollFd{{Fd: int32(p.f.Fd()), Events: unix.POLLIN}}
	for {
		if err := p.ctx.Err(); err != nil {
			return 0, err
		}
		n, err := unix.Poll(fds, 50)
		if n > 0 || err != nil && !errors.Is(err, unix.EINTR) {
			return p.f.Read(b)
		}
	}
}
