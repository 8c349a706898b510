package data

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"anila/nn/weightfile"
)

// expected reads an array of bytes that testdata/make.py wrote.
func expected(t *testing.T, name string) []byte {
	t.Helper()
	a, err := weightfile.LoadNPY(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, len(a.Data))
	for i, v := range a.Data {
		b[i] = byte(v)
	}
	return b
}

func difference(a, b []byte) (largest int, mean float64) {
	for i := range a {
		d := int(a[i]) - int(b[i])
		if d < 0 {
			d = -d
		}
		largest = max(largest, d)
		mean += float64(d) / float64(len(a))
	}
	return largest, mean
}

// Pillow's antialiased bilinear filter on the same square, smaller, equal and larger. Pillow rounds to bytes between its
// two passes, so the last digit may differ.
func TestResizeEqualsPillow(t *testing.T) {
	for size, name := range map[int]string{8: "picture_8.npy", 16: "picture_16.npy", 37: "picture_37.npy", 50: "picture_50.npy"} {
		got, err := ReadPicture(filepath.Join("testdata", "picture.png"), size)
		if err != nil {
			t.Fatal(err)
		}
		largest, _ := difference(got, expected(t, name))
		if largest > 1 || size == 37 && largest != 0 {
			t.Errorf("size %d: a byte differs by %d", size, largest)
		}
	}
}

func TestResizeKeepsConstantsAndIdentity(t *testing.T) {
	for _, c := range []struct{ w, h, size int }{{1, 1, 5}, {3, 9, 1}, {500, 300, 32}, {300, 500, 33}, {7, 7, 7}, {4000, 1, 2}} {
		dst := make([]byte, c.size*c.size*2)
		newResampler(c.w, c.h, 2, c.size).run(dst, func(line []byte, _ int) {
			for i := range line {
				line[i] = byte(255 - 55*(i%2))
			}
		})
		for i, v := range dst {
			if v != byte(255-55*(i%2)) {
				t.Fatalf("%d×%d to %d: a constant became %d", c.w, c.h, c.size, v)
			}
		}
	}
}

func TestPictureKinds(t *testing.T) {
	want := expected(t, "picture_37.npy")
	grey := make([]byte, len(want))
	for i := 0; i < len(want); i += 3 {
		l := (19595*int(want[i]) + 38470*int(want[i+1]) + 7471*int(want[i+2])) >> 16
		grey[i], grey[i+1], grey[i+2] = byte(l), byte(l), byte(l)
	}
	for name, c := range map[string]struct {
		want []byte
		mean float64 // what JPEG may lose
	}{
		"picture.png": {want, 0}, "orientation6.png": {want, 0},
		"picture.jpg": {want, 3}, "progressive.jpg": {want, 4}, "cmyk.jpg": {want, 4}, "grey.jpg": {grey, 3},
		"orientation2.jpg": {want, 3}, "orientation3.jpg": {want, 3}, "orientation4.jpg": {want, 3}, "orientation5.jpg": {want, 3},
		"lossless.webp": {want, 0}, "lossy.webp": {want, 5}, "orientation6.webp": {want, 0}, "orientation6.tif": {want, 0}, "deflate.tif": {want, 0},
		"picture.bmp": {want, 0}, "picture.gif": {want, 12},
		"orientation6.jpg": {want, 3}, "orientation7.jpg": {want, 3}, "orientation8.jpg": {want, 3},
	} {
		got, err := ReadPicture(filepath.Join("testdata", name), 37)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, mean := difference(got, c.want); mean > c.mean {
			t.Errorf("%s differs by %.2f a byte from what it should show, at most %v", name, mean, c.mean)
		}
	}
}

func TestTransparencyIsLaidOverWhite(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 2, 2))
	img.Set(0, 0, color.NRGBA{10, 20, 30, 255})
	img.Set(1, 0, color.NRGBA{10, 20, 30, 0})
	img.Set(0, 1, color.NRGBA{0, 100, 200, 128})
	img.Set(1, 1, color.NRGBA{255, 255, 255, 255})
	var b bytes.Buffer
	png.Encode(&b, img)
	got, err := ReadPicture(write(t, "a.png", b.Bytes()), 2)
	if err != nil {
		t.Fatal(err)
	}
	if want := []byte{10, 20, 30, 255, 255, 255, 127, 177, 227, 255, 255, 255}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSixteenBitsAndPalettes(t *testing.T) {
	deep := image.NewGray16(image.Rect(0, 0, 2, 1))
	deep.SetGray16(0, 0, color.Gray16{0xffff})
	deep.SetGray16(1, 0, color.Gray16{0x8000})
	palette := image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.RGBA{1, 2, 3, 255}, color.RGBA{9, 8, 7, 255}})
	palette.SetColorIndex(0, 0, 1)
	for _, c := range []struct {
		img  image.Image
		want []byte
	}{{deep, []byte{192, 192, 192}}, {palette, []byte{9, 8, 7}}} {
		var b bytes.Buffer
		png.Encode(&b, c.img)
		got, err := ReadPicture(write(t, "a.png", b.Bytes()), 1)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%T: got %v, %v; want %v", c.img, got, err, c.want)
		}
	}
}

func TestHostilePictures(t *testing.T) {
	small := fixture(t, "picture.png")
	huge := slices.Clone(small) // 60,000 × 60,000 in the header, checksum mended
	copy(huge[16:], []byte{0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60})
	copy(huge[29:], crc(huge[12:29]))
	for what, b := range map[string][]byte{
		"empty":          {},
		"text":           []byte("GIF89a, this is not"),
		"truncated PNG":  small[:len(small)/2],
		"truncated JPEG": fixture(t, "picture.jpg")[:900],
		"header only":    fixture(t, "picture.jpg")[:20],
	} {
		path := write(t, "x.jpg", b)
		_, err := ReadPicture(path, 8)
		wantFormatError(t, what, err, path, -2)
	}
	path := write(t, "huge.png", huge)
	before := allocated()
	_, err := ReadPicture(path, 8)
	wantFormatError(t, "3,600 megapixels", err, path, -1)
	if !strings.Contains(err.Error(), "60000×60000") || allocated()-before > 4<<20 {
		t.Errorf("%v; %d bytes allocated", err, allocated()-before)
	}
}

func TestDamagedEXIFDoesNotCostThePicture(t *testing.T) {
	b := fixture(t, "orientation6.jpg")
	at := bytes.Index(b, []byte("Exif\x00\x00")) + 6
	for i := at; i < at+26; i++ {
		c := slices.Clone(b)
		c[i] ^= 0xff
		if _, err := ReadPicture(write(t, "x.jpg", c), 8); err != nil {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
}

// TestOrientationOfAnyInteger: the standard says SHORT, programs write what they like.
func TestOrientationOfAnyInteger(t *testing.T) {
	block := func(order binary.AppendByteOrder, mark string, kind uint16, value []byte) []byte {
		b := order.AppendUint32([]byte(mark), 8)
		b = order.AppendUint16(b, 1)
		b = order.AppendUint16(b, 0x0112)
		b = order.AppendUint16(b, kind)
		b = order.AppendUint32(b, 1)
		return append(append(b, value...), make([]byte, 4-len(value)+4)...)
	}
	for v := byte(0); v < 10; v++ {
		want := int(v)
		if v < 1 || v > 8 {
			want = 1
		}
		for _, c := range []struct {
			kind          uint16
			little, large []byte
		}{
			{1, []byte{v}, []byte{v}}, {6, []byte{v}, []byte{v}},
			{3, []byte{v, 0}, []byte{0, v}}, {8, []byte{v, 0}, []byte{0, v}},
			{4, []byte{v, 0, 0, 0}, []byte{0, 0, 0, v}}, {9, []byte{v, 0, 0, 0}, []byte{0, 0, 0, v}},
		} {
			if got := tiffOrientation(block(binary.LittleEndian, "II*\x00", c.kind, c.little)); got != want {
				t.Errorf("type %d, little endian, %d: %d", c.kind, v, got)
			}
			if got := tiffOrientation(block(binary.BigEndian, "MM\x00*", c.kind, c.large)); got != want {
				t.Errorf("type %d, big endian, %d: %d", c.kind, v, got)
			}
		}
		if got := tiffOrientation(block(binary.BigEndian, "MM\x00*", 2, []byte{v})); got != 1 { // ASCII
			t.Errorf("text %d counts as orientation %d", v, got)
		}
	}
}

func TestFolderInByteOrderWithLabels(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, v byte) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		os.MkdirAll(filepath.Dir(path), 0o777)
		img := image.NewGray(image.Rect(0, 0, 3, 3))
		for i := range img.Pix {
			img.Pix[i] = v
		}
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if strings.HasSuffix(strings.ToLower(name), ".png") {
			png.Encode(f, img)
		} else {
			jpeg.Encode(f, img, nil)
		}
	}
	put("b/1.PNG", 30)
	put("a-/2.jpg", 10) // "a-" < "a/" in bytes though WalkDir comes to a first
	put("a/3.jpeg", 20)
	put("b/.hidden.png", 99)
	put(".thumbs/4.png", 99)
	os.WriteFile(filepath.Join(dir, "b", "notes.txt"), []byte("x"), 0o666)
	s, err := Open("folder", dir, 2)
	if err != nil {
		t.Fatal(err)
	}
	set := s.(*Images)
	if set.Len() != 3 {
		t.Fatalf("%d pictures, want 3", set.Len())
	}
	for i, want := range []byte{10, 20, 30} {
		if got := set.Bytes(i)[0]; got != want {
			t.Errorf("picture %d is %d, want %d", i, got, want)
		}
		if l, ok := set.Label(i); !ok || l != i {
			t.Errorf("label of picture %d: %d, %v", i, l, ok)
		}
	}
	put("top.png", 5)
	s, err = Open("folder", dir, 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.(Set).Label(0); ok {
		t.Error("labels though a picture lies in no sub-folder")
	}
	bad := filepath.Join(dir, "c.png")
	os.WriteFile(bad, []byte("\x89PNG\r\n\x1a\nbut no further"), 0o666)
	_, err = Open("folder", dir, 2)
	wantFormatError(t, "a bad picture among good ones", err, bad, -2)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := OpenWith(ctx, "folder", Options{Dir: dir}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled reading gave %v", err)
	}
}
