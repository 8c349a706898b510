package train

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestBankView: a bank that changes all the time while it is read comes out as it was at first.
func TestBankView(t *testing.T) {
	const rows, dim = 20_000, 37
	states := make([]float32, rows*dim)
	for i := range states {
		states[i] = float32(i)
	}
	want := slices.Clone(states)
	v := NewBankView(states, dim)
	var got []float32
	done := make(chan struct{})
	go func() {
		defer close(done)
		for chunk := make([]float32, 700*dim); ; {
			n := v.Read(chunk)
			if n == 0 {
				return
			}
			got = append(got, chunk[:n*dim]...)
		}
	}()
	random := rand.New(rand.NewPCG(1, 2))
	for changes, reading := 0, true; reading || changes < 100; changes++ {
		batch := []int{random.IntN(rows), random.IntN(rows), rows - 1 - random.IntN(10)}
		v.preserve(batch)
		for _, i := range batch {
			for k := range dim {
				states[i*dim+k] = -1
			}
		}
		select {
		case <-done:
			reading = false
		default:
		}
	}
	if len(v.kept) != 0 {
		t.Errorf("%d rows kept after all were read", len(v.kept))
	}
	if !slices.Equal(got, want) {
		t.Error("the bank was not read as it was")
	}
	if !slices.Contains(states, -1) {
		t.Error("nothing changed meanwhile")
	}
}
