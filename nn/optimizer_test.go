package nn

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"anila/nn/weightfile"
	"anila/tensor"
)

func TestSchedule(t *testing.T) {
	for _, c := range []struct {
		s    Schedule
		t    uint64
		want float64
	}{
		{Schedule{Rate: 0.1}, 1000, 0.1},
		{Schedule{Rate: 0.1, Decay: 1}, 1000, 0.1},
		{Schedule{Rate: 0.1, Decay: 0.5}, 0, 0.1},
		{Schedule{Rate: 0.1, Decay: 0.5}, 2, 0.025},
		{Schedule{Rate: 0.1, Decay: 0.5, Min: 0.03}, 2, 0.03},
		{Schedule{Rate: 0.1, Decay: 0.99995, Min: 5e-4}, 200000, 5e-4},
	} {
		if got := c.s.At(c.t); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%+v at %d: %v, want %v", c.s, c.t, got, c.want)
		}
	}
}

func testParams() []*Param {
	a := &Param{Name: "a", Shape: []int{2, 3}, Data: noise("a", 6), Grad: noise("da", 6)}
	b := &Param{Name: "b.exp_avg", Shape: []int{2}, Data: noise("b", 2), Grad: noise("db", 2)} // a name like a moment's
	return []*Param{a, b}
}

func TestEMA(t *testing.T) {
	const last = 120 // the largest decay is in force from 80 on
	params := testParams()
	for _, decay := range []float64{0, 0.05, 0.25, 0.9} {
		e := NewEMA(params, decay)
		want := widen(params[0].Data)
		for n := range last {
			d := min(decay, (1+float64(n))/(10+float64(n)))
			for i := range params[0].Data {
				params[0].Data[i] += float32(math.Sin(float64(n * (i + 1))))
				want[i] = d*want[i] + (1-d)*float64(params[0].Data[i])
			}
			e.Update(params, uint64(n), nil)
			for i, v := range e.Tensors()[0].Data {
				if math.Abs(float64(v)-want[i]) > 1e-5 {
					t.Fatalf("decay %v, update %d: average %v, want %v", decay, n, v, want[i])
				}
			}
		}
	}
	e, other := NewEMA(params, 0.9), NewEMA(params, 0.9)
	e.Update(testParams(), 0, nil)
	if err := other.Restore(e.Tensors()); err != nil {
		t.Fatal(err)
	}
	e.Update(params, 5, nil)
	other.Update(params, 5, nil)
	if !sameBits(e.Tensors()[0].Data, other.Tensors()[0].Data) {
		t.Error("a restored average goes on differently")
	}
	wrapped, fresh := slices.Clone(e.Tensors()), NewEMA(testParams(), 0.9)
	for i := range wrapped {
		wrapped[i].Name = "module." + wrapped[i].Name
	}
	if err := fresh.Restore(wrapped); err != nil || !sameBits(fresh.Tensors()[0].Data, e.Tensors()[0].Data) {
		t.Errorf("restored from wrapped names: %v", err)
	}
	if err := other.Restore(e.Tensors()[:1]); err == nil {
		t.Error("restored from half of the tensors")
	}
}

// Of weights that were 1 at the start and are 0 since, n updates leave 1/C(n+9, 9), whatever the decay, until it is reached.
func TestEMAForgetsItsStart(t *testing.T) {
	left := map[int]float64{1: 1. / 10, 2: 1. / 55, 3: 1. / 220, 10: 1. / 92378}
	for _, decay := range []float64{0.6, 0.999} {
		params := []*Param{{Name: "a", Shape: []int{1}, Data: []float32{1}}}
		e := NewEMA(params, decay)
		params[0].Data[0] = 0
		for n := range 10 {
			e.Update(params, uint64(n), nil)
			if want := left[n+1]; want > 0 && math.Abs(float64(e.Tensors()[0].Data[0])-want) > 1e-6*want {
				t.Errorf("decay %v: %v left after %d updates, want %v", decay, e.Tensors()[0].Data[0], n+1, want)
			}
		}
	}
}

func TestOptimizerStates(t *testing.T) {
	for _, name := range []string{"sgd", "momentum", "adam", "adamw"} {
		params, same := testParams(), testParams()
		o, err := NewOptimizer(OptimizerConfig{Name: name, Decay: 0.01})
		if err != nil {
			t.Fatal(err)
		}
		fresh := o.State()
		for range 3 {
			o.Step(params, 0.1, nil)
		}
		for i, p := range params {
			copy(same[i].Data, p.Data)
		}
		s := o.State()
		again, _ := NewOptimizer(OptimizerConfig{Name: name, Decay: 0.01})
		if err := again.Restore(same, s); err != nil {
			t.Fatal(err)
		}
		if again.State().Steps != 3 {
			t.Errorf("%s: %d steps restored, want 3", name, again.State().Steps)
		}
		o.Step(params, 0.1, nil)
		again.Step(same, 0.1, nil)
		for i, p := range params {
			if !sameBits(p.Data, same[i].Data) {
				t.Errorf("%s: a restored optimizer goes on differently", name)
			}
		}
		if err := again.Restore(same, fresh); err != nil || again.State().Steps != 0 {
			t.Errorf("%s: state of no steps: %v", name, err)
		}
		if name == "sgd" {
			continue
		}
		foreign := slices.Clone(s.Tensors)
		foreign[0].Name = "c.exp_avg"
		misshapen := slices.Clone(s.Tensors)
		misshapen[0].Shape = []int{3, 2}
		for _, c := range []struct {
			tensors []weightfile.Tensor
			want    string
		}{
			{foreign, "belongs to no parameter"},
			{misshapen, "the parameter has [2 3]"},
			{s.Tensors[1:], "moments after 3 steps"},
		} {
			if err := again.Restore(same, State{Steps: 3, Tensors: c.tensors}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: error %v; want it to say %q", name, err, c.want)
			}
		}
	}
	if _, err := NewOptimizer(OptimizerConfig{Name: "lion"}); err == nil || !strings.Contains(err.Error(), "adamw") {
		t.Errorf("an unknown optimizer: %v", err)
	}
}

// What is done to all parameters has the bits of one worker on any number of them; the norm
// is that of all floats.
func TestPiecesOfParameters(t *testing.T) {
	draw := func() []*Param {
		var params []*Param
		for i, n := range []int{3, 20_001, pieceFloats + 1, 0, 7} {
			name := fmt.Sprint("p", i)
			params = append(params, &Param{Name: name, Shape: []int{n}, Data: noise(name, n), Grad: noise(name+".grad", n)})
		}
		return params
	}
	type state struct {
		norm          float64
		floats, means [][]float32
	}
	for _, name := range Optimizers() {
		run := func(workers *tensor.Workers) (s state) {
			params := draw()
			o, err := NewOptimizer(OptimizerConfig{Name: name, Decay: 0.1})
			if err != nil {
				t.Fatal(err)
			}
			e := NewEMA(params, 0.9)
			for i := range uint64(2) {
				s.norm = ClipGradient(params, 1.5, workers)
				o.Step(params, 0.1, workers)
				e.Update(params, i, workers)
			}
			for _, p := range params {
				s.floats = append(s.floats, p.Data, p.Grad)
			}
			for _, m := range e.Tensors() {
				s.means = append(s.means, m.Data)
			}
			return s
		}
		want := run(nil)
		for _, count := range []int{1, 3, 16} {
			workers := tensor.NewWorkers(count)
			if got := run(workers); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %d workers give other bits than one", name, count)
			}
			workers.Close()
		}
	}
	params, sum := draw(), 0.0
	for _, p := range params {
		for _, g := range p.Grad {
			sum += float64(g) * float64(g)
		}
	}
	if norm := GradientNorm(params, nil); math.Abs(norm-math.Sqrt(sum)) > 1e-10*norm {
		t.Errorf("a norm of %v, not %v", norm, math.Sqrt(sum))
	}
}
