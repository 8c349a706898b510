package data

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// Limits on the scans of one JPEG. A progressive one has about ten, and each goes over all its pixels: a file of half a
// megabyte can have thousands.
const (
	maxScans      = 100
	maxScanPixels = 1 << 30 // scans × pixels
)

// errScans says that a JPEG has more scans than are read.
var errScans = errors.New("too many scans")

// countScans walks through the segments of a JPEG as its decoder does and counts the scans; more of them than pixels allow is
// an error. Where the file is cut off it ends, and leaves that to the decoder.
func countScans(r io.Reader, pixels int) error {
	b := bufio.NewReaderSize(r, 64<<10)
	if _, err := b.Discard(2); err != nil {
		return nil
	}
	scans := 0
	for {
		marker, err := nextMarker(b)
		if err != nil || marker == 0xd9 { // the end
			return nil
		}
		if marker >= 0xd0 && marker <= 0xd7 || marker == 0 { // without a length
			continue
		}
		var n [2]byte
		if _, err := io.ReadFull(b, n[:]); err != nil {
			return nil
		}
		length := int(n[0])<<8 | int(n[1])
		if length < 2 {
			return nil
		}
		if _, err := b.Discard(length - 2); err != nil {
			return nil
		}
		if marker == 0xda {
			if scans++; scans > maxScans || scans*pixels > maxScanPixels {
				return fmt.Errorf("%w: more than %d of %d pixels each", errScans, scans-1, pixels)
			}
		}
	}
}

// nextMarker skips to the next marker and returns its code; stuffed bytes in the data of a scan have code 0.
func nextMarker(b *bufio.Reader) (byte, error) {
	for {
		if c, err := b.ReadByte(); err != nil || c != 0xff {
			if err != nil {
				return 0, err
			}
			continue
		}
		c := byte(0xff)
		for c == 0xff {
			var err error
			if c, err = b.ReadByte(); err != nil {
				return 0, err
			}
		}
		return c, nil
	}
}
