package tensor

import (
	"syscall"
	"unsafe"
)

// hugePage is the page size of transparent huge pages on amd64, and on arm64
// with 4 KiB pages.
const hugePage = 2 << 20

// adviseHugePages asks for huge pages under all of m, with what else lies on them, so
// that the 25 streams of a transform do not miss the address cache: a layer's weights and
// the activations of a block are often smaller than one such page. It is a hint: where the
// system has none to give, nothing changes.
func adviseHugePages(m []float32) {
	const least = hugePage / 8 // bytes worth a page
	from := uintptr(unsafe.Pointer(unsafe.SliceData(m)))
	to := from + 4*uintptr(len(m))
	if to-from < least {
		return
	}
	from, to = from&^(hugePage-1), (to+hugePage-1)&^(hugePage-1)
	_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_HUGEPAGE)
}
