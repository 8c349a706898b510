package train

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"anila/langevin"
)

// Config is everything that decides what a training run computes, and how often it logs and saves. Its keys are the TOML
// keys of a configuration file ("sampler.steps") and of --set; Keys lists them with their meaning. A Config comes from
// Resolve, which knows the precedence of presets, files and single settings; Validate says whether it makes sense.
type Config struct {
	Preset     string
	Seed       uint64           `toml:"seed" doc:"seed of every random number: weights, chains, batches"`
	Model      ModelConfig      `toml:"model"`
	Data       DataConfig       `toml:"data"`
	Sampler    SamplerConfig    `toml:"sampler"`
	Chains     ChainsConfig     `toml:"chains"`
	Train      TrainConfig      `toml:"train"`
	Optim      OptimConfig      `toml:"optim"`
	EMA        EMAConfig        `toml:"ema"`
	Guard      GuardConfig      `toml:"guard"`
	Checkpoint CheckpointConfig `toml:"checkpoint"`
	Log        LogConfig        `toml:"log"`
}

// ModelConfig chooses the network f and the model p(x) ∝ exp(f(x)/T).
type ModelConfig struct {
	Net         string  `toml:"net" doc:"network: toy, vanilla, nonlocal, resnet or pyramid"`
	N           int     `toml:"n" doc:"width (of the first layer; of pyramid at 64×64)"`
	Leak        float64 `toml:"leak" doc:"slope of the leaky ReLU below zero"`
	Temperature float64 `toml:"temperature" doc:"T of p ∝ exp(f/T); 0 means noise²/(2·drift) of the training sampler"`
	ReferenceSD float64 `toml:"reference_sd" doc:"σ of a Gaussian reference N(0, σ²I) that multiplies the density; 0 means none"`

	SpectralNorm bool `toml:"spectral_norm" doc:"divide each weight by its largest singular value"`
}

// DataConfig chooses the training items.
type DataConfig struct {
	Name  string  `toml:"name" doc:"data set: rings, gmm, cifar10, mnist, flowers, or folder"`
	Dir   string  `toml:"dir" doc:"folder that holds the data sets (default: the environment variable ANILA_DATA); for folder, the images"`
	Size  int     `toml:"size" doc:"height and width that images are brought to"`
	Noise float64 `toml:"noise" doc:"sd of the Gaussian noise added to each data item, in units of [−1, 1]"`
}

// SamplerConfig is one Langevin (or Metropolis, or Hamiltonian) kernel and its length.
type SamplerConfig struct {
	Kernel    string  `toml:"kernel" doc:"langevin, anila, gd, mala, anila-mala, amala, hmc or rwm"`
	Steps     int     `toml:"steps" doc:"K, transitions of each chain in an iteration"`
	Drift     float64 `toml:"drift" doc:"factor of the gradient in z' = z + drift·a·∇f + noise·√a·ξ"`
	Noise     float64 `toml:"noise" doc:"factor of the noise in the same formula; 0 is gradient ascent"`
	Step      float64 `toml:"step" doc:"s, short for drift = s/(2T), noise = √s, and excludes them; leapfrog step of hmc, variance of rwm"`
	B         float64 `toml:"b" doc:"threshold of a(z) = min(1, b/|∇f|); inf is plain Langevin"`
	Scope     string  `toml:"scope" doc:"what |∇f| runs over: coord, pixel or sample"`
	NoiseForm string  `toml:"noise_form" doc:"sqrt (noise·√a) or linear (noise·a)"`
	Leapfrog  int     `toml:"leapfrog" doc:"leapfrog steps of hmc"`
	Adapt     int     `toml:"adapt" doc:"steps before the first in which Metropolis kernels tune their step size"`
}

// ChainsConfig says where chains start.
type ChainsConfig struct {
	Start   string  `toml:"start" doc:"noise-uniform, noise-gaussian, data, persistent or replay"`
	Count   int     `toml:"count" doc:"chains run in an iteration; 0 means train.batch"`
	Bank    int     `toml:"bank" doc:"states kept by persistent and replay; 0 means the number of training items (toys: 10000)"`
	Restart float64 `toml:"restart" doc:"probability with which a replay state starts anew from noise"`
	Noise   string  `toml:"noise" doc:"noise that fills the bank of persistent and replay: uniform or gaussian"`
	Scale   float64 `toml:"scale" doc:"noise: half-width of the uniform, sd of the Gaussian"`
}

// TrainConfig is the outer loop.
type TrainConfig struct {
	Iterations int     `toml:"iterations" doc:"parameter updates"`
	Batch      int     `toml:"batch" doc:"data items in an update"`
	Alpha      float64 `toml:"alpha" doc:"weight of the energy L2 penalty α·mean(f(z)² + f(x)²)/T²"`
	Clip       float64 `toml:"clip" doc:"largest L2 norm of the parameter gradient; 0 means no limit"`
}

// OptimConfig is the optimizer and its rate: max(rate_min, rate·decay^iteration).
type OptimConfig struct {
	Name    string  `toml:"name" doc:"sgd, momentum, adam or adamw"`
	Rate    float64 `toml:"rate" doc:"learning rate at the start (SGD's and momentum's are multiplied by T)"`
	RateMin float64 `toml:"rate_min" doc:"floor of the learning rate"`
	Decay   float64 `toml:"decay" doc:"factor of the rate at each iteration; 1 keeps it"`
	Weight  float64 `toml:"weight_decay" doc:"decoupled weight decay of adamw"`
	Beta1   float64 `toml:"beta1" doc:"decay of the first moment of adam and adamw"`
	Beta2   float64 `toml:"beta2" doc:"decay of the second moment of adam and adamw"`
}

// EMAConfig is the moving average of the weights, which sampling and evaluation use.
type EMAConfig struct {
	Decay float64 `toml:"decay" doc:"decay of the moving average of the weights; 0 keeps none"`
}

// GuardConfig says what counts as divergence and what is done about it.
type GuardConfig struct {
	Policy    string  `toml:"policy" doc:"on divergence: rollback (to the last good checkpoint, lower rate), stop or ignore"`
	Gap       float64 `toml:"gap" doc:"|energy gap| beyond which training counts as diverged; 0 means no limit"`
	State     float64 `toml:"state" doc:"|coordinate| of a chain beyond which it counts as exploded; 0 means no limit"`
	Gradient  float64 `toml:"gradient" doc:"mean |∇f| over the chains below which it counts as collapsed; 0 means no limit"`
	Rollbacks int     `toml:"rollbacks" doc:"roll-backs after which training stops"`
	Lower     float64 `toml:"lower" doc:"factor of the learning rate at each roll-back"`
}

// CheckpointConfig says when checkpoints are written and which are kept.
type CheckpointConfig struct {
	Every     int     `toml:"every" doc:"iterations between checkpoints (and their pictures); 0 leaves it to minutes"`
	Minutes   float64 `toml:"minutes" doc:"minutes after which a checkpoint is written in any case; 0 leaves it to every"`
	Keep      int     `toml:"keep" doc:"newest checkpoints that are kept; 0 keeps all"`
	KeepEvery int     `toml:"keep_every" doc:"checkpoints whose iteration is a multiple of this are kept for good; 0 keeps none"`
	MaxBytes  int64   `toml:"max_bytes" doc:"bytes that all checkpoints together may take; the oldest go first; 0 means no limit"`
}

// LogConfig says how often a line goes to events.jsonl, and when pictures are drawn.
type LogConfig struct {
	Every    int    `toml:"every" doc:"iterations between log lines; their numbers are means over those iterations"`
	Pictures string `toml:"pictures" doc:"pictures of samples and curves: checkpoint (with each), end or none"`
}

// resolved returns the configuration with every default that depends on other keys filled in: step becomes drift and
// noise, T becomes noise²/(2·drift), chains.count becomes train.batch.
func (c Config) resolved() Config {
	s := &c.Sampler
	if s.Step > 0 {
		if c.Model.Temperature == 0 && s.Kernel != "gd" {
			c.Model.Temperature = 1
		}
		if s.takesStep() || c.Model.Temperature == 0 {
			return c.withCount()
		}
		s.Drift, s.Noise, s.Step = s.Step/(2*c.Model.Temperature), math.Sqrt(s.Step), 0
	}
	if s.Kernel == "gd" {
		s.Noise = 0
	}
	if c.Model.Temperature == 0 && s.Drift > 0 {
		c.Model.Temperature = s.Noise * s.Noise / (2 * s.Drift)
	}
	return c.withCount()
}

// takesStep tells whether the kernel has a step and no drift and noise.
func (s SamplerConfig) takesStep() bool { return s.Kernel == "hmc" || s.Kernel == "rwm" }

func (c Config) withCount() Config {
	if c.Chains.Count == 0 {
		c.Chains.Count = c.Train.Batch
	}
	return c
}

// Langevin returns the sampler as package langevin takes it.
func (c Config) Langevin() langevin.Config {
	c = c.resolved()
	s := c.Sampler
	return langevin.Config{
		Kernel: s.Kernel, Steps: s.Steps, Drift: s.Drift, Noise: s.Noise, Step: s.Step, B: s.B, Temperature: c.Model.Temperature,
		Scope: s.Scope, NoiseForm: s.NoiseForm, Leapfrog: s.Leapfrog, Adapt: s.Adapt,
	}
}

// Starts returns the start of chains as package langevin takes it; items is the number of training items (0 for toys).
func (c Config) Starts(items int) langevin.StartConfig {
	h := c.Chains
	if h.Bank == 0 {
		h.Bank = max(items, c.resolved().Chains.Count)
		if items == 0 {
			h.Bank = toyBank
		}
	}
	return langevin.StartConfig{Kind: h.Start, Count: c.resolved().Chains.Count, Bank: h.Bank, Restart: h.Restart, Noise: h.Noise, Scale: h.Scale}
}

// toyBank is the number of persistent states of data sets without end, as in ebm-anatomy.
const toyBank = 10_000

// Temperature returns T, given or derived from the sampler; 0 when it cannot be derived.
func (c Config) Temperature() float64 { return c.resolved().Model.Temperature }

// presetComment comes before the name of the preset in a resolved file; the file itself needs no preset any more.
const presetComment = "# preset "

// TOML returns the configuration as a file that Resolve reads back to the same values, a comment at every key.
func (c Config) TOML() []byte {
	var b bytes.Buffer
	if c.Preset != "" {
		fmt.Fprintf(&b, "%s%s\n", presetComment, c.Preset)
	}
	section := ""
	for _, k := range keys {
		v := k.value(&c)
		if k.name == "sampler.step" && c.Sampler.Step == 0 ||
			(k.name == "sampler.drift" || k.name == "sampler.noise") && c.Sampler.Step != 0 {
			continue
		}
		name := k.name
		if s, rest, ok := strings.Cut(k.name, "."); ok {
			if s != section {
				fmt.Fprintf(&b, "\n[%s]\n", s)
				section = s
			}
			name = rest
		}
		fmt.Fprintf(&b, "%-12s = %-14s # %s\n", name, formatTOML(v.Interface()), k.doc)
	}
	return b.Bytes()
}

// formatTOML writes one value as TOML does.
func formatTOML(v any) string {
	switch v := v.(type) {
	case string:
		return strconv.Quote(v)
	case float64:
		s := strconv.FormatFloat(v, 'g', -1, 64)
		switch {
		case math.IsInf(v, 1):
			return "inf"
		case math.IsInf(v, -1):
			return "-inf"
		case math.IsNaN(v):
			return "nan"
		case !strings.ContainsAny(s, ".e"):
			s += ".0"
		}
		return s
	}
	return fmt.Sprint(v)
}
