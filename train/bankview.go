package train

import (
	"io"
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
	file, err := weightfile.NewSafetensorsWriter(w, []weightfile.Tensor{chains, bank}, nil)
	if err != nil {
		return err
	}
	if err := file.Write(chains.Data); err != nil {
		return err
	}
	buffer := make([]float32, max(viewChunk/view.dim, 1)*view.dim)
	for {
		n := view.copyRows(buffer)
		if n == 0 {
			return file.Close()
		}
		if err := file.Write(buffer[:n*view.dim]); err != nil {
			return err
		}
	}
}
