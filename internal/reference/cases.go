package reference

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
const everyKey = `
	seed=3 model.net=toy model.n=4 model.widths=[] model.layers=[] model.leak=0.0625 model.spectral_norm=false model.temperature=0
	model.reference_sd=0 data.noise=0 data.flip=false sampler.drift_form=scaled sampler.drift_fall=0
	sampler.noise_fall=0 chains.clamp=0 sampler.kernel=anila sampler.steps=3 sampler.drift=16 sampler.noise=0.5
	sampler.correct=false sampler.b_unit=gradient sampler.b=inf sampler.scope=coord sampler.noise_form=sqrt sampler.leapfrog=5 sampler.adapt=0
	chains.start=noise-uniform chains.count=0 chains.bank=0 chains.restart=0 chains.noise=uniform chains.scale=1
	train.batch=4 train.shards=1 train.alpha=0 train.clip=0
	optim.name=sgd optim.rate=0.03125 optim.rate_min=0 optim.decay=1 optim.weight_decay=0 optim.beta1=0.9
	optim.beta2=0.999 ema.decay=0`

// Case is a configuration of which iterations are recomputed.
type Case struct {
	Name     string
	inert    string // settings that must not change anything
	settings string // that differ from everyKey
}

// Cases are small, and together make every setting, every kernel, every start and every network matter.
var Cases = []Case{
	{Name: "toy, sgd"},
	{Name: "toy, momentum with a rate that decays to its floor", settings: `
		optim.name=momentum optim.rate=0.125 optim.decay=0.5 optim.rate_min=0.046875 model.temperature=0.25
		chains.start=noise-gaussian chains.scale=2 train.batch=5`},
	{Name: "toy, adam, clip above the norm", inert: "train.clip=1048576", settings: `
		optim.name=adam train.alpha=0.25 train.clip=1048576 ema.decay=0.1875 model.leak=0.25 data.noise=0.25`},
	{Name: "toy, adamw, clip below the norm", settings: `
		optim.name=adamw optim.weight_decay=0.5 optim.beta1=0.5 optim.beta2=0.75 train.alpha=0.125 train.clip=0.5
		ema.decay=0.125 optim.decay=0.5 sampler.b=0.0078125 chains.start=data chains.count=3`},
	{Name: "toy, sgd, step", settings: `
		sampler.step=0.0625 model.temperature=0.015625 train.clip=0.25 model.reference_sd=0.5 seed=9007199254740991
		sampler.steps=5`},
	{Name: "toy, langevin from a persistent bank", inert: "sampler.b=0.0078125 sampler.scope=sample", settings: `
		sampler.kernel=langevin sampler.b=0.0078125 sampler.scope=sample chains.start=persistent chains.bank=6
		chains.count=5 chains.scale=4 ema.decay=0.5 optim.name=momentum`},
	{Name: "toy, replay", settings: `
		chains.start=replay chains.bank=5 chains.restart=0.5 chains.noise=gaussian chains.scale=0.5 sampler.b=0.01171875
		sampler.scope=sample sampler.noise_form=linear data.noise=0.125`},
	{Name: "toy, a bank of the default size", settings: `
		chains.start=persistent chains.noise=gaussian sampler.b=0.0078125 sampler.scope=pixel`},
	{Name: "toy, replay in two shards", settings: `
		train.shards=2 chains.start=replay chains.restart=0.5 chains.bank=10 chains.scale=0.5 sampler.b=0.01171875 train.batch=6
		optim.name=momentum`},
	{Name: "toy, persistent in three shards", settings: `
		train.shards=3 chains.start=persistent chains.bank=12 chains.count=6 sampler.b=0.0078125 train.batch=9 data.noise=0.125
		train.alpha=0.125`},
	{Name: "resnet, from data in two shards", settings: `
		model.net=resnet model.n=2 sampler.drift=4096 train.shards=2 chains.start=data chains.count=2 sampler.b=0.000030517578125
		optim.name=adam optim.rate=0.0078125`},
	{Name: "toy, gd", settings: `
		sampler.kernel=gd model.temperature=2 sampler.b=0.00390625 optim.name=adam train.alpha=0.5 model.n=6`},
	{Name: "vanilla, sgd, clip below the norm", settings: `
		model.net=vanilla model.n=2 sampler.drift=512 model.temperature=0.25 sampler.b=0.000244140625
		sampler.scope=pixel sampler.noise_form=linear train.batch=3 sampler.steps=2 train.clip=0.0625
		model.reference_sd=32`},
	{Name: "vanilla, adam, langevin from a bank as large as the data", inert: "sampler.b=0.000244140625", settings: `
		model.net=vanilla model.n=2 sampler.drift=512 model.temperature=0.25 sampler.kernel=langevin
		sampler.b=0.000244140625 train.batch=3 chains.start=persistent chains.count=4 chains.noise=gaussian
		optim.name=adam train.alpha=0.5 optim.rate=0.00390625 ema.decay=0.75 data.noise=0.125 model.leak=0.25
		sampler.steps=2`},
	{Name: "vanilla, adamw, gd from data", settings: `
		model.net=vanilla model.n=2 sampler.drift=512 model.temperature=0.5 sampler.kernel=gd sampler.scope=sample
		sampler.b=0.0078125 chains.start=data train.batch=3 chains.count=2 optim.name=adamw optim.weight_decay=0.25
		optim.rate=0.0078125 optim.decay=0.5 optim.rate_min=0.0029296875 train.alpha=0.25 sampler.steps=2`},
	{Name: "nonlocal, adam, one step size for an image", settings: `
		seed=4 model.net=nonlocal sampler.drift=256 model.temperature=0.25 optim.name=adam optim.rate=0.00390625
		train.alpha=0.5 chains.start=persistent chains.bank=5 sampler.b=0.0078125 sampler.scope=sample`},
	{Name: "nonlocal, momentum, replay", settings: `
		model.net=nonlocal sampler.drift=256 model.temperature=0.25 optim.name=momentum optim.rate=0.125 ema.decay=0.5
		chains.start=replay chains.restart=0.5 chains.bank=6 chains.count=5 chains.scale=0.5 sampler.b=0.0009765625
		sampler.scope=pixel data.noise=0.125`},
	{Name: "nonlocal, sgd, step", inert: "train.clip=65536", settings: `
		model.net=nonlocal model.n=2 sampler.step=0.25 model.temperature=0.00048828125 chains.start=noise-gaussian
		chains.scale=2 train.clip=65536 model.reference_sd=1 optim.rate=0.25 optim.decay=0.5 optim.rate_min=0.09375`},
	{Name: "resnet, momentum, a step size for each coordinate", settings: `
		model.net=resnet sampler.drift=64 model.temperature=0.25 optim.name=momentum sampler.b=0.0009765625
		data.noise=0.125 chains.start=replay chains.restart=0.5 chains.bank=6 chains.noise=gaussian
		model.reference_sd=16`},
	{Name: "resnet, adamw from data", settings: `
		model.net=resnet model.n=2 sampler.drift=4096 model.temperature=0.5 optim.name=adamw optim.weight_decay=0.5
		optim.beta1=0 optim.beta2=0.9375 optim.rate=0.0078125 optim.decay=0.5 optim.rate_min=0.0029296875 ema.decay=0.0625
		train.alpha=0.25 chains.start=data chains.count=3 sampler.b=0.000030517578125 sampler.scope=pixel
		sampler.noise_form=linear`},
	{Name: "resnet, sgd, clip below the norm", inert: "sampler.b=0.000030517578125", settings: `
		model.net=resnet model.n=2 sampler.drift=4096 sampler.kernel=langevin sampler.b=0.000030517578125 optim.rate=0.5
		train.clip=0.25 chains.start=noise-gaussian train.batch=5 chains.count=3 sampler.steps=4`},
	{Name: "toy, a drift and a noise that fall", settings: `
		sampler.drift_fall=-0.5 sampler.noise_fall=1 model.temperature=0.015625 sampler.b=0.0078125 sampler.steps=4
		chains.start=persistent chains.bank=6`},
	{Name: "toy, corrected, from a bank", settings: `
		sampler.correct=true sampler.b=0.0078125 chains.start=persistent chains.bank=6 sampler.steps=5`},
	{Name: "toy, corrected, a noise that falls and a bound in its unit", settings: `
		sampler.correct=true sampler.b=0.25 sampler.b_unit=noise/drift sampler.scope=sample sampler.noise_fall=0.75
		model.temperature=0.015625 sampler.steps=4 chains.start=data`},
	{Name: "resnet, corrected pixels", settings: `
		model.net=resnet model.n=2 sampler.drift=4096 sampler.correct=true sampler.b=0.000030517578125
		sampler.scope=pixel chains.start=noise-gaussian chains.count=3`},
	{Name: "toy, full drift, clamped", settings: `
		sampler.drift_form=full chains.clamp=1.25 sampler.b=0.0078125 sampler.scope=sample chains.scale=2`},
	{Name: "resnet, flips", settings: `
		model.net=resnet model.n=2 sampler.drift=4096 data.flip=true data.noise=0.125 sampler.noise_form=linear
		sampler.drift_form=full sampler.b=0.000030517578125 chains.clamp=1 train.batch=5`},
	{Name: "toy, mala", inert: "sampler.b=0.0078125", settings: `
		sampler.kernel=mala sampler.b=0.0078125 model.temperature=0.03125 chains.scale=2`},
	{Name: "toy, anila-mala", settings: `
		sampler.kernel=anila-mala sampler.b=0.0078125 model.temperature=0.03125 chains.start=persistent chains.bank=6
		sampler.noise_form=linear model.reference_sd=1`},
	{Name: "toy, amala", settings: `
		sampler.kernel=amala sampler.b=0.125 model.temperature=0.0625 sampler.drift=4 train.batch=5`},
	{Name: "toy, hmc", settings: `
		sampler.kernel=hmc sampler.step=0.5 sampler.leapfrog=3 model.temperature=0.0625 model.reference_sd=1
		chains.start=replay chains.restart=0.5 chains.bank=7`},
	{Name: "toy, rwm", settings: `
		sampler.kernel=rwm sampler.step=0.25 model.temperature=0.0625 model.reference_sd=1 chains.start=noise-gaussian`},
	{Name: "resnet, anila-mala", settings: `
		model.net=resnet model.n=2 sampler.kernel=anila-mala sampler.drift=0.25 sampler.noise=0.0625 sampler.b=0.0078125
		sampler.scope=pixel model.reference_sd=1`},
	{Name: "nonlocal, hmc", settings: `
		model.net=nonlocal model.n=2 sampler.kernel=hmc sampler.step=0.125 model.temperature=0.0078125 model.reference_sd=0.5
		optim.name=momentum`},
	{Name: "toy, mala with a warm-up", settings: `
		sampler.kernel=mala sampler.adapt=6 model.temperature=0.03125 model.reference_sd=1 chains.start=data`},
	{Name: "toy, hmc with a warm-up", settings: `
		sampler.kernel=hmc sampler.step=0.5 sampler.adapt=5 sampler.leapfrog=2 model.temperature=0.0625 model.reference_sd=1
		chains.count=5`},
	{Name: "toy, rwm with a warm-up", settings: `
		sampler.kernel=rwm sampler.step=0.25 sampler.adapt=4 model.temperature=0.0625 model.reference_sd=1`},
	{Name: "pyramid, adam", settings: `
		model.net=pyramid model.n=1 model.spectral_norm=true data.flip=true optim.name=adam optim.beta1=0
		optim.rate=0.001953125 train.alpha=0.0078125 chains.clamp=1.125 sampler.drift=2 sampler.noise=0.0625
		sampler.drift_fall=0.5 model.temperature=0.015625 ema.decay=0.5`},
	{Name: "mlp, adam from a bank", settings: `
		model.net=mlp model.widths=[6,5] sampler.b=0.0078125 chains.start=persistent chains.bank=6 model.reference_sd=2
		model.temperature=0.03125 optim.name=adam train.alpha=0.25 ema.decay=0.5`},
	{Name: "layers, momentum, pixels", settings: `
		model.net=layers
		model.layers=[{type="conv",out=4,padding=1},{type="leaky_relu",slope=0.25},{type="max_pool"},{type="conv",out=5,kernel=2,stride=2},{type="swish"},{type="flatten"},{type="linear",out=6},{type="leaky_relu"},{type="linear",out=1}]
		sampler.drift=64 model.temperature=0.25 optim.name=momentum sampler.b=0.0009765625 sampler.scope=pixel train.alpha=0.25
		model.leak=0.125`},
	{Name: "toy, spectral norm", settings: `
		model.spectral_norm=true optim.name=momentum ema.decay=0.5 sampler.b=0.015625 sampler.scope=sample train.alpha=0.125`},
	{Name: "vanilla, spectral norm", settings: `
		model.net=vanilla model.n=2 model.spectral_norm=true sampler.steps=2 train.batch=3 sampler.drift=4
		optim.name=momentum optim.rate=0.0009765625 sampler.b=0.0009765625 train.alpha=0.0001220703125`},
	{Name: "nonlocal, spectral norm", settings: `
		model.net=nonlocal model.spectral_norm=true sampler.drift=1 optim.rate=0.001953125 sampler.b=0.00390625
		sampler.scope=pixel`},
	{Name: "resnet, spectral norm", settings: `
		model.net=resnet model.spectral_norm=true sampler.drift=1 optim.name=adam optim.rate=0.001953125
		train.alpha=0.0078125 sampler.b=0.000244140625 sampler.scope=pixel`},
}

// Settings are "key=value" of every key that acts on an iteration. sampler.step takes the place of drift and noise.
func (c Case) Settings() []string {
	values := map[string]string{}
	for _, s := range strings.Fields(everyKey + " " + c.settings) {
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

func (c Case) net() string {
	for _, s := range strings.Fields(c.settings) {
		if net, ok := strings.CutPrefix(s, "model.net="); ok {
			return net
		}
	}
	return "toy"
}

// Images tells whether the items are images, and not points.
func (c Case) Images() bool { return c.net() != "toy" && c.net() != "mlp" }

// Data is the name of a data set that the network goes with.
func (c Case) Data() string {
	if c.Images() {
		return "cifar10"
	}
	return "rings"
}

// Source is what the case's network is trained on: points of the rings, or some images of noise.
func (c Case) Source(t testing.TB) data.Source {
	t.Helper()
	if !c.Images() {
		rings, err := data.Open("rings", "", 0)
		if err != nil {
			t.Fatal(err)
		}
		return rings
	}
	const items, channels = 7, 3
	side := map[string]int{"vanilla": 32, "nonlocal": 8, "resnet": 8, "pyramid": 8, "layers": 8}[c.net()]
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
