package data

import (
	"fmt"
	"image"
	"image/color"
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

// ReadPicture decodes a JPEG, PNG, GIF, WebP, BMP or TIFF file (of several pictures the first) and returns its centred square, resampled to size×size, as RGB bytes
// [size, size, 3]. Grey and CMYK are converted, transparency is laid over white, EXIF orientation is honoured.
func ReadPicture(path string, size int) ([]byte, error) {
	dst := make([]byte, size*size*3)
	if err := readPictureInto(dst, size, path); err != nil {
		return nil, err
	}
	return dst, nil
}

// decodePicture reads a picture of n bytes into dst [size, size, 3].
func decodePicture(dst []byte, size int, file string, r io.ReadSeeker, n int64) error {
	cfg, orientation, format, err := pictureConfig(file, r, n)
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
	img, err := format.decode(counted)
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

// pictureConfig asks a picture for its size, orientation and format without decoding it, and refuses what would take too long
// or too much memory to decode.
func pictureConfig(file string, r io.ReadSeeker, n int64) (cfg image.Config, orientation int, format *pictureFormat, err error) {
	// Sizes and EXIF data stand at the front; what a camera puts there stays far below this.
	head, err := io.ReadAll(io.LimitReader(r, min(n, 256<<10)))
	if err != nil {
		return cfg, 0, nil, files.Errorf(file, int64(len(head)), "%v", err)
	}
	if format = formatOf(head); format == nil {
		return cfg, 0, nil, files.Errorf(file, 0, "neither JPEG, PNG, GIF, WebP, BMP nor TIFF: it begins with % x", head[:min(8, len(head))])
	}
	counted := &countingReader{r: r}
	from := func(ask func(io.Reader) error) error {
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("data: %s: %w", file, err)
		}
		counted.n = 0
		if err := ask(counted); err != nil {
			return files.Errorf(file, counted.n, "after reading this far: %v", err)
		}
		return nil
	}
	if err := from(func(r io.Reader) (err error) { cfg, err = format.config(r); return err }); err != nil {
		return cfg, 0, nil, err
	}
	if cfg.Width <= 0 || cfg.Height <= 0 || cfg.Width > maxPixels/cfg.Height {
		return cfg, 0, nil, files.Errorf(file, -1, "%d×%d pixels; at most %d megapixels are read", cfg.Width, cfg.Height, maxPixels>>20)
	}
	if format.name == "jpeg" {
		if err := from(func(r io.Reader) error { return countScans(r, cfg.Width*cfg.Height) }); err != nil {
			return cfg, 0, nil, err
		}
	}
	return cfg, orientationOf(format.name, head), format, nil
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
	case *image.NRGBA:
		return func(line []byte, y int) {
			for x := range b.Dx() {
				p := m.Pix[y*m.Stride+4*x:][:4]
				if p[3] == 255 {
					copy(line[3*x:3*x+3], p)
				} else {
					overWhite(line[3*x:], color.NRGBA{p[0], p[1], p[2], p[3]})
				}
			}
		}
	case *image.Paletted:
		var rgb [256][3]byte
		for i, c := range m.Palette {
			overWhite(rgb[i][:], c)
		}
		return func(line []byte, y int) {
			for x, i := range m.Pix[y*m.Stride:][:b.Dx()] {
				copy(line[3*x:3*x+3], rgb[i][:])
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
			overWhite(line[3*x:], img.At(b.Min.X+x, b.Min.Y+y))
		}
	}
}

// overWhite writes a colour laid over white as three bytes.
func overWhite(dst []byte, c color.Color) {
	r, g, b, a := c.RGBA()
	rest := 0xffff - a
	dst[0], dst[1], dst[2] = to8(r+rest), to8(g+rest), to8(b+rest)
}

// to8 rounds a 16-bit channel to 8 bits.
func to8(v uint32) byte { return byte((v*255 + 0x7fff) / 0xffff) }
