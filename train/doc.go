// Package train runs maximum-likelihood training of energy-based models (Algorithm 1 of arXiv 2310.12667): chains are
// drawn from the model by a Langevin kernel, data from a set, and θ follows η/T·[mean ∇f(data) − mean ∇f(chains)].
//
// A Config (Resolve, presets, TOML, single settings) says what to compute; Create or Open makes a Run in a folder of its
// own, and Run.Train works until the iterations are done, the context is cancelled, or time is up. Everything a run needs to go on with
// exactly the same bits is in its checkpoints.
package train
