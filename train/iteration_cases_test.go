package train_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"anila/tensor"
	"anila/train/data"
)

// everyKey gives every key that acts on an iteration; a case changes some. Numbers have few digits in base two where they
// can, so that float32 has them exactly.
var everyKey = []string{
	"seed=3", "model.net=toy", "model.n=4", "model.leak=0.0625", "model.spectral_norm=false", "model.temperature=0",
	"model.reference_sd=0", "data.noise=0",
	"sampler.kernel=anila", "sampler.steps=3", "sampler.drift=16", "sampler.noise=0.5", "sampler.b=inf",
	"sampler.scope=coord", "sampler.noise_form=sqrt",
	"chains.start=noise-uniform", "chains.count=0", "chains.bank=0", "chains.restart=0", "chains.noise=uniform", "chains.scale=1",
	"train.batch=4", "train.alpha=0", "train.clip=0",
	"optim.name=sgd", "optim.rate=0.03125", "optim.rate_min=0", "optim.decay=1", "optim.weight_decay=0",
	"optim.beta1=0.9", "optim.beta2=0.999", "ema.decay=0",
}

type iterationCase struct {
	name     string
	settings []string // that differ from everyKey
	inert    []string // those of them that must not change anything
	except   []string // parameters that are not compared, each with its reason
}

var iterationCases = []iterationCase{
	{name: "toy, sgd"},
	{name: "toy, momentum with a rate that decays to its floor", settings: []string{
		"optim.name=momentum", "optim.rate=0.125", "optim.decay=0.5", "optim.rate_min=0.046875", "model.temperature=0.25",
		"chains.start=noise-gaussian", "chains.scale=2", "train.batch=5",
	}},
	{name: "toy, adam, clip above the norm", settings: []string{
		"optim.name=adam", "train.alpha=0.25", "train.clip=1048576", "ema.decay=0.75", "model.leak=0.25", "data.noise=0.25",
	}, inert: []string{"train.clip=1048576"}},
	{name: "toy, adamw, clip below the norm", settings: []string{
		"optim.name=adamw", "optim.weight_decay=0.5", "optim.beta1=0.5", "optim.beta2=0.75", "train.alpha=0.125", "train.clip=0.5", "ema.decay=0.25", "optim.decay=0.5",
		"sampler.b=0.0078125", "chains.start=data", "chains.count=3",
	}},
	{name: "toy, sgd, step", settings: []string{
		"sampler.step=0.0625", "model.temperature=0.015625", "train.clip=0.25", "model.reference_sd=0.5", "seed=9007199254740991",
		"sampler.steps=5",
	}},
	{name: "toy, langevin from a persistent bank", settings: []string{
		"sampler.kernel=langevin", "sampler.b=0.0078125", "sampler.scope=sample", "chains.start=persistent", "chains.bank=6",
		"chains.count=5", "chains.scale=4", "ema.decay=0.5", "optim.name=momentum",
	}, inert: []string{"sampler.b=0.0078125", "sampler.scope=sample"}},
	{name: "toy, replay", settings: []string{
		"chains.start=replay", "chains.bank=5", "chains.restart=0.5", "chains.noise=gaussian", "chains.scale=0.5",
		"sampler.b=0.01171875", "sampler.scope=sample", "sampler.noise_form=linear", "data.noise=0.125",
	}},
	{name: "toy, a bank of the default size", settings: []string{
		"chains.start=persistent", "chains.noise=gaussian", "sampler.b=0.0078125", "sampler.scope=pixel",
	}},
	{name: "toy, gd", settings: []string{
		"sampler.kernel=gd", "model.temperature=2", "sampler.b=0.00390625", "optim.name=adam", "train.alpha=0.5", "model.n=6",
	}},
}

// all are the case's settings with those of everyKey that it does not change. sampler.step takes the place of drift and
// noise.
func (c iterationCase) all() []string {
	values := map[string]string{}
	for _, s := range slices.Concat(everyKey, c.settings) {
		key, value, _ := strings.Cut(s, "=")
		values[key] = value
	}
	if _, ok := values["sampler.step"]; ok {
		delete(values, "sampler.drift")
		delete(values, "sampler.noise")
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		out = append(out, key+"="+values[key])
	}
	return out
}

func (c iterationCase) net() string {
	for _, s := range c.settings {
		if net, ok := strings.CutPrefix(s, "model.net="); ok {
			return net
		}
	}
	return "toy"
}

func (c iterationCase) images() bool { return c.net() != "toy" }

func (c iterationCase) excepted(quantity string) bool {
	return slices.ContainsFunc(c.except, func(name string) bool { return strings.HasSuffix(quantity, " "+name) })
}

// source is what the case's network is trained on: points of the rings, or some images of noise.
func (c iterationCase) source(t *testing.T) data.Source {
	t.Helper()
	if !c.images() {
		rings, err := data.Open("rings", "", 0)
		if err != nil {
			t.Fatal(err)
		}
		return rings
	}
	const items, channels = 7, 3
	side := map[string]int{"vanilla": 32, "nonlocal": 8, "resnet": 8}[c.net()]
	pixels := make([]byte, items*side*side*channels)
	draw := make([]float32, len(pixels))
	tensor.Key{Seed: 1}.Uniforms(draw)
	for i, u := range draw {
		pixels[i] = byte(256 * u)
	}
	set, err := data.NewImages("noise", pixels, side, side, channels, nil)
	if err != nil {
		t.Fatal(err)
	}
	return set
}
