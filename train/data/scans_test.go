package data

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// parts cuts a JPEG into what stands before its scans, its scans (with the tables before each), and its end.
func parts(tb testing.TB, b []byte) (head []byte, scans [][]byte) {
	tb.Helper()
	at, from := 2, 0
	inScan := false
	for at+4 <= len(b) {
		if b[at] != 0xff || b[at+1] == 0 || b[at+1] >= 0xd0 && b[at+1] <= 0xd7 {
			at++
			continue
		}
		if inScan { // the segment after a scan's data
			if head == nil {
				tb.Fatal("a scan before the head's end")
			}
			scans = append(scans, b[from:at])
			from, inScan = at, false
		}
		marker, n := b[at+1], int(binary.BigEndian.Uint16(b[at+2:]))
		if marker == 0xda {
			if head == nil {
				head, from = b[:at], at
			}
			inScan = true
		}
		at += 2 + n
	}
	if inScan {
		scans = append(scans, bytes.TrimSuffix(b[from:], []byte("\xff\xd9")))
	}
	return head, scans
}

// withSize puts another size into the frame header of a JPEG.
func withSize(head []byte, w, h int) []byte {
	out := bytes.Clone(head)
	for at := 2; at+9 < len(out); at += 2 + int(binary.BigEndian.Uint16(out[at+2:])) {
		if out[at+1] == 0xc0 || out[at+1] == 0xc2 {
			binary.BigEndian.PutUint16(out[at+5:], uint16(h))
			binary.BigEndian.PutUint16(out[at+7:], uint16(w))
			break
		}
	}
	return out
}

func progressive(tb testing.TB) (head []byte, scans [][]byte) {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "progressive.jpg"))
	if err != nil {
		tb.Fatal(err)
	}
	head, scans = parts(tb, b)
	if len(scans) < 5 {
		tb.Fatalf("%d scans", len(scans))
	}
	if _, err := jpeg.Decode(bytes.NewReader(slicesOf(head, scans...))); err != nil {
		tb.Fatal(err)
	}
	return head, scans
}

func slicesOf(head []byte, scans ...[]byte) []byte {
	return append(append(bytes.Clone(head), bytes.Join(scans, nil)...), 0xff, 0xd9)
}

func read(b []byte) error {
	return decodePicture(make([]byte, 7*7*3), 7, "x.jpg", bytes.NewReader(b), int64(len(b)))
}

// TestScansOfAJPEG: a progressive file is read with its scans, and with many of them on few pixels; more than pixels allow are
// refused before any is decoded, wherever they stand. What only looks like a scan is none.
func TestScansOfAJPEG(t *testing.T) {
	head, scans := progressive(t)
	many := func(n int) (out [][]byte) {
		for range n {
			out = append(out, scans[0]) // as often as one likes: each says the same
		}
		return out
	}
	thumbnail := bytes.Repeat([]byte("\xff\xda\x00\x08"), 5000) // in a segment that the decoder passes over
	segment := append([]byte{0xff, 0xe5, byte((len(thumbnail) + 2) >> 8), byte(len(thumbnail) + 2)}, thumbnail...)
	for _, c := range []struct {
		name    string
		data    []byte
		refused bool
	}{
		{"as it is", slicesOf(head, scans...), false},
		{"with a thumbnail", slicesOf(append(bytes.Clone(head), segment...), scans...), false},
		{"100 scans", slicesOf(head, many(100)...), false},
		{"101 scans", slicesOf(head, many(101)...), true},
		{"thousands of scans", slicesOf(head, many(9000)...), true},
		{"many scans of many pixels", slicesOf(withSize(head, 8192, 8192), many(17)...), true},
		{"fill bytes before each", slicesOf(head, bytes.Join(many(2000), bytes.Repeat([]byte{0xff}, 9))), true},
		{"garbage before each", slicesOf(head, bytes.Join(many(2000), []byte("garbage\xff\x00\xff\xd3"))), true},
		{"without an end", bytes.TrimSuffix(slicesOf(head, many(2000)...), []byte("\xff\xd9")), true},
	} {
		err := countScans(bytes.NewReader(c.data), 61*37)
		if c.name == "many scans of many pixels" {
			err = countScans(bytes.NewReader(c.data), 8192*8192)
		}
		if errors.Is(err, errScans) != c.refused {
			t.Errorf("%s: %v", c.name, err)
		}
		before, began := allocated(), time.Now()
		err = read(c.data)
		if c.refused != (err != nil) && c.name != "100 scans" { // which repeats what may come once
			t.Errorf("%s: %v", c.name, err)
		}
		if n := allocated() - before; n > 64<<20 || time.Since(began) > 20*time.Second {
			t.Errorf("%s: %d bytes allocated in %v", c.name, n, time.Since(began))
		}
	}
}

// FuzzHostilePictures builds JPEGs of scans in any number and order, of any size, cut and joined, with segments between, and
// holds memory and time: no file takes the pixels that it claims more often than the limit on scans says.
func FuzzHostilePictures(f *testing.F) {
	head, scans := progressive(f)
	f.Add(uint64(1), uint16(61), uint16(37), uint16(10))
	f.Add(uint64(2), uint16(4096), uint16(4096), uint16(3000))
	f.Add(uint64(3), uint16(65535), uint16(65535), uint16(1))
	f.Fuzz(func(t *testing.T, seed uint64, w, h, n uint16) {
		random := rand.New(rand.NewPCG(seed, 1))
		b := withSize(head, int(w), int(h))
		for range int(n) % 4000 {
			switch random.IntN(8) {
			case 0:
				b = append(b, 0xff, 0xfe, 0, byte(2+random.IntN(4)), 0xff, 0xda)
			case 1:
				b = append(b, []byte{0xff, byte(0xd0 + random.IntN(8)), 0xff, 0, 0xff}[:random.IntN(6)]...)
			case 2:
				s := scans[random.IntN(len(scans))]
				b = append(b, s[:random.IntN(len(s))]...)
			default:
				b = append(b, scans[random.IntN(len(scans))]...)
			}
		}
		b = append(b, 0xff, 0xd9)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := time.Now()
		if err := read(b); err != nil {
			checkFormat(t, err)
		}
		took := time.Since(began)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 2<<30 || took > time.Minute {
			t.Fatalf("%d×%d, %d bytes: %v, %d bytes allocated", w, h, len(b), took, n)
		}
	})
}

func checkFormat(t *testing.T, err error) {
	t.Helper()
	var e *FormatError
	if !errors.As(err, &e) || e.Reason == "" {
		t.Fatalf("%v", err)
	}
}

// lying puts a size into the header of a picture of some format.
func lying(b []byte, w, h uint32) []byte {
	out := bytes.Clone(b)
	le, be := binary.LittleEndian, binary.BigEndian
	switch format := formatOf(out); format.name {
	case "png":
		be.PutUint32(out[16:], w)
		be.PutUint32(out[20:], h)
		be.PutUint32(out[29:], crc32.ChecksumIEEE(out[12:29]))
	case "gif":
		le.PutUint16(out[6:], uint16(w))
		le.PutUint16(out[8:], uint16(h))
	case "bmp":
		le.PutUint32(out[18:], w)
		le.PutUint32(out[22:], h)
	case "webp": // of the lossless kind: 14 bits each, less one
		if string(out[12:16]) == "VP8L" {
			le.PutUint32(out[21:], (w-1)&0x3fff|(h-1)&0x3fff<<14)
		}
	case "tiff":
		at := int(le.Uint32(out[4:]))
		for i := range int(le.Uint16(out[at:])) {
			entry := out[at+2+12*i:]
			if tag := le.Uint16(entry); tag == 256 || tag == 257 {
				le.PutUint16(entry[2:], 4) // a long
				le.PutUint32(entry[8:], []uint32{w, h}[tag-256])
			}
		}
	default:
		out = withSize(out, int(w&0xffff), int(h&0xffff))
	}
	return out
}

// TestLargestClaim: a small file of each format that claims as many pixels as are read at most takes the memory that they take.
func TestLargestClaim(t *testing.T) {
	if testing.Short() {
		t.Skip("reads pictures of 64 megapixels; with the race detector, colours lie on the heap, one by one")
	}
	for _, name := range []string{"picture.gif", "picture.bmp", "lossless.webp", "orientation6.tif", "picture.png"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		before, began := allocated(), time.Now()
		err = read(lying(b, 8192, 8192))
		if n := allocated() - before; n > 8*maxPixels+64<<20 || time.Since(began) > time.Minute {
			t.Errorf("%s: %v, %d bytes allocated in %v", name, err, n, time.Since(began))
		}
	}
}

// FuzzHostileHeaders gives small files of each format headers that claim other sizes; memory is bounded by what one picture may
// have, and a format whose pixels are not packed by what the file has.
func FuzzHostileHeaders(f *testing.F) {
	var all [][]byte
	for _, name := range []string{"picture.png", "picture.gif", "picture.bmp", "lossless.webp", "lossy.webp", "orientation6.tif", "deflate.tif", "picture.jpg", "progressive.jpg"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, b)
	}
	for i := range all {
		for _, size := range []uint32{1, 1000, 65535, 1<<31 - 1} {
			f.Add(uint8(i), size, size, uint16(0), byte(0))
			f.Add(uint8(i), size, uint32(1), uint16(40), byte(0xff))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, w, h uint32, at uint16, change byte) {
		if uint64(w)*uint64(h) <= maxPixels {
			w, h = w%2048, h%2048 // the most that is read takes a second, which the fuzzer's own clock does not wait for
		}
		b := lying(all[int(which)%len(all)], w, h)
		if int(at) < len(b) {
			b[at] ^= change
		}
		before, began := allocated(), time.Now()
		if err := read(b); err != nil {
			checkFormat(t, err)
		}
		// 64 megapixels of up to 16 bytes, as a decoder of 16 bits a channel and its copy have.
		if n := allocated() - before; n > 16*maxPixels+64<<20 || time.Since(began) > time.Minute {
			t.Fatalf("%d×%d in %d bytes: %v, %d bytes allocated", w, h, len(b), time.Since(began), n)
		}
	})
}
