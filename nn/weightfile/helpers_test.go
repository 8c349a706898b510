package weightfile

import (
	"runtime"

	"anila/internal/filetest"
)

// What all tests of readers share.
var (
	fixture         = filetest.Fixture
	write           = filetest.Write
	wantFormatError = filetest.WantFormatError
)

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
