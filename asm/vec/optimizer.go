package vec

import (
	"math"

	"anila/asm/internal/span"
)

// SGD computes p[i] −= rate·(g[i] + decay·p[i]).
func SGD(p, g []float32, rate, decay float32) {
	if len(g) != len(p) {
		panic(panicLength)
	}
	for i, j := range span.Of(len(p)) {
		sgd(p[i:j], g[i:j], rate, decay)
	}
}

// Momentum computes v[i] = momentum·v[i] + (g[i] + decay·p[i]) and
// p[i] −= rate·v[i] (PyTorch's SGD without dampening).
func Momentum(p, g, v []float32, rate, momentum, decay float32) {
	if len(g) != len(p) || len(v) != len(p) {
		panic(panicLength)
	}
	for i, j := range span.Of(len(p)) {
		sgdMomentum(p[i:j], g[i:j], v[i:j], rate, momentum, decay)
	}
}

// AdamStep is one step of Adam (Kingma and Ba, arXiv 1412.6980) or, with
// Decoupled, AdamW (Loshchilov and Hutter, arXiv 1711.05101), as PyTorch
// computes them.
type AdamStep struct {
	Rate, Beta1, Beta2, Epsilon float64
	WeightDecay                 float64
	Decoupled                   bool
	Step                        uint64 // 1 at the first step
}

// adam holds the coefficients of a step. The assembly reads them by field
// offset.
type adam struct {
	keep    float32 // 1 − rate·decay, 1 for Adam
	decay   float32 // decay added to the gradient, 0 for AdamW
	mix1    float32 // 1 − β₁
	beta2   float32
	mix2    float32 // 1 − β₂
	root    float32 // √(1 − β₂^t)
	epsilon float32
	rate    float32 // rate/(1 − β₁^t)
}

// Adam computes, with g[i] + decay·p[i] for the gradient g (decoupled: with
// p[i] −= rate·decay·p[i] before),
//
//	m[i] += (1 − β₁)·(g − m[i])
//	v[i] = β₂·v[i] + (1 − β₂)·g·g
//	p[i] −= rate/(1 − β₁^t) · m[i]/(√v[i]/√(1 − β₂^t) + ε)
//
// in one pass over memory.
func Adam(p, g, m, v []float32, a *AdamStep) {
	if len(g) != len(p) || len(m) != len(p) || len(v) != len(p) {
		panic(panicLength)
	}
	t := float64(a.Step)
	c := adam{
		keep:    1,
		mix1:    float32(1 - a.Beta1),
		beta2:   float32(a.Beta2),
		mix2:    float32(1 - a.Beta2),
		root:    float32(math.Sqrt(1 - math.Pow(a.Beta2, t))),
		epsilon: float32(a.Epsilon),
		rate:    float32(a.Rate / (1 - math.Pow(a.Beta1, t))),
	}
	if a.Decoupled {
		c.keep = float32(1 - a.Rate*a.WeightDecay)
	} else {
		c.decay = float32(a.WeightDecay)
	}
	for i, j := range span.Of(len(p)) {
		adamUpdate(p[i:j], g[i:j], m[i:j], v[i:j], &c)
	}
}

// EMA computes mean[i] += (1 − decay)·(p[i] − mean[i]).
func EMA(mean, p []float32, decay float64) {
	if len(p) != len(mean) {
		panic(panicLength)
	}
	mix := float32(1 - decay)
	for i, j := range span.Of(len(p)) {
		ema(mean[i:j], p[i:j], mix)
	}
}
