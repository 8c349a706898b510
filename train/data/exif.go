package data

import (
	"bytes"
	"encoding/binary"
)

// EXIF orientation (tag 0x0112 of the first directory; JEITA CP-3451): 1 upright, 2 mirrored, 3 turned by half, 4 flipped,
// 5 transposed, 6 to be turned clockwise by a quarter, 7 transverse, 8 to be turned counter-clockwise by a quarter. Metadata
// that cannot be read counts as upright: it must not cost the picture.

// orientationOf finds the orientation in the first bytes of a picture; 1 when there is none. Of WebP it stands at the end and is
// looked for in files that lie within these bytes.
func orientationOf(format string, head []byte) int {
	switch format {
	case "jpeg":
		return tiffOrientation(jpegEXIF(head))
	case "png":
		return tiffOrientation(pngEXIF(head))
	case "webp":
		return tiffOrientation(webpEXIF(head))
	case "tiff":
		return tiffOrientation(head)
	}
	return 1
}

// webpEXIF returns the content of the EXIF chunk, or nil.
func webpEXIF(b []byte) []byte {
	b = b[min(12, len(b)):]
	for len(b) >= 8 {
		n := uint64(binary.LittleEndian.Uint32(b[4:]))
		if n > uint64(len(b)-8) {
			return nil
		}
		if string(b[:4]) == "EXIF" {
			return bytes.TrimPrefix(b[8:8+n], []byte("Exif\x00\x00"))
		}
		b = b[min(8+n+n%2, uint64(len(b))):]
	}
	return nil
}

// jpegEXIF returns the TIFF block of the first APP1 segment with an Exif header, or nil.
func jpegEXIF(b []byte) []byte {
	b = b[min(2, len(b)):]
	for len(b) >= 4 && b[0] == 0xff {
		marker := b[1]
		if marker == 0xff { // fill byte
			b = b[1:]
			continue
		}
		if marker == 0xda || marker == 0xd9 { // the picture begins, or ends
			return nil
		}
		if marker >= 0xd0 && marker <= 0xd7 || marker == 0x01 { // no length
			b = b[2:]
			continue
		}
		n := int(binary.BigEndian.Uint16(b[2:]))
		if n < 2 || 2+n > len(b) {
			return nil
		}
		if payload := b[4 : 2+n]; marker == 0xe1 && bytes.HasPrefix(payload, []byte("Exif\x00\x00")) {
			return payload[6:]
		}
		b = b[2+n:]
	}
	return nil
}

// pngEXIF returns the content of the eXIf chunk, or nil.
func pngEXIF(b []byte) []byte {
	b = b[min(8, len(b)):]
	for len(b) >= 12 {
		n := uint64(binary.BigEndian.Uint32(b))
		if n > uint64(len(b)-12) {
			return nil
		}
		if string(b[4:8]) == "eXIf" {
			return b[8 : 8+n]
		}
		b = b[12+n:]
	}
	return nil
}

// tiffOrientation reads the orientation from a TIFF block.
func tiffOrientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(b[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	at := uint64(order.Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return 1
	}
	entries := b[at+2:]
	for range order.Uint16(b[at:]) {
		if len(entries) < 12 {
			return 1
		}
		const tagOrientation = 0x0112
		if order.Uint16(entries) == tagOrientation {
			v := uint32(0)
			switch order.Uint16(entries[2:]) { // cameras write SHORT, other programs any integer
			case 1, 6: // BYTE, SBYTE
				v = uint32(entries[8])
			case 3, 8: // SHORT, SSHORT
				v = uint32(order.Uint16(entries[8:]))
			case 4, 9: // LONG, SLONG
				v = order.Uint32(entries[8:])
			}
			if v >= 1 && v <= 8 {
				return int(v)
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}

// orient brings a square picture [size, size, 3] upright in place.
func orient(p []byte, size, orientation int) {
	src := bytes.Clone(p)
	last := size - 1
	for y := range size {
		for x := range size {
			sx, sy := x, y
			switch orientation {
			case 2:
				sx = last - x
			case 3:
				sx, sy = last-x, last-y
			case 4:
				sy = last - y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, last-x
			case 7:
				sx, sy = last-y, last-x
			case 8:
				sx, sy = last-y, x
			}
			copy(p[(y*size+x)*3:][:3], src[(sy*size+sx)*3:][:3])
		}
	}
}
