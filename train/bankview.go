package train

import (
	"slices"
	"sync"
)

// BankView is a bank of chains as it was at a snapshot, while training goes on changing it: states that change before they
// are read are kept aside. A bank of CIFAR-10 takes 614 MB; this spares a second one, and the time of copying it. One
// goroutine may read while another trains.
type BankView struct {
	states []float32 // the bank itself [rows, dim]
	dim    int

	mu   sync.Mutex
	read int               // rows before it need no keeping
	kept map[int][]float32 // rows as they were
}

// NewBankView returns a view of states [rows, dim] that nobody changes: those of a file.
func NewBankView(states []float32, dim int) *BankView {
	return &BankView{states: states, dim: dim, kept: map[int][]float32{}}
}

// Rows is the number of states.
func (v *BankView) Rows() int { return len(v.states) / v.dim }

// preserve keeps rows that are about to change.
func (v *BankView) preserve(rows []int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, i := range rows {
		if _, ok := v.kept[i]; i >= v.read && !ok {
			v.kept[i] = append([]float32(nil), v.states[i*v.dim:(i+1)*v.dim]...)
		}
	}
}

// Read copies the next rows, as many as fit, into dst and returns their number, 0 at the end. What was read is forgotten.
func (v *BankView) Read(dst []float32) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := min(len(dst)/v.dim, v.Rows()-v.read)
	for k := range n {
		i := v.read + k
		row := v.states[i*v.dim : (i+1)*v.dim]
		if kept, ok := v.kept[i]; ok {
			row = kept
			delete(v.kept, i)
		}
		copy(dst[k*v.dim:], row)
	}
	v.read += n
	return n
}

// Release ends the view: all rows may change unseen.
func (v *BankView) Release() {
	v.mu.Lock()
	v.read, v.kept = v.Rows(), nil
	v.mu.Unlock()
}

// States returns all rows [rows, dim] of a view that was not read: the bank's own memory where nothing has changed since,
// else a copy.
func (v *BankView) States() []float32 {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.kept) == 0 {
		return v.states
	}
	states := slices.Clone(v.states)
	for i, row := range v.kept {
		copy(states[i*v.dim:], row)
	}
	return states
}
