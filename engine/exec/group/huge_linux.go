package group

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// adviseHuge asks for huge pages under w. The kernel may say no, which costs speed only.
func adviseHuge(w []uint64) {
	from := uintptr(unsafe.Pointer(unsafe.SliceData(w)))
	lead := -from & (hugePage - 1)
	size := (uintptr(8*len(w)) - min(lead, uintptr(8*len(w)))) &^ (hugePage - 1)
	if size == 0 {
		return
	}
	b := unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(w)), lead)), size)
	_ = unix.Madvise(b, unix.MADV_HUGEPAGE)
}
