// Package train runs maximum-likelihood training of energy-based models (Algorithm 1 of arXiv 2310.12667): chains are
// drawn from the model by a Langevin kernel, data from a set, and θ follows η/T·[mean ∇f(data) − mean ∇f(chains)].
//
// New takes any network of one number for each item, any source and a Config; Trainer.Iterate is one parameter update. There
// are no files here: Snapshot is everything a run needs to go on with exactly the same bits, Guard says when it has diverged,
// and package run below keeps both on the disk.
package train
