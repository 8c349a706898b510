package tensor

import (
	"syscall"
	"unsafe"
)

// hugePage is the page size of transparent huge pages on amd64, and on arm64
// with 4 KiB pages.
const hugePage = 2 << 20

// adviseHugePages asks for huge pages under the whole ones of m, so that the 25
// streams of a transform do not miss the address cache. It is a hint: where the
// system has none to give, nothing changes.
func adviseHugePages(m []float32) {
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(m))), 4*len(m))
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(bytes)))) & (hugePage - 1)
	if whole := (len(bytes) - skip) &^ (hugePage - 1); whole > 0 {
		_ = syscall.Madvise(bytes[skip:skip+whole], syscall.MADV_HUGEPAGE)
	}
}
