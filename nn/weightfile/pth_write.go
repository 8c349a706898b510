package weightfile

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
)

// WritePTH writes tensors as a state dict (an OrderedDict of float32 tensors) in
// the zip form of torch.save, for torch.load with weights_only=True and for
// load_state_dict.
func WritePTH(w io.Writer, tensors []Tensor) error {
	if _, err := safetensorsHeader(tensors, nil); err != nil { // names and shapes
		return err
	}
	archive := zip.NewWriter(w)
	entry := func(name string) (io.Writer, error) {
		return archive.CreateHeader(&zip.FileHeader{Name: "archive/" + name, Method: zip.Store})
	}
	write := func(name, text string) error {
		out, err := entry(name)
		if err == nil {
			_, err = io.WriteString(out, text)
		}
		return err
	}
	if err := write("data.pkl", stateDictPickle(tensors)); err != nil {
		return err
	}
	if err := write("byteorder", "little"); err != nil {
		return err
	}
	buffer := make([]byte, 0, 1<<16)
	for i, t := range tensors {
		out, err := entry(fmt.Sprintf("data/%d", i))
		if err != nil {
			return err
		}
		for data := t.Data; len(data) > 0; {
			n := min(len(data), cap(buffer)/4)
			buffer = buffer[:0]
			for _, v := range data[:n] {
				buffer = binary.LittleEndian.AppendUint32(buffer, math.Float32bits(v))
			}
			if _, err := out.Write(buffer); err != nil {
				return err
			}
			data = data[n:]
		}
	}
	if err := write("version", "3\n"); err != nil {
		return err
	}
	return archive.Close()
}

// SavePTH is WritePTH to a file that is written beside path, synced and renamed.
func SavePTH(path string, tensors []Tensor) error {
	return saveBeside(path, func(w io.Writer) error { return WritePTH(w, tensors) })
}

// saveBeside writes a file beside path, syncs it and renames it to path, so that
// path is never half written.
func saveBeside(path string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if err := write(file); err != nil {
		return err
	}
	if err := file.Chmod(0o644); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// stateDictPickle is the pickle, protocol 2, of an OrderedDict whose tensor number
// i lies in storage i.
func stateDictPickle(tensors []Tensor) string {
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
	return string(append(p, "u."...))
}
