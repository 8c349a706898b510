// Package diag judges Markov chains: convergence (R-hat), effective sample
// size, Monte Carlo error, autocorrelation and jump distance.
//
// Batch functions take draws as [chain][draw] float64, all chains equally
// long, and follow Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021),
// "Rank-normalization, folding, and localization: an improved R-hat"
// (arXiv 1903.08008), with the choices of ArviZ, whose numbers they equal.
// A Trace holds a chain of any length in bounded memory. A Runner drives a set of
// chains with a langevin.Pool and tabulates all of it.
//
// NaN is the answer to a question that has none: fewer than four draws, one
// chain for R-hat, a NaN among the draws, draws that are all the same (where
// ArviZ counts every draw as an independent one), and for means a draw that is
// infinite. Tables show a dash there.
package diag
