package reference

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// config is what the keys say, read without a line of the code that is tested.
type config struct {
	seed         uint64
	net          string
	n            int
	widths       []int
	layers       []layer
	leak         float64
	spectralNorm bool
	temperature  float64
	referenceSD  float64
	dataNoise    float64
	flip         bool

	kernel       string
	steps        int
	drift, noise float64
	step         float64 // of hmc and rwm
	leapfrog     int
	adapt        int
	b            float64
	perNoise     bool // b is in noise/drift
	scope, form  string
	correct      bool
	fullDrift    bool
	driftFall    float64
	noiseFall    float64
	clamp        float64

	start         string
	chains        int
	bank          int // 0: the number of items
	restart       float64
	gaussian      bool
	scale         float64
	batch         int
	shards        int
	alpha, clip   float64
	optimizer     string
	rate, minimum float64
	rateDecay     float64
	weightDecay   float64
	beta1, beta2  float64
	emaDecay      float64
}

// parse reads settings "key=value", later ones before earlier ones. It panics when one is missing, unknown or malformed.
func parse(settings []string) *config {
	given := map[string]string{}
	for _, s := range settings {
		key, value, ok := strings.Cut(s, "=")
		if !ok {
			panic(fmt.Sprintf("reference: %q is no key=value", s))
		}
		given[key] = value
	}
	text := func(key string) string {
		v, ok := given[key]
		if !ok {
			panic(fmt.Sprintf("reference: no %s", key))
		}
		delete(given, key)
		return v
	}
	number := func(key string) float64 {
		v, err := strconv.ParseFloat(text(key), 64)
		if err != nil {
			panic(fmt.Sprintf("reference: %s: %v", key, err))
		}
		return v
	}
	c := &config{
		seed: uint64(number("seed")),
		net:  text("model.net"), n: int(number("model.n")), widths: integers(text("model.widths")), layers: layers(text("model.layers")), leak: number("model.leak"),
		spectralNorm: text("model.spectral_norm") == "true",
		temperature:  number("model.temperature"), referenceSD: number("model.reference_sd"), dataNoise: number("data.noise"),
		flip:   text("data.flip") == "true",
		kernel: text("sampler.kernel"), steps: int(number("sampler.steps")),
		leapfrog: int(number("sampler.leapfrog")), adapt: int(number("sampler.adapt")),
		b: number("sampler.b"), scope: text("sampler.scope"), form: text("sampler.noise_form"),
		perNoise: text("sampler.b_unit") == "noise/drift", correct: text("sampler.correct") == "true",
		fullDrift: text("sampler.drift_form") == "full", driftFall: number("sampler.drift_fall"), noiseFall: number("sampler.noise_fall"),
		clamp: number("chains.clamp"),
		start: text("chains.start"), chains: int(number("chains.count")), bank: int(number("chains.bank")),
		restart: number("chains.restart"), gaussian: text("chains.noise") == "gaussian", scale: number("chains.scale"),
		batch: int(number("train.batch")), shards: int(number("train.shards")), alpha: number("train.alpha"), clip: number("train.clip"),
		optimizer: text("optim.name"), rate: number("optim.rate"), minimum: number("optim.rate_min"),
		rateDecay: number("optim.decay"), weightDecay: number("optim.weight_decay"),
		beta1: number("optim.beta1"), beta2: number("optim.beta2"), emaDecay: number("ema.decay"),
	}
	if _, ok := given["sampler.step"]; ok {
		c.step = number("sampler.step")
		if delete(given, "sampler.drift"); c.temperature == 0 {
			c.temperature = 1
		}
		delete(given, "sampler.noise")
		c.drift, c.noise = c.step/(2*c.temperature), math.Sqrt(c.step)
	} else {
		c.drift, c.noise = number("sampler.drift"), number("sampler.noise")
	}
	if c.temperature == 0 {
		c.temperature = c.noise * c.noise / (2 * c.drift)
	}
	if c.kernel == "gd" {
		c.noise = 0
	}
	if c.chains == 0 {
		c.chains = c.batch
	}
	if len(given) > 0 {
		panic(fmt.Sprintf("reference: no such keys: %v", slices.Sorted(maps.Keys(given))))
	}
	return c
}

// integers reads a list "[1,2]".
func integers(text string) (list []int) {
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		panic(fmt.Sprintf("reference: %s: %v", text, err))
	}
	return list
}

// layer is one of model.layers.
type layer struct {
	Type                         string
	Out, Kernel, Stride, Padding int
	Slope                        float64
}

// layers reads tables "[{type="sum"}]" of words and numbers.
func layers(text string) (list []layer) {
	text = regexp.MustCompile(`([a-z]+)=`).ReplaceAllString(text, `"$1":`)
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		panic(fmt.Sprintf("reference: %s: %v", text, err))
	}
	return list
}

// accepts tells whether the kernel has an accept step.
func (c *config) accepts() bool {
	return !slices.Contains([]string{"langevin", "anila", "gd"}, c.kernel)
}
