package langevin

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"anila/tensor"
)

func bank(t *testing.T, c StartConfig, dim, batch int) *Bank {
	t.Helper()
	c.Count = batch
	b, err := NewBank(c, dim, 11)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func moments(z []float32) (mean, variance, largest float64) {
	for _, v := range z {
		mean += float64(v) / float64(len(z))
		largest = max(largest, math.Abs(float64(v)))
	}
	for _, v := range z {
		variance += (float64(v) - mean) * (float64(v) - mean) / float64(len(z))
	}
	return
}

func TestNoiseStarts(t *testing.T) {
	const dim, batch = 100, 200
	z, again := make([]float32, dim*batch), make([]float32, dim*batch)
	for _, c := range []struct {
		config   StartConfig
		variance float64
		within   float64
	}{
		{StartConfig{Kind: "noise-uniform"}, 1.0 / 3, 1},
		{StartConfig{Kind: "noise-uniform", Scale: 2}, 4.0 / 3, 2},
		{StartConfig{Kind: "noise-gaussian", Scale: 2}, 4, 20},
		{StartConfig{Kind: "persistent", Bank: 200}, 1.0 / 3, 1},
		{StartConfig{Kind: "replay", Bank: 300, Restart: 0.5, Noise: "gaussian"}, 1, 10},
	} {
		b := bank(t, c.config, dim, batch)
		b.Draw(z, 5, nil)
		mean, variance, largest := moments(z)
		if math.Abs(mean) > 5*math.Sqrt(c.variance/float64(len(z))) || math.Abs(variance/c.variance-1) > 0.06 || largest > c.within {
			t.Errorf("%+v: mean %v, variance %v, largest %v", c.config, mean, variance, largest)
		}
		bank(t, c.config, dim, batch).Draw(again, 5, nil)
		for i := range z {
			if z[i] != again[i] {
				t.Fatalf("%+v: the same seed and iteration give other starts", c.config)
			}
		}
		b.Draw(again, 6, nil)
		if equal := 0; true {
			for i := range z {
				if z[i] == again[i] {
					equal++
				}
			}
			if c.config.Kind[:5] == "noise" && equal > len(z)/100 {
				t.Errorf("%+v: two iterations share %d of %d numbers", c.config, equal, len(z))
			}
		}
	}
}

func TestDataStart(t *testing.T) {
	data := []float32{1, 2, 3, 4, 5, 6}
	z := make([]float32, 6)
	b := bank(t, StartConfig{Kind: "data"}, 3, 2)
	b.Draw(z, 0, data)
	b.WriteBack(z)
	for i := range z {
		if z[i] != data[i] {
			t.Errorf("starts %v, data %v", z, data)
		}
	}
	if b.Bytes() != 0 || b.States() != nil {
		t.Error("starts from data keep states")
	}
}

// Each state is marked with its place and with how often it was drawn: draws
// are without replacement, fair, and what is written back comes back.
func TestPersistentBank(t *testing.T) {
	const size, batch, iterations = 50, 20, 2000
	b := bank(t, StartConfig{Kind: "persistent", Bank: size, Restart: 0.5}, 2, batch) // which only replay heeds
	if b.Bytes() != 4*size*2 {
		t.Errorf("%d bytes", b.Bytes())
	}
	for i := range size {
		b.states[2*i], b.states[2*i+1] = float32(i), 0
	}
	z := make([]float32, 2*batch)
	for k := range uint64(iterations) {
		b.Draw(z, k, nil)
		seen := map[float32]bool{}
		for i := range batch {
			if seen[z[2*i]] {
				t.Fatalf("iteration %d draws state %v twice", k, z[2*i])
			}
			seen[z[2*i]] = true
			z[2*i+1]++
		}
		b.WriteBack(z)
	}
	chi := 0.0
	for i := range size {
		if b.states[2*i] != float32(i) {
			t.Fatalf("state %d holds state %v", i, b.states[2*i])
		}
		expected := float64(iterations*batch) / size
		e := float64(b.states[2*i+1]) - expected
		chi += e * e / (expected * (1 - float64(batch)/size))
	}
	if chi > size-1+5*math.Sqrt(2*(size-1)) {
		t.Errorf("draws are unfair: χ² = %v on %d", chi, size-1)
	}
}

func TestReplayRestarts(t *testing.T) {
	const size, batch, iterations, restart = 100, 50, 400, 0.1
	b := bank(t, StartConfig{Kind: "replay", Bank: size, Restart: restart}, 1, batch)
	for i := range b.states {
		b.states[i] = 100
	}
	z := make([]float32, batch)
	fresh := 0
	for k := range uint64(iterations) {
		b.Draw(z, k, nil)
		for i, v := range z {
			if v != 100 {
				fresh++
				z[i] = 100
			}
		}
		b.WriteBack(z)
	}
	n := float64(batch * iterations)
	if math.Abs(float64(fresh)-n*restart) > 5*math.Sqrt(n*restart*(1-restart)) {
		t.Errorf("%d of %v restart", fresh, n)
	}
}

// A run that is stopped, stored and taken up again is the run that was not.
func TestSnapshot(t *testing.T) {
	config := StartConfig{Kind: "replay", Bank: 12, Restart: 0.3}
	z := make([]float32, 5*2)
	walk := func(b *Bank, from, to uint64) {
		for k := from; k < to; k++ {
			b.Draw(z, k, nil)
			for i := range z {
				z[i] += float32(k)
			}
			b.WriteBack(z)
		}
	}
	whole := bank(t, config, 2, 5)
	walk(whole, 0, 20)
	first := bank(t, config, 2, 5)
	walk(first, 0, 9)
	stored := append([]float32{}, first.States()...)
	second := bank(t, config, 2, 5)
	if err := second.Restore(stored); err != nil {
		t.Fatal(err)
	}
	walk(second, 9, 20)
	for i, v := range whole.States() {
		if v != second.States()[i] {
			t.Fatalf("number %d is %v, not %v", i, second.States()[i], v)
		}
	}
	if err := second.Restore(stored[1:]); err == nil {
		t.Error("a snapshot of another size is accepted")
	}
}

// Each rule names the field that breaks it; what is not given yet is not wrong,
// but no bank can be made of it.
func TestBadStarts(t *testing.T) {
	for _, c := range []struct {
		field    string
		config   StartConfig
		notGiven bool
	}{
		{"Kind", StartConfig{Kind: "noise", Count: 4}, false},
		{"Bank", StartConfig{Kind: "persistent", Count: 4, Bank: 3}, false},
		{"Restart", StartConfig{Kind: "replay", Count: 4, Bank: 10, Restart: 2}, false},
		{"Restart", StartConfig{Kind: "replay", Count: 4, Bank: 10, Restart: math.NaN()}, false},
		{"Scale", StartConfig{Kind: "data", Count: 4, Scale: -1}, false},
		{"Scale", StartConfig{Kind: "data", Count: 4, Scale: math.Inf(1)}, false},
		{"Noise", StartConfig{Kind: "data", Count: 4, Noise: "cauchy"}, false},
		{"Count", StartConfig{Kind: "data", Count: -1}, false},
		{"Count", StartConfig{Kind: "data"}, true},
		{"Bank", StartConfig{Kind: "persistent", Count: 4}, true},
	} {
		_, err := NewBank(c.config, 2, 0)
		wantFields(t, err, c.field)
		if err := c.config.Validate(); (err == nil) != c.notGiven {
			t.Errorf("%+v: %v", c.config, err)
		}
	}
}

// wantFields checks that an error is of the given fields, in any order.
func wantFields(t *testing.T, err error, want ...string) {
	t.Helper()
	var fields FieldErrors
	errors.As(err, &fields)
	var got []string
	for _, e := range fields {
		got = append(got, e.Field)
		if e.Want == "" || !strings.Contains(err.Error(), e.Field) {
			t.Errorf("%s: wanted %q; all of it: %v", e.Field, e.Want, err)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("fields %v are wrong, want %v (%v)", got, want, err)
	}
}

// Chains without their bank start from the noise that filled it.
func TestColdStarts(t *testing.T) {
	for _, noise := range StartNoises() {
		for _, kind := range []string{"persistent", "replay"} {
			filled := bank(t, StartConfig{Kind: kind, Bank: 6, Noise: noise, Scale: 2}, 3, 5)
			cold := filled.config.Cold()
			if cold.Kind != "noise-"+noise || cold.Scale != 2 {
				t.Errorf("%s of %s noise starts cold from %+v", kind, noise, cold)
			}
			var a, b [3]float32
			filled.noise(a[:], tensor.Key{Chain: 1})
			bank(t, cold, 3, 5).noise(b[:], tensor.Key{Chain: 1})
			if a != b {
				t.Errorf("%s of %s noise: %v in the bank, %v cold", kind, noise, a, b)
			}
		}
	}
	data := StartConfig{Kind: "data", Noise: "gaussian"}
	if data.Cold() != data {
		t.Errorf("starts from data become %+v", data.Cold())
	}
}
