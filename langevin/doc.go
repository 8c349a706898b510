// Package langevin runs Markov chains on log-densities f: the Langevin kernels
// that train energy-based models, their Metropolis-corrected relatives, and
// the pool that carries thousands of chains.
//
// The density is p(x) ∝ exp(f(x)/T); f is high where data are, and nothing here
// is called "energy". With g = ∇f(z) and ξ ~ N(0, I), all unadjusted kernels are
//
//	z' = z + drift·a(z)·g + noise·√a(z)·ξ        a(z) = min(1, b/|g|), 1 where g = 0
//
// with |g| per coordinate, per pixel (over its channels) or per sample. It is
// the step of AniLA/STANLEY (Karimi, Xie, Li, arXiv 2310.12667, equations 5 and
// 6, whose γ is a, at drift ½ and noise 1); b = +Inf is plain Langevin.
//
// A Kernel is a pure step on a State, a block of chains with f and ∇f cached.
// A Pool gives each worker whole blocks, which it takes through all steps
// alone. Every random number comes from a tensor.Key (seed, purpose, chain,
// step), so a chain's bits depend on its own number only: not on the block
// size, the number of workers, or the other chains.
package langevin
