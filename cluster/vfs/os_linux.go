package vfs

import (
	"os"

	"golang.org/x/sys/unix"
)

func startWriteBack(f *os.File, off, n int64) {
	_ = unix.SyncFileRange(int(f.Fd()), off, n, unix.SYNC_FILE_RANGE_WRITE) // a hint
}

// populate maps the pages of b in one call instead of a fault each. A file that has shrunk or a bad disk is an
// error here where touching the page would be a signal. Kernels before 5.14 do not know it.
func populate(b []byte) error {
	err := unix.Madvise(b, unix.MADV_POPULATE_READ)
	if err == unix.EINVAL {
		return nil
	}
	return err
}
