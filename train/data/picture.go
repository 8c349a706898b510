package data

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"sync"

	"anila/internal/files"
)

// Limits on one picture. Its size is asked for before it is decoded; pictures above manyPixels are decoded one at a time,
// so that the workers' memory does not add up.
const (
	maxPixels  = 64 << 20
	manyPixels = 4 << 20
)

var largePicture sync.Mutex

// ReadPicture decodes a JPEG or PNG file and returns its centred square, resampled to size×size, as RGB bytes
// [size, size, 3]. Grey and CMYK are converted, transparency is laid over white, EXIF orientation is honoured.
func ReadPicture(path string, size int) ([]byte, error) {
	dst := make([]byte, size*size*3)
	if err := readPictureInto(dst, size, path); err != nil {
		return nil, err
	}
	return dst, nil
}

// pictureKind tells the formats apart by their first bytes: a wrong ending is common and harmless.
func pictureKind(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return "jpeg"
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return "png"
	}
	return ""
}

// decodePicture reads a picture of n bytes into dst [size, size, 3].
func decodePicture(dst []byte, size int, file string, r io.ReadSeeker, n int64) error {
	cfg, orientation, kind, err := pictureConfig(file, r, n)
	if err != nil {
		return err
	}
	if cfg.Width*cfg.Height > manyPixels {
		largePicture.Lock()
		defer largePicture.Unlock()
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("data: %s: %w", file, err)
	}
	counted := &countingReader{r: r}
	decode := jpeg.Decode
	if kind == "png" {
		decode = png.Decode
	}
	img, err := decode(counted)
	if err != nil {
		return files.Errorf(file, counted.n, "after reading this far: %v", err)
	}
	// What was decoded rules, whatever the first look said.
	b := img.Bounds()
	if b.Dx() != cfg.Width || b.Dy() != cfg.Height {
		return files.Errorf(file, counted.n, "decodes to %d×%d where its header says %d×%d", b.Dx(), b.Dy(), cfg.Width, cfg.Height)
	}
	newResampler(b.Dx(), b.Dy(), 3, size).run(dst, rowReader(img))
	if orientation != 1 {
		orient(dst, size, orientation)
	}
	return nil
}

// pictureConfig asks a picture for its size, orientation and format without decoding it.
func pictureConfig(file string, r io.ReadSeeker, n int64) (cfg image.Config, orientation int, kind string, err error) {
	// Sizes and EXIF data stand at the front; what a camera puts there stays far below this.
	head, err := io.ReadAll(io.LimitReader(r, min(n, 256<<10)))
	if err != nil {
		return cfg, 0, "", files.Errorf(file, int64(len(head)), "%v", err)
	}
	kind = pictureKind(head)
	if kind == "" {
		return cfg, 0, "", files.Errorf(file, 0, "neither a JPEG nor a PNG: it begins with % x", head[:min(8, len(head))])
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return cfg, 0, "", fmt.Errorf("data: %s: %w", file, err)
	}
	counted := &countingReader{r: r}
	config := jpeg.DecodeConfig
	if kind == "png" {
		config = png.DecodeConfig
	}
	if cfg, err = config(counted); err != nil {
		return cfg, 0, "", files.Errorf(file, counted.n, "after reading this far: %v", err)
	}
	if cfg.Width <= 0 || cfg.Height <= 0 || cfg.Width > maxPixels/cfg.Height {
		return cfg, 0, "", files.Errorf(file, -1, "%d×%d pixels; at most %d megapixels are read", cfg.Width, cfg.Height, maxPixels>>20)
	}
	return cfg, orientationOf(kind, head), kind, nil
}

// rowReader returns a function that fills a line with row y of img as RGB bytes.
func rowReader(img image.Image) func(line []byte, y int) {
	b := img.Bounds()
	switch m := img.(type) {
	case *image.YCbCr:
		return func(line []byte, y int) {
			for x := range b.Dx() {
				yi, ci := m.YOffset(b.Min.X+x, b.Min.Y+y), m.COffset(b.Min.X+x, b.Min.Y+y)
				line[3*x], line[3*x+1], line[3*x+2] = color.YCbCrToRGB(m.Y[yi], m.Cb[ci], m.Cr[ci])
			}
		}
	case *image.Gray:
		return func(line []byte, y int) {
			for x, v := range m.Pix[y*m.Stride:][:b.Dx()] {
				line[3*x], line[3*x+1], line[3*x+2] = v, v, v
			}
		}
	case *image.RGBA: // what image/png gives for opaque colour
		return func(line []byte, y int) {
			for x := range b.Dx() {
				p := m.Pix[y*m.Stride+4*x:][:4]
				rest := 255 - p[3]
				line[3*x], line[3*x+1], line[3*x+2] = p[0]+rest, p[1]+rest, p[2]+rest
			}
		}
	case *image.CMYK:
		return func(line []byte, y int) {
			for x := range b.Dx() {
				p := m.Pix[y*m.Stride+4*x:][:4]
				line[3*x], line[3*x+1], line[3*x+2] = color.CMYKToRGB(p[0], p[1], p[2], p[3])
			}
		}
	}
	return func(line []byte, y int) {
		for x := range b.Dx() {
			r, g, bl, a := img.At(b.Min.X+x, b.Min.Y+y).RGBA()
			rest := 0xffff - a
			line[3*x] = to8(r + rest)
			line[3*x+1] = to8(g + rest)
			line[3*x+2] = to8(bl + rest)
		}
	}
}

// to8 rounds a 16-bit channel to 8 bits.
func to8(v uint32) byte { return byte((v*255 + 0x7fff) / 0xffff) }
