package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"anila/asm/reduce"
	"anila/langevin"
	"anila/langevin/diag"
	"anila/langevin/target"
	"anila/nn/weightfile"
	"anila/tensor"
)

// seed of the starts, which are exact draws: no part of a run is burn-in.
const seed = 20231019

func starts(t subject, chains int) []float32 {
	z := make([]float32, chains*t.Dim())
	t.Sample(z, tensor.Key{Seed: seed, Purpose: tensor.PurposeStart})
	return z
}

// spec is a target and its samplers as the other side needs them.
type spec struct {
	Name      string      `json:"name"`
	Dim       int         `json:"dim"`
	Chains    int         `json:"chains"`
	Steps     int         `json:"steps"`
	MALA      float64     `json:"mala"` // s: drift s/2, noise √s
	HMC       float64     `json:"hmc"`
	RWM       float64     `json:"rwm"` // variance
	Leapfrog  int         `json:"leapfrog"`
	Precision [][]float64 `json:"precision,omitempty"`
	Rows      [][]float64 `json:"rows,omitempty"`
	Outcomes  []bool      `json:"outcomes,omitempty"`

	Weights [][][]float64 `json:"weights,omitempty"`
	Biases  [][]float64   `json:"biases,omitempty"`
}

// writeSpec writes spec.json and the starts of each target, NAME.npy.
func writeSpec(dir string, chains, steps int) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	var all []spec
	everything, err := subjects("")
	if err != nil {
		return err
	}
	for _, t := range everything {
		mala, err := sampler(t, "mala")
		if err != nil {
			return err
		}
		hmc, err := sampler(t, "hmc")
		if err != nil {
			return err
		}
		rwm, err := sampler(t, "rwm")
		if err != nil {
			return err
		}
		name := t.Name()
		s := spec{Name: name, Dim: t.Dim(), Chains: chains, Steps: steps,
			MALA: mala.Step, HMC: hmc.Step, RWM: rwm.Step, Leapfrog: hmc.Leapfrog}
		switch t := t.(type) {
		case *target.Gaussian:
			s.Precision = precision(t)
		case network:
			s.Weights, s.Biases = t.layers()
		case *target.LogisticRegression:
			s.Rows, s.Outcomes = target.ChallengerData(true), target.ChallengerOutcomes()
		}
		all = append(all, s)
		if err := weightfile.SaveNPY(filepath.Join(dir, name+".npy"), []int{chains, t.Dim()}, starts(t, chains)); err != nil {
			return err
		}
	}
	return writeJSON(filepath.Join(dir, "spec.json"), all)
}

// precision is read off the gradient: ∇f(eᵢ) − ∇f(0) is minus its column i.
func precision(g *target.Gaussian) [][]float64 {
	d := g.Dim()
	x, zero, grad := make([]float64, d), make([]float64, d), make([]float64, d)
	g.Gradient(zero, x)
	columns := make([][]float64, d)
	for i := range d {
		x[i] = 1
		g.Gradient(grad, x)
		x[i] = 0
		columns[i] = make([]float64, d)
		for j := range d {
			columns[i][j] = zero[j] - grad[j]
		}
	}
	return columns
}

func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// measured is one kernel on one target, in seconds of one processor. The effective sample size is the
// smallest bulk ESS over the first and the last coordinate, |x| and f.
type measured struct {
	Target      string  `json:"target"`
	Kernel      string  `json:"kernel"`
	Acceptance  float64 `json:"acceptance"`
	ESS         float64 `json:"ess"`
	Quantity    string  `json:"quantity"` // that has it
	Seconds     float64 `json:"seconds"`
	NsPerStep   float64 `json:"ns_per_chain_step"`
	PerSecond   float64 `json:"ess_per_second"`
	PerGradient float64 `json:"ess_per_gradient"`
	RHat        float64 `json:"rhat"`
	Unadjusted  bool    `json:"unadjusted,omitempty"`
	Diverged    bool    `json:"diverged,omitempty"`
}

// compare runs every kernel on every target with the settings of diagnose.
func compare(only string, chains, steps int, out string) error {
	workers := tensor.NewWorkers(1)
	defer workers.Close()
	var all []measured
	fmt.Println("| target | kernel | acceptance | min bulk ESS | of | ns a chain-step | ESS/s | ESS/gradient | R-hat |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	everything, err := subjects(only)
	if err != nil {
		return err
	}
	for _, t := range everything {
		for _, kernel := range []string{"langevin", "anila", "mala", "anila-mala", "amala", "hmc", "rwm"} {
			m, err := measure(t, kernel, chains, steps, workers)
			if err != nil {
				return err
			}
			all = append(all, m)
			if m.Diverged {
				fmt.Printf("| %s | %s | | diverges | | | | | |\n", m.Target, m.Kernel)
				continue
			}
			fmt.Printf("| %s | %s | %.2f | %.0f | %s | %.0f | %.3g | %.3g | %.3f |\n",
				m.Target, m.Kernel, m.Acceptance, m.ESS, m.Quantity, m.NsPerStep, m.PerSecond, m.PerGradient, m.RHat)
		}
	}
	if out == "" {
		return nil
	}
	return writeJSON(out, all)
}

// byChain turns [step, chain] into a slice for each chain.
func byChain(x []float32, chains int) [][]float64 {
	draws := make([][]float64, chains)
	for at, v := range x {
		draws[at%chains] = append(draws[at%chains], float64(v))
	}
	return draws
}

const (
	warm     = 500 // steps before the clock starts
	attempts = 3   // of which the quickest counts; draws are those of the last
)

func measure(t subject, kernel string, chains, steps int, workers *tensor.Workers) (measured, error) {
	c, err := sampler(t, kernel)
	if err != nil {
		return measured{}, err
	}
	pool, err := langevin.NewPool(t, c, workers, chains)
	if err != nil {
		return measured{}, err
	}
	dim := t.Dim()
	names := []string{"x1", fmt.Sprintf("x%d", dim), "|x|", "f"}
	seen := make([][]float32, len(names)) // [quantity][step, chain], as on the other side
	for q := range seen {
		seen[q] = make([]float32, steps*chains)
	}
	if err := pool.Start(starts(t, chains), seed, 0); err != nil {
		return measured{}, err
	}
	squares := make([]float64, chains) // one worker: blocks come after each other
	pool.Advance(warm, nil)
	from := warm
	look := func(first int, step uint64, s *langevin.State, _ langevin.Info) {
		at := (int(step)-from)*chains + first
		x0, x1, size, f := seen[0][at:], seen[1][at:], seen[2][at:], seen[3][at:]
		reduce.DotRows(squares[:s.Len()], s.Z, s.Z)
		for i, v := range s.F {
			x0[i], x1[i], size[i], f[i] = s.Z[i*dim], s.Z[i*dim+dim-1], float32(math.Sqrt(squares[i])), float32(v)
		}
	}
	m := measured{Target: t.Name(), Kernel: kernel, Seconds: math.Inf(1), ESS: math.Inf(1), Unadjusted: !c.Metropolis()}
	var stats *langevin.Stats
	for range attempts {
		begin := cpuTime()
		stats = pool.Advance(steps, look)
		m.Seconds = min(m.Seconds, (cpuTime() - begin).Seconds())
		from += steps
	}
	if !m.Unadjusted {
		m.Acceptance = stats.Acceptance
	}
	for q, name := range names {
		draws := byChain(seen[q], chains)
		ess, rhat := diag.ESSBulk(draws), diag.RHat(draws)
		if math.IsNaN(ess) {
			return measured{Target: t.Name(), Kernel: kernel, Diverged: true, Unadjusted: m.Unadjusted}, nil
		}
		if ess < m.ESS {
			m.ESS, m.Quantity = ess, name
		}
		m.RHat = max(m.RHat, rhat)
	}
	gradients := 1.0
	if kernel == "hmc" {
		resolved, err := c.Resolve()
		if err != nil {
			return measured{}, err
		}
		gradients = float64(resolved.Leapfrog)
	}
	work := float64(chains) * float64(steps)
	m.NsPerStep = m.Seconds / work * 1e9
	m.PerSecond = m.ESS / m.Seconds
	m.PerGradient = m.ESS / (work * gradients)
	return m, nil
}
