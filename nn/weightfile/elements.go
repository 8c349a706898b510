package weightfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"unsafe"
)

// bits gives the size of an element of the types of safetensors files; those of floats can be decoded.
var bits = map[string]int64{
	"F64": 64, "F32": 32, "F16": 16, "BF16": 16,
	"I64": 64, "U64": 64, "I32": 32, "U32": 32, "I16": 16, "U16": 16, "I8": 8, "U8": 8, "BOOL": 8,
	"F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "F6_E2M3": 6, "F6_E3M2": 6, "F4": 4, "C64": 64,
}

// elementBytes is the size of an element that decode understands, 0 for other types.
func elementBytes(dtype string) int64 {
	switch dtype {
	case "F64", "F32", "F16", "BF16":
		return bits[dtype] / 8
	}
	return 0
}

// decode turns little-endian elements into float32.
func decode(dst []float32, src []byte, dtype string) {
	le := binary.LittleEndian
	switch dtype {
	case "F64":
		for i := range dst {
			dst[i] = float32(math.Float64frombits(le.Uint64(src[8*i:])))
		}
	case "F32":
		for i := range dst {
			dst[i] = math.Float32frombits(le.Uint32(src[4*i:]))
		}
	case "F16":
		for i := range dst {
			dst[i] = half(le.Uint16(src[2*i:]))
		}
	case "BF16":
		for i := range dst {
			dst[i] = math.Float32frombits(uint32(le.Uint16(src[2*i:])) << 16)
		}
	}
}

// half is the value of an IEEE 754 binary16.
func half(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&1023)
	switch exponent {
	case 0:
		v := float32(fraction) / (1 << 24)
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 31:
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}

// toHalf is the binary16 nearest to v, the even one of two; ok is false where v is finite and no binary16 is near.
func toHalf(v float32) (h uint16, ok bool) {
	b := math.Float32bits(v)
	sign, size := uint16(b>>16&0x8000), b&(1<<31-1)
	switch {
	case size > 255<<23: // NaN
		return sign | 0x7e00, true
	case size == 255<<23:
		return sign | 0x7c00, true
	case size >= 0x477ff000: // 65520, half way from the largest to what would come next
		return 0, false
	case size < 113<<23: // a multiple of 2⁻²⁴, which is the last bit of ½
		return sign | uint16(math.Float32bits(math.Float32frombits(size)+0.5)-math.Float32bits(0.5)), true
	}
	return sign | uint16((size+0xfff+size>>13&1-112<<23)>>13), true
}

// elementSize is the number of bytes of an element in a file.
func elementSize[T Float]() int {
	var v T
	return int(unsafe.Sizeof(v))
}

// writeFloats writes elements in little-endian order.
func writeFloats[T Float](w io.Writer, x []T) error {
	var b [1 << 12]byte
	size := elementSize[T]()
	for len(x) > 0 {
		n := min(len(x), len(b)/size)
		for i, v := range x[:n] {
			if size == 4 {
				binary.LittleEndian.PutUint32(b[4*i:], math.Float32bits(float32(v)))
			} else {
				binary.LittleEndian.PutUint64(b[8*i:], math.Float64bits(float64(v)))
			}
		}
		if _, err := w.Write(b[:size*n]); err != nil {
			return err
		}
		x = x[n:]
	}
	return nil
}

// writeHalves writes elements as binary16. Those of a tensor that are too large for it are an error.
func writeHalves(w io.Writer, t Tensor) error {
	b := make([]byte, 0, 2*len(t.Data))
	for i, v := range t.Data {
		h, ok := toHalf(v)
		if !ok {
			return fmt.Errorf("weightfile: element %d of tensor %q is beyond ±65504, the largest number of half precision", i, t.Name)
		}
		b = binary.LittleEndian.AppendUint16(b, h)
	}
	_, err := w.Write(b)
	return err
}

// readAt fills p; a file that ends before is io.ErrUnexpectedEOF.
func readAt(r io.ReaderAt, p []byte, at int64) error {
	n, err := r.ReadAt(p, at)
	if n == len(p) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
