package report

import (
	"fmt"
	"image"
	"image/png"
	"io"

	"anila/internal/files"
)

// WritePNG writes a picture. The file appears under its name complete or not at all: a page that shows the run may read it
// at any time.
func WritePNG(path string, m image.Image) error {
	return writeFile(path, func(w io.Writer) error { return png.Encode(w, m) })
}

// writeFile is files.Write with this package's errors.
func writeFile(path string, write func(io.Writer) error) error {
	if err := files.Write(path, write); err != nil {
		return fmt.Errorf("report: %s: %w", path, err)
	}
	return nil
}
