package data

import (
	"bytes"
	"encoding/binary"
	"errors"
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
