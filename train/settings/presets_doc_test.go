package settings

import (
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/presets.md anew")

// found is what presets gave when they were run as they stand.
var found = map[string]string{
	"rings": "KL 302 nats, all mass on one ring (10,000 iterations, seed 123): as f sharpens, the bound holds the chains back in 99 % of " +
		"the coordinates, they fall behind the data, and f runs away",
	"gmm": "KL 488,000 nats, all mass on one component (10,000 iterations, seed 123): the same, from iteration 2,000 on",
}

// ran is what presets gave when they were run for a while.
const ran = "\n" +
	"## What was run\n" +
	"\n" +
	"First iterations of presets as they stand, seed 123, on an AMD EPYC (Zen 5, AVX-512, 2 virtual cores) that others used meanwhile:\n" +
	"\n" +
	"    anila-cpu train --preset NAME --dir data --set train.iterations=300\n" +
	"    anila-cpu eval --model runs/NAME-001 --n 2000        # the distance; for digits and flowers --features none --swd --n 1000\n" +
	"\n" +
	"| preset | iterations, CPU minutes where counted | neighbouring pixels correlate (data) | mean, SD off by at most | one is from the next (data) | distance |\n" +
	"|---|---|---|---|---|---|\n" +
	"| `cifar10-small` | 300, 2.0 | 0.78 (0.92) | 0.02, 0.03 | 39.1 (37.6) | FD-ResNet56 57.0 |\n" +
	"| `cifar10-small-langevin` | 300, – | 0.78 (0.92) | 0.02, 0.02 | 39.1 (37.6) | FD-ResNet56 57.0 |\n" +
	"| `cifar10-small-langevin` | 480, 3.0 | 0.83 (0.92) | 0.01, 0.02 | 38.2 (37.6) | FD-ResNet56 54.9 |\n" +
	"| `mnist-small` | 300, – | 0.90 (0.90) | 0.04, 0.04 | 21.9 (20.8) | SWD × 10³ 38.8 at 32×32, 28.9 at 16×16 |\n" +
	"| `flowers-small` | 300, – | 0.77 (0.93) | 0.06, 0.04 | 35.0 (33.5) | SWD × 10³ 89.6 at 32×32, 90.7 at 16×16 |\n" +
	"| `mnist` | 300, 4.2 | 0.90 (0.90) | 0.01, 0.01 | 21.1 (20.8) | SWD × 10³ 17.4 at 32×32, 22.6 at 16×16 |\n" +
	"| `mnist-langevin` | 300, 4.3 | 0.90 (0.90) | 0.01, 0.01 | 21.2 (20.8) | SWD × 10³ 18.9 at 32×32, 22.2 at 16×16 |\n" +
	"| `flowers` | 300, 4.4 | 0.85 (0.93) | 0.09, 0.01 | 36.6 (33.5) | SWD × 10³ 78.9 at 32×32, 50.4 at 16×16 |\n" +
	"| `flowers-langevin` | 300, 3.9 | 0.85 (0.93) | 0.09, 0.01 | 36.5 (33.5) | SWD × 10³ 79.0 at 32×32, 50.8 at 16×16 |\n" +
	"| `flowers-anatomy-nonconvergent` | 300, 18.1 | 0.88 (0.93) | 0.08, 0.02 | 37.1 (33.5) | SWD × 10³ 79.4 at 32×32, 44.9 at 16×16 |\n" +
	"| `cifar10` | 300, 9.6 | 0.90 (0.92) | 0.10, 0.01 | 38.1 (37.3) | FD-ResNet56 36.2 (N = 1000) |\n" +
	"| `cifar10-langevin` | 300, 9.5 | 0.90 (0.92) | 0.10, 0.01 | 38.1 (37.3) | FD-ResNet56 36.2 (N = 1000) |\n" +
	"| `cifar10-anatomy-nonconvergent` | 300, 17.8 | 0.85 (0.92) | 0.10, 0.05 | 34.9 (37.3) | FD-ResNet56 47.9 (N = 1000) |\n" +
	"\n" +
	"Correlation, moments and distances from one to the next are those of the last chains (of samples for all but the `-small` forms); what they allow is in\n" +
	"[measures](measures.md), with the scale of the distances: uniform noise is at FD-ResNet56 67.2. From one iteration to the next the means of all\n" +
	"chains swing together by up to 0.1, with every kernel tried: those of `cifar10-langevin` are off by 0.10 after 300 iterations, 0.09 after 303 and\n" +
	"0.04 after 306, those of `cifar10-anatomy-nonconvergent` by 0.10, 0.07 and 0.03. An average of the weights does not swing (`ema.decay`).\n" +
	"\n" +
	"How the settings of `NAME` and `NAME-small` were chosen:\n" +
	"\n" +
	"- **Steps.** 30 steps of drift 2 or 50 of drift 1, plain Langevin, in the same 179 seconds of CPU: FD-ResNet56 54.9 (480 iterations) and 57.0\n" +
	"  (300).\n" +
	"- **Bound.** A bound on the drift keeps patches of noise in the picture where it binds: `cifar10-small` with b = 0.07 and 50 steps was at 39.0\n" +
	"  after 4,018 iterations, and the same weights without a bound at 20.9, though only 1 to 2 % of the pixels were held back. b = 0.2 never binds:\n" +
	"  the run is that of plain Langevin, digit by digit (the second row is that run). b on the noise alone (`drift_form = \"full\"`) costs no reach.\n" +
	"- **Kernel.** After 300 iterations FD-ResNet56 is 57.01 for b = 0.02 on the noise alone, 56.96 for b = 0.07 on noise and drift, and 56.96 for plain\n" +
	"  Langevin: no difference that this measure shows. Nothing here says that anisotropic chains are better.\n" +
	"- **Correction** (`sampler.correct`) changes the noise alone, which is a hundredth of the data's range; it was left out.\n" +
	"\n" +
	"| preset | CPU seconds an iteration | iterations | hours on 2 cores | memory |\n" +
	"|---|---|---|---|---|\n" +
	"| `mnist-small`, `flowers-small`, `cifar10-small` | 0.30 | 10,000 | 0.4 | 0.23 GB |\n" +
	"| `mnist`, `flowers` | 1.0 | 100,000 | 14 | 0.28, 0.22 GB |\n" +
	"| `cifar10` | 1.96 | 100,000 | 27 | 0.59 GB |\n" +
	"| `cifar10-anatomy-nonconvergent`, `flowers-anatomy-nonconvergent` | 3.6 | 100,000 | 50 | 0.34 GB |\n" +
	"\n" +
	"CPU seconds and memory (the peak) are those of the first 3 to 6 iterations, data and all; hours are iterations × CPU seconds / 2, not runs to the\n" +
	"end. `-langevin` takes as long.\n"

// TestPresetDocs: docs/presets.md is what the presets say. go test ./train/settings -run PresetDocs -update writes it.
func TestPresetDocs(t *testing.T) {
	const path = "../../docs/presets.md"
	var b strings.Builder
	b.WriteString("# Presets\n\nWhat `--preset NAME` sets, what it gave where it was run, and where its numbers come from; the resolved `config.toml` of a " +
		"run has every key. T is noise²/(2·drift) unless a preset gives it. This page is written by `go test ./train/settings -run PresetDocs -update`.\n\n" +
		"`NAME` and `NAME-small` have anisotropic chains (kernel anila), `…-langevin` the same settings with plain Langevin chains, `NAME-literal` the " +
		"published settings of AniLA, `NAME-anatomy-…` those of ebm-anatomy, `NAME-pyramid` coarse-to-fine training with plain Langevin chains, `NAME-replay` plain Langevin chains that go on in a replay buffer: the pictures that come out best here.\n\n" +
		"| preset | network | data noise | kernel, K | drift, noise | b, scope, form | chains | T | optimizer, rate | batch, iterations |\n" +
		"|---|---|---|---|---|---|---|---|---|---|\n")
	number := func(v float64) string { return fmt.Sprintf("%.4g", v) }
	for _, p := range Presets() {
		c, err := NewConfig(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		c = c.resolved()
		s := c.Train.Sampler
		net := c.Network.Net
		if net != "toy" && net != "layers" {
			net = fmt.Sprintf("%s, n = %d, leak %g", net, c.Network.N, c.Network.Leak)
		}
		bound := "none"
		if s.Anisotropic() {
			bound = fmt.Sprintf("%g, %s, %s", s.B, s.Scope, s.NoiseForm)
			if s.DriftForm == "full" {
				bound += ", full drift"
			}
			if s.Correct {
				bound += ", corrected"
			}
		}
		chains := c.Train.Start.Kind
		if c.Train.Start.Bank > 0 {
			chains += fmt.Sprintf(" (%d)", c.Train.Start.Bank)
		}
		scale := number(c.Train.Start.Scale)
		if s.Clamp > 0 {
			scale += ", clamp " + number(s.Clamp)
		}
		rate := number(c.Train.Rate.Rate)
		if c.Train.Rate.Decay < 1 {
			rate += fmt.Sprintf(" → %s, ×%g", number(c.Train.Rate.Min), c.Train.Rate.Decay)
		}
		if c.Train.EMA > 0 {
			rate += fmt.Sprintf(", EMA %g", c.Train.EMA)
		}
		temperature := number(s.Temperature)
		if c.Train.ReferenceSD > 0 {
			temperature += ", reference σ " + number(c.Train.ReferenceSD)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %g | %s, %d | %s, %s | %s | %s × %s | %s | %s %s | %d, %d |\n", p.Name, net, c.Train.DataNoise,
			s.Kernel, s.Steps, number(s.Drift), number(s.Noise), bound, chains, scale,
			temperature, c.Train.Optimizer.Name, rate, c.Train.Batch, c.Iterations)
	}
	writeReach(t, &b)
	b.WriteString(ran)
	b.WriteString("\n## Sources\n")
	b.WriteString("\n| preset | what it is | source | what it gave |\n|---|---|---|---|\n")
	for _, p := range Presets() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p.Name, p.Summary, p.Source, found[p.Name])
	}
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != b.String() {
		t.Error("docs/presets.md is stale: go test ./train/settings -run PresetDocs -update")
	}
}

// writeReach writes the arithmetic of bounded chains that start from noise.
func writeReach(t *testing.T, b *strings.Builder) {
	b.WriteString("\n## How far chains can go\n\nWith a bound b, a step's drift is at most drift·b long in the scope of |∇f|, so K steps move a pixel by at most K·drift·b " +
		"(and the noise, which is smaller still). Noise that is uniform in ±1 has a root mean square of √(channels/3) a pixel, and the data lie about " +
		"as far from it. Where the reach is a small share of that, chains stay noise whatever the network; `train` says so before it starts. " +
		"So it is with the published settings:\n\n| preset | K·drift·b | start's scale | share |\n|---|---|---|---|\n")
	for _, p := range Presets() {
		c, err := NewConfig(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		c = c.resolved()
		if s := c.Train.Sampler; c.Network.Net != "toy" && !math.IsInf(s.Reach(), 1) {
			channels := 3.0
			if c.Data.Name == "mnist" {
				channels = 1
			}
			scale := c.Train.Start.Scale * math.Sqrt(channels/3)
			fmt.Fprintf(b, "| `%s` | %d·%g·%g = %.3g | %.3g | %.2g %% |\n", p.Name, s.Steps, s.Drift, s.B, s.Reach(), scale, 100*s.Reach()/scale)
		}
	}
}
