package train

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"sync"

	"anila/nn/weightfile"
)

// bankView is a bank of chains as it was at a checkpoint, while training goes on changing it: states that change before they
// are written are kept aside. A bank of CIFAR-10 takes 614 MB; this spares a second one, and the time of copying it.
type bankView struct {
	states []float32 // the bank itself [rows, dim]
	dim    int

	mu      sync.Mutex
	written int               // rows before it need no keeping
	kept    map[int][]float32 // rows as they were
}

func newBankView(states []float32, dim int) *bankView {
	return &bankView{states: states, dim: dim, kept: map[int][]float32{}}
}

func (v *bankView) rows() int { return len(v.states) / v.dim }

// preserve keeps rows that are about to change.
func (v *bankView) preserve(rows []int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, i := range rows {
		if _, ok := v.kept[i]; i >= v.written && !ok {
			v.kept[i] = append([]float32(nil), v.states[i*v.dim:(i+1)*v.dim]...)
		}
	}
}

// copyRows copies rows from v.written on into dst and returns their number; these may then change unseen.
func (v *bankView) copyRows(dst []float32) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := min(len(dst)/v.dim, v.rows()-v.written)
	for k := range n {
		i := v.written + k
		row := v.states[i*v.dim : (i+1)*v.dim]
		if kept, ok := v.kept[i]; ok {
			row = kept
			delete(v.kept, i)
		}
		copy(dst[k*v.dim:], row)
	}
	v.written += n
	return n
}

// release lets all rows change unseen.
func (v *bankView) release() {
	v.mu.Lock()
	v.written, v.kept = v.rows(), nil
	v.mu.Unlock()
}

// viewChunk is about how many floats are copied at a time, with the bank held still.
const viewChunk = 1 << 18

// writeChains writes chains.safetensors: the chains, and the bank where there is one.
func writeChains(w io.Writer, chains, bank weightfile.Tensor, view *bankView) error {
	if view == nil {
		return weightfile.WriteSafetensors(w, []weightfile.Tensor{chains}, nil)
	}
	type entry struct {
		DType   string    `json:"dtype"`
		Shape   []int     `json:"shape"`
		Offsets [2]uint64 `json:"data_offsets"`
	}
	split := 4 * uint64(len(chains.Data))
	header, err := json.Marshal(map[string]entry{
		chains.Name: {"F32", chains.Shape, [2]uint64{0, split}},
		bank.Name:   {"F32", bank.Shape, [2]uint64{split, split + 4*uint64(len(view.states))}},
	})
	if err != nil {
		return err
	}
	for len(header)%8 != 0 {
		header = append(header, ' ')
	}
	if _, err := w.Write(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)); err != nil {
		return err
	}
	buffer := make([]float32, max(viewChunk/view.dim, 1)*view.dim)
	bytes := make([]byte, 4*len(buffer))
	for v := chains.Data; len(v) > 0; {
		n := min(len(v), len(buffer))
		if err := writeFloats(w, v[:n], bytes); err != nil {
			return err
		}
		v = v[n:]
	}
	for {
		n := view.copyRows(buffer)
		if n == 0 {
			return nil
		}
		if err := writeFloats(w, buffer[:n*view.dim], bytes); err != nil {
			return err
		}
	}
}

// writeFloats writes v in little-endian order; b is room for its bytes.
func writeFloats(w io.Writer, v []float32, b []byte) error {
	for i, x := range v {
		binary.LittleEndian.PutUint32(b[4*i:], math.Float32bits(x))
	}
	_, err := w.Write(b[:4*len(v)])
	return err
}
