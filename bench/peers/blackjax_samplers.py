"""BlackJAX's MALA, HMC and random-walk Metropolis on the targets of `go run ./bench/samplers spec DIR`.

    python3 -m venv venv && venv/bin/pip install jax blackjax arviz
    taskset -c 0 venv/bin/python bench/peers/blackjax_samplers.py DIR > blackjax.json

The same starts, step, trajectory length, number of chains (vmapped), float32,
one thread, processor time. A run is timed when it is called again (the best of
three): compilation is excluded. First and last coordinate, |x| and f of all steps are kept, as on our side.
"""
import json
import os
import sys
import time

os.environ["XLA_FLAGS"] = (
    "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1 "
    + os.environ.get("XLA_FLAGS", "")
)

import arviz
import blackjax
import jax
import jax.numpy as jnp
import numpy as np

folder = sys.argv[1]
only = sys.argv[2:]


def density(spec):
    """The log-density of one state, up to a constant."""
    name = spec["name"]
    if "precision" in spec:
        precision = np.array(spec["precision"])
        if np.count_nonzero(precision - np.diag(np.diag(precision))) == 0:
            diagonal = jnp.array(np.diag(precision), jnp.float32)
            return lambda x: -0.5 * jnp.sum(diagonal * x * x)
        dense = jnp.array(precision, jnp.float32)
        return lambda x: -0.5 * x @ (dense @ x)
    if name == "gmm":
        angle = 2 * np.pi * np.arange(8) / 8
        centres = jnp.array(np.stack([np.cos(angle), np.sin(angle)], 1), jnp.float32)
        return lambda x: jax.nn.logsumexp(-jnp.sum((x - centres) ** 2, 1) / (2 * 0.15**2))
    if name == "rings":
        radii = jnp.arange(1.0, 5.0)

        def rings(x):
            r = jnp.sqrt(jnp.sum(x * x))
            return jax.nn.logsumexp(-((r - radii) ** 2) / (2 * 0.15**2)) - jnp.log(r)

        return rings
    if name == "banana":
        return lambda x: -0.5 * x[0] ** 2 - 0.5 * (x[1] - (x[0] ** 2 - 1)) ** 2 / 0.25
    if name == "funnel":
        others = spec["dim"] - 1
        return lambda x: -0.5 * x[0] ** 2 / 9 - 0.5 * jnp.sum(x[1:] ** 2) * jnp.exp(-x[0]) - 0.5 * others * x[0]
    if name == "logistic":
        rows = jnp.array(spec["rows"], jnp.float32)
        signs = jnp.array(np.where(spec["outcomes"], 1.0, -1.0), jnp.float32)
        return lambda x: jnp.sum(jax.nn.log_sigmoid(signs * (rows @ x))) - 0.5 * jnp.sum(x * x) / 2.5**2
    if name == "network":
        weights = [jnp.array(w, jnp.float32) for w in spec["weights"]]
        biases = [jnp.array(b, jnp.float32) for b in spec["biases"]]

        def network(x):
            h = x
            for w, b in zip(weights[:-1], biases[:-1]):
                h = jax.nn.leaky_relu(w @ h + b, 0.05)
            return (weights[-1] @ h + biases[-1])[0] - 0.5 * jnp.sum(x * x)

        return network
    raise ValueError(name)


def smallest_ess(dim, draws):
    """Smallest bulk ESS over the first and last coordinate, |x| and f, each [step, chain]."""
    names = ["x1", f"x{dim}", "|x|", "f"]
    return min((float(arviz.ess(np.asarray(v, np.float64).T, method="bulk")), k) for v, k in zip(draws, names))


def vanilla(chains, steps):
    """Times MALA on the network of `samplers vanilla`: 3-32-64-128-256-1, NHWC."""
    rng = np.random.default_rng(1)
    shapes = [(3, 3, 32, 1, 1), (4, 32, 64, 2, 1), (4, 64, 128, 2, 1), (4, 128, 256, 2, 1), (4, 256, 1, 1, 0)]
    weights = [jnp.array(rng.uniform(-1, 1, (k, k, i, o)) / np.sqrt(k * k * i), jnp.float32) for k, i, o, _, _ in shapes]

    def log_density(x):
        h = x.reshape(1, 32, 32, 3)
        for n, (w, (_, _, _, stride, pad)) in enumerate(zip(weights, shapes)):
            h = jax.lax.conv_general_dilated(
                h, w, (stride, stride), [(pad, pad)] * 2, dimension_numbers=("NHWC", "HWIO", "NHWC")
            )
            if n < 4:
                h = jax.nn.leaky_relu(h, 0.05)
        return h.sum() - 0.5 * jnp.sum(x * x)

    kernel = blackjax.mala(log_density, 0.05 / 2)

    @jax.jit
    def run(key, states):
        def step(states, key):
            states, info = jax.vmap(kernel.step)(jax.random.split(key, chains), states)
            return states, info.acceptance_rate

        return jax.lax.scan(step, states, jax.random.split(key, steps))

    starts = jnp.array(rng.normal(size=(chains, 3072)), jnp.float32)
    states, _ = jax.block_until_ready(run(jax.random.key(0), jax.vmap(kernel.init)(starts)))
    for attempt in range(3):
        begin = time.process_time()
        _, acceptance = jax.block_until_ready(run(jax.random.key(attempt), states))
        seconds = time.process_time() - begin
        print(f"vanilla, mala, {chains} chains: {seconds / chains / steps * 1e6:.0f} µs a chain-step, acceptance {acceptance.mean():.2f}")


if only == ["vanilla"]:
    vanilla(32, 8)
    sys.exit()

results = []
for spec in json.load(open(os.path.join(folder, "spec.json"))):
    if only and spec["name"] not in only:
        continue
    log_density = density(spec)
    starts = jnp.array(np.load(os.path.join(folder, spec["name"] + ".npy")))
    chains, steps = spec["chains"], spec["steps"]
    kernels = {
        # BlackJAX's step ε means drift ε and noise √(2ε): s/2.
        "mala": blackjax.mala(log_density, spec["mala"] / 2),
        "hmc": blackjax.hmc(log_density, spec["hmc"], jnp.ones(spec["dim"]), spec["leapfrog"]),
        "rwm": blackjax.normal_random_walk(log_density, jnp.full(spec["dim"], spec["rwm"] ** 0.5)),
    }
    for name, kernel in kernels.items():

        @jax.jit
        def run(key, states):
            def step(states, key):
                states, info = jax.vmap(kernel.step)(jax.random.split(key, chains), states)
                x = states.position
                norm = jnp.sqrt(jnp.sum(x * x, 1))
                return states, (x[:, 0], x[:, -1], norm, states.logdensity, info.acceptance_rate)

            return jax.lax.scan(step, states, jax.random.split(key, steps))

        # compiles, and goes some way from the starts
        states, _ = jax.block_until_ready(run(jax.random.key(99), jax.vmap(kernel.init)(starts)))
        best = np.inf
        for attempt in range(3):
            begin = time.process_time()
            _, (*draws, acceptance) = jax.block_until_ready(run(jax.random.key(attempt), states))
            best = min(best, time.process_time() - begin)
        ess, quantity = smallest_ess(spec["dim"], draws)
        results.append(
            {
                "target": spec["name"],
                "kernel": name,
                "acceptance": float(acceptance.mean()),
                "ess": ess,
                "quantity": quantity,
                "seconds": best,
                "ns_per_chain_step": best / chains / steps * 1e9,
                "ess_per_second": ess / best,
            }
        )
        print(results[-1], file=sys.stderr)
json.dump({"jax": jax.__version__, "blackjax": blackjax.__version__, "runs": results}, sys.stdout, indent=1)
print()
