package features

import (
	"math"
	"slices"
	"testing"

	"anila/tensor"
)

// tiny is a network of 9×9 pictures with every kind of step: windows of all shapes, concatenations, whole panels of channels
// and parts of them, both shortcuts.
func tiny(t *testing.T) *Network {
	t.Helper()
	b := newBuilder(hashed, 9, 1e-3)
	unit := func(name string, in *value, out int, w window, leak float32) *value {
		return b.conv(name+".conv", name+".bn", in, out, w, leak)
	}
	x := unit("first", b.input, 8, square(3, 1, 1), 0)
	y := unit("second", x, 8, square(3, 1, 1), 1)
	x = b.add(&addReLU{y, x})
	x = b.concat(unit("wide", x, 32, window{1, 7, 1, 0, 3}, 0), unit("high", x, 5, window{7, 1, 1, 3, 0}, 0),
		unit("average", b.add(newAveragePool(&b.graph, x)), 11, square(1, 1, 0), 0), b.add(newMaxPool(&b.graph, x, 1)))
	x = b.concat(unit("valid", x, 20, square(3, 2, 0), 0), b.add(newMaxPool(&b.graph, x, 2)))
	y = unit("half", x, 100, square(2, 2, 0), 0)
	x = b.add(&addReLU{y, x})
	n, err := b.finish("tiny", "FD-tiny", "KD-tiny", b.add(newMean(&b.graph, x)), [3]float32{0.5, 0.4, 0.3}, [3]float32{0.5, 0.2, 0.1})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// at reads value v of picture p, 0 outside of it.
func at(data []float32, v *value, p, y, x, c int) float64 {
	if y < 0 || y >= v.h || x < 0 || x >= v.w {
		return 0
	}
	return float64(data[((p*v.h+y)*v.w+x)*v.ld+c])
}

// plainly computes one output of a step by its definition.
func plainly(s step, in [][]float32, p, y, x, c int) float64 {
	v := s.reads()[0]
	switch s := s.(type) {
	case *conv:
		sum := float64(s.bias[c])
		for t := range s.h {
			for u := range s.w {
				for i := range v.c {
					term := (t*s.w+u)*v.c + i
					w := s.panels[c/s.nr*s.nr*s.terms()+term*s.nr+c%s.nr]
					sum += float64(w) * at(in[0], v, p, y*s.stride-s.padH+t, x*s.stride-s.padW+u, i)
				}
			}
		}
		if sum < 0 {
			sum *= float64(s.leak)
		}
		return sum
	case *maxPool:
		most := math.Inf(-1)
		for t := range 3 {
			for u := range 3 {
				py, px := y*s.stride+t-(2-s.stride), x*s.stride+u-(2-s.stride)
				if py >= 0 && py < v.h && px >= 0 && px < v.w {
					most = max(most, at(in[0], v, p, py, px, c))
				}
			}
		}
		return most
	case *averagePool:
		sum, count := 0.0, 0.0
		for py := max(y-1, 0); py <= min(y+1, v.h-1); py++ {
			for px := max(x-1, 0); px <= min(x+1, v.w-1); px++ {
				sum += at(in[0], v, p, py, px, c)
				count++
			}
		}
		return sum / count
	case *mean:
		sum := 0.0
		for py := range v.h {
			for px := range v.w {
				sum += at(in[0], v, p, py, px, c)
			}
		}
		return sum / float64(v.h*v.w)
	case *addReLU:
		sum := at(in[0], v, p, y, x, c)
		if i := c - (v.c-s.shortcut.c)/2; i >= 0 && i < s.shortcut.c {
			stride := s.shortcut.h / v.h
			sum += at(in[1], s.shortcut, p, y*stride, x*stride, i)
		}
		return max(sum, 0)
	}
	panic("no such step")
}

// TestStepsEqualTheirDefinitions runs a network step by step, and recomputes every output in float64 from what the step read.
func TestStepsEqualTheirDefinitions(t *testing.T) {
	const pictures = 3
	n := tiny(t)
	r := n.newRoom(block)
	tensor.Key{Seed: 1}.Normals(r.of(n.input, pictures))
	kinds := map[string]bool{}
	for i, s := range n.steps {
		var in [][]float32
		for _, v := range s.reads() {
			in = append(in, slices.Clone(r.of(v, pictures)))
		}
		s.run(r, pictures)
		out := s.writes()
		got := r.of(out, pictures)
		for p := range pictures {
			for y := range out.h {
				for x := range out.w {
					for c := range out.c {
						want, have := plainly(s, in, p, y, x, c), at(got, out, p, y, x, c)
						if math.Abs(have-want) > 1e-5*(1+math.Abs(want)) {
							t.Fatalf("step %d, %T: [%d %d %d %d] is %g, not %g", i, s, p, y, x, c, have, want)
						}
					}
				}
			}
		}
		switch s := s.(type) {
		case *conv:
			kinds["conv"] = true
		case *maxPool:
			kinds["max pool with stride "+string(rune('0'+s.stride))] = true
		case *averagePool:
			kinds["average pool"] = true
		case *mean:
			kinds["mean"] = true
		case *addReLU:
			kinds["shortcut"] = true
		}
	}
	if len(kinds) != 6 {
		t.Errorf("the network has only %v", kinds)
	}
}

// TestArenaHoldsWhatIsNeeded: no two slots that live at the same time overlap, in any of the networks.
func TestArenaHoldsWhatIsNeeded(t *testing.T) {
	zeros := func(name string, shape ...int) ([]float32, error) {
		size := 1
		for _, d := range shape {
			size *= d
		}
		return make([]float32, size), nil
	}
	for name, build := range map[string]func(find) (*Network, error){"inception": inception, "resnet56": resNet56} {
		if name == "inception" && testing.Short() {
			continue // 24 million weights
		}
		n, err := build(zeros)
		if err != nil {
			t.Fatal(err)
		}
		slots := map[*slot]bool{n.input.slot: true}
		all := 0
		for _, s := range n.steps {
			slots[s.writes().slot] = true
		}
		for a := range slots {
			all += a.size
			for b := range slots {
				if a != b && a.first <= b.last && b.first <= a.last && a.offset < b.offset+b.size && b.offset < a.offset+a.size {
					t.Errorf("%s: slots of steps %d–%d and %d–%d overlap", name, a.first, a.last, b.first, b.last)
				}
			}
		}
		t.Logf("%s: %d floats a picture of %d written", name, n.arena, all)
		if n.arena > all/2 {
			t.Errorf("%s: an arena of %d floats a picture for %d that are written", name, n.arena, all)
		}
	}
}
