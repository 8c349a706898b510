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

// TestPresetDocs: docs/presets.md is what the presets say. go test ./train/settings -run PresetDocs -update writes it.
func TestPresetDocs(t *testing.T) {
	const path = "../../docs/presets.md"
	var b strings.Builder
	b.WriteString("# Presets\n\nWhat `--preset NAME` sets, and where its numbers come from; the resolved `config.toml` of a run has every key. " +
		"T is noise²/(2·drift) unless a preset gives it. This page is written by `go test ./train/settings -run PresetDocs -update`.\n\n" +
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
		if net != "toy" {
			net = fmt.Sprintf("%s, n = %d, leak %g", net, c.Network.N, c.Network.Leak)
		}
		bound := "none"
		if s.Anisotropic() {
			bound = fmt.Sprintf("%g, %s, %s", s.B, s.Scope, s.NoiseForm)
			if s.DriftForm == "full" {
				bound += ", full drift"
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
		fmt.Fprintf(&b, "| `%s` | %s | %g | %s, %d | %s, %s | %s | %s × %s | %s | %s %s | %d, %d |\n", p.Name, net, c.Train.DataNoise,
			s.Kernel, s.Steps, number(s.Drift), number(s.Noise), bound, chains, scale,
			number(s.Temperature), c.Train.Optimizer.Name, rate, c.Train.Batch, c.Iterations)
	}
	writeReach(t, &b)
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
