package data

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// pictureFormat is a format of pictures: how files of it begin, and who reads it. Of an animation the first picture is read.
type pictureFormat struct {
	name    string
	endings []string
	begins  func(head []byte) bool
	config  func(io.Reader) (image.Config, error)
	decode  func(io.Reader) (image.Image, error)
}

var pictureFormats = []pictureFormat{
	{"jpeg", []string{".jpg", ".jpeg", ".jpe", ".jfif"}, prefix("\xff\xd8\xff"), jpeg.DecodeConfig, jpeg.Decode},
	{"png", []string{".png"}, prefix("\x89PNG\r\n\x1a\n"), png.DecodeConfig, png.Decode},
	{"gif", []string{".gif"}, prefix("GIF87a", "GIF89a"), gif.DecodeConfig, firstOfGIF},
	{"webp", []string{".webp"}, isWebP, webp.DecodeConfig, decodeWebP},
	{"bmp", []string{".bmp", ".dib"}, isBMP, bmp.DecodeConfig, bmp.Decode},
	{"tiff", []string{".tif", ".tiff"}, prefix("II*\x00", "MM\x00*"), tiff.DecodeConfig, tiff.Decode},
}

// pictureEndings lists the endings of files that are taken for pictures.
func pictureEndings() (all []string) {
	for _, f := range pictureFormats {
		all = append(all, f.endings...)
	}
	return all
}

// isPicture tells by its name whether a file should be one.
func isPicture(name string) bool {
	return slices.Contains(pictureEndings(), strings.ToLower(filepath.Ext(name)))
}

// formatOf tells the formats apart by their first bytes: a wrong ending is common and harmless. nil is none.
func formatOf(head []byte) *pictureFormat {
	for i := range pictureFormats {
		if pictureFormats[i].begins(head) {
			return &pictureFormats[i]
		}
	}
	return nil
}

func prefix(any ...string) func([]byte) bool {
	return func(head []byte) bool {
		return slices.ContainsFunc(any, func(p string) bool { return bytes.HasPrefix(head, []byte(p)) })
	}
}

func isWebP(head []byte) bool {
	return len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP"
}

// isBMP wants the size of a header that exists: two letters alone are the beginning of many things.
func isBMP(head []byte) bool {
	return len(head) >= 18 && string(head[:2]) == "BM" && slices.Contains([]uint32{12, 40, 52, 56, 64, 108, 124}, binary.LittleEndian.Uint32(head[14:]))
}

// firstOfGIF decodes the first picture on the whole canvas, which it may cover in part.
func firstOfGIF(r io.Reader) (image.Image, error) {
	var canvas bytes.Buffer
	c, err := gif.DecodeConfig(io.TeeReader(r, &canvas))
	if err != nil {
		return nil, err
	}
	m, err := gif.Decode(io.MultiReader(&canvas, r))
	if err != nil || m.Bounds() == image.Rect(0, 0, c.Width, c.Height) {
		return m, err
	}
	whole := image.NewNRGBA(image.Rect(0, 0, c.Width, c.Height))
	draw.Draw(whole, m.Bounds(), m, m.Bounds().Min, draw.Src)
	return whole, nil
}

// decodeWebP decodes a WebP file. What is lossy in it has luma from 16 to 235 and chroma from 16 to 240 (ITU-R BT.601, as RFC
// 6386 says), where image.YCbCr stands for JPEG's full range.
func decodeWebP(r io.Reader) (image.Image, error) {
	m, err := webp.Decode(r)
	if err != nil {
		return nil, err
	}
	var lossy *image.YCbCr
	var alpha *image.NYCbCrA
	switch m := m.(type) {
	case *image.YCbCr:
		lossy = m
	case *image.NYCbCrA:
		lossy, alpha = &m.YCbCr, m
	default:
		return m, nil
	}
	b := lossy.Bounds()
	out := image.NewNRGBA(b)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			yi, ci := lossy.YOffset(x, y), lossy.COffset(x, y)
			luma := 1.164383 * (float64(lossy.Y[yi]) - 16)
			cb, cr := float64(lossy.Cb[ci])-128, float64(lossy.Cr[ci])-128
			p := out.Pix[out.PixOffset(x, y):][:4]
			p[0] = clampByte(luma + 1.596027*cr)
			p[1] = clampByte(luma - 0.391762*cb - 0.812968*cr)
			p[2] = clampByte(luma + 2.017232*cb)
			p[3] = 255
			if alpha != nil {
				p[3] = alpha.A[alpha.AOffset(x, y)]
			}
		}
	}
	return out, nil
}

func clampByte(v float64) byte { return byte(min(max(v, 0), 255) + 0.5) }
