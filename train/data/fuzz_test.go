package data

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each parser gets bytes of any kind. It must not panic, must report failures as a FormatError that lies within the file,
// and what it returns must be consistent with the bytes it was given. The seeds are
// the fixtures. Fuzz with -fuzzminimizetime=1x: shrinking pictures takes longer than finding them.

func addFixtures(f *testing.F, endings ...string) {
	f.Helper()
	entries, err := os.ReadDir("testdata")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		for _, ending := range endings {
			if strings.HasSuffix(e.Name(), ending) {
				b, err := os.ReadFile(filepath.Join("testdata", e.Name()))
				if err != nil {
					f.Fatal(err)
				}
				f.Add(b)
			}
		}
	}
}

func checkError(t *testing.T, err error, size int) {
	t.Helper()
	var e *FormatError
	if !errors.As(err, &e) {
		t.Fatalf("error %v is no FormatError", err)
	}
	if e.File != "fuzz" || e.Offset > int64(size) || e.Reason == "" {
		t.Fatalf("error %+v for %d bytes", e, size)
	}
}

func FuzzCIFAR10(f *testing.F) {
	records := fixture(f, "cifar10_8.bin")
	f.Add(records[:cifarRecord])
	f.Add(records[:cifarRecord+100])
	f.Fuzz(func(t *testing.T, b []byte) {
		s := &Images{h: cifarSide, w: cifarSide, c: 3}
		err := s.decodeCIFAR("fuzz", bytes.NewReader(b), int64(len(b)), 1)
		if err != nil {
			checkError(t, err, len(b))
			return
		}
		if s.Len()*cifarRecord != len(b) || len(s.labels) != s.Len() {
			t.Fatalf("%d images from %d bytes", s.Len(), len(b))
		}
		last := s.Len() - 1
		if s.Bytes(last)[3*cifarPlane-1] != b[len(b)-1] || s.Bytes(0)[0] != b[1] {
			t.Fatal("pixels are not where they should be")
		}
	})
}

func FuzzIDX(f *testing.F) {
	f.Add(idx([]int{2, 2, 2}, ramp(8)))
	f.Add(idx([]int{5}, ramp(5)))
	f.Add(idxOf(9, []int{5}, ramp(5)))
	f.Add(idxOf(0x0b, []int{2, 2, 2}, ramp(16)))
	f.Add(idxOf(0x0d, []int{2}, ramp(8)))
	f.Add(idxOf(0x0e, []int{1 << 29}, ramp(8)))
	f.Add(idx([]int{1 << 30, 1 << 30, 1 << 30}, nil))
	f.Add([]byte{0, 0, 8})
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := decodeIDX("fuzz", bytes.NewReader(b), int64(len(b)), true)
		if err != nil {
			checkError(t, err, len(b))
			return
		}
		if !bytes.Equal(idxOf(b[2], x.Dims, x.Data), b) {
			t.Fatalf("%v is not what the bytes say", x.Dims)
		}
		if _, err := x.integers("fuzz", 255); err != nil {
			checkError(t, err, len(b))
		}
	})
}

func FuzzIDXGzip(f *testing.F) {
	f.Add(compressed(f, idx([]int{2, 2, 2}, ramp(8))))
	f.Add(compressed(f, idx([]int{200, 200}, make([]byte, 40000))))
	f.Add(compressed(f, idx([]int{200, 200, 200}, make([]byte, 100))))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := decodeIDXGzip("fuzz", bytes.NewReader(b), int64(len(b)))
		if err != nil {
			var e *FormatError
			if !errors.As(err, &e) || e.File != "fuzz" {
				t.Fatalf("error %v", err)
			}
			return
		}
		total := x.size()
		for _, d := range x.Dims {
			total *= d
		}
		if total != len(x.Data) || total > deflateRatio*len(b) {
			t.Fatalf("%v with %d elements from %d bytes", x.Dims, len(x.Data), len(b))
		}
	})
}

func FuzzPicture(f *testing.F) {
	addFixtures(f, ".jpg", ".png", ".webp", ".tif", ".gif", ".bmp")
	f.Fuzz(func(t *testing.T, b []byte) {
		// Decoding large canvases from a few bytes is allowed but slow; the limit itself has a test of its own.
		if cfg, _, _, err := pictureConfig("fuzz", bytes.NewReader(b), int64(len(b))); err == nil && cfg.Width*cfg.Height > 1<<16 {
			return
		}
		dst := make([]byte, 7*7*3)
		if err := decodePicture(dst, 7, "fuzz", bytes.NewReader(b), int64(len(b))); err != nil {
			checkError(t, err, len(b))
		}
	})
}

func FuzzEXIF(f *testing.F) {
	addFixtures(f, "orientation6.jpg", "orientation6.png", "orientation6.webp")
	for _, b := range [][]byte{[]byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00"), []byte("MM\x00*\xff\xff\xff\xff")} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, o := range []int{orientationOf("jpeg", b), orientationOf("png", b), orientationOf("webp", b), tiffOrientation(b)} {
			if o < 1 || o > 8 {
				t.Fatalf("orientation %d", o)
			}
		}
	})
}
