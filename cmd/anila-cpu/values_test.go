package main

import (
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"anila/langevin/target"
	"anila/nn"
	"anila/nn/weightfile"
	"anila/tensor"
	"anila/train/data"
	"anila/train/eval"
	"anila/train/model"
	"anila/train/report"
	"anila/train/settings"
)

// flatModel writes model.safetensors: a network that is zero, in a model with the given keys. With model.reference_sd all of
// the density is known, without it f is flat.
func flatModel(t *testing.T, dir string, keys ...string) {
	t.Helper()
	network, err := nn.New(nn.Spec{Net: "toy", N: 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range network.Params() {
		clear(p.Data)
	}
	c, err := settings.Resolve(settings.Layers{Preset: "rings-small", Settings: append([]string{"model.n=4"}, keys...)})
	if err != nil {
		t.Fatal(err)
	}
	meta := network.Spec().Metadata()
	meta["config"] = string(c.TOML())
	if err := weightfile.SaveSafetensors(filepath.Join(dir, "model.safetensors"), network.Tensors(), meta); err != nil {
		t.Fatal(err)
	}
}

func readArray(t *testing.T, path string) []float32 {
	t.Helper()
	a, err := weightfile.LoadNPY(path)
	if err != nil {
		t.Fatal(err)
	}
	return a.Data
}

// normal is number i of a stream.
func normal(seed uint64, purpose tensor.Purpose, chain int, step uint64, i int) float64 {
	x := make([]float32, i+1)
	tensor.Key{Seed: seed, Purpose: purpose, Chain: uint32(chain), Step: step}.Normals(x)
	return float64(x[i])
}

// TestSampleByValue: with a network that is zero the samples are known: z' = z − drift·T/σ²·z + noise·ξ, each block of 500
// with starts and noise of its own, from the noise that fills the bank where there is no bank.
func TestSampleByValue(t *testing.T) {
	const drift, noise, temperature, sd, scale, seed = 0.25, 0.5, 0.5, 2, 3, 7
	for _, c := range []struct {
		name  string
		keys  []string
		flags []string
		n     int
		steps int
	}{
		{"blocks", []string{"chains.start=noise-gaussian", "sampler.steps=3"}, nil, 502, 3},
		{"steps", []string{"chains.start=noise-gaussian", "sampler.steps=3"}, []string{"--steps", "12"}, 2, 12},
		{"cold", []string{"chains.start=persistent", "chains.noise=gaussian", "sampler.steps=2"}, nil, 3, 40},
		{"cold replay", []string{"chains.start=replay", "chains.restart=0.25", "chains.noise=gaussian", "sampler.steps=2"}, nil, 3, 8},
		{"cold with steps", []string{"chains.start=replay", "chains.noise=gaussian", "sampler.steps=2"}, []string{"--steps", "4"}, 3, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			flatModel(t, dir, append([]string{"sampler.kernel=langevin", fmt.Sprint("sampler.drift=", drift), fmt.Sprint("sampler.noise=", noise),
				fmt.Sprint("model.temperature=", temperature), fmt.Sprint("model.reference_sd=", sd), fmt.Sprint("chains.scale=", scale)}, c.keys...)...)
			anila(t, dir, append([]string{"sample", "--force", "--model", "model.safetensors", "--n", fmt.Sprint(c.n), "--seed", fmt.Sprint(seed), "--out", "x.npy"},
				c.flags...)...).want(t, exitDone)
			z := readArray(t, filepath.Join(dir, "x.npy"))
			for at := range c.n {
				block, chain := at/500, at%500
				if chain > 3 {
					continue
				}
				for i := range 2 {
					want := scale * normal(seed, tensor.PurposeStart, chain, 1<<55+uint64(block)+1, i)
					for k := range c.steps {
						want += -drift*temperature/(sd*sd)*want + noise*normal(seed, tensor.PurposeLangevin, chain, 1<<55+uint64(block)<<32+uint64(k), i)
					}
					if got := float64(z[2*at+i]); math.Abs(got-want) > 1e-5*(1+math.Abs(want)) {
						t.Errorf("coordinate %d of sample %d is %v, want %v", i, at, got, want)
					}
				}
			}
		})
	}
}

// TestSampleWarmsUpApart: on a flat f the one step of a warm-up accepts, which lengthens the step size by a known factor, and
// draws from numbers that the steps after it do not have; the next block does so anew.
func TestSampleWarmsUpApart(t *testing.T) {
	const noise, seed, steps, n = 0.5, 9, 2, 501
	dir := t.TempDir()
	flatModel(t, dir, "sampler.kernel=mala", "sampler.drift=1", fmt.Sprint("sampler.noise=", noise), "sampler.adapt=1", fmt.Sprint("sampler.steps=", steps),
		"chains.start=noise-gaussian", "chains.scale=1")
	anila(t, dir, "sample", "--force", "--model", "model.safetensors", "--n", fmt.Sprint(n), "--seed", fmt.Sprint(seed), "--out", "x.npy").want(t, exitDone)
	z := readArray(t, filepath.Join(dir, "x.npy"))
	longer := math.Exp((1 - 0.574) / 11 / 0.05 / 2) // √ of dual averaging's first factor
	for _, at := range []int{0, 1, 499, 500} {
		block, chain := uint64(at/500), at%500
		for i := range 2 {
			want := normal(seed, tensor.PurposeStart, chain, 1<<55+block+1, i) + noise*normal(seed, tensor.PurposeLangevin, chain, 1<<55+block<<32|1<<31, i)
			for k := range uint64(steps) {
				want += longer * noise * normal(seed, tensor.PurposeLangevin, chain, 1<<55+block<<32+k, i)
			}
			if got := float64(z[2*at+i]); math.Abs(got-want) > 1e-5*(1+math.Abs(want)) {
				t.Errorf("coordinate %d of sample %d is %v, want %v", i, at, got, want)
			}
		}
	}
}

// TestDiagnoseByValue: where the network is zero the log-density f/T is −|x|²/(2σ²), so that its mean over all draws follows
// from means and variances of the coordinates, and that of the data from the rings' second moment.
func TestDiagnoseByValue(t *testing.T) {
	const temperature, sd, chains, steps, scale = 0.25, 2.0, 4, 60, 3
	dir := t.TempDir()
	flatModel(t, dir, "sampler.kernel=langevin", "sampler.drift=1", "sampler.noise=0.5", fmt.Sprint("model.temperature=", temperature),
		fmt.Sprint("model.reference_sd=", sd), "chains.start=persistent", "chains.noise=gaussian", fmt.Sprint("chains.scale=", scale))
	o := anila(t, dir, "diagnose", "--model", "model.safetensors", "--chains", fmt.Sprint(chains), "--steps", fmt.Sprint(steps), "--discard", "0", "--out", "d", "--json")
	o.want(t, exitDone)
	var d struct {
		Quantities map[string]struct{ Mean, SD float64 }
		Path       struct{ Mean []float64 } `json:"f_path"`
		Data       struct{ Mean float64 }   `json:"data_f"`
	}
	if err := json.Unmarshal([]byte(o.stdout), &d); err != nil {
		t.Fatalf("%v in %s", err, o.stdout)
	}
	n, want := float64(chains*steps), 0.0
	for _, x := range []string{"x1", "x2"} {
		q := d.Quantities[x]
		want -= (q.Mean*q.Mean + q.SD*q.SD*(n-1)/n) / (2 * sd * sd)
	}
	if got := d.Quantities["f"].Mean; math.Abs(got-want) > 1e-4*math.Abs(want) {
		t.Errorf("mean f/T of the chains is %v, want %v", got, want)
	}
	// E|x|² on the rings is the mean of k² + 0.15², of 1,000 points.
	if want := -(7.5 + 0.0225) / (2 * sd * sd); math.Abs(d.Data.Mean-want) > 0.15*math.Abs(want) {
		t.Errorf("mean f/T of the data is %v, want about %v", d.Data.Mean, want)
	}
	// The first states stand one step, with the first of the numbers that long chains have, from a cold start: noise of the
	// bank's kind and scale.
	first := 0.0
	for c := range chains {
		for i := range 2 {
			x := scale * normal(1, tensor.PurposeStart, c, 1<<55+1, i)
			x += -temperature/(sd*sd)*x + 0.5*normal(1, tensor.PurposeLangevin, c, 3<<54, i)
			first -= x * x / (2 * sd * sd) / chains
		}
	}
	if got := d.Path.Mean[0]; math.Abs(got-first) > 1e-4*math.Abs(first) {
		t.Errorf("f/T after the first step is %v, want %v", got, first)
	}
}

// TestPicturesShowTheDensityOfTheModel: the KL that a run states, and the learned density of a picture of sample, are those
// of f with the reference at temperature T.
func TestPicturesShowTheDensityOfTheModel(t *testing.T) {
	const sd = 1.5
	dir := t.TempDir()
	anila(t, dir, tinyTrain("--out", "run", "--set", fmt.Sprint("model.reference_sd=", sd), "--set", "model.temperature=0.25")...).want(t, exitDone)
	var state struct{ KL float64 }
	b, err := os.ReadFile(filepath.Join(dir, "run", "state.json"))
	if err == nil {
		err = json.Unmarshal(b, &state)
	}
	if err != nil {
		t.Fatal(err)
	}
	x := eval.GridPoints()
	f, _ := valuesOf(t, filepath.Join(dir, "run", "checkpoints", "step-000006", "ema.safetensors"), x)
	for i := range f {
		f[i] -= float32(0.25 * (float64(x[2*i])*float64(x[2*i]) + float64(x[2*i+1])*float64(x[2*i+1])) / (2 * sd * sd))
	}
	l, err := eval.GridLikelihood(f, 0.25, target.FourRings())
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(state.KL-l.KL) > 1e-6*l.KL {
		t.Errorf("the run states a KL of %v, want %v", state.KL, l.KL)
	}
	if testing.Short() {
		return
	}
	draw := func(out string) {
		anila(t, dir, "sample", "--model", "run", "--n", "8", "--steps", "3", "--seed", "4", "--out", out).want(t, exitDone)
	}
	draw("z.npy")
	draw("z.png")
	file, err := os.Open(filepath.Join(dir, "z.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	got, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	want := report.Likelihood(l, target.FourRings(), readArray(t, filepath.Join(dir, "z.npy")), "a title")
	if got.Bounds() != want.Bounds() {
		t.Fatalf("a picture of %v, want %v", got.Bounds(), want.Bounds())
	}
	// Below the title, whose words are not looked at.
	differ, bounds := 0, got.Bounds()
	for y := bounds.Max.Y / 4; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			r, g, b, _ := got.At(x, y).RGBA()
			r2, g2, b2, _ := want.At(x, y).RGBA()
			if r>>8 != r2>>8 || g>>8 != g2>>8 || b>>8 != b2>>8 {
				differ++
			}
		}
	}
	if all := bounds.Dx() * bounds.Dy() * 3 / 4; differ > all/1000 {
		t.Errorf("%d of %d pixels differ", differ, all)
	}
}

// valuesOf are f and ∇f of a file's network.
func valuesOf(t *testing.T, file string, x []float32) (f, grad []float32) {
	t.Helper()
	tensors, meta, err := weightfile.LoadSafetensors(file)
	if err != nil {
		t.Fatal(err)
	}
	spec, _, err := nn.SpecFromTensors(tensors, meta)
	if err != nil {
		t.Fatal(err)
	}
	network, err := nn.NewFromTensors(spec, tensors)
	if err != nil {
		t.Fatal(err)
	}
	f, grad = make([]float32, len(x)/network.Dim()), make([]float32, len(x))
	network.NewEvaluator(len(f)).LogDensityAndGradient(f, grad, x)
	return f, grad
}

// TestScoreByValue: f and ∇f of more items than a block has are those of the file that --weights names, bit for bit.
func TestScoreByValue(t *testing.T) {
	dir := trained(t)
	x := make([]float32, 2*120)
	tensor.Key{Seed: 5}.Normals(x)
	if err := weightfile.SaveNPY(filepath.Join(dir, "many.npy"), []int{120, 2}, x); err != nil {
		t.Fatal(err)
	}
	for weights, name := range map[string]string{"raw": "weights.safetensors", "ema": "ema.safetensors"} {
		anila(t, dir, "score", "--force", "--model", "run", "--weights", weights, "--data", "many.npy", "--workers", "2", "--out", "f.npy", "--grad", "g.npy").want(t, exitDone, name)
		f, grad := valuesOf(t, filepath.Join(dir, "run", "checkpoints", "step-000006", name), x)
		if !slices.Equal(f, readArray(t, filepath.Join(dir, "f.npy"))) {
			t.Errorf("--weights %s: f is that of other weights", weights)
		}
		if !slices.Equal(grad, readArray(t, filepath.Join(dir, "g.npy"))) {
			t.Errorf("--weights %s: ∇f is that of other weights, or of other items", weights)
		}
	}
	if o := anila(t, dir, "score", "--force", "--model", "run", "--data", "many.npy", "--out", "f.npy"); !strings.Contains(o.stdout, "ema.safetensors") {
		t.Errorf("the average is not the default: %s", o.stdout)
	}
}

// losesName is a set during whose scoring the name of the gradients' file goes to a folder.
type losesName struct {
	data.Set
	name string
}

func (s losesName) Items(dst []float32, indices []int) {
	os.Mkdir(s.name, 0o777)
	s.Set.Items(dst, indices)
}

func TestScoreSaysThatGradientsWereNotWritten(t *testing.T) {
	dir := trained(t)
	m, err := model.Open(filepath.Join(dir, "run"), model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := data.ReadImages(filepath.Join(dir, "x.npy"))
	if err != nil {
		t.Fatal(err)
	}
	grad := filepath.Join(dir, "g.npy")
	var o scoreOptions
	if _, err := o.score(t.Context(), m, losesName{set, grad}, 3, grad, io.Discard); err == nil || !strings.Contains(err.Error(), "g.npy") {
		t.Errorf("error %v", err)
	}
}
