package weightfile

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
)

// WritePTH writes tensors as a state dict (an OrderedDict of float32 tensors) in the zip form of torch.save, for torch.load
// with weights_only=True and for load_state_dict. Metadata become the dict's attribute __metadata__, a dict of strings: an
// item beside the tensors would be a parameter too many for load_state_dict.
func WritePTH(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	if err := check(tensors); err != nil {
		return err
	}
	archive := archiveWriter{zip.NewWriter(w)}
	if err := archive.text("archive/data.pkl", stateDictPickle(tensors, metadata)); err != nil {
		return err
	}
	if err := archive.text("archive/byteorder", "little"); err != nil {
		return err
	}
	for i, t := range tensors {
		if err := writeEntry(archive, fmt.Sprintf("archive/data/%d", i), "", t.Data); err != nil {
			return err
		}
	}
	if err := archive.text("archive/version", "3\n"); err != nil {
		return err
	}
	return archive.Close()
}

// SavePTH is WritePTH to a file that appears complete, on the disk, or not at all.
func SavePTH(path string, tensors []Tensor, metadata map[string]string) error {
	return save(path, func(w io.Writer) error { return WritePTH(w, tensors, metadata) })
}

// stateDictPickle is the pickle, protocol 2, of an OrderedDict whose tensor number
// i lies in storage i.
func stateDictPickle(tensors []Tensor, metadata map[string]string) string {
	p := []byte("\x80\x02ccollections\nOrderedDict\n)R(")
	text := func(s string) {
		p = append(p, 'X')
		p = binary.LittleEndian.AppendUint32(p, uint32(len(s)))
		p = append(p, s...)
	}
	number := func(n int) {
		if n <= math.MaxInt32 {
			p = append(p, 'J')
			p = binary.LittleEndian.AppendUint32(p, uint32(n))
			return
		}
		p = append(p, 0x8a, 8)
		p = binary.LittleEndian.AppendUint64(p, uint64(n))
	}
	numbers := func(n []int) {
		p = append(p, '(')
		for _, v := range n {
			number(v)
		}
		p = append(p, 't')
	}
	for i, t := range tensors {
		text(t.Name)
		p = append(p, "ctorch._utils\n_rebuild_tensor_v2\n(("...)
		text("storage")
		p = append(p, "ctorch\nFloatStorage\n"...)
		text(fmt.Sprint(i))
		text("cpu")
		number(len(t.Data))
		p = append(p, "tQ"...)
		number(0)
		strides, step := make([]int, len(t.Shape)), 1
		for k := len(t.Shape) - 1; k >= 0; k-- {
			strides[k] = step
			step *= max(t.Shape[k], 1)
		}
		numbers(t.Shape)
		numbers(strides)
		p = append(p, "\x89ccollections\nOrderedDict\n)RtR"...)
	}
	p = append(p, 'u')
	if len(metadata) > 0 {
		p = append(p, '}')
		text(metadataName)
		p = append(p, "}("...)
		for _, key := range slices.Sorted(maps.Keys(metadata)) {
			text(key)
			text(metadata[key])
		}
		p = append(p, "usb"...)
	}
	return string(append(p, '.'))
}
