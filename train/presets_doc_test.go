package train

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/presets.md anew")

// TestPresetDocs: docs/presets.md is what the presets say. go test ./train -run PresetDocs -update writes it.
func TestPresetDocs(t *testing.T) {
	const path = "../docs/presets.md"
	var b strings.Builder
	b.WriteString("# Presets\n\nWhat `--preset NAME` sets, and where its numbers come from; the resolved `config.toml` of a run has every key. " +
		"T is noise²/(2·drift) unless a preset gives it. This page is written by `go test ./train -run PresetDocs -update`.\n\n" +
		"| preset | network | data noise | kernel, K | drift, noise | b, scope, form | chains | T | optimizer, rate | batch, iterations |\n" +
		"|---|---|---|---|---|---|---|---|---|---|\n")
	number := func(v float64) string { return fmt.Sprintf("%.4g", v) }
	for _, p := range Presets() {
		c, err := NewConfig(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		c = c.resolved()
		net := c.Model.Net
		if net != "toy" {
			net = fmt.Sprintf("%s, n = %d, leak %g", net, c.Model.N, c.Model.Leak)
		}
		bound := "none"
		if c.Langevin().Anisotropic() {
			bound = fmt.Sprintf("%g, %s, %s", c.Sampler.B, c.Sampler.Scope, c.Sampler.NoiseForm)
		}
		chains := c.Chains.Start
		if c.Chains.Bank > 0 {
			chains += fmt.Sprintf(" (%d)", c.Chains.Bank)
		}
		rate := number(c.Optim.Rate)
		if c.Optim.Decay < 1 {
			rate += fmt.Sprintf(" → %s, ×%g", number(c.Optim.RateMin), c.Optim.Decay)
		}
		if c.EMA.Decay > 0 {
			rate += fmt.Sprintf(", EMA %g", c.EMA.Decay)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %g | %s, %d | %s, %s | %s | %s × %g | %s | %s %s | %d, %d |\n", p.Name, net, c.Data.Noise,
			c.Sampler.Kernel, c.Sampler.Steps, number(c.Sampler.Drift), number(c.Sampler.Noise), bound, chains, c.Chains.Scale,
			number(c.Model.Temperature), c.Optim.Name, rate, c.Train.Batch, c.Train.Iterations)
	}
	b.WriteString("\n| preset | what it is | source |\n|---|---|---|\n")
	for _, p := range Presets() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", p.Name, p.Summary, p.Source)
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
		t.Error("docs/presets.md is stale: go test ./train -run PresetDocs -update")
	}
}
